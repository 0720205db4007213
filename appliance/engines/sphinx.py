"""Speech to text by PocketSphinx: small, offline, and understanding while the person speaks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import EngineError, ModelError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Stage, Transcript
from appliance.engines.utterances import OpenUtterances

BLOCK: Final = 320
"""Samples (20 ms) decoded between two looks at the cancel token."""

CEPSTRAL_MEAN: Final = "52.6,9.5,-2.0,14.8,-6.9,2.0,-1.4,-10.6,1.7,-4.3,1.8,-0.9,-0.5"
"""Where the mean of the features starts in every utterance: the median over recordings of 45 people at their
own microphones, brought to `VOICE_LEVEL`, with the loudness that served them best. PocketSphinx would carry
the mean from one utterance to the next, which drags the silence around short answers and the loudness of the
last speaker into the next one's words: it understood 82 of 165 slots of those people, but 76 when they were
20 dB quieter and 61 with two seconds of silence around. Starting anew at an equal level gives 81, 84 and 75."""

VOICE_LEVEL: Final = 0.05
"""Root mean square that every voice is brought to, full scale being 1.0."""

LEVEL_FROM_S: Final = 1.0
"""s from the start of an utterance after which its level is judged and decoding begins: half a second of
pre-roll and half a second of voice. What is finished earlier is judged by what there is."""

LEVEL_FRAME: Final = 320
"""Samples (20 ms) per value of the level: shorter than a syllable."""

LARGEST_GAIN: Final = 30.0
"""For a voice that stands out: thirty times quieter recordings were understood as well as any."""

CAUTIOUS_GAIN: Final = 4.0
"""For a first second without a voice that stands out. Had it only been the room, more would overdrive the
voice that comes later."""

STANDS_OUT: Final = 10.0
"""Ratio (20 dB) of loud frames to quiet ones. All 45 people reached it in their first second with half a second
of pre-roll, none of 90 seconds of a kitchen did."""

NO_WORD: Final = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")
"""How the dictionary spells silence and noises."""


class Sphinx:
    """Owns one decoder and the sound of the open utterances.

    The decoder follows one utterance. Others only have their sound kept, and are decoded when they are
    finished, or from their beginning once the decoder is free; `OpenUtterances` says what is bounded.
    """

    def __init__(self) -> None:
        """Load the English model that comes with PocketSphinx.

        Raises:
            ModelError: it cannot be loaded.
        """
        import pocketsphinx

        try:
            # The second pass (fwdflat) costs 200 ms after the utterance and understands no more.
            self._decoder: Any = pocketsphinx.Decoder(
                fwdflat=False, cmninit=CEPSTRAL_MEAN, samprate=CAPTURE_RATE, loglevel="FATAL"
            )
        except RuntimeError as error:
            raise ModelError(
                f"PocketSphinx cannot load its English model: {error}", "Run: make install"
            ) from error
        self._open = OpenUtterances()
        self._followed: int | None = None
        self._decoded = 0  # samples of the followed utterance
        self._gain: float | None = None  # of the followed utterance, once its level is known

    def accept(self, utterance: int, samples: Samples, cancel: CancelToken) -> str:
        """Decode the next stretch and return what is understood so far.

        Cancelling loses nothing: what was not decoded yet is decoded by the next call.
        """
        self._open.append(utterance, samples)
        if self._followed not in self._open:
            self._follow(utterance)
        cancel.raise_if_cancelled()
        if self._followed != utterance:
            return ""
        if len(self._open.sound(utterance)) < LEVEL_FROM_S * CAPTURE_RATE:
            return ""
        self._catch_up(cancel)
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""

    def finish(self, utterance: int, cancel: CancelToken) -> Transcript:
        """Decode what is left. The confidence is 0 when there are no words."""
        if utterance not in self._open:
            return Transcript("", 0.0)
        try:
            cancel.raise_if_cancelled()
            if self._followed != utterance:
                self._follow(utterance)
            self._catch_up(cancel)
        finally:
            self.discard(utterance, cancel)
        return self._transcript()

    def discard(self, utterance: int, cancel: CancelToken) -> None:  # noqa: ARG002 - never too late
        """Forget an utterance. Unknown ones are ignored."""
        self._open.close(utterance)
        if self._followed == utterance:
            self._follow(None)

    def probe(self) -> None:
        """Decode a second of silence."""
        self._rehearse(np.zeros(CAPTURE_RATE, dtype=np.float32))

    def warm(self) -> None:
        """Decode a second of noise: unlike silence it visits most of the acoustic model."""
        noise = np.random.default_rng(0).normal(scale=0.1, size=CAPTURE_RATE)
        self._rehearse(noise.astype(np.float32))

    def close(self) -> None:
        """Free the decoder."""
        del self._decoder

    def _follow(self, utterance: int | None) -> None:
        """End what the decoder is at, and start with another utterance, or rest."""
        with _decoder_errors():
            if self._followed is not None:
                self._decoder.end_utt()
            self._followed, self._decoded, self._gain = utterance, 0, None
            if utterance is not None:
                self._decoder.reinit_feat()  # mean and noise level as new
                self._decoder.start_utt()

    def _catch_up(self, cancel: CancelToken) -> None:
        """Decode what the followed utterance has and the decoder has not."""
        assert self._followed is not None
        sound = self._open.sound(self._followed)
        if self._gain is None:
            self._gain = level_gain(sound[: round(LEVEL_FROM_S * CAPTURE_RATE)])
        for start in range(self._decoded, len(sound), BLOCK):
            cancel.raise_if_cancelled()
            block = sound[start : start + BLOCK]
            with _decoder_errors():
                self._decoder.process_raw(_pcm(self._gain * block))
            self._decoded += len(block)

    def _rehearse(self, samples: Samples) -> None:
        """Decode sound that nobody said."""
        self._follow(None)
        with _decoder_errors():
            self._decoder.start_utt()
            self._decoder.process_raw(_pcm(samples))
            self._decoder.end_utt()
            self._decoder.hyp()

    def _transcript(self) -> Transcript:
        """What the decoder has understood, once the utterance is over.

        PocketSphinx knows for every word how probable it is among all that fit the sound. Their mean by
        duration is what follows understanding best: the product, which it also offers, mostly counts words.
        """
        hypothesis = self._decoder.hyp()
        if hypothesis is None:
            return Transcript("", 0.0)
        words = [segment for segment in self._decoder.seg() if not NO_WORD.fullmatch(segment.word)]
        frames = [word.end_frame - word.start_frame + 1 for word in words]
        weighted = sum(word.prob * length for word, length in zip(words, frames, strict=True))
        return Transcript(hypothesis.hypstr.strip(), weighted / sum(frames) if frames else 0.0)


def level_gain(beginning: Samples) -> float:
    """What brings a voice to `VOICE_LEVEL`, judged by the beginning of its utterance.

    The level is that of the frames within 20 dB of the loudest; the others are pauses.
    """
    frames = len(beginning) // LEVEL_FRAME
    if not frames:
        return 1.0
    levels = np.sqrt(np.mean(beginning[: frames * LEVEL_FRAME].reshape(frames, LEVEL_FRAME) ** 2, axis=1))
    quiet, loud = np.percentile(levels, [10, 95])
    level = np.sqrt(np.mean(levels[levels >= loud / STANDS_OUT] ** 2))
    largest = LARGEST_GAIN if loud > quiet * STANDS_OUT else CAUTIOUS_GAIN
    return float(np.clip(VOICE_LEVEL / max(level, 1e-9), 1 / largest, largest))


@contextmanager
def _decoder_errors() -> Iterator[None]:
    """Name PocketSphinx in whatever it raises."""
    try:
        yield
    except RuntimeError as error:
        raise EngineError(Stage.STT, f"PocketSphinx failed: {error}") from error


def _pcm(samples: Samples) -> bytes:
    """16-bit samples, as the decoder takes them."""
    return (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
