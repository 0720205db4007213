"""Silences in people's speech, as the box hears them: ends of orders, pauses within, and made hesitations.

A hesitation is a recorded order that is cut between two words, with the room's own sound in between. It is
harder than a real one, whose voice knows that it will hesitate.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.clock import monotonic
from appliance.engines.silero import Silero
from appliance.engines.smart_turn import SmartTurn
from appliance.engines.sphinx import Sphinx
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.events import SpeechPaused, SpeechResumed, UtteranceEnded
from scripts.evaluate_endpoint import CLIPS, detect, hear, load
from scripts.evaluate_stt import Never

PREROLL_S = 0.5
"""s before the first labelled speech that belong to the utterance (ListenSettings.preroll_ms)."""
LOOKS_MS = (96, 192, 384, 768)
"""ms of silence at which the model's answers are recorded."""
PATIENT = EndpointSettings(pause_ms=96, end_ms=4000)
"""Hears every pause, and the end of none."""
HESITATIONS = 3
"""Per recording, at most."""
HESITATION_S = 2.0
"""s of each. What a shorter one would have been like can be computed: until then it is the same."""
APART_S, FROM_ENDS_S, FROM_PAUSES_S = 0.4, 0.3, 0.2
"""s between two hesitations, and from one to the ends and to the pauses of the speech."""
FADE = 160
"""Samples in which a voice is faded to the room."""


@dataclass(frozen=True)
class Pause:
    """One silence after speech, and what is known about it."""

    name: str
    kind: str
    """end, pause or hesitation."""
    lag_ms: float
    """From where the speech is labelled to end, to where the last window of it ends."""
    lasted_ms: float
    """Until speech was heard again."""
    looks: dict[int, float]
    """Probability of the turn's end, by ms of silence."""
    text: str
    """What the recogniser understood of everything up to here."""


class Ears:
    """The detectors and the recogniser."""

    def __init__(self, vad: Path, turn_end: Path) -> None:
        import pocketsphinx

        self.vad, self.turn_end, self.stt = Silero(vad), SmartTurn(turn_end), Sphinx()
        self.words: Any = pocketsphinx.Decoder(samprate=CAPTURE_RATE, fwdflat=False, loglevel="FATAL")
        self.look_ms: list[float] = []
        self._numbers = itertools.count()

    def look(self, sound: Samples) -> float:
        started = monotonic()
        probability = self.turn_end.probability(sound, Never())
        self.look_ms.append((monotonic() - started) * 1000)
        return probability

    def read(self, sound: Samples) -> str:
        number = next(self._numbers)
        self.stt.accept(number, sound, Never())
        return self.stt.finish(number, Never()).text

    def silences(self, sound: Samples) -> Iterator[tuple[int, int]]:
        """Samples at which each silence begins and ends."""
        begin = 0
        for at_s, event in hear(detect(self.vad, sound), PATIENT):
            if isinstance(event, SpeechPaused):
                begin = event.at
            elif isinstance(event, SpeechResumed | UtteranceEnded):
                yield begin, round(at_s * CAPTURE_RATE)


def room_tone(sound: Samples, speech: list[list[float]], seconds: float) -> Samples:
    """So much of what is heard while nobody speaks: the longest such stretch, there and back again."""
    edges = [0.0, *itertools.chain(*speech), len(sound) / CAPTURE_RATE]
    begin, end = max(zip(edges[::2], edges[1::2], strict=True), key=lambda gap: gap[1] - gap[0])
    piece = sound[round((begin + 0.15) * CAPTURE_RATE) : round((end - 0.15) * CAPTURE_RATE)]
    return np.resize(np.concatenate([piece, piece[::-1]]), round(seconds * CAPTURE_RATE))


def boundaries(decoder: Any, sound: Samples, speech: list[list[float]]) -> list[float]:
    """Seconds at which one could hesitate: the softest place near where one word ends and the next begins."""
    first, last = speech[0][0], speech[-1][1]
    level = 0.5 / max(0.05, float(np.abs(sound).max()))
    begin = max(0.0, first - PREROLL_S)
    heard = sound[round(begin * CAPTURE_RATE) : round((last + 0.25) * CAPTURE_RATE)]
    decoder.start_utt()
    decoder.process_raw((np.clip(heard * level, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    words = [s for s in decoder.seg() if not re.match(r"<|\[|\+\+", s.word)]
    loudness = np.square(sound[: len(sound) // 160 * 160]).reshape(-1, 160).mean(axis=1)
    places = []
    for word, following in itertools.pairwise(words):
        if following.start_frame - word.end_frame <= 5:
            near = max(0, round(begin * 100) + word.end_frame - 4)
            places.append((near + int(loudness[near : near + 11].argmin())) / 100 + 0.005)
    edges = list(itertools.chain(*speech))[1:-1]
    return [
        place
        for place in places
        if first + FROM_ENDS_S <= place <= last - FROM_ENDS_S
        and all(abs(place - edge) >= FROM_PAUSES_S for edge in edges)
    ]


def chosen(places: list[float], seed: int) -> list[float]:
    """Some of them, well apart."""
    picked: list[float] = []
    for place in np.random.default_rng(seed).permutation(places):
        if len(picked) < HESITATIONS and all(abs(place - other) >= APART_S for other in picked):
            picked.append(float(place))
    return picked


def hesitate(sound: Samples, second: float, tone: Samples) -> Samples:
    """The sound with the room's own silence put in."""
    cut, fade = round(second * CAPTURE_RATE), np.linspace(0, 1, FADE, dtype=np.float32)
    spliced = np.concatenate([sound[:cut], tone, sound[cut:]])
    spliced[cut : cut + FADE] = tone[:FADE] * fade + sound[cut : cut + FADE] * (1 - fade)
    return spliced


def pauses_of(ears: Ears, name: str, label: dict[str, Any]) -> Iterator[Pause]:
    """Every silence of one recording, and of its hesitating variants."""
    sound, speech = load(CLIPS / "people" / name), label["speech"]
    tone = room_tone(sound, speech, HESITATION_S + 1.0)
    start = max(0, round((speech[0][0] - PREROLL_S) * CAPTURE_RATE))

    def pause(kind: str, spliced: Samples, labelled_s: float, begin: int, end: int) -> Pause:
        looks = {
            ms: ears.look(spliced[start : begin + ms * CAPTURE_RATE // 1000])
            for ms in LOOKS_MS
            if begin + ms * CAPTURE_RATE // 1000 <= end
        }
        text = ears.read(spliced[start : begin + PATIENT.pause_ms * CAPTURE_RATE // 1000])
        lasted_ms = (end - begin) * 1000 / CAPTURE_RATE
        return Pause(name, kind, begin * 1000 / CAPTURE_RATE - labelled_s * 1000, lasted_ms, looks, text)

    whole = np.concatenate([sound, tone])
    for begin, end in ears.silences(whole):
        kind = "end" if begin / CAPTURE_RATE > speech[-1][1] - 0.3 else "pause"
        yield pause(
            kind, whole, min((b for _, b in speech), key=lambda s: abs(s * CAPTURE_RATE - begin)), begin, end
        )
        if kind == "end":
            break
    for second in chosen(boundaries(ears.words, sound, speech), seed=len(sound)):
        spliced = hesitate(sound, second, tone[: round(HESITATION_S * CAPTURE_RATE)])
        near = [s for s in ears.silences(spliced) if abs(s[0] / CAPTURE_RATE - second) < 0.35]
        yield from (pause("hesitation", spliced, second, *silence) for silence in near[:1])
