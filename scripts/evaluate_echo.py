"""How often the box interrupts itself, and whether it notices people, in simulated rooms and with real voices.

    python scripts/evaluate_echo.py [--minutes 30] [--split reporting] [--rooms table …] [--json FILE]

The box speaks with eSpeak, and in a second run with recordings of people, which stand in for a voice that sounds
human. First it talks to itself: every confirmation of speech is false. Then people talk over it, as loud as its
echo and 10 dB softer. All ways of listening hear the same sound: without a canceller, with either of the two alone,
and with both behind the gate. Settings were chosen with `--split tuning`: other recordings, other reflections.
The spoken commands are not divided; they were looked at in tuning too.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `scripts` and `tests`, which are not installed

from appliance.audio.canceller import CancellerSettings, HybridCanceller
from appliance.core.audio import CAPTURE_RATE, PERIOD, EchoTracks, Samples
from appliance.engines.espeak import Espeak, EspeakSettings
from appliance.engines.silero import WINDOW, Silero
from appliance.pipeline.echo_gate import EchoGate, EchoGateSettings
from appliance.turns.endpoint import Endpointer, EndpointSettings
from appliance.turns.events import SpeechConfirmed, SpeechEvent, SpeechStarted, UtteranceEnded
from scripts.echo_scenes import (
    ROOMS,
    Clip,
    Say,
    Talk,
    commands,
    impostor,
    interruptions,
    people,
    speaker,
    talk,
)
from scripts.evaluate_endpoint import MODEL, SPLITS, detect, spread, table
from tests.room_acoustics import Capture, Scene, capture, level, talk_over

BLOCK = 2 * PERIOD
"""Samples per frame while somebody may be speaking: 20 ms."""
SEED = {"tuning": 0, "reporting": 1000}


@dataclass
class Score:
    """One way of listening, in one room or all."""

    minutes: float = 0
    ducked: int = 0
    interrupted: int = 0
    """Confirmations of speech while only the box spoke."""
    turns: int = 0
    """Utterances of the box, taken for a person's."""
    people: int = 0
    noticed: int = 0
    delays_ms: list[float] = field(default_factory=list)
    """From the labelled beginning of speech to its confirmation."""
    evidence_ms: list[float] = field(default_factory=list)
    """The same to the first evidence, at which the box ducks."""

    def add(self, other: "Score") -> None:
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


@dataclass(frozen=True)
class Cancelled:
    """A capture after both cancellers."""

    heard: Capture
    cleaned: Samples
    guard: Samples
    cpu_us: float
    """µs of processor per 10 ms."""


def cancel(heard: Capture, delay_ms: float | None) -> Cancelled:
    canceller = HybridCanceller(CancellerSettings(), delay_ms)
    cleaned, guard = np.zeros_like(heard.microphone), np.zeros_like(heard.microphone)
    begin = process_time()
    for start in range(0, len(cleaned), BLOCK):
        part = slice(start, start + BLOCK)
        cleaned[part], guard[part] = canceller.process(heard.microphone[part], heard.reference[part])
    return Cancelled(heard, cleaned, guard, (process_time() - begin) / (len(cleaned) / PERIOD) * 1e6)


def listen(sound: Cancelled) -> dict[str, list[float]]:
    """Probability of speech per window, in every way of listening."""
    vad, gate = Silero(MODEL), EchoGate(Silero(MODEL), Silero(MODEL), EchoGateSettings())
    gated = []
    for start in range(0, len(sound.cleaned) - WINDOW + 1, WINDOW):
        part = slice(start, start + WINDOW)
        tracks = EchoTracks(sound.guard[part], sound.heard.microphone[part], sound.heard.reference[part])
        gated.append(gate.probability(sound.cleaned[part], tracks))
    return {
        "no canceller": detect(vad, sound.heard.microphone),
        "libspeexdsp alone": detect(vad, sound.cleaned),
        "AEC3 alone": detect(vad, sound.guard),
        "both, gated": gated,
    }


def events(probabilities: list[float], replies: list[tuple[int, int]]) -> list[tuple[int, SpeechEvent]]:
    """What the endpointer makes of it, with the sample of each decision; guarded while the box is heard."""
    endpointer, decided = Endpointer(EndpointSettings(), WINDOW), []
    for number, probability in enumerate(probabilities, start=1):
        end = number * WINDOW
        guarded = any(begin < end and end - WINDOW < over for begin, over in replies)
        decided += [(end, event) for event in endpointer.feed(probability, end, guarded=guarded)]
    return decided


def count(decided: list[tuple[int, SpeechEvent]], kind: type[SpeechEvent]) -> int:
    return sum(isinstance(event, kind) for _, event in decided)


def alone(probabilities: list[float], said: Talk) -> Score:
    """Nobody else is there."""
    decided = events(probabilities, said.replies)
    return Score(
        minutes=len(said.sound) / CAPTURE_RATE / 60,
        ducked=count(decided, SpeechStarted),
        interrupted=count(decided, SpeechConfirmed),
        turns=count(decided, UtteranceEnded),
    )


def interrupted(probabilities: list[float], said: Talk, placed: list[tuple[int, Clip]]) -> Score:
    """People talk over it."""
    decided = events(probabilities, said.replies)
    score = Score(people=len(placed))
    for start, (_, speech) in placed:
        begin, end = (start + round(s * CAPTURE_RATE) for s in (speech[0][0], speech[-1][1]))
        # A window and the endpointer's hangover may lie between the last word and its confirmation.
        heard = [(at - begin, event) for at, event in decided if begin < at <= end + CAPTURE_RATE // 4]
        score.evidence_ms += _first(heard, SpeechStarted)
        confirmed = _first(heard, SpeechConfirmed)
        score.noticed += len(confirmed)
        score.delays_ms += confirmed
    return score


def _first(heard: list[tuple[int, SpeechEvent]], kind: type[SpeechEvent]) -> list[float]:
    """ms at which the first event of a kind was decided, if there was one."""
    return [samples / CAPTURE_RATE * 1000 for samples, event in heard if isinstance(event, kind)][:1]


def attenuation_db(before: Samples, after: Samples, start_s: float, end_s: float) -> float:
    part = slice(round(start_s * CAPTURE_RATE), round(end_s * CAPTURE_RATE))
    return float(10 * np.log10(np.mean(before[part] ** 2) / np.mean(after[part] ** 2)))


def self_talk(name: str, room: Scene, voice: str, said: Talk) -> Iterator[tuple[str, Score, dict[str, Any]]]:
    """Each way of listening to the box alone, its score and its row."""
    length = len(said.sound)
    sound = cancel(capture(room, said.sound, np.zeros(length, np.float32)), room.delay_ms)
    seconds = length / CAPTURE_RATE
    spans = ((0.0, 3.0), (3.0, 10.0), (10.0, seconds))
    tracks = {"libspeexdsp alone": sound.cleaned, "AEC3 alone": sound.guard}
    for way, probabilities in listen(sound).items():
        score, track = alone(probabilities, said), tracks.get(way)
        erle = [] if track is None else [attenuation_db(sound.heard.microphone, track, *s) for s in spans]
        yield way, score, {
            "room": name, "voice": voice, "listening": way, "minutes": f"{score.minutes:g}",
            "self-interruptions": score.interrupted, "self-turns": score.turns, "ducked": score.ducked,
            "ERLE dB 0-3 / 3-10 / 10- s": " / ".join(f"{db:.0f}" for db in erle) or "–",
            "CPU µs per 10 ms": f"{sound.cpu_us:.0f}",
        }  # fmt: skip


def talk_overs(
    room: Scene, said: Talk, clips: list[Clip], softer_db: float, seed: int
) -> Iterator[tuple[str, Score]]:
    """Each way of listening to people who talk over the box, and its score."""
    placed = interruptions(clips, len(said.sound), seed)
    loudness = level(said.sound) * 10 ** ((room.echo_return_db - softer_db) / 20)
    near = talk_over(
        len(said.sound), [(start, clip) for start, (clip, _) in placed], room.rt60_s, loudness, room.seed
    )
    sound = cancel(capture(room, said.sound, near), room.delay_ms)
    for way, probabilities in listen(sound).items():
        yield way, interrupted(probabilities, said, placed)


@dataclass
class Evaluation:
    """All tables of one run."""

    alone: list[dict[str, Any]] = field(default_factory=list)
    over: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[tuple[str, ...], Score] = field(default_factory=dict)

    def count(self, score: Score, *key: str) -> None:
        self.totals.setdefault(key, Score()).add(score)

    def summary(self) -> Iterator[dict[str, Any]]:
        """All rooms together."""
        for (voice, what, way), score in sorted(self.totals.items()):
            yield {
                "voice": voice, "what": what, "listening": way,
                "self-interruptions": score.interrupted if score.minutes else "",
                "minutes": f"{score.minutes:g}" if score.minutes else "",
                **noticed(score),
            }  # fmt: skip


def noticed(score: Score) -> dict[str, Any]:
    share = (
        f"{score.noticed} of {score.people} ({100 * score.noticed / score.people:.0f} %)"
        if score.people
        else ""
    )
    return {
        "noticed": share,
        "first evidence p50 / p95 ms": spread(score.evidence_ms),
        "certain p50 / p95 ms": spread(score.delays_ms),
    }


def evaluate(arguments: argparse.Namespace) -> Evaluation:
    """Every room with every voice."""
    found, seed = Evaluation(), SEED[arguments.split]
    clips = people(SPLITS[arguments.split])
    voices: dict[str, Say] = {"eSpeak": speaker(Espeak(EspeakSettings())), "a person's": impostor(clips)}
    crowds = {"as loud": (clips, 0.0), "10 dB softer": (clips, 10.0), "commands, as loud": (commands(), 0.0)}
    for number, name in enumerate(arguments.rooms):
        room = replace(ROOMS[name], seed=ROOMS[name].seed + seed)
        minutes = arguments.minutes if number == 0 else arguments.other_minutes
        for voice, say in voices.items():
            seed += 1
            said = talk(say, minutes * 60, seed, pauses=True)
            for way, score, row in self_talk(name, room, voice, said):
                found.alone.append(row)
                found.count(score, voice, "alone", way)
            said = talk(say, arguments.other_minutes * 60, seed + 500, pauses=False)
            for crowd, (who, softer_db) in crowds.items():
                for way, score in talk_overs(room, said, who, softer_db, seed):
                    found.over.append(
                        {"room": name, "voice": voice, "people": crowd, "listening": way} | noticed(score)
                    )
                    found.count(score, voice, crowd, way)
            print(f"{name}, {voice}: done", file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--minutes", type=float, default=30, help="of the box talking to itself in the first room"
    )
    parser.add_argument("--other-minutes", type=float, default=3, help="of everything else")
    parser.add_argument("--split", choices=SPLITS, default="reporting")
    parser.add_argument("--rooms", nargs="+", choices=ROOMS, default=list(ROOMS))
    parser.add_argument("--json", type=Path, help="write all tables here as well")
    arguments = parser.parse_args()
    found = evaluate(arguments)
    tables = {
        "The box talks to itself": found.alone,
        "People talk over it": found.over,
        "All rooms": list(found.summary()),
    }
    for title, rows in tables.items():
        table(title, rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(tables, indent=1))


if __name__ == "__main__":
    main()
