"""Sounds by name, with the moments between which somebody is really heard in them.

people/82d252df.flac            a recording of a person, its speech labelled
people/82d252df.flac~1.0@2.03   the same person, who hesitates for 1.0 s at second 2.03
spoken/stop-slt.flac            a rendered command
espeak/en-us+f3/uh-huh          said by eSpeak
flite/slt/uh-huh                said by Flite, where it is installed
cough/3  door/3 …               made of noise (noises.py), from a seed
kitchen  fan/3  music/3 …       backgrounds; a level may follow: fan/3@-30 (dBFS)
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.resample import resample
from appliance.engines.espeak import Espeak, EspeakSettings
from scripts.evaluate_stt import Never
from scripts.evaluation import noises

TUNING, REPORTING = "01234567", "89abcdef"
"""First letters of the recordings for tuning and for reporting (the README of the recordings)."""

AUDIBLE_DB = 35
"""dB below the loudest 10 ms down to which a rendered voice or a noise is heard."""
WINDOW = CAPTURE_RATE // 100
ROOM_S = 0.3
"""s of a recording's own quietest stretch, of which hesitations are made."""
FADE_S = 0.01
"""s over which one sound goes over into the next."""
VOICE_LEVEL = 0.06
"""RMS (−24 dBFS) of rendered voices at the microphone, while they speak: the middle of the recorded people."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sound:
    """What a microphone would hear of somebody, 16 kHz."""

    samples: Samples
    speech: tuple[Span, ...]
    """s from its beginning: where somebody is heard, in order."""

    @property
    def begin(self) -> float:
        """s at which it is first heard."""
        return self.speech[0][0]

    @property
    def end(self) -> float:
        """s at which it is last heard."""
        return self.speech[-1][1]


@dataclass
class Library:
    """Finds, renders and keeps sounds."""

    clips: Path
    """Folder with people/, people.json, spoken/ and noise/."""
    half: str = REPORTING
    """First letters of the recordings of people that are used."""
    _kept: dict[str, Sound] = field(default_factory=dict)

    @cached_property
    def labels(self) -> dict[str, Any]:
        """Of the people."""
        loaded: dict[str, Any] = json.loads((self.clips / "people.json").read_text())
        return loaded

    def people(self) -> list[str]:
        """The recordings of the half in use."""
        return sorted(name for name in self.labels if name[0] in self.half)

    def groups(self, boundaries: Mapping[str, list[float]]) -> dict[str, list[str]]:
        """What group names in scenes stand for.

        Args:
            boundaries: by recording, the seconds at which one word gives way to the next in mid-sentence.
        """
        people = [f"people/{name}" for name in self.people()]
        groups = {"people": people} | ({} if flite_there() else {"flite/": []})
        for pause in ("0.6", "1.0", "1.4"):
            groups[f"people~{pause}"] = [
                f"people/{name}~{pause}@{second}"
                for name in self.people()
                for second in boundaries.get(name, [])[:1]
            ]
        return groups

    def sound(self, name: str) -> Sound:
        """By its name; rendered once.

        Raises:
            KeyError: there is no such sound.
        """
        if name not in self._kept:
            self._kept[name] = self._make(name)
        return self._kept[name]

    def render(self, names: Iterable[str]) -> None:
        """Make what eSpeak says beforehand: there is one eSpeak in a process, and the box wants it for itself."""
        for name in sorted({name for name in names if name.startswith("espeak/")} - self._kept.keys()):
            self.sound(name)

    def background(self, name: str, seconds: float) -> Samples:
        """So much of a noise."""
        name, _, level = name.partition("@")
        kind, _, seed = name.partition("/")
        sound = self._kitchen(seconds) if kind == "kitchen" else noises.LONG[kind](int(seed or 0), seconds)
        if level:
            sound = sound * (10 ** (float(level) / 20) / max(float(np.sqrt(np.mean(sound**2))), 1e-9))
        return np.clip(sound, -1, 1).astype(np.float32)

    def _kitchen(self, seconds: float) -> Samples:
        recorded = _read(self.clips / "noise" / "kitchen.flac")
        return np.tile(recorded, -(-round(seconds * CAPTURE_RATE) // len(recorded)))[
            : round(seconds * CAPTURE_RATE)
        ]

    def _make(self, name: str) -> Sound:
        kind, _, rest = name.partition("/")
        match kind:
            case "people":
                return self._person(rest)
            case "spoken":
                return heard(_read(self.clips / name))
            case "espeak":
                return heard(_levelled(_by_espeak(*rest.split("/", 1))))
            case "flite":
                return heard(_levelled(_by_flite(*rest.split("/", 1))))
            case _:
                return heard(noises.SHORT[kind](int(rest)))

    def _person(self, name: str) -> Sound:
        name, _, hesitation = name.partition("~")
        sound = Sound(
            _read(self.clips / "people" / name),
            tuple((float(begin), float(end)) for begin, end in self.labels[name]["speech"]),
        )
        if not hesitation:
            return sound
        pause, _, second = hesitation.partition("@")
        return hesitate(sound, float(second), float(pause))


def hesitate(sound: Sound, second: float, pause_s: float) -> Sound:
    """Let somebody pause in mid-sentence: the room they are in goes on, they do not."""
    at, fade = round(second * CAPTURE_RATE), round(FADE_S * CAPTURE_RATE)
    room = _room(sound.samples, round(pause_s * CAPTURE_RATE) + 2 * fade)
    before, after = sound.samples[: at + fade].copy(), sound.samples[at - fade :].copy()
    down = np.linspace(1, 0, fade, dtype=np.float32)
    before[-fade:] = before[-fade:] * down + room[:fade] * (1 - down)
    after[:fade] = after[:fade] * (1 - down) + room[-fade:] * down
    speech: list[Span] = []
    for begin, end in sound.speech:
        if end <= second:
            speech.append((begin, end))
        elif begin >= second:
            speech.append((begin + pause_s, end + pause_s))
        else:
            speech += [(begin, second), (second + pause_s, end + pause_s)]
    middle = room[fade : len(room) - fade]
    gap = np.concatenate([before, middle[fade : len(middle) - fade], after])
    return Sound(gap.astype(np.float32), tuple(speech))


def heard(samples: Samples) -> Sound:
    """A sound on which no label exists: it begins and ends where it is `AUDIBLE_DB` below its loudest."""
    windows = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW)
    power = np.square(windows, dtype=np.float64).mean(axis=1)
    audible = np.flatnonzero(power > power.max() * 10 ** (-AUDIBLE_DB / 10))
    first, last = int(audible[0]) * WINDOW, (int(audible[-1]) + 1) * WINDOW
    return Sound(samples, ((first / CAPTURE_RATE, last / CAPTURE_RATE),))


def noise_gain(sound: Sound, noise: Samples, snr_db: float) -> float:
    """What makes `noise` so many dB softer than the speech in `sound`."""
    voiced = np.concatenate(
        [sound.samples[round(a * CAPTURE_RATE) : round(b * CAPTURE_RATE)] for a, b in sound.speech]
    )
    ratio = float(np.mean(np.square(voiced))) / max(float(np.mean(np.square(noise))), 1e-12)
    return float(np.sqrt(ratio / 10 ** (snr_db / 10)))


def flite_there() -> bool:
    """Whether Flite can be asked; scenes do without its voices otherwise."""
    return shutil.which("flite") is not None


def _read(path: Path) -> Samples:
    samples, rate = soundfile.read(path, dtype="float32")
    return resample(np.asarray(samples, np.float32), rate, CAPTURE_RATE)


def _by_espeak(voice: str, text: str) -> Samples:
    espeak = Espeak(EspeakSettings(voice=voice))
    try:
        chunks = list(espeak.synthesize(text, Never()))
    finally:
        espeak.close()
    return resample(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].rate, CAPTURE_RATE)


def _by_flite(voice: str, text: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(file)], check=True)
        return _read(file)


def _levelled(samples: Samples) -> Samples:
    """At the level of people."""
    begin, end = (round(second * CAPTURE_RATE) for second in heard(samples).speech[0])
    return np.asarray(samples / np.sqrt(np.mean(np.square(samples[begin:end]))) * VOICE_LEVEL, np.float32)


def _room(samples: Samples, count: int) -> Samples:
    """The quietest stretch of a recording, forwards and backwards until it is long enough."""
    size = min(round(ROOM_S * CAPTURE_RATE), len(samples))
    starts = range(0, len(samples) - size + 1, WINDOW)
    quietest = min(starts, key=lambda start: float(np.sum(np.square(samples[start : start + size]))))
    piece = samples[quietest : quietest + size]
    there_and_back = np.concatenate([piece, piece[::-1]])
    return np.tile(there_and_back, -(-count // len(there_and_back)))[:count]
