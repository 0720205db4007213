"""One connection: what it says is read, rubbish is answered once, a flood ends it."""

import json
import logging
from collections.abc import Callable

import pytest

from appliance.core import clock
from appliance.web.link import TOO_MANY, Link
from appliance.web.requests import Ping, Stop
from tests.virtual_time import run


class Carrier:
    """Remembers."""

    def __init__(self) -> None:
        self.sent: list[dict[str, object]] = []
        self.closed: list[str] = []

    def send(self, text: str) -> None:
        self.sent.append(json.loads(text))

    def close(self, reason: str) -> None:
        self.closed.append(reason)


def tell(story: Callable[[Link, Carrier], object], rate: float = 20.0) -> None:
    async def main() -> None:
        carrier = Carrier()
        result = story(Link(carrier, rate), carrier)
        if hasattr(result, "__await__"):
            await result

    run(main())


def test_a_request_is_read() -> None:
    def story(link: Link, carrier: Carrier) -> None:
        assert link.read('{"type":"stop"}', 3) == Stop()
        assert link.read('{"type":"ping","t":1}', 3) == Ping(1.0)
        assert carrier.sent == []

    tell(story)


def test_rubbish_is_answered_once_and_counted() -> None:
    def story(link: Link, carrier: Carrier) -> None:
        assert [link.read(text, 3) for text in ("{}", "rubbish", "[]")] == [None] * 3
        (failed,) = carrier.sent
        assert (failed["type"], failed["turn"], failed["stage"]) == ("failed", 3, "page")
        assert link.bad == 3
        assert link.read('{"type":"stop"}', 3) == Stop()

    tell(story)


def test_so_many_messages_a_second_are_read_and_then_the_connection_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(link: Link, carrier: Carrier) -> None:
        for _ in range(100):
            assert link.read('{"type":"stop"}', 0)
            await clock.sleep_until(clock.now() + 0.05)
        for _ in range(20):
            assert link.read('{"type":"stop"}', 0)
        assert carrier.closed == []
        assert link.read('{"type":"stop"}', 0) is None
        assert carrier.closed == [TOO_MANY]

    with caplog.at_level(logging.WARNING):
        tell(story)
    assert "too many messages" in caplog.text
