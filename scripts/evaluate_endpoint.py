"""How well the endpointer hears where people begin and end, with the real detector on labelled recordings.

    python scripts/evaluate_endpoint.py [--end-ms 320 350 480 …] [--snr 10 5] [--json FILE]

Recordings are played as they are, or with the kitchen's noise mixed in at a ratio to their speech.
Those whose names begin with 0–7 are for tuning, the others for reporting (shared/clips/README.md):
settings are compared on the first half, and only where utterances end is told for both.
"""

import argparse
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.engines.silero import WINDOW, Silero
from appliance.turns.endpoint import Endpointer, EndpointSettings
from appliance.turns.events import SpeechConfirmed, SpeechEvent, SpeechStarted, UtteranceEnded

ROOT = Path(__file__).parents[1]
CLIPS = Path(os.environ.get("APPLIANCE_TEST_SHARED", ROOT.parent / "shared")) / "clips"
MODEL = ROOT / ".cache/models/silero_vad_16k_op15.onnx"

SPLITS = {"tuning": "01234567", "reporting": "89abcdef"}
CERTAINTIES_MS = (32, 64, 96, 128, 192, 256)
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
HYSTERESIS = 0.15
"""Silero's own distance between its two thresholds."""
GAINS_DB = (0, 20)
"""The noise as it was recorded (−41 dBFS), and as loud as people speak."""
LEAD_S = 1.0
"""s of silence around a spoken command."""


@dataclass(frozen=True)
class Recording:
    """One clip as the endpointer sees it."""

    name: str
    speech: list[tuple[float, float]]
    """Labelled stretches: start and end in s."""
    probabilities: list[float]
    """Of speech, per window."""


@dataclass
class Score:
    """What became of the recordings of one group."""

    clips: int = 0
    missed: int = 0
    """Clips of whose speech no utterance holds anything."""
    cut: int = 0
    """Times an utterance ended though its speaker went on."""
    false: int = 0
    """Utterances outside labelled speech."""
    unheard: int = 0
    """Labelled stretches that no utterance touches."""
    delays_ms: list[float] = field(default_factory=list)
    """From the labelled end of the last stretch to the decision."""
    onsets_ms: list[float] = field(default_factory=list)
    """From the labelled beginning of a stretch to that of the utterance; negative is early."""
    certain_ms: list[float] = field(default_factory=list)
    """From the labelled beginning of a stretch to the confirmation."""


Heard = Sequence[tuple[float, SpeechEvent]]


def hear(probabilities: Iterable[float], settings: EndpointSettings, *, guarded: bool = False) -> Heard:
    """All events, each with the second at which it was decided."""
    endpointer = Endpointer(settings, WINDOW)
    return [
        (number * WINDOW / CAPTURE_RATE, event)
        for number, probability in enumerate(probabilities, start=1)
        for event in endpointer.feed(probability, number * WINDOW, guarded=guarded)
    ]


def judge(score: Score, recording: Recording, heard: Heard) -> None:
    """Compare what was heard with the labels."""
    first, last = recording.speech[0][0], recording.speech[-1][1]
    ends = [
        (at, e.start / CAPTURE_RATE, e.end / CAPTURE_RATE) for at, e in heard if isinstance(e, UtteranceEnded)
    ]
    real = [(at, start, end) for at, start, end in ends if end > first and start < last]
    score.clips += 1
    score.missed += not real
    score.false += len(ends) - len(real)
    score.cut += max(0, len(real) - 1)
    score.unheard += sum(not any(s < b and e > a for _, s, e in real) for a, b in recording.speech)
    if real:
        score.delays_ms.append((real[-1][0] - last) * 1000)
        begin = next(a for a, b in recording.speech if real[0][1] < b)
        certain = next(
            at for at, e in heard if isinstance(e, SpeechConfirmed) and e.at / CAPTURE_RATE == real[0][1]
        )
        score.onsets_ms.append((real[0][1] - begin) * 1000)
        score.certain_ms.append((certain - begin) * 1000)


def evaluate(recordings: Iterable[Recording], settings: EndpointSettings, *, guarded: bool = False) -> Score:
    """The endpointer with these settings on all of them."""
    score = Score()
    for recording in recordings:
        judge(score, recording, hear(recording.probabilities, settings, guarded=guarded))
    return score


def load(path: Path) -> Samples:
    return np.asarray(soundfile.read(path, dtype="float32")[0], dtype=np.float32)


def detect(vad: Silero, sound: Samples) -> list[float]:
    """Probability of speech in each whole window."""
    vad.reset()
    whole = len(sound) // WINDOW * WINDOW
    return [vad.probability(window) for window in sound[:whole].reshape(-1, WINDOW)]


def in_noise(
    sound: Samples, speech: list[tuple[float, float]], noise: Samples, snr_db: float, seed: int
) -> Samples:
    """`sound` with a piece of `noise` that is `snr_db` softer than its speech."""
    first = seed % (len(noise) - len(sound))
    piece = noise[first : first + len(sound)]
    voiced = np.concatenate([sound[int(a * CAPTURE_RATE) : int(b * CAPTURE_RATE)] for a, b in speech])
    ratio = np.mean(voiced**2) / np.mean(piece**2) / 10 ** (snr_db / 10)
    return np.asarray(sound + np.sqrt(ratio) * piece, dtype=np.float32)


def people(vad: Silero, noise: Samples, snr_db: float | None) -> list[Recording]:
    """The labelled recordings, as they are or in noise."""
    recordings = []
    for name, label in sorted(json.loads((CLIPS / "people.json").read_text()).items()):
        sound, speech = load(CLIPS / "people" / name), [(a, b) for a, b in label["speech"]]
        if snr_db is not None:
            sound = in_noise(sound, speech, noise, snr_db, seed=int(name[:8], 16))
        recordings.append(Recording(name, speech, detect(vad, sound)))
    return recordings


def commands(vad: Silero) -> dict[str, list[float]]:
    """The short questions and commands, each between two stretches of silence."""
    lead = np.zeros(round(LEAD_S * CAPTURE_RATE), np.float32)
    paths = sorted((CLIPS / "spoken").glob("*.flac"))
    return {path.stem: detect(vad, np.concatenate([lead, load(path), lead])) for path in paths}


def split(recordings: list[Recording], digits: str) -> list[Recording]:
    return [recording for recording in recordings if recording.name[0] in digits]


def spread(values: list[float]) -> str:
    """Median and 95th percentile."""
    return "–" if not values else f"{np.percentile(values, 50):.0f} / {np.percentile(values, 95):.0f}"


def table(title: str, rows: list[dict[str, Any]]) -> None:
    """Print as Markdown."""
    print(f"\n{title}\n\n| {' | '.join(rows[0])} |\n|{'---|' * len(rows[0])}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row.values())} |")


def row(score: Score) -> dict[str, Any]:
    counts = {name: getattr(score, name) for name in ("clips", "missed", "unheard", "cut", "false")}
    return counts | {
        "delay p50 / p95 ms": spread(score.delays_ms),
        "least delay ms": f"{min(score.delays_ms):.0f}",
        "onset p50 / p95 ms": spread(score.onsets_ms),
    }


def endings(groups: dict[str, list[Recording]], all_end_ms: list[int]) -> Iterator[dict[str, Any]]:
    """Where utterances end, by the silence that ends them."""
    for sound, recordings in groups.items():
        for name, digits in SPLITS.items():
            for end_ms in all_end_ms:
                settings = EndpointSettings(end_ms=end_ms)
                score = evaluate(split(recordings, digits), settings)
                yield {"sound": sound, "split": name, "end_ms": end_ms} | row(score)


def hystereses(groups: dict[str, list[Recording]]) -> Iterator[dict[str, Any]]:
    """The same by the two thresholds, everything else at its default."""
    for sound, recordings in groups.items():
        for speech in THRESHOLDS:
            for silence in (speech - 0.25, speech - HYSTERESIS, speech - 0.05):
                settings = EndpointSettings(speech_threshold=speech, silence_threshold=silence)
                yield {"sound": sound, "thresholds": f"{speech} / {silence:.2f}"} | row(
                    evaluate(recordings, settings)
                )


def certainties(
    groups: dict[str, list[Recording]], spoken: dict[str, list[float]]
) -> Iterator[dict[str, Any]]:
    """How soon somebody is certainly speaking, with and without the box being heard."""
    default = EndpointSettings()
    for guarded in (False, True):
        for needed_ms in CERTAINTIES_MS:
            settings = replace(default, confirm_ms=needed_ms, guarded_confirm_ms=needed_ms)
            heard = {name: hear(p, settings, guarded=guarded) for name, p in spoken.items()}
            missed = [name for name, events in heard.items() if not count(events, SpeechConfirmed)]
            for sound, recordings in groups.items():
                score = evaluate(recordings, settings, guarded=guarded)
                yield {
                    "box heard": "yes" if guarded else "no",
                    "ms needed": needed_ms,
                    "sound": sound,
                    "certain after p50 / p95 ms": spread(score.certain_ms),
                    "missed": f"{score.missed} of {score.clips}",
                    "commands missed": f"{len(missed)} of {len(heard)} {' '.join(missed)}".strip(),
                }


def count(events: Heard, kind: type[SpeechEvent]) -> int:
    return sum(isinstance(event, kind) for _, event in events)


def false_alarms(vad: Silero, noise: Samples) -> Iterator[dict[str, Any]]:
    """How often nobody is taken for somebody."""
    minutes = len(noise) / CAPTURE_RATE / 60
    for gain_db in GAINS_DB:
        probabilities = detect(vad, np.clip(noise * 10 ** (gain_db / 20), -1, 1).astype(np.float32))
        for threshold in THRESHOLDS:
            line: dict[str, Any] = {"noise": f"{gain_db:+d} dB", "threshold": threshold}
            for needed_ms in CERTAINTIES_MS:
                events = hear(
                    probabilities, EndpointSettings(speech_threshold=threshold, confirm_ms=needed_ms)
                )
                line.setdefault("started / min", f"{count(events, SpeechStarted) / minutes:.1f}")
                line[f"certain at {needed_ms} ms / min"] = f"{count(events, SpeechConfirmed) / minutes:.1f}"
            yield line


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", type=Path, default=MODEL, help="Silero's ONNX file")
    parser.add_argument("--end-ms", type=int, nargs="+", default=[256, 320, 350, 416, 480, 600, 800])
    parser.add_argument("--snr", type=float, nargs="*", default=[10.0, 5.0], help="dB of speech over noise")
    parser.add_argument("--json", type=Path, help="write all tables here as well")
    arguments = parser.parse_args()
    vad, noise = Silero(arguments.model), load(CLIPS / "noise/kitchen.flac")
    groups = {"as recorded": people(vad, noise, None)}
    groups |= {f"{snr:g} dB over noise": people(vad, noise, snr) for snr in arguments.snr}
    tuning = {sound: split(recordings, SPLITS["tuning"]) for sound, recordings in groups.items()}
    tables = {
        "Where utterances end": list(endings(groups, arguments.end_ms)),
        "Thresholds of speech and silence": list(hystereses(tuning)),
        "How soon speech is certain": list(certainties(tuning, commands(vad))),
        "False alarms in a busy kitchen": list(false_alarms(vad, noise)),
    }
    for title, rows in tables.items():
        table(title, rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(tables, indent=1))


if __name__ == "__main__":
    main()
