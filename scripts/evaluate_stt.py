"""How well and how fast a recogniser understands people: slot recall on recordings with labelled slots.

A slot (“medium roast”) is understood when all its words stand in the transcript in that order. Each
recording is cut as the appliance cuts it, with half a second before and after the speech, and given to the
engine in blocks of 20 ms as fast as it takes them.
"""

import argparse
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.clock import monotonic
from appliance.core.interfaces import SpeechToText

MARGIN_S = 0.5
"""s kept before and after the speech: the pre-roll and the silence that ends an utterance."""

BLOCK = 320
"""Samples (20 ms) per call of `accept`."""

SHARED = Path(os.environ.get("APPLIANCE_TEST_SHARED", Path(__file__).parents[2] / "shared"))


class Never:
    """A token that is never cancelled."""

    cancelled = False

    def raise_if_cancelled(self) -> None: ...

    def on_cancel(self, action: object) -> None: ...


@dataclass
class Score:
    """What is counted while the recordings go by."""

    understood: int = 0
    slots: int = 0
    heard_s: float = 0.0
    worked_s: float = 0.0
    finish_ms: list[float] = field(default_factory=list)
    transcripts: dict[str, str] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        """The figures."""
        return {
            "recordings": len(self.transcripts),
            "slots": self.slots,
            "understood": self.understood,
            "slot_recall": round(self.understood / self.slots, 3),
            "real_time_factor": round(self.worked_s / self.heard_s, 3),
            "finish_p50_ms": round(float(np.percentile(self.finish_ms, 50)), 1),
            "finish_p95_ms": round(float(np.percentile(self.finish_ms, 95)), 1),
        }


def main() -> None:
    """Evaluate one engine and print the figures."""
    arguments = parse()
    engine = create(arguments)
    engine.warm()
    score = Score()
    for name, label, samples in utterances(arguments.clips, arguments.half):
        measure(engine, name, samples, list(label["slots"].values()), score)
    engine.close()
    report = {"engine": arguments.engine, "half": arguments.half, **score.report()}
    if arguments.json:
        print(json.dumps({**report, "transcripts": score.transcripts}, indent=2))
        return
    if arguments.verbose:
        for name, text in score.transcripts.items():
            print(f"{name}  {text}")
    for key, value in report.items():
        print(f"{key:17} {value}")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine", choices=["sphinx", "whisper"])
    parser.add_argument("--model", type=Path, help="whisper: a file in whisper.cpp's format")
    parser.add_argument("--threads", type=int, default=1, help="whisper: cores to use (default %(default)s)")
    parser.add_argument(
        "--clips", type=Path, default=SHARED / "clips", help="folder with people/ and people.json"
    )
    parser.add_argument("--half", choices=["tuning", "reporting", "all"], default="reporting")
    parser.add_argument("--json", action="store_true", help="print JSON, with every transcript")
    parser.add_argument("--verbose", action="store_true", help="print every transcript")
    arguments = parser.parse_args()
    if arguments.engine == "whisper" and arguments.model is None:
        parser.error("whisper needs --model")
    return arguments


def create(arguments: argparse.Namespace) -> SpeechToText:
    """The engine that was asked for."""
    if arguments.engine == "sphinx":
        from appliance.engines.sphinx import Sphinx

        return Sphinx()
    from appliance.engines.whisper import Whisper

    return Whisper(arguments.model, arguments.threads)


def utterances(clips: Path, half: str) -> Iterator[tuple[str, dict[str, Any], Samples]]:
    """The labelled recordings of one half, cut around their speech."""
    labels = json.loads((clips / "people.json").read_text())
    digits = {"tuning": "01234567", "reporting": "89abcdef", "all": "0123456789abcdef"}[half]
    for name, label in sorted(labels.items()):
        if label["slots"] and name[0] in digits:
            samples, rate = soundfile.read(clips / "people" / name, dtype="float32")
            assert rate == CAPTURE_RATE
            start = max(0, round((label["speech"][0][0] - MARGIN_S) * CAPTURE_RATE))
            yield name, label, samples[start : round((label["speech_end"] + MARGIN_S) * CAPTURE_RATE)]


def measure(engine: SpeechToText, name: str, samples: Samples, slots: list[str], score: Score) -> None:
    """Let the engine hear one utterance, and add what came of it to the score."""
    began = monotonic()
    for start in range(0, len(samples), BLOCK):
        engine.accept(0, samples[start : start + BLOCK], Never())
    ended = monotonic()
    transcript = engine.finish(0, Never())
    finished = monotonic()
    score.transcripts[name] = transcript.text
    score.understood += sum(contains(transcript.text, slot) for slot in slots)
    score.slots += len(slots)
    score.heard_s += len(samples) / CAPTURE_RATE
    score.worked_s += finished - began
    score.finish_ms.append((finished - ended) * 1000)


def contains(text: str, slot: str) -> bool:
    """Whether the words of a slot follow each other somewhere in the text."""
    return f" {plain(slot)} " in f" {plain(text)} "


def plain(text: str) -> str:
    """Lower-case words, single spaces."""
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))


if __name__ == "__main__":
    main()
