"""Every engine by itself: how much faster than real time it works, on recordings and sentences.

The real-time factor is seconds of work per second of sound: of the sound that is understood, of the sound
that is made, and for the language model of the sound that its answers become when they are spoken.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from appliance.app import FACTORIES, engine_specs, open_store
from appliance.core.audio import CAPTURE_RATE
from appliance.core.clock import monotonic
from appliance.core.speech import Message, Role, Stage
from appliance.engines.models import EngineName, Selection, best_available
from appliance.engines.silero import WINDOW, Silero
from appliance.inference.spec import EngineSpec
from appliance.pipeline.spoken import speak
from appliance.settings import Settings, load_settings
from appliance.turns.dialogue import Dialogue
from appliance.warm import QUESTION
from scripts.bench_figures import Plan, Section, Skipped, Table, spread
from scripts.bench_tts import CLAUSES, spoken
from scripts.evaluate_stt import SHARED, Never, Score, measure, utterances

QUESTIONS = (
    "What is the capital of Italy?",
    "How many planets are there?",
    "Tell me a story.",
    "Why is the sky blue?",
    "Can I have a coffee?",
)

FIXTURE = SHARED / "models/ggml-fixture.en.bin"
"""A small file in whisper.cpp's format: proves the path, says nothing about the cost of a real model."""

COLUMNS = (
    "engine",
    "threads",
    "load ms",
    "real-time factor",
    "first result",
    "n",
    "p50 ms",
    "p95 ms",
    "max ms",
)


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured of one engine."""

    engine: str
    threads: int
    load_s: float
    factor: float
    """Real-time factor."""
    what: str
    """Meaning of `first_ms`."""
    first_ms: Sequence[float]
    """Of each piece of work: ms until its first result."""

    def row(self) -> tuple[Any, ...]:
        """In the order of `COLUMNS`."""
        return self.engine, self.threads, 1000 * self.load_s, self.factor, self.what, *spread(self.first_ms)


def engines(plan: Plan) -> Section:
    """All engines that are there, the fallbacks too."""
    settings = load_settings(None)
    selection = best_available(open_store(settings), settings.models.profile)
    with tempfile.TemporaryDirectory() as folder:
        voices = _voices(selection, settings, Path(folder))
        speeds = [
            _detector(selection, plan),
            *(_recogniser(s, plan) for s in _recognisers(selection, settings)),
        ]
        rates = {}
        for spec in engine_specs(Stage.LLM, selection, settings):
            speed, rates[spec.name] = _language_model(spec, voices[0], settings, plan)
            speeds.append(speed)
        speeds += [_voice(spec, plan) for spec in voices]
    note = "real-time factor: seconds of work per second of sound understood or made (of answers: spoken)"
    reading = Table(
        ("language model", "reads tokens/s", "writes tokens/s"), [(n, *r) for n, r in rates.items()]
    )
    raw = {speed.engine: {"factor": speed.factor, "first_ms": list(speed.first_ms)} for speed in speeds}
    return Section([Table(COLUMNS, [speed.row() for speed in speeds]), reading], note, raw)


def _recognisers(selection: Selection, settings: Settings) -> list[EngineSpec]:
    """Those of the selection, and whisper.cpp on a fixture where there is no real model for it."""
    specs = engine_specs(Stage.STT, selection, settings)
    whisper = FACTORIES[EngineName.WHISPER]
    if FIXTURE.is_file() and whisper not in {spec.factory for spec in specs}:
        kwargs = {"model": FIXTURE, "threads": 1}
        specs.append(EngineSpec(Stage.STT, "whisper.cpp with a 10 MB fixture", whisper, kwargs))
    return specs


def _voices(selection: Selection, settings: Settings, folder: Path) -> list[EngineSpec]:
    """Those of the selection, and Piper with random weights of realistic size where it has no voice."""
    specs = engine_specs(Stage.TTS, selection, settings)
    piper = FACTORIES[EngineName.PIPER]
    if piper not in {spec.factory for spec in specs}:
        voice = folder / "voice.onnx"
        script = Path(__file__).with_name("make_piper_stub.py")
        subprocess.run([sys.executable, script, voice], check=True, stdout=subprocess.DEVNULL)
        kwargs = {"voice": voice, "settings": settings.piper}
        specs.append(EngineSpec(Stage.TTS, "Piper medium with random weights", piper, kwargs))
    return specs


@contextmanager
def _ready(spec: EngineSpec) -> Iterator[tuple[Any, float]]:
    """An engine as its worker would have it, and the seconds that took."""
    began = monotonic()
    engine: Any = spec.build()
    with closing(engine):
        engine.probe()
        engine.warm()
        yield engine, monotonic() - began


def _detector(selection: Selection, plan: Plan) -> Speed:
    began = monotonic()
    detector = Silero(selection.vad[0].path)
    detector.warm()
    load_s = monotonic() - began
    sound = np.tile(soundfile.read(QUESTION, dtype="float32")[0], plan.rounds)
    costs_s = []
    for first in range(0, len(sound) - WINDOW, WINDOW):
        began = monotonic()
        detector.probability(sound[first : first + WINDOW])
        costs_s.append(monotonic() - began)
    factor = sum(costs_s) / (len(costs_s) * WINDOW / CAPTURE_RATE)
    return Speed(selection.vad[0].model, 1, load_s, factor, "a window of 32 ms", [1000 * s for s in costs_s])


def _recogniser(spec: EngineSpec, plan: Plan) -> Speed:
    """See scripts/evaluate_stt.py, which also tells how well it understands."""
    if not (plan.clips / "people.json").is_file():
        raise Skipped(f"no recordings in {plan.clips} (--clips names another folder)")
    score = Score()
    with _ready(spec) as (engine, load_s):
        for name, label, samples in list(utterances(plan.clips, "reporting"))[: plan.people]:
            measure(engine, name, samples, list(label["slots"].values()), score)
    factor = score.worked_s / score.heard_s
    return Speed(spec.name, spec.threads, load_s, factor, "last sound → transcript", score.finish_ms)


def _language_model(
    spec: EngineSpec, voice: EngineSpec, settings: Settings, plan: Plan
) -> tuple[Speed, tuple[float, float]]:
    """Its speed, and tokens per second of reading and of writing."""
    prompt = Dialogue(settings.dialogue).prompt()
    reading, first_ms, writing_s, pieces, answers = [], [], 0.0, 0, []
    with _ready(spec) as (model, load_s):
        for _ in range(plan.rounds):
            model.warm()  # forgets the prompt
            began = monotonic()
            tokens = model.prefill(prompt, Never())
            reading.append(tokens / (monotonic() - began))
            for question in QUESTIONS:
                first_s, all_s, answer = _answer(model, [*prompt, Message(Role.USER, question)])
                first_ms.append(1000 * first_s)
                writing_s, pieces = writing_s + all_s - first_s, pieces + len(answer) - 1
                answers.append((all_s, "".join(answer)))
    factor = sum(seconds for seconds, _ in answers) / _spoken_s(voice, [text for _, text in answers])
    speed = Speed(spec.name, spec.threads, load_s, factor, "question → first token", first_ms)
    return speed, (float(np.median(reading)), pieces / writing_s)


def _answer(model: Any, messages: Sequence[Message]) -> tuple[float, float, list[str]]:
    """Seconds to the first piece and to the last, and the pieces."""
    began = monotonic()
    answer = model.generate(messages, Never())
    pieces = [next(answer)]
    first_s = monotonic() - began
    pieces += answer
    return first_s, monotonic() - began, pieces


def _spoken_s(voice: EngineSpec, texts: Sequence[str]) -> float:
    """Seconds of sound that texts become."""
    with _ready(voice) as (engine, _):
        return sum(spoken(engine, speak(text).text)[3] for text in texts)


def _voice(spec: EngineSpec, plan: Plan) -> Speed:
    with _ready(spec) as (engine, load_s):
        first_ms = [1000 * spoken(engine, CLAUSES["clause"])[0] for _ in range(plan.rounds)]
        replies = [spoken(engine, CLAUSES["reply"]) for _ in range(plan.rounds)]
    factor = sum(reply[1] for reply in replies) / sum(reply[3] for reply in replies)
    return Speed(spec.name, spec.threads, load_s, factor, "clause → first sound", first_ms)
