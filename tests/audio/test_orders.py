import os
from collections.abc import Iterator

import pytest

from appliance.audio.device import Way
from appliance.audio.orders import Leave, Look, Orders
from appliance.audio.server import Node, to_json

NODE = Node("mic", Way.IN, "Microphone", 1)


@pytest.fixture
def pipe() -> Iterator[tuple[Orders, int]]:
    """The reader, and the writing end, which the test closes."""
    reading, writing = os.pipe()
    bell = os.eventfd(0)
    yield Orders(reading, bell), writing
    os.close(reading)
    os.close(bell)


def test_the_newest_order_counts(pipe: tuple[Orders, int]) -> None:
    orders, writing = pipe
    os.write(writing, b"null\n" + to_json([NODE]).encode() + b"\nnul")
    assert orders.wait() == Look((NODE,))
    assert orders.next(0) is None
    os.write(writing, b"l\n")
    assert orders.next(0) == Look(None)
    os.close(writing)


def test_its_end_means_to_leave(pipe: tuple[Orders, int]) -> None:
    orders, writing = pipe
    os.close(writing)
    with pytest.raises(Leave):
        orders.wait()


def test_a_bell_ends_the_wait(pipe: tuple[Orders, int]) -> None:
    orders, writing = pipe
    os.eventfd_write(orders._bell, 1)
    assert orders.next(None) is None
    os.write(writing, b"null\n")
    os.eventfd_write(orders._bell, 1)
    assert orders.next(None) == Look(None)
    assert orders.next(0) is None
    os.close(writing)
