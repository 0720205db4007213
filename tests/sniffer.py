"""Everything that passes any interface of a network namespace, loopback included, as flows.

    ip netns exec NAME python -m tests.sniffer

It says that it is ready, listens until its standard input ends, and prints what it saw as JSON. It sees frames below
the firewall and the routing table (packet(7)): what a program tries to send is seen although it arrives nowhere.
"""

import ipaddress
import json
import select
import socket
import struct
import sys
from collections import Counter
from dataclasses import asdict, dataclass

ALL, IPV4, ARP, IPV6 = 0x0003, 0x0800, 0x0806, 0x86DD
"""Ethertypes (linux/if_ether.h)."""
SENT = 4
"""PACKET_OUTGOING (linux/if_packet.h)."""
PACKET, STATISTICS = 263, 6
"""SOL_PACKET and PACKET_STATISTICS: packets seen, and packets that came too fast."""
TCP, UDP = 6, 17
PROTOCOLS = {1: "icmp", 2: "igmp", TCP: "tcp", UDP: "udp", 58: "icmpv6"}
HOP_BY_HOP = 0
EPHEMERAL = 32768
"""Linux takes ports for clients from here on (ip_local_port_range)."""
BUFFER = 32 << 20
"""Bytes of packets that may wait while Python is busy."""


@dataclass(frozen=True)
class Flow:
    """Packets of one kind between this machine and one other."""

    sent: bool
    """By this machine; otherwise received."""
    interface: str
    protocol: str
    """A name, or the number of what has none."""
    peer: str
    """Address at the other end."""
    service: int
    """The port of the two that is not a client's, 0 where neither is or there are none; of ICMPv6 the type."""


def main() -> None:
    """Listen until standard input ends."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL)) as tap:
        tap.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), BUFFER)
        _say("ready")
        packets, sizes = _listen(tap)
        _, lost = struct.unpack("II", tap.getsockopt(PACKET, STATISTICS, 8))
    flows = [asdict(flow) | {"packets": count, "bytes": sizes[flow]} for flow, count in packets.items()]
    _say(json.dumps({"lost": lost, "flows": flows}))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _listen(tap: socket.socket) -> tuple[Counter[Flow], Counter[Flow]]:
    packets, sizes = Counter[Flow](), Counter[Flow]()
    while True:
        readable, _, _ = select.select([tap, sys.stdin], [], [])
        if tap in readable:
            packet, (interface, kind, direction, *_) = tap.recvfrom(65536)
            flow = describe(packet, kind, interface, sent=direction == SENT)
            packets[flow] += 1
            sizes[flow] += len(packet)
        elif not sys.stdin.read(1):
            return packets, sizes


def describe(packet: bytes, kind: int, interface: str, *, sent: bool) -> Flow:
    """The flow to which a packet belongs, from its network header on."""
    if kind == IPV4:
        source, target = packet[12:16], packet[16:20]
        return _flow(packet[9], source, target, packet[4 * (packet[0] & 15) :], interface, sent)
    if kind == IPV6:
        source, target = packet[8:24], packet[24:40]
        protocol, body = packet[6], packet[40:]
        if protocol == HOP_BY_HOP:
            protocol, body = body[0], body[8 * (body[1] + 1) :]
        return _flow(protocol, source, target, body, interface, sent)
    name = "arp" if kind == ARP else hex(kind)
    peer = packet[24:28] if sent else packet[14:18]
    return Flow(sent, interface, name, str(ipaddress.ip_address(peer)) if kind == ARP else "?", 0)


def _flow(protocol: int, source: bytes, target: bytes, body: bytes, interface: str, sent: bool) -> Flow:
    service = 0
    if protocol in {TCP, UDP} and len(body) >= 4:
        service = min((port for port in struct.unpack("!HH", body[:4]) if port < EPHEMERAL), default=0)
    elif PROTOCOLS.get(protocol) == "icmpv6":
        service = body[0]
    peer = str(ipaddress.ip_address(target if sent else source))
    return Flow(sent, interface, PROTOCOLS.get(protocol, str(protocol)), peer, service)


if __name__ == "__main__":
    main()
