"""`appliance ask`: the language model alone, in writing."""

import argparse
import asyncio
import json
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final

from appliance.app import open_appliance
from appliance.cli.obtain import obtain
from appliance.cli.output import console, progress_console
from appliance.core.errors import InputError
from appliance.core.speech import Stage
from appliance.inference.job import Inference
from appliance.pipeline import trust
from appliance.pipeline.reply import generation
from appliance.settings import Settings
from appliance.turns.dialogue import Dialogue

LONGEST: Final = 4_000
"""Characters of a question; some 1000 tokens, half of what the bundled model can see."""


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "ask",
        parents=[common],
        help="ask something in writing",
        description="Asks the appliance's language model, and prints what it would say. Without a question each line"
        " of the standard input is one, until it ends; all of them are one conversation.",
    )
    parser.add_argument(
        "question", nargs="*", metavar="QUESTION", help="what to ask; several are one conversation"
    )
    parser.add_argument(
        "--json", action="store_true", help="print each question and its answer as a line of JSON"
    )
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Ask, and print the answers."""
    questions = [checked(question) for question in args.question]
    obtain(settings)
    asyncio.run(_ask(settings, _each(questions) if questions else _lines(), as_json=args.json))
    return 0


def checked(question: str) -> str:
    """The question without white space around it.

    Raises:
        InputError: there is none, or it is too long.
    """
    question = question.strip()
    if not question:
        raise InputError("there is nothing to ask", "give a question, in quotes")
    if len(question) > LONGEST:
        raise InputError(f"the question has {len(question)} characters; {LONGEST} can be asked at once")
    return question


async def answers(
    inference: Inference, dialogue: Dialogue, questions: AsyncIterator[str], write: Callable[[str], None]
) -> AsyncIterator[tuple[str, str]]:
    """Ask one after the other, and yield each with its answer. `write` is told the words as they come."""
    turn = 0
    async for question in questions:
        turn += 1
        dialogue.asked(question)
        said = ""
        job = generation(dialogue.prompt(), "", "ask", turn)
        async with inference.stream(job) as pieces:
            async for piece in pieces:
                with trust.doubting(inference, job):
                    said += trust.delta(piece, len(said))
                write(piece)
        dialogue.answered(said.strip())
        yield question, said.strip()


async def _ask(settings: Settings, questions: AsyncIterator[str], *, as_json: bool) -> None:
    async with open_appliance(settings, [Stage.LLM]) as appliance:
        dialogue = Dialogue(settings.dialogue)
        write = _ignore if as_json else _write
        async for question, answer in answers(appliance.scheduler, dialogue, questions, write):
            if as_json:
                line = json.dumps({"question": question, "answer": answer}, ensure_ascii=False)
                print(line, flush=True)  # noqa: T201 - one line each, for scripts that read as it comes
            else:
                console.print()


async def _each(questions: Iterable[str]) -> AsyncIterator[str]:
    for question in questions:
        yield question


async def _lines() -> AsyncIterator[str]:
    """Lines of the standard input, none of them blank. The engine is looked after while a person types."""
    if sys.stdin.isatty():
        progress_console.print("Ask something. Ctrl-D ends the conversation.", markup=False)
    if stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode):  # no loop can wait for a file, and nobody has to
        for line in sys.stdin:
            if line.strip():
                yield checked(line)
        return
    reader = asyncio.StreamReader(limit=8 * LONGEST)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while raw := await _line(reader):
        if raw.strip():
            yield checked(raw.decode(errors="replace"))


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:
        raise InputError(f"a line has more than {LONGEST} characters", "ask less at once") from None


def _write(words: str) -> None:
    console.print(words, markup=False, end="", soft_wrap=True)


def _ignore(words: str) -> None:
    pass
