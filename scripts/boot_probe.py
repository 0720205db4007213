"""Runs in the appliance's own sandbox: what the program needs works, what it never does is denied.

Prints one line of JSON: what works, and what was denied, each with what was seen.
"""

import asyncio
import ctypes
import json
import os
import resource
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

STATE = Path(os.environ.get("STATE_DIRECTORY", "/var/lib/appliance"))
CLONE_NEWUSER = 0x10000000
"""linux/sched.h"""
MCL_CURRENT_FUTURE_ONFAULT = 7
"""sys/mman.h, as audio/rights.py asks for it."""
PRIORITY = 60
"""audio.priority"""


def sound_callbacks() -> str:
    """PortAudio is there, and may call back into Python."""
    import sounddevice

    closure = sounddevice._ffi.callback("PaStreamCallback", lambda *_: 0, error=2)  # noqa: SLF001 - the seam of interest
    return f"{closure}; {len(sounddevice.query_devices())} devices"


def network_addresses() -> str:
    """WebRTC and mDNS learn by netlink where the box is."""
    import ifaddr

    return ", ".join(str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4)


def webrtc() -> str:
    """Two peers find each other over an address of a LAN, agree on keys, and are connected."""
    return asyncio.run(_call())


async def _call() -> str:
    from aiortc import RTCConfiguration, RTCPeerConnection

    one, other = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    channel = one.createDataChannel("probe")
    arrived = asyncio.get_running_loop().create_future()
    other.on("datachannel", lambda theirs: theirs.on("message", arrived.set_result))
    channel.on("open", lambda: channel.send("here I am"))
    await one.setLocalDescription(await one.createOffer())
    await other.setRemoteDescription(one.localDescription)
    await other.setLocalDescription(await other.createAnswer())
    await one.setRemoteDescription(other.localDescription)
    said = await asyncio.wait_for(arrived, 20)
    await asyncio.gather(one.close(), other.close())
    return str(said)


def mdns() -> str:
    """The box can tell its name to everybody on the LAN."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        return f"{sender.sendto(b'0' * 12, ('224.0.0.251', 5353))} bytes"


def programs() -> str:
    """Programs of the system run: pactl is one, the appliance's own engines are others."""
    return str(subprocess.run(["/usr/bin/true"], check=True).returncode)


def cores_and_priorities() -> str:
    """Engines choose cores and are nice; audio asks for real time and locked pages, as far as the machine allows it."""
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_RTTIME, (1_000_000, 1_000_000))
    limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        real_time = "granted"
    except PermissionError:
        if limit >= PRIORITY:  # then it was the sandbox
            raise
        real_time = f"not given to this machine (its limit is {limit})"
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    locked = ctypes.CDLL(None).mlockall(MCL_CURRENT_FUTURE_ONFAULT)
    return f"SCHED_FIFO {real_time}, mlockall {locked}"


def state() -> str:
    """It writes where it may."""
    file = STATE / "probe"
    file.write_text("kept")
    file.unlink()
    return str(STATE)


def write_system() -> None:
    Path("/usr/probe").write_text("x")


def write_settings() -> None:
    Path("/etc/appliance/probe").write_text("x")


def run_what_was_written() -> None:
    program = STATE / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    try:
        subprocess.run([program], check=False)
    finally:
        program.unlink()


def read_homes() -> None:
    list(Path("/root").iterdir())


def raw_packets() -> None:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()


def bluetooth() -> None:
    socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI).close()


def namespaces() -> None:
    if ctypes.CDLL(None).unshare(CLONE_NEWUSER):
        raise PermissionError("unshare")


def become_root() -> None:
    os.setuid(0)


def a_disk() -> None:
    os.mknod(STATE / "disk", 0o060600, os.makedev(254, 0))


def the_internet() -> None:
    """An address for documentation (RFC 5737): nobody would answer, but the packet must not even leave."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"0", ("203.0.113.1", 53))


NEEDED: tuple[Callable[[], str], ...] = (
    sound_callbacks, network_addresses, webrtc, mdns, programs, cores_and_priorities, state,
)  # fmt: skip
DENIED: tuple[Callable[[], None], ...] = (
    write_system, write_settings, run_what_was_written, read_homes, raw_packets, bluetooth, namespaces, become_root,
    a_disk, the_internet,
)  # fmt: skip


def main() -> None:
    report = {}
    for deed in NEEDED:
        try:
            report[deed.__name__] = {"holds": True, "seen": deed()}
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the report
            report[deed.__name__] = {"holds": False, "seen": f"{type(error).__name__}: {error}"}
    for attempt in DENIED:
        try:
            attempt()
            report[attempt.__name__] = {"holds": False, "seen": "it was allowed"}
        except OSError as error:
            report[attempt.__name__] = {"holds": True, "seen": f"denied: {error}"}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
