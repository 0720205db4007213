"""Packets that arrive become sound that goes on, on virtual time."""

import numpy as np

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.transports.webrtc.inbound import Inbound
from appliance.transports.webrtc.jitter import LONGEST_WAIT_S
from tests.transports.webrtc.test_opus import encode, voice
from tests.virtual_time import run

PACKETS = encode(voice(100))


def hear(*arrivals: int, wait_s: float = 0.0) -> list[Samples]:
    """The sound of packets that arrive in this order."""

    async def main() -> list[Samples]:
        sounds: list[Samples] = []
        inbound = Inbound(sounds.append)
        for number in arrivals:
            inbound.take(number, number * 960, PACKETS[number])
        await clock.sleep_until(clock.now() + wait_s)
        inbound.close()
        return sounds

    return run(main())


def test_every_packet_is_20_ms() -> None:
    sounds = hear(*range(100))
    assert [len(sound) for sound in sounds] == [320] * 100


def test_lost_packets_leave_no_hole() -> None:
    sounds = hear(*range(40), *range(43, 100))
    assert sum(map(len, sounds)) == 100 * 320
    level = np.sqrt(np.mean(np.square(np.concatenate(sounds)[12_000:15_000])))
    assert level > 0.05


def test_a_packet_waits_for_the_one_before_only_so_long() -> None:
    swaps = [number for pair in range(1, 20, 2) for number in (pair + 1, pair)]
    assert len(hear(0, *swaps, 25)) == len(hear(0, *swaps, 25, wait_s=LONGEST_WAIT_S / 2))
    assert len(hear(0, *swaps, 25, wait_s=LONGEST_WAIT_S * 1.1)) > len(hear(0, *swaps, 25))


def test_what_is_no_opus_is_ignored() -> None:
    async def main() -> int:
        sounds: list[Samples] = []
        inbound = Inbound(sounds.append)
        for number in range(10):
            inbound.take(number, number * 960, b"")
        return inbound.buffer.received

    assert run(main()) == 0
