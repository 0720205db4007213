"""How well PocketSphinx and the judge of the floor tell hums, commands, content, coughs and knocks apart.

    python scripts/evaluate_floor.py [--half reporting] [--every 1] [--longest-ms 480 640 …] [--verbose] [--json FILE]

Everything is heard as while the box speaks: Silero, the guarded endpointer, the recogniser fed in blocks of 100 ms,
the judge asked at every window and in the pause. Work takes the processor time that it takes here.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `scripts`, which is not installed

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.speech import Transcript
from appliance.engines.silero import WINDOW, Silero
from appliance.engines.sphinx import Sphinx
from appliance.pipeline.listen import VOICED
from appliance.turns.endpoint import Endpointer, EndpointSettings
from appliance.turns.events import SpeechConfirmed, SpeechDropped, SpeechPaused, SpeechStarted
from appliance.turns.floor import FloorSettings, Said, Verdict, judge
from scripts.evaluate_endpoint import CLIPS, MODEL
from scripts.evaluate_stt import Never
from scripts.floor_sounds import Sound, sounds

LEAD = CAPTURE_RATE * 6 // 10
"""Samples of room before a sound; half a second of it is the pre-roll."""
TAIL = CAPTURE_RATE
"""Samples of room behind it."""
ROOM = 3e-4
"""Root mean square of the room (−70 dBFS)."""
BLOCK = CAPTURE_RATE // 10
DROPPED = "dropped"
"""The endpointer's own verdict: no voice. The reply goes on."""
UNNOTICED = "unnoticed"
"""Nothing was heard at all."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was known at one window of a sound."""

    ms: float
    """Since the sound began; what was computed is known when the computing is done."""
    said: Said


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound as the box heard it, before anybody judged."""

    kind: str
    text: str
    voice: str
    moments: list[Moment]
    otherwise: str
    """What becomes of it if nobody judges."""


class Ear:
    """Everything from the microphone to the words, over the box's own voice."""

    def __init__(self) -> None:
        self._vad = Silero(MODEL)
        self._recogniser = Sphinx()
        self._recogniser.warm()
        self._rng = np.random.default_rng(0)

    def hear(self, sound: Sound) -> Heard:
        """Let it be heard."""
        self._vad.reset()
        padded = np.pad(sound.samples, (LEAD, TAIL)) + ROOM * self._rng.standard_normal(
            LEAD + len(sound.samples) + TAIL
        )
        moments: list[Moment] = []
        otherwise = self._follow(padded.astype(np.float32), moments)
        self._recogniser.discard(1, Never())
        return Heard(sound.kind, sound.text, sound.voice, moments, otherwise)

    def _follow(self, sound: Samples, moments: list[Moment]) -> str:
        endpointer, begun, confirmed, given = Endpointer(EndpointSettings(), WINDOW), 0, False, 0
        text, voiced_ms, busy_until = "", 0.0, 0.0
        for end in range(WINDOW, len(sound) + 1, WINDOW):
            probability = self._vad.probability(sound[end - WINDOW : end])
            events = endpointer.feed(probability, end, guarded=True)
            now = (end - LEAD) * 1000 / CAPTURE_RATE
            if any(isinstance(event, SpeechStarted) for event in events):
                begun, given, voiced_ms = end - WINDOW, max(0, end - WINDOW - CAPTURE_RATE // 2), 0.0
            if any(isinstance(event, SpeechDropped) for event in events):
                return DROPPED
            confirmed = confirmed or any(isinstance(event, SpeechConfirmed) for event in events)
            voiced_ms += 1000 * WINDOW / CAPTURE_RATE * (begun > 0 and probability >= VOICED)
            if not confirmed:
                continue
            if end - given >= BLOCK:
                took_s = process_time()
                text = self._recogniser.accept(1, sound[given:end], Never()) or text
                busy_until = max(now, busy_until) + 1000 * (process_time() - took_s)
                given = end
            if any(isinstance(event, SpeechPaused) for event in events):
                self._recogniser.accept(1, sound[given:end], Never())
                given, took_s = end, process_time()
                transcript: Transcript = self._recogniser.peek(1, Never())
                ms = max(now, busy_until) + 1000 * (process_time() - took_s)
                moments.append(Moment(ms, Said(voiced_ms, transcript.text, transcript.confidence, over=True)))
            else:
                moments.append(Moment(max(now, busy_until), Said(voiced_ms, text)))
        return UNNOTICED


def outcome(heard: Heard, settings: FloorSettings) -> tuple[str, float, str]:
    """The verdict, ms after the onset at which it fell, and what was understood then."""
    for moment in heard.moments:
        verdict = judge(moment.said, settings)
        if verdict:
            return verdict.value, moment.ms, moment.said.text
    return heard.otherwise, 0.0, ""


def report(heard: Iterable[Heard], settings: FloorSettings, *, verbose: bool) -> dict[str, Any]:
    """Verdicts per kind, and how soon the floor was taken."""
    figures: dict[str, Any] = {"settings": asdict(settings)}
    everything = [(each, *outcome(each, settings)) for each in heard]
    for kind in ("hum", "command", "content", "cough", "knock"):
        verdicts = Counter(verdict for each, verdict, _, _ in everything if each.kind == kind)
        taken = [ms for each, verdict, ms, _ in everything if each.kind == kind and verdict == Verdict.TAKEN]
        figures[kind] = {**verdicts, "of": verdicts.total()}
        if taken and kind in {"command", "content"}:
            figures[kind]["taken_ms"] = [round(float(p)) for p in np.percentile(taken, [50, 90, 100])]
    for word in ("stop", "wait", "no"):
        taken = [ms for each, verdict, ms, _ in everything if each.text == word and verdict == Verdict.TAKEN]
        figures[f"“{word}” taken_ms"] = (
            [round(float(p)) for p in np.percentile(taken, [50, 90, 100])] if taken else []
        )
    if verbose:
        for each, verdict, ms, text in sorted(everything, key=lambda e: (e[0].kind, e[1], e[0].text)):
            print(f"{each.kind:8} {verdict:11} {ms:5.0f} ms  {each.text} [{each.voice}] → {text!r}")
    return figures


def chosen(options: argparse.Namespace) -> Iterator[Sound]:
    """The sounds that were asked for."""
    for number, sound in enumerate(sounds(CLIPS)):
        if number % options.every == 0 and (
            options.half == "all" or sound.tuning == (options.half == "tuning")
        ):
            yield sound


def main() -> None:
    """Evaluate, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=["tuning", "reporting", "all"], default="reporting")
    parser.add_argument("--every", type=int, default=1, help="take each so-manieth sound only")
    parser.add_argument("--longest-ms", type=int, nargs="*", default=[FloorSettings().longest_ms])
    parser.add_argument("--believed-from", type=float, nargs="*", default=[FloorSettings().believed_from])
    parser.add_argument("--verbose", action="store_true", help="print every verdict")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    ear = Ear()
    heard = [ear.hear(sound) for sound in chosen(options)]
    reports = [
        report(heard, replace(FloorSettings(), longest_ms=ms, believed_from=sure), verbose=options.verbose)
        for ms in options.longest_ms
        for sure in options.believed_from
    ]
    for figures in reports:
        for name, value in figures.items():
            print(f"{name:18} {value}")
        print()
    if options.json:
        options.json.write_text(json.dumps(reports, indent=2))


if __name__ == "__main__":
    main()
