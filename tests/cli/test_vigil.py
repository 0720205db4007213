"""What watches over `appliance run`, piece by piece; all of it is frozen in test_frozen.py."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.settings import AudioSettings
from appliance.cli.vigil import MARK, TRACE, Vigil, answers, first
from appliance.core.errors import InputError
from appliance.core.monotonic import monotonic
from appliance.core.speech import Stage
from appliance.guardian.progress import FrozenError
from appliance.settings import Settings

Door = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
LONG_S = 30.0


def watch(
    door: Door,
    deed: Callable[[asyncio.Server], object] = lambda _: None,
    patience_s: float = LONG_S,
    within_s: float = LONG_S,
) -> bool:
    """Whether it was noticed that a server does not answer (any more)."""

    guests: set[asyncio.Task[Any]] = set()

    async def main() -> bool:
        left = asyncio.Event()

        async def attended(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            guest = asyncio.current_task()
            assert guest
            guests.add(guest)
            await door(reader, writer)
            left.set()

        server = await asyncio.start_server(attended, "127.0.0.1", 0)
        async with server:
            watching = asyncio.create_task(answers(server.sockets[0].getsockname()[1], 0.01, within_s))
            await left.wait()
            assert not watching.done()
            deed(server)
            done, _ = await asyncio.wait({watching}, timeout=patience_s)
            watching.cancel()
            await asyncio.gather(watching, *guests, return_exceptions=True)
            return bool(done)

    return asyncio.run(main())


async def polite(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    writer.close()


def test_a_server_that_is_closed_is_noticed() -> None:
    assert watch(polite, asyncio.Server.close)


def test_so_is_one_that_takes_calls_and_says_nothing() -> None:
    spoken: list[str] = []

    async def falls_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not spoken:
            await polite(reader, writer)
        await reader.read()
        writer.close()

    assert watch(falls_silent, lambda _: spoken.append("enough"), within_s=0.5)


def test_one_that_answers_is_left_alone() -> None:
    assert not watch(polite, patience_s=0.5)


def test_a_loop_that_was_busy_is_not_impatient_with_its_server() -> None:
    calls: list[str] = []

    async def after_a_while(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append("another")
        until = monotonic() + 0.6 * (
            len(calls) == 2
        )  # longer than anybody waits, and nothing gets on meanwhile
        while monotonic() < until:
            pass
        await polite(reader, writer)

    assert not watch(after_a_while, patience_s=1.0, within_s=0.5)
    assert len(calls) > 2


def test_one_that_never_answered_this_machine_is_left_alone_too() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    assert not watch(mute, patience_s=0.5)


def test_of_several_errors_people_read_the_one_that_is_meant_for_them() -> None:
    frozen = FrozenError("Listening has stopped")
    group = BaseExceptionGroup(
        "", [BaseExceptionGroup("", [KeyError("x")]), BaseExceptionGroup("", [frozen])]
    )
    assert first(group) is frozen
    assert isinstance(first(BaseExceptionGroup("", [ValueError("y"), KeyError("x")])), ValueError)
    assert isinstance(first(BaseExceptionGroup("", [ValueError("y"), InputError("x")])), InputError)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings(), audio=AudioSettings(folder=str(tmp_path)))


def test_who_finds_the_mark_of_the_last_life_was_not_told_to_stop(settings: Settings, tmp_path: Path) -> None:
    vigil = Vigil(settings)
    assert not vigil.fell
    (tmp_path / MARK).touch()
    vigil = Vigil(settings)
    assert vigil.fell
    vigil.stopping(again=False)
    assert not Vigil(settings).fell


def test_the_screen_is_told_how_far_the_start_is(settings: Settings) -> None:
    vigil = Vigil(settings)

    def shown() -> dict[str, str]:
        return {step["name"]: step["state"] for step in json.loads(vigil.screen.facts())["steps"]}

    vigil.obtaining()
    assert shown() == {"models": "now"}
    vigil.starting()
    vigil.stopped()  # the dead man's switch, which a start holds
    vigil.risen(Stage.TTS)
    vigil.risen(Stage.TURN_END)  # nobody waits for that one
    engines = {"models": "done", "stt": "now", "llm": "now", "tts": "done"}
    assert shown() == {**engines, "trial": "to come", "page": "to come"}
    vigil.trying()
    assert shown()["trial"] == "now"
    vigil.opening()
    assert (shown()["trial"], shown()["page"]) == ("done", "now")
    assert "echo" not in shown()  # which was not measured this time


def test_where_the_last_life_froze_is_logged(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / TRACE).write_text('Timeout (0:00:04)!\n  File "llama.py", line 7 in decode\n')
    Vigil(settings)
    assert "ended because it was frozen" in caplog.text
    assert "line 7 in decode" in caplog.text
