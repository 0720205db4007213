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
    yield Orders(reading), writing
    os.close(reading)


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
