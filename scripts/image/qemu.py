"""A computer in software that boots a disk image: QEMU with UEFI firmware, a shell inside, and a plug to pull."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
NEEDED = {
    "qemu-system-x86_64": "qemu-system-x86",
    str(FIRMWARE): "ovmf",
    "mcopy": "mtools",
    "debugfs": "e2fsprogs",
    "sfdisk": "fdisk",
    "zstd": "zstd",
}
"""Commands and files, and the Debian packages they come in."""

STAGES = {
    "firmware": b"BdsDxe: starting",
    "boot loader": b"EFI stub: ",
    "kernel": b"Loading, please wait",
    "initial RAM disk": b"Welcome to ",
}
"""Stages of a boot that the guest cannot time itself, and what the console says when each has ended."""

CPU = "max,-monitor"
"""All that can be emulated but MWAIT: where QEMU has two processors they spin in it (target/i386/tcg/misc_helper.c).
Half of a boot's processor time was that."""

SHORT_S = 600.0
"""s that a command may take which a processor that is not emulated does at once."""

DONE = re.compile(rb"\n--done (\d+)--\n")


class GuestError(Exception):
    """The machine did not do what it should."""


def check_tools() -> None:
    """End with the one line that installs what is missing."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    absent = {package for tool, package in NEEDED.items() if not (shutil.which(tool) or Path(tool).exists())}
    if absent:
        remedy = f"apt-get install -y --no-install-recommends {' '.join(sorted(absent))}"
        sys.exit(f"Cannot boot an image: some tools are not installed\n  → {remedy}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command in the guest has answered."""

    code: int
    """Its exit code."""
    text: str
    """What it printed."""


@dataclass(slots=True)
class Machine:
    """A computer that runs."""

    process: "subprocess.Popen[bytes]"
    """QEMU."""
    socket_file: Path
    """The host's end of the virtual serial port."""
    console: Path
    """What the firmware and the kernel print."""
    monitor: Path
    """Where QEMU itself takes orders."""
    started: float = field(default_factory=time.monotonic)
    """When it was switched on, in s of the host's clock."""
    stages: dict[str, float] = field(default_factory=dict)
    """How long each of `STAGES` took, in s of the host's clock."""
    _port: socket.socket | None = None

    @property
    def effort_s(self) -> float:
        """Seconds of processor time that it has cost: unlike its age, they do not depend on what else the host does."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def age_s(self) -> float:
        """Seconds since it was switched on."""
        return time.monotonic() - self.started

    def connect(self, within_s: float) -> None:
        """Wait until the shell inside answers."""
        deadline = time.monotonic() + within_s
        while not self.socket_file.exists():
            self._check(deadline, "QEMU did not start")
        self._port = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._port.connect(str(self.socket_file))
        seen = b""
        while b"--hello--\n" not in seen:
            self._check(deadline, "nobody inside says hello")
            seen += self._read(1.0)

    def watch_console(self) -> None:
        """Time the first stages, in a thread of its own, until systemd has started or the machine has ended."""
        before = 0.0
        for stage, mark in STAGES.items():
            while not (self.console.exists() and mark in self.console.read_bytes()):
                if self.process.poll() is not None:
                    return
                time.sleep(0.05)
            self.stages[stage], before = self.age_s - before, self.age_s

    def run(self, command: str, within_s: float = SHORT_S) -> Reply:
        """Have a line of bash done inside, and wait for it."""
        assert self._port
        self._port.sendall(command.encode() + b"\n")
        deadline, seen = time.monotonic() + within_s, b""
        while not (done := DONE.search(seen)):
            self._check(deadline, f"not done after {within_s:.0f} s: {command}")
            seen += self._read(1.0)
        return Reply(int(done[1]), seen[: done.start()].decode(errors="replace"))

    def get(self, command: str, within_s: float = SHORT_S) -> str:
        """What a command prints that must succeed."""
        reply = self.run(command, within_s)
        if reply.code:
            raise GuestError(f"`{command}` ended with {reply.code}:\n{reply.text}")
        return reply.text.strip()

    def pull_the_plug(self) -> None:
        """No signal that anything inside could notice."""
        self.process.kill()
        self.process.wait(10)

    def until_off(self, within_s: float) -> None:
        """Wait until it has switched itself off, or wants to start again, which is the same here (-no-reboot)."""
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise GuestError(
                f"it still runs after {within_s:.0f} s; its console is in {self.console}"
            ) from None

    def _read(self, within_s: float) -> bytes:
        assert self._port
        self._port.settimeout(within_s)
        try:
            return self._port.recv(1 << 16)
        except TimeoutError:
            return b""

    def _check(self, deadline: float, problem: str) -> None:
        if self.process.poll() is not None:
            raise GuestError(
                f"the machine has switched itself off; the end of its console is in {self.console}"
            )
        if time.monotonic() > deadline:
            raise GuestError(f"{problem}; its console is in {self.console}")
        if self._port is None:
            time.sleep(0.1)


def drive(disk: Path, log: Path | None) -> list[str]:
    """The disk; with a log every write to it is written down in order (scripts/image/write_log.py)."""
    if log is None:
        return ["-drive", f"if=none,id=disk,format=raw,file={disk},cache=writeback,discard=unmap"]
    log.write_bytes(b"")
    return [
        "-blockdev", f"driver=raw,node-name=plain,file.driver=file,file.filename={disk}",
        "-blockdev", f"driver=file,node-name=log,filename={log}",
        "-blockdev", "driver=blklogwrites,node-name=disk,file=plain,log=log,log-sector-size=512",
    ]  # fmt: skip


def command_line(
    disk: Path, work: Path, ports: dict[int, int], memory_mib: int, log: Path | None = None
) -> list[str]:
    """QEMU's. No network but the forwarded ports, no boot from anything but the disk."""
    forwarded = "".join(f",hostfwd=tcp:127.0.0.1:{outer}-:{inner}" for inner, outer in ports.items())
    return [
        "qemu-system-x86_64", "-machine", f"q35,accel={os.environ.get('ACCEL', 'tcg')}", "-cpu", CPU,
        "-smp", "2", "-m", str(memory_mib),
        "-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE}",
        "-drive", f"if=pflash,format=raw,file={work / 'variables.fd'}",
        *drive(disk, log),
        "-device", "virtio-blk-pci,drive=disk,bootindex=0", "-boot", "strict=on",
        "-netdev", f"user,id=net,restrict=on{forwarded}", "-device", "virtio-net-pci,netdev=net,romfile=",
        "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
        "-chardev", f"socket,id=ci,path={work / 'ci.socket'},server=on,wait=off",
        "-device", "virtserialport,chardev=ci,name=appliance.ci",
        "-audiodev", "none,id=sound", "-device", "intel-hda", "-device", "hda-duplex,audiodev=sound",
        "-vga", "none", "-device", "virtio-vga,xres=1280,yres=720", "-display", "none",
        "-monitor", f"unix:{work / 'monitor.socket'},server=on,wait=off",
        "-serial", f"file:{work / 'console.log'}", "-no-reboot",
    ]  # fmt: skip


@contextmanager
def switched_on(
    disk: Path, work: Path, ports: dict[int, int], memory_mib: int = 3072, log: Path | None = None
) -> Iterator[Machine]:
    """A machine that runs until the block ends; its firmware's variables outlive it, as the disk does."""
    if not (work / "variables.fd").exists():
        shutil.copy(VARIABLES, work / "variables.fd")
    for left in ("ci.socket", "monitor.socket", "console.log"):
        (work / left).unlink(missing_ok=True)
    process = subprocess.Popen(command_line(disk, work, ports, memory_mib, log))
    machine = Machine(process, work / "ci.socket", work / "console.log", work / "monitor.socket")
    threading.Thread(target=machine.watch_console, daemon=True).start()
    try:
        yield machine
    finally:
        if process.poll() is None:
            machine.pull_the_plug()
