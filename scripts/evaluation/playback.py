"""What really left the loudspeaker: a recording held against the reply as it was synthesised, sample by sample.

The port plays the very samples it was given, times a gain. So every short block of the recording is either the
reply at some place and some gain, or silence, or something else; and where the reply stops and goes on again,
the place at which it goes on can be found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.core.audio import Samples
from appliance.core.resample_stream import StreamResampler
from appliance.core.speech import SpeechChunk

BLOCK_S = 0.0025
"""s: a gain that glides within 1 to 10 ms is nearly constant in it."""
AUDIBLE = 0.003
"""Of full scale (−50 dBFS). Where the reply itself is softer, nobody can tell its gain."""
SILENT = 1e-4
"""Of full scale (−80 dBFS): nothing is heard."""
ALIKE = 0.8
"""Correlation from which a block is a piece of the reply: exact samples have 1, a glide has 0.9."""
SURE = 0.95
"""Correlation from which the place where the reply goes on is found."""
PROBE_S = 0.12
"""s of sound by which that place is looked for."""
BACK_S, AHEAD_S = 3.0, 3.0
"""s around the place where it stopped in which it is looked for."""

OFF = -1
"""Instead of a place: this block is not the reply."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the reply as it was synthesised."""

    text: str
    start: int
    """Sample of the reply at which it begins."""
    end: int
    """Sample by which it has sounded."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reply as the loudspeaker was to play it."""

    samples: Samples
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The recording, block by block, from the first sample of the reply on."""

    first: int
    """Sample of the recording at which block 0 begins."""
    block: int
    """Samples per block."""
    places: NDArray[np.int64]
    """Sample of the reply that each block plays; OFF where it plays none."""
    gains: NDArray[np.float64]
    """Gain of each block: 0 in silence, NaN where the reply is too soft to tell, or where it is something else."""

    def sample(self, block: int) -> int:
        """Where a block begins in the recording."""
        return self.first + block * self.block

    @property
    def reached(self) -> int:
        """Sample of the reply up to which it was heard."""
        heard = np.flatnonzero(self.places >= 0)
        return int(self.places[heard].max()) + self.block if len(heard) else 0


def reference(clauses: Sequence[tuple[str, Sequence[SpeechChunk]]], rate: int) -> Reference:
    """Put a reply together from the texts given to the voice and what it made of them, as the pipeline does."""
    sounds: list[Samples] = []
    words: list[Word] = []
    base = 0
    for text, chunks in clauses:
        sound = _converted(chunks, rate)
        marks = [mark for chunk in chunks for mark in chunk.words]
        starts = [base + round(mark.sample * rate / chunks[0].rate) for mark in marks]
        offsets = [*(mark.offset for mark in marks[1:]), len(text)]
        sounds.append(sound)
        for mark, start, after, offset in zip(
            marks, starts, [*starts[1:], base + len(sound)], offsets, strict=True
        ):
            audible = np.flatnonzero(np.abs(sound[start - base : after - base]) > AUDIBLE)
            end = start + int(audible[-1]) + 1 if len(audible) else start
            words.append(Word(text[mark.offset : offset].strip(), start, end))
        base += len(sound)
    return Reference(np.concatenate([np.empty(0, np.float32), *sounds]), tuple(words))


def follow(recording: Samples, reply: Samples, first: int, last: int, rate: int) -> Trace:
    """Find the reply in a recording.

    Args:
        recording: of the loudspeaker.
        reply: as it was synthesised.
        first: sample of the recording at which it begins.
        last: sample of the recording up to which to look.
        rate: Hz of both.
    """
    block = round(BLOCK_S * rate)
    count = max(0, (min(last, len(recording)) - first) // block)
    places, gains = np.full(count, OFF), np.full(count, np.nan)
    place: int | None = 0
    resume = 0
    for number in range(count):
        at = first + number * block
        heard = recording[at : at + block]
        if place is None:
            place = _found(recording[at : at + round(PROBE_S * rate)], reply, resume, rate)
        if place is None:
            gains[number] = 0.0 if np.abs(heard).max() < SILENT else np.nan
            continue
        expected = reply[place : place + block]
        gain = _gain(heard, expected)
        if gain is None:  # not here: it has stopped, or is over, or goes on elsewhere
            resume, place = place, None
            gains[number] = 0.0 if np.abs(heard).max() < SILENT else np.nan
        else:
            places[number], gains[number] = place, gain
            place += block
    return Trace(first, block, places, gains)


def lowered(trace: Trace, after: int, db: float) -> tuple[int, int] | None:
    """Between which two samples of the recording the reply became lower by `db`, and was not louder within 50 ms.

    Args:
        trace: of the reply.
        after: sample of the recording from which to look.
        db: 20 is a tenth.

    Returns:
        The end of the last block that was louder and the beginning of the first that was not; None if it never was.
    """
    limit = 10 ** (-db / 20) * 1.02
    known = [b for b in range(len(trace.gains)) if trace.sample(b) >= after and not np.isnan(trace.gains[b])]
    ahead = round(0.05 / BLOCK_S)
    loud_until = after
    for index, number in enumerate(known):
        if all(trace.gains[other] <= limit for other in known[index : index + ahead]):
            return loud_until, trace.sample(number)
        loud_until = trace.sample(number + 1)
    return None


def silent_from(recording: Samples, after: int, lasting: int) -> int | None:
    """The first sample from `after` on at which nothing is heard, for `lasting` samples; None: there is none."""
    audible = np.flatnonzero(np.abs(recording[after:]) >= SILENT) + after
    bounds = np.concatenate([[after - 1], audible, [len(recording) + lasting]])
    gaps = np.flatnonzero(np.diff(bounds) > lasting)
    return int(bounds[gaps[0]]) + 1 if len(gaps) and bounds[gaps[0]] + 1 <= len(recording) else None


def last_audible(recording: Samples, begin: int, end: int) -> int:
    """The sample behind the last one between two that is heard; `begin` where none is."""
    audible = np.flatnonzero(np.abs(recording[begin:end]) >= SILENT)
    return begin + int(audible[-1]) + 1 if len(audible) else begin


def coverage(trace: Trace, length: int) -> NDArray[np.int64]:
    """How often each sample of the reply was heard."""
    times = np.zeros(length + 1, np.int64)
    for place in trace.places[trace.places >= 0]:
        times[place] += 1
        times[min(place + trace.block, length)] -= 1
    return np.cumsum(times)[:length]


def skipped_and_repeated(trace: Trace, reply: Reference) -> tuple[list[str], list[str]]:
    """Words of which more than a third was not heard before the last that was, and words heard again.

    Only what can be heard of a word counts, not the pauses in it.
    """
    times = coverage(trace, len(reply.samples))
    audible = np.abs(reply.samples) >= AUDIBLE
    skipped, repeated = [], []
    for word in reply.words:
        sound = audible[word.start : word.end]
        if word.end > trace.reached or not sound.any():
            continue
        heard = times[word.start : word.end][sound]
        if np.mean(heard == 0) > 1 / 3:
            skipped.append(word.text)
        if np.mean(heard > 1) > 1 / 3:
            repeated.append(word.text)
    return skipped, repeated


def words_heard(reply: Reference, reached: int, grain: int) -> tuple[int, int]:
    """How many words had sounded wholly, and how many had begun, when `reached` samples had been heard.

    Args:
        reply: as it was synthesised.
        reached: samples.
        grain: samples at the end of a word that do not matter: the fade at which a reply stops.
    """
    whole = sum(word.end <= reached + grain for word in reply.words)
    return whole, sum(word.start < reached for word in reply.words)


def _gain(heard: Samples, expected: Samples) -> float | None:
    """At which gain `heard` is `expected`; NaN: nobody can tell; None: it is not."""
    if len(expected) < len(heard):
        return None
    energy = float(expected @ expected)
    power = float(heard @ heard)
    if energy < len(heard) * AUDIBLE**2:
        return float("nan") if power < 4 * len(heard) * AUDIBLE**2 else None
    if power < len(heard) * SILENT**2:
        return None
    if float(heard @ expected) / np.sqrt(energy * power) < ALIKE:
        return None
    return float(heard @ expected) / energy


def _found(probe: Samples, reply: Samples, near: int, rate: int) -> int | None:
    """Where in the reply `probe` is, around `near`; None when it is silence or something else."""
    if np.abs(probe[: len(probe) // 8]).max(initial=0) < SILENT or len(probe) < 100:
        return None
    first = max(0, near - round(BACK_S * rate))
    stretch = reply[first : near + round(AHEAD_S * rate) + len(probe)].astype(np.float64)
    if len(stretch) < len(probe):
        return None
    size = 1 << (len(stretch) + len(probe)).bit_length()
    spectrum = np.fft.rfft(stretch, size) * np.conj(np.fft.rfft(probe, size))
    product = np.fft.irfft(spectrum, size)[: len(stretch) - len(probe) + 1]
    power = np.convolve(np.square(stretch), np.ones(len(probe)), "valid")
    likeness = product / np.sqrt(np.maximum(power, 1e-9) * max(float(probe @ probe), 1e-12))
    best = int(np.argmax(likeness))
    return first + best if likeness[best] >= SURE else None


def _converted(chunks: Sequence[SpeechChunk], rate: int) -> Samples:
    converter = StreamResampler(chunks[0].rate, rate)
    return np.concatenate([*(converter.process(chunk.samples) for chunk in chunks), converter.finish()])
