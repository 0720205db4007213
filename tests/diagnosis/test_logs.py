"""The funnel: who gets what, what is withheld, and that nothing in it can harm whoever logs."""

import io
import logging

from appliance.diagnosis.budget import BURST
from appliance.diagnosis.entries import Entry
from appliance.diagnosis.logs import Funnel, Terminal, configure, funnel


class Memory:
    """A `Sink` that remembers."""

    def __init__(self, level: int = logging.DEBUG) -> None:
        self.level = level
        self.entries: list[Entry] = []
        self.closed = False

    def write(self, entry: Entry) -> None:
        self.entries.append(entry)

    def close(self) -> None:
        self.closed = True


def record(level: int, event: str = "", name: str = "appliance.test") -> logging.LogRecord:
    made = logging.LogRecord(name, level, "test.py", 1, "Hello", (), None)
    if event:
        made.event = event
    return made


def test_every_sink_gets_what_it_asked_for() -> None:
    all_of_it, warnings = Memory(), Memory(logging.WARNING)
    out = Funnel(all_of_it, warnings)
    out.handle(record(logging.DEBUG))
    out.handle(record(logging.ERROR))
    assert [entry["level"] for entry in all_of_it.entries] == ["debug", "error"]
    assert [entry["level"] for entry in warnings.entries] == ["error"]


def test_a_fault_in_a_loop_is_limited_and_counted() -> None:
    memory, now = Memory(), [0.0]
    out = Funnel(memory, now=lambda: now[0])
    for _ in range(BURST + 50):
        out.handle(record(logging.ERROR, "crash"))
    out.handle(record(logging.ERROR, "other"))
    now[0] = 100.0
    out.handle(record(logging.ERROR, "crash"))
    assert len(memory.entries) == BURST + 2
    assert memory.entries[-1]["withheld"] == 50


def test_our_loggers_tell_as_much_as_any_sink_wants() -> None:
    out, ours = configure(logging.WARNING), logging.getLogger("appliance.x")
    assert not ours.isEnabledFor(logging.DEBUG)
    memory = Memory()
    out.add(memory)
    assert ours.isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("foreign").isEnabledFor(logging.DEBUG)
    out.remove(memory)
    assert memory.closed
    assert not ours.isEnabledFor(logging.DEBUG)


def test_there_is_one_funnel() -> None:
    first = configure(logging.WARNING)
    second = configure(logging.DEBUG)
    handlers = [each for each in logging.getLogger().handlers if isinstance(each, Funnel)]
    assert handlers == [second]
    assert funnel() is second is not first


def test_a_terminal_shows_problems_and_news_of_devices() -> None:
    stream = io.StringIO()
    terminal = Terminal(logging.WARNING, lambda: stream)
    out = Funnel(terminal)
    out.handle(record(logging.INFO))
    out.handle(record(logging.INFO, name="appliance.audio.keeper"))
    out.handle(record(logging.WARNING))
    assert [line[13:] for line in stream.getvalue().splitlines()] == [
        "INFO audio.keeper: Hello",
        "WARNING test: Hello",
    ]


def test_a_terminal_that_is_gone_is_left_alone() -> None:
    stream = io.StringIO()
    stream.close()
    terminal = Terminal(logging.WARNING, lambda: stream)
    terminal.write({"time": "", "level": "error", "module": "x", "event": "line"})
    assert terminal.level > logging.CRITICAL
