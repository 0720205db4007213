"""The composition root with its real engines in their real processes, held to account sample by sample.

Everything runs in real time, on a machine that may be busy: what is asserted is what was said, heard, counted
and when in relation to each other, never how fast.
"""

import asyncio
import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psutil
import pytest

from appliance.app import Appliance, open_appliance
from appliance.converse import Report, Say, converse
from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.speech import Stage
from appliance.inference.lane_state import LaneHealth, LaneState
from appliance.settings import load_settings
from appliance.transports.wavfile import WavPort
from appliance.turns.machine import State
from appliance.warm import warm_turn
from tests.fakes import ANSWERED
from tests.models import MODELS, SILERO, SMART_TURN, SMOLLM2, needs_model
from tests.shared import clip, labels, needs_shared

pytestmark = [
    pytest.mark.engines,
    pytest.mark.timeout(300),  # on a machine with ten times more to do than it can
    needs_shared,
    needs_model(SILERO),
    needs_model(SMOLLM2),
    needs_model(SMART_TURN),
]

RATE = 48_000
EDGE_MS = 30.0
"""ms by which sound may begin or end beside its stamp: three periods."""

ORDER = "9e06cfac.flac"
"""A person asks: “Can I get a double shot iced coffee with cream?”"""

SETTINGS = load_settings(
    None,
    {
        "APPLIANCE_MODELS__PROFILE": "bundled",
        "APPLIANCE_MODELS__FOLDER": str(MODELS),
        # On a machine that has other things to do an engine may take its time, be it to come back, to show that it
        # lives, or to answer: nobody then asks for patience, which would be sound in a place where silence is due.
        "APPLIANCE_INFERENCE__PATIENCE_S": "100",
        "APPLIANCE_INFERENCE__PULSE_S": "60",
        "APPLIANCE_REPLY__BRIDGE_S": "60",
        "APPLIANCE_TURNS__THINKING_S": "100",
        "APPLIANCE_GOVERNOR__MAIN_MB": "65536",  # all other tests have been in this process
    },
)

ENGINES = {
    Stage.TURN_END: "smart-turn",
    Stage.STT: "sphinx",
    Stage.LLM: "smollm2-135m",
    Stage.TTS: "espeak",
}


def spoken(name: str) -> Samples:
    """A person's recording without the silence around it, but for 0.3 s before and 0.1 s after."""
    label = labels("people")[name]
    first, last = label["speech"][0][0] - 0.3, label["speech_end"] + 0.1
    return clip(f"people/{name}")[round(first * CAPTURE_RATE) : round(last * CAPTURE_RATE)]


def question() -> Samples:
    """“How many planets are there?”: the box has a short answer to it."""
    return clip("spoken/how_many_planets_are_there-slt.flac")


@dataclass
class Conversation:
    """What came of a conversation."""

    report: Report
    speaker: Samples
    lanes: dict[Stage, LaneHealth]
    falls: dict[Stage, int]
    """Workers lost during it."""

    @property
    def turns(self) -> list[dict[str, Any]]:
        return self.report.turns

    def ms(self, turn: int, stamp: str) -> float:
        """A stamp of a turn, which happened."""
        value = self.turns[turn]["stamps"][stamp]
        assert value is not None, (turn, stamp)
        return float(value)

    def between(self, start_ms: float, end_ms: float) -> Samples:
        """What the loudspeaker played."""
        return self.speaker[round(start_ms * RATE / 1000) : round(end_ms * RATE / 1000)]

    def plays(self, sound: Samples) -> bool:
        """Whether it played exactly this somewhere."""
        loudest = int(np.argmax(np.abs(sound)))
        return any(
            np.array_equal(self.speaker[at - loudest :][: len(sound)], sound)
            for at in np.flatnonzero(self.speaker == sound[loudest])
        )


@dataclass
class Listening(Report):
    """A report that has something done when the box enters a state for the first time."""

    reactions: dict[State, Callable[[], None]] = field(default_factory=dict)

    def state(self, state: State) -> None:
        """See `Observer`."""
        super().state(state)
        self.reactions.pop(state, lambda: None)()


Mischief = Callable[[Appliance, WavPort, Listening], None]


@dataclass
class Box:
    """The whole appliance, and the loop it lives on. Its engines are started once for all tests."""

    runner: asyncio.Runner
    appliance: Appliance

    def hold(self, says: Sequence[Say], meddle: Mischief = lambda *_: None) -> Conversation:
        """Hold a conversation of its own with it; `meddle` may prepare some mischief."""

        async def main() -> Conversation:
            before = self.lanes()
            report, port = Listening(), WavPort()
            meddle(self.appliance, port, report)
            speaker = await converse(lambda p, o: self.appliance.session("test", p, o), says, report, port)
            health = self.appliance.scheduler.health()
            assert (health.waiting, health.busy) == (0, 0), "nothing is left of the conversation"
            lanes = self.lanes()
            falls = {stage: lane.falls - before[stage].falls for stage, lane in lanes.items()}
            return Conversation(report, speaker, lanes, falls)

        return self.runner.run(main())

    def lanes(self) -> dict[Stage, LaneHealth]:
        return {lane.stage: lane for lane in self.appliance.scheduler.health().lanes}


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with asyncio.Runner() as runner:
        opened = open_appliance(SETTINGS)
        appliance = runner.run(opened.__aenter__())
        try:
            yield Box(runner, appliance)
        finally:
            runner.run(opened.__aexit__(None, None, None))


def check_sound(heard: Conversation) -> None:
    """There is sound when the stamps say so and at no other time; it is clean."""
    expected = np.zeros(len(heard.speaker), bool)
    for turn in range(len(heard.turns)):
        first, last = heard.ms(turn, "first_audio"), heard.ms(turn, "reply_ended")
        expected[round((first - EDGE_MS) * RATE / 1000) : round((last + EDGE_MS) * RATE / 1000)] = True
        onset = np.flatnonzero(np.abs(heard.between(first - EDGE_MS, last)) > 1e-4)[0] * 1000 / RATE
        assert onset <= 2 * EDGE_MS, "the reply is heard when it is said to begin"
        assert float(np.sqrt(np.mean(heard.between(first, last) ** 2))) > 0.01
    assert not heard.speaker[~expected].any(), "silence is silence"
    assert 0.05 < float(np.abs(heard.speaker).max()) < 1.0
    # eSpeak's own sharpest step is 0.2 at a peak of 0.54; a cut in full swing is one of a peak or two.
    assert float(np.abs(np.diff(heard.speaker)).max()) < 0.3
    assert set(heard.report.audio.values()) == {0}


def check_order(heard: Conversation, turn: int) -> None:
    """All happened, in the order of life."""
    stamps = heard.turns[turn]["stamps"]
    assert all(stamps[name] is not None for name in ANSWERED), heard.turns[turn]
    said = ("speech_started", "speech_ended", "endpoint", "first_audio", "reply_ended")
    prepared = ("speech_ended", "transcript", "first_token", "first_clause", "first_audio")
    for names in (said, prepared):
        moments = [stamps[name] for name in names]
        assert moments == sorted(moments), heard.turns[turn]


def test_the_warm_turn_goes_through_every_engine(box: Box) -> None:
    assert box.appliance.engines == tuple(ENGINES.values())
    warm = box.runner.run(warm_turn(box.appliance))
    assert warm.heard == "how many days are in a week"
    assert re.search(r"\w+ \w+", warm.answered)
    assert warm.first_audio_ms > 200, "the endpoint alone takes that long"
    assert str(warm).startswith(f"Heard “{warm.heard}”, answered “{warm.answered}”, first audio after ")


def test_a_person_is_understood_and_answered(box: Box) -> None:
    heard = box.hold([Say(spoken(ORDER), at=1.0), Say(question())])
    first, second = heard.turns
    assert heard.report.failures == []
    assert [first["outcome"], second["outcome"]] == ["answered", "answered"]
    assert {"double", "shot", "coffee", "cream"} & set(first["transcript"].split()), first["transcript"]
    assert "how many planets" in second["transcript"]
    for number, turn in enumerate(heard.turns):
        assert turn["heard"] == turn["said"]
        assert len(turn["said"].split()) >= 3
        check_order(heard, number)
    assert abs(heard.ms(0, "speech_started") - 1300) < 100, "where the label has it"
    length_ms = 1000 * len(spoken(ORDER)) / CAPTURE_RATE
    assert abs(heard.ms(0, "speech_ended") - (1000 + length_ms - 100)) < 150
    assert heard.ms(1, "speech_started") > heard.ms(0, "reply_ended") + 1000
    check_sound(heard)
    assert set(heard.falls.values()) == {0}


def test_talking_over_a_long_reply_silences_it(box: Box) -> None:
    decided: list[float] = []

    def interrupt(_: Appliance, port: WavPort, report: Listening) -> None:
        """Speak shortly after the reply has begun, and note when the box decides to be silent."""

        def talk() -> None:
            port.say(question(), port.now() + 0.5)
            report.reactions[State.HEARING] = lambda: decided.append(port.now() * 1000)

        report.reactions[State.SPEAKING] = talk

    heard = box.hold([Say(spoken(ORDER), at=1.0)], interrupt)
    first, second = heard.turns
    assert first["outcome"] == "interrupted"
    assert first["said"].strip().startswith(first["heard"])
    assert 0 < len(first["heard"]) < len(first["said"])
    assert second["outcome"] == "answered"
    assert "planets" in second["transcript"]
    check_order(heard, 0)
    check_order(heard, 1)
    (hushed,) = decided
    assert hushed - heard.ms(0, "first_audio") > 500
    assert heard.between(hushed - 3000, hushed).any()
    assert not heard.between(hushed + 100, heard.ms(1, "first_audio") - EDGE_MS).any()
    check_sound(heard)


def send(stage: Stage, number: signal.Signals) -> None:
    """Send a signal to the engine of a stage."""
    for child in psutil.Process().children(recursive=True):
        if child.cmdline()[-1:] == [ENGINES[stage]]:
            os.kill(child.pid, number)


async def kill_at_work(appliance: Appliance, stage: Stage) -> None:
    """Kill the engine of a stage in the midst of its work.

    An idle engine is stopped, so that its next job finds it at work for as long as it takes to aim.
    """
    while True:
        (lane,) = [lane for lane in appliance.scheduler.health().lanes if lane.stage is stage]
        if lane.state is LaneState.IDLE:
            send(stage, signal.SIGSTOP)
        elif lane.state is LaneState.RUNNING:
            send(stage, signal.SIGKILL)
            return
        await clock.sleep_until(clock.now() + 0.005)


@pytest.mark.parametrize(
    ("stage", "moment"),
    [(Stage.STT, State.HEARING), (Stage.LLM, State.WAITING), (Stage.TTS, State.WAITING)],
)
def test_an_engine_that_is_killed_at_work_costs_nothing_but_a_moment(
    box: Box, stage: Stage, moment: State
) -> None:
    killing: list[asyncio.Task[None]] = []

    def lurk(appliance: Appliance, _: WavPort, report: Listening) -> None:
        report.reactions[moment] = lambda: killing.append(asyncio.create_task(kill_at_work(appliance, stage)))

    heard = box.hold([Say(question(), at=1.0), Say(question())], lurk)
    killing[0].result()
    for turn in heard.turns:
        assert turn["outcome"] == "answered"
        assert turn["heard"] == turn["said"] != ""
        assert "how many planets" in turn["transcript"]
    assert len(heard.turns) == 2
    assert heard.report.failures == []
    assert heard.falls == {s: s is stage for s in ENGINES}
    assert not any(lane.degraded for lane in heard.lanes.values())
