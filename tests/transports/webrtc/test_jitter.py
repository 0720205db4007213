"""Network weather as data: what the jitter buffer makes of loss, jitter, bursts and other order."""

import heapq
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.transports.webrtc.jitter import DEEPEST, JitterBuffer, Packet, Step

SAMPLES = 960


def packet(number: int, start: int = 0) -> Packet:
    return Packet((start + number) % 2**16, (start + number) * SAMPLES % 2**32, SAMPLES, b"%d" % number)


def numbers(steps: Iterable[Step]) -> list[int]:
    return [int(step.packet.payload) for step in steps]


def receive(arrivals: Sequence[int], start: int = 0) -> tuple[list[Step], JitterBuffer]:
    """What comes of packets that arrive in this order."""
    buffer = JitterBuffer()
    steps = [step for number in arrivals for step in buffer.put(packet(number, start))]
    return [*steps, *buffer.expire()], buffer


def weather(
    count: int, *, loss: float = 0.0, jitter_ms: float = 0.0, burst: int = 1, seed: int = 0
) -> list[tuple[float, int]]:
    """When each packet arrives, in ms, and which it is. Losses come in bursts."""
    chance = np.random.default_rng(seed)
    lost, arrivals = 0, list[tuple[float, int]]()
    for number in range(count):
        if lost == 0 and chance.random() < loss / burst:
            lost = burst
        if lost:
            lost -= 1
        else:
            heapq.heappush(arrivals, (number * 20 + float(chance.uniform(0, jitter_ms)), number))
    return [heapq.heappop(arrivals) for _ in range(len(arrivals))]


def test_in_order_everything_passes_at_once() -> None:
    buffer = JitterBuffer()
    for number in range(1000):
        assert numbers(buffer.put(packet(number))) == [number]
    assert (buffer.depth, buffer.late, buffer.missing, buffer.waiting) == (1, 0, 0, False)


@pytest.mark.parametrize("start", [0, 2**16 - 50, 2**32 // SAMPLES - 50])
def test_numbers_and_timestamps_wrap(start: int) -> None:
    steps, buffer = receive([*range(40), *range(42, 100)], start)
    assert numbers(steps) == [*range(40), *range(42, 100)]
    assert [step.missing for step in steps if step.missing] == [2 * SAMPLES]
    assert buffer.late == 0


def test_one_lost_packet_costs_no_delay_now_or_ever_after() -> None:
    buffer = JitterBuffer()
    for number in [*range(100), *range(101, 1000)]:
        assert numbers(buffer.put(packet(number))) == [number]
    assert (buffer.missing, buffer.depth) == (SAMPLES, 1)


def test_patience_grows_with_packets_that_come_too_late_and_shrinks_in_calm() -> None:
    swapped = [0, *(2 * (number // 2) + 2 - number % 2 for number in range(20))]
    steps, buffer = receive(swapped)
    # The first swap teaches it; then nothing is lost any more.
    assert swapped[:5] == [0, 2, 1, 4, 3]
    assert (buffer.late, buffer.depth) == (1, 2)
    assert numbers(steps) == [0, *range(2, 21)]
    for number in range(21, 21 + 251):
        list(buffer.put(packet(number)))
    assert buffer.depth == 1


def test_a_packet_that_comes_twice_is_heard_once_and_teaches_nothing() -> None:
    steps, buffer = receive([0, 0, 1, 2, 1, 3])
    assert numbers(steps) == [0, 1, 2, 3]
    assert (buffer.late, buffer.depth) == (2, 1)


def test_what_waits_when_nothing_more_comes_is_heard_in_the_end() -> None:
    buffer = JitterBuffer()
    buffer.depth = DEEPEST
    assert numbers(buffer.put(packet(0))) == [0]
    assert numbers(buffer.put(packet(2))) == []
    assert buffer.waiting
    assert numbers(buffer.expire()) == [2]
    assert not buffer.waiting


def test_a_long_gap_is_not_made_up_for() -> None:
    steps, _ = receive([0, 1, 12, 13, 24])
    assert [step.missing // SAMPLES for step in steps] == [0, 0, 10, 0, 10]
    steps, _ = receive([0, 1, 13, 14])
    assert [step.missing for step in steps] == [0, 0, 0, 0]


def test_a_sender_that_begins_again_is_followed() -> None:
    steps, buffer = receive([*range(10), *range(30_000, 30_010), *range(200, 210)])
    assert numbers(steps) == [*range(10), *range(30_000, 30_010), *range(200, 210)]
    assert buffer.missing == 0


def test_pauses_of_a_sender_that_saves_packets_are_gaps_without_waiting() -> None:
    buffer = JitterBuffer()
    buffer.depth = DEEPEST
    list(buffer.put(Packet(1, 0, SAMPLES, b"1")))
    steps = list(buffer.put(Packet(2, 6 * SAMPLES, SAMPLES, b"2")))
    assert [step.missing for step in steps] == [5 * SAMPLES]


@pytest.mark.parametrize(
    ("loss", "jitter_ms", "burst"),
    [(0.0, 0, 1), (0.01, 10, 1), (0.05, 100, 1), (0.05, 30, 4), (0.2, 60, 2), (0.3, 0, 8)],
)
def test_in_any_weather_nothing_waits_for_long(loss: float, jitter_ms: float, burst: int) -> None:
    arrivals = weather(3000, loss=loss, jitter_ms=jitter_ms, burst=burst)
    buffer, arrived, heard, oldest = JitterBuffer(), dict[int, float](), list[int](), 0.0
    for moment, number in arrivals:
        arrived[number] = moment
        for step in buffer.put(packet(number)):
            heard.append(int(step.packet.payload))
            oldest = max(oldest, moment - arrived[heard[-1]])
    heard += numbers(buffer.expire())
    assert heard == sorted(set(heard)), "in order, and each once"
    # Five packets of patience, and what the sender's packets take to come while one waits.
    assert oldest <= 200.0
    assert len(heard) + buffer.late >= len(arrivals) - DEEPEST
    if jitter_ms <= 20:
        assert buffer.late == 0
    else:  # once it knows the weather it loses little of what arrives at all
        assert buffer.late / len(arrivals) < 0.06


@given(st.lists(st.integers(0, 300), max_size=200), st.integers(0, 2**32))
def test_whatever_arrives_is_heard_in_order_or_not_at_all(arrivals: list[int], start: int) -> None:
    steps, buffer = receive(arrivals, start)
    heard = numbers(steps)
    assert len(heard) <= len(arrivals)
    assert all(after > before or before - after >= 100 for before, after in pairwise(heard))
    assert all(0 <= step.missing <= 10 * SAMPLES for step in steps)
    assert buffer.received == len(arrivals)
    assert 1 <= buffer.depth <= DEEPEST
