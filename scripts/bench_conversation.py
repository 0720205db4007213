"""Whole conversations with the real engines, in real time: where the time goes, and whether a long one is slower.

Recordings are the microphone. The loudspeaker swallows replies at once, which changes nothing before the
first sample of a reply, and saves the time of listening to the rest.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from appliance.app import Appliance, open_appliance
from appliance.converse import Report, Say, converse, read_recording
from appliance.settings import load_settings
from appliance.transports.wavfile import SilentPort
from appliance.warm import warm_turn
from scripts.bench_figures import SPREAD, Plan, Section, Skipped, Table, spread

STAGES = {
    "endpoint: last voiced window → decision that it is over": ("speech_ended", "endpoint"),
    "speech to text: endpoint → transcript": ("endpoint", "transcript"),
    "language model: transcript → first token": ("transcript", "first_token"),
    "language model: first token → first clause": ("first_token", "first_clause"),
    "voice: first clause → first sample at the loudspeaker": ("first_clause", "first_audio"),
    "**all: last voiced window → first sample**": ("speech_ended", "first_audio"),
}
"""From which stamp to which."""

BEGIN_S = 0.6
"""s of silence before a recording: behind the pre-roll, as in life."""

MILESTONES = (2, 5, 10, 15, 20)
"""Turns that are told."""

LEAST_WORDS = 4
"""Of a spoken question; orders such as “stop” are no conversation."""

Turns = list[dict[str, Any]]


def latency(plan: Plan) -> Section:
    """Every stage over recordings of people, each in a conversation of its own."""
    ends_s = _people(plan)
    asked, engines = asyncio.run(_ask(plan.clips / "people", list(ends_s)))
    turns = [turn for conversation in asked for turn in conversation]
    felt = [
        delay
        for conversation, end_s in zip(asked, ends_s.values(), strict=True)
        for delay in _felt(conversation, 1000 * (BEGIN_S + end_s))
    ]
    answered = _delays(turns, "speech_ended", "first_audio")
    rows = [(name, *spread(_delays(turns, *stamps))) for name, stamps in STAGES.items()]
    rows.append(("as felt: labelled end of speech → first sample", *spread(felt)))
    note = f"{len(ends_s)} recordings of people, {len(turns)} turns, {len(answered)} with a reply; {engines}"
    return Section([Table(("stage", *SPREAD), rows)], note, {"turns": turns, "felt_ms": felt})


def long_conversation(plan: Plan) -> Section:
    """First audio at turn 2, at turn 20, and between."""
    conversations, engines = asyncio.run(_talk(_questions(plan), plan))
    turns = [turn for conversation in conversations for turn in conversation]
    answered = _delays(turns, "speech_ended", "first_audio")
    note = (
        f"{plan.conversations} × {plan.turns} spoken questions, {len(turns)} turns, "
        f"{len(answered)} with a reply; {engines}"
    )
    columns = (
        "turn",
        "n",
        "last voiced window → first sample, p50 ms",
        "max ms",
        "transcript → first token, p50 ms",
    )
    rows = [_milestone(number, turns) for number in MILESTONES if number <= plan.turns]
    return Section([Table(columns, rows)], note, {"conversations": conversations})


def _people(plan: Plan) -> dict[str, float]:
    """The recordings of the reporting half that are used, and the second at which their speech ends."""
    file = plan.clips / "people.json"
    if not file.is_file():
        raise Skipped(f"no recordings in {plan.clips} (--clips names another folder)")
    labels = json.loads(file.read_text())
    names = [name for name in sorted(labels) if name[0] in "89abcdef"]
    return {name: labels[name]["speech_end"] for name in names[: plan.people]}


def _questions(plan: Plan) -> list[Path]:
    """Spoken questions, voice after voice."""
    file = plan.clips / "spoken.json"
    if not file.is_file():
        raise Skipped(f"no spoken questions in {plan.clips} (--clips names another folder)")
    labels = json.loads(file.read_text())
    names = [name for name in labels if len(labels[name]["text"].split()) >= LEAST_WORDS]
    return [plan.clips / "spoken" / name for name in sorted(names, key=lambda name: (name[-8:], name))]


async def _ask(folder: Path, names: Sequence[str]) -> tuple[list[Turns], str]:
    async with _warm_appliance() as appliance:
        asked = [
            await _converse(appliance, [Say(read_recording(folder / name), at=BEGIN_S)]) for name in names
        ]
        return asked, _engines(appliance)


async def _talk(questions: Sequence[Path], plan: Plan) -> tuple[list[Turns], str]:
    """Conversations that begin at different questions. The last turn of each asks what turn 2 asked."""
    says = [Say(read_recording(path)) for path in questions]
    async with _warm_appliance() as appliance:
        conversations = []
        for first in range(plan.conversations):
            order = [says[(first * 7 + turn % (plan.turns - 2)) % len(says)] for turn in range(plan.turns)]
            conversations.append(await _converse(appliance, order))
        return conversations, _engines(appliance)


@asynccontextmanager
async def _warm_appliance() -> AsyncIterator[Appliance]:
    async with open_appliance(load_settings(None)) as appliance:
        await warm_turn(appliance)
        yield appliance


async def _converse(appliance: Appliance, says: Sequence[Say]) -> Turns:
    report = Report()
    await converse(
        lambda port, observer: appliance.session("bench", port, observer), says, report, SilentPort()
    )
    return report.turns


def _engines(appliance: Appliance) -> str:
    return f"engines {', '.join(appliance.engines)}"


def _delays(turns: Turns, begin: str, end: str) -> list[float]:
    """ms from one stamp to another, of the turns with a reply."""
    stamps = [turn["stamps"] for turn in turns if turn["stamps"]["first_audio"] is not None]
    return [stamp[end] - stamp[begin] for stamp in stamps]


def _felt(conversation: Turns, end_ms: float) -> list[float]:
    """ms of silence that the person heard, when the reply came after they had ended: none or one."""
    sounds = [turn["stamps"]["first_audio"] for turn in conversation]
    return [sound - end_ms for sound in sounds if sound is not None and sound > end_ms][-1:]


def _milestone(number: int, turns: Turns) -> tuple[float | None, ...]:
    there = [turn for turn in turns if turn["number"] == number]
    count, p50, _, greatest = spread(_delays(there, "speech_ended", "first_audio"))
    return number, count, p50, greatest, spread(_delays(there, "transcript", "first_token"))[1]
