"""Every cell of the fault matrix: the damage is done to a box that works, and what people notice is what the cell says.

Scheduler, lanes, sessions and pipeline are the real ones, on virtual time; engines and devices are hurt, not they.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from appliance.core import clock
from appliance.core.speech import Outcome, Stage
from appliance.inference.lane_state import LaneState
from scripts.draw_faults import FAULTS
from tests.faults.actors import NONSENSE, REPLY, Kind, Theatre, Wound, specs
from tests.faults.house import QUESTION, Answer, House
from tests.faults.matrix import PARTS, Cell, cells, read
from tests.faults.senses import HurtEar, HurtScheduler, Wounded
from tests.long import LONG
from tests.virtual_time import run

ROOT = Path(__file__).parents[2]
CELLS = cells()
ENGINES = ("turn_end", "stt", "llm", "tts")
QUESTIONS = 2
"""Asked while the fault lasts."""
HEALED_S = 30.0
"""s within which all is as it was: a better engine is tried again within 8 s here, or twice that."""
STARTED_S = 60.0
"""The same where engines never started: they are tried ever more rarely."""
CALM_S = 2.0
"""s for which the best engine must have been there before somebody speaks again."""
REST_S = 5.0
"""s behind the damage to something that is not started anew."""

Damage = Callable[[], Any]


def check(cell: Cell, variant: str, answers: list[Answer]) -> None:
    """What came of the questions, against the cell and against what always holds."""
    names = [answer.names for answer in answers]
    assert names in cell.expected(variant), f"{cell.name}, {variant}: heard {' / '.join(names)}"
    mute = cell.part == "playback"
    for answer in answers:
        if not mute:
            answer.check_silences()
        assert all(error.problem and error.problem[-1] not in ".:" for error in answer.failures)
        for turn in (turn for turn in answer.turns if turn.transcript):
            assert turn.transcript == QUESTION, "no half question is answered"
            assert REPLY.startswith(turn.heard), "no word is lost, said twice or made up"
    silent = [answer.names == "nothing" for answer in answers]
    assert mute or not any(map(all, pairwise(silent))), "two silent turns in a row"


async def ask(house: House, questions: int = QUESTIONS) -> list[Answer]:
    return [await house.person.ask() for _ in range(questions)]


async def healed(house: House, after_s: float) -> None:
    """After so long it is as it was, and nobody need do anything for that."""
    await clock.sleep_until(clock.now() + after_s)
    (answer,) = await ask(house, 1)
    assert (answer.names, answer.answered) == ("answer", True)


async def engine_healed(house: House, stage: Stage, within_s: float) -> None:
    """The best engine comes back by itself, and then it is as it was."""
    best, end, calm_since = specs(stage)[0].name, clock.now() + within_s, clock.now()
    while clock.now() < min(end, calm_since + CALM_S):
        await clock.sleep_until(clock.now() + 0.1)
        health = house.health(stage)
        if (health.engine, health.state) != (best, LaneState.IDLE):
            calm_since = clock.now()
    await healed(house, 0.0)
    assert house.health(stage).engine == best


def wounds(cell: Cell, variant: str) -> Iterator[Wound]:
    """All ways to do the damage.

    Every kind of nonsense befalls once. What goes on after it does not depend on its kind: that it lasts is tried
    with one kind, and with all of them by `make test-long`.
    """
    stage, kind = Stage(cell.part), Kind(cell.fault)
    best = frozenset({specs(stage)[0].name})
    nonsense = NONSENSE[stage] if kind is Kind.GARBAGE else [None]
    for given in nonsense if variant == "once" or LONG else nonsense[:1]:
        match variant:
            case "once":
                yield Wound(stage, kind, times=1, nonsense=given)
                if kind is not Kind.GARBAGE and stage is not Stage.TURN_END:
                    yield Wound(stage, kind, times=1, midst=True)
            case "lasting":
                yield Wound(stage, kind, best, nonsense=given)
            case _:
                yield Wound(stage, kind, nonsense=given)


async def hurt_engines(cell: Cell, variant: str, wound: Wound) -> None:
    broken = wound.kind is Kind.BROKEN
    async with House(Theatre(wound if broken else None), shared=variant == "lasting") as house:
        if not broken:
            await house.person.ask()  # the warm turn: how long things take
        house.theatre.wound = wound
        answers = await ask(house)
        assert wound.struck, "the damage was done"
        check(cell, variant, answers)
        questions = {turn.transcript for answer in answers for turn in answer.turns}
        assert wound.stage is Stage.STT or questions == {QUESTION}, "the question is kept"
        if variant == "lasting":
            guest = await house.guest.ask()
            assert guest.names != "nothing", "whoever shares the engine is not left in silence either"
            house.guest.leave()
        house.theatre.wound = None
        if variant != "once":
            await engine_healed(house, wound.stage, STARTED_S if broken else HEALED_S)


async def hurt_microphone(cell: Cell, variant: str) -> None:
    kind = Kind(cell.fault)
    async with House(port=Wounded, shared=True) as house:
        port = house.person.port
        assert isinstance(port, Wounded)
        lost = kind in {Kind.KILLED, Kind.BROKEN}
        if lost:
            port.lose("ear")
        else:
            port.ear = kind
        first = await house.person.ask(after_s=6.0 if lost else 0.5)
        check(cell, variant, [first, *await ask(house, 1)])
        port.ear = None
        assert (await house.guest.ask()).names == "answer", "other conversations notice nothing"
        await healed(house, REST_S)


async def hurt_loudspeaker(cell: Cell, variant: str) -> None:
    kind = Kind(cell.fault)
    async with House(port=Wounded, shared=True) as house:
        port = house.person.port
        assert isinstance(port, Wounded)
        if kind in {Kind.KILLED, Kind.BROKEN}:
            port.lose("mouth", 4.0)
        else:
            port.mouth = kind
        answers = await ask(house)
        check(cell, variant, answers)
        shown = [answer.turns[0].outcome is Outcome.SHOWN for answer in answers]
        assert shown[0] == (answers[0].names == "nothing"), "what cannot be heard can be read"
        assert (await house.guest.ask()).names == "answer"
        await healed(house, REST_S)


async def hurt_detector(cell: Cell, variant: str, nonsense: float) -> None:
    kind = Kind(cell.fault)

    class Victim(HurtEar): ...

    Victim.wound, Victim.nonsense = (kind if kind is Kind.BROKEN else None), nonsense
    async with House(vad=Victim, shared=True) as house:
        Victim.wound = kind
        answers = await ask(house)
        check(cell, variant, answers)
        told = [error.stage for error in house.person.told.failures]
        assert (Stage.VAD in told) == (kind is not Kind.SLOW), "it is told what broke"
        Victim.wound = None
        assert (await house.guest.ask()).names == "answer"
        house.guest.leave()
        await healed(house, HEALED_S)


async def hurt_scheduler(cell: Cell, variant: str) -> None:
    made: list[HurtScheduler] = []

    def wrap(inner: Any) -> HurtScheduler:
        made.append(HurtScheduler(inner))
        return made[0]

    async with House(wrap=wrap, shared=True) as house:
        await house.person.ask()
        made[0].wound = Kind(cell.fault)
        answers = await ask(house)
        check(cell, variant, answers)
        assert (await house.guest.ask()).names == "answer"
        await healed(house, REST_S)


def stories(cell: Cell, variant: str) -> Iterator[Any]:
    """Everything that is done to the box for one variant of a cell."""
    match cell.part:
        case "capture":
            yield hurt_microphone(cell, variant)
        case "playback":
            yield hurt_loudspeaker(cell, variant)
        case "vad":
            values = [float("nan"), 7.0, 0.01, 1.0] if cell.fault == Kind.GARBAGE else [0.0]
            yield from (hurt_detector(cell, variant, value) for value in values)
        case "scheduler":
            yield hurt_scheduler(cell, variant)
        case part if part in ENGINES:
            yield from (hurt_engines(cell, variant, wound) for wound in wounds(cell, variant))


@pytest.mark.long
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_what_befalls_a_part_is_noticed_as_the_matrix_says(cell: Cell) -> None:
    for variant in cell.variants:
        told = 0
        for told, story in enumerate(stories(cell, variant), 1):  # noqa: B007 - counted
            run(story)
        assert told, "somebody must do the damage"
    for proof in cell.row.get("proof", []):
        file, _, name = proof.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), f"{proof} is gone"


def test_no_cell_is_missing() -> None:
    found = read()
    assert tuple(found) == PARTS
    for part, rows in found.items():
        assert [key for key, row in rows.items() if isinstance(row, dict)] == list(FAULTS), part


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_cell_says_what_happens_or_why_it_cannot(cell: Cell) -> None:
    told = set(cell.row)
    if "impossible" in told:
        assert len(cell.row["impossible"]) > 20
        assert not {*cell.variants, "proof"} & told
    else:
        assert cell.variants or {"proof", "heard"} <= told, "what is heard, and how we know"
        assert {"shown", "restarts", "kept"} <= told


def test_the_page_for_people_is_fresh() -> None:
    script = ROOT / "scripts" / "draw_faults.py"
    told = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout
