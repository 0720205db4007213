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

CEPSTRAL_MEAN: Final = "44.9,1.8,-0.8,7.1,-2.9,0.2,-1.1,-8.7,0.9,-3.0,1.7,-2.2,-0.1"
"""Where the running mean of the features starts: the median over recordings of 45 people at their own
microphones. From there it follows the room, from utterance to utterance."""

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

    def accept(self, utterance: int, samples: Samples, cancel: CancelToken) -> str:
        """Decode the next stretch and return what is understood so far.

        Cancelling loses nothing: what was not decoded yet is decoded by the next call.
        """
        self._open.append(utterance, samples)
        if self._followed not in self._open:
            self._follow(utterance)
        if self._followed != utterance:
            return ""
        self._catch_up(cancel)
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""

    def finish(self, utterance: int, cancel: CancelToken) -> Transcript:
        """Decode what is left. The confidence is 0 when there are no words."""
        if utterance not in self._open:
            return Transcript("", 0.0)
        if self._followed != utterance:
            self._follow(utterance)
        try:
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
            self._followed, self._decoded = utterance, 0
            if utterance is not None:
                self._decoder.start_utt()

    def _catch_up(self, cancel: CancelToken) -> None:
        assert self._followed is not None
        rest = self._open.sound(self._followed)[self._decoded :]
        for start in range(0, len(rest), BLOCK):
            cancel.raise_if_cancelled()
            block = rest[start : start + BLOCK]
            with _decoder_errors():
                self._decoder.process_raw(_pcm(block))
            self._decoded += len(block)

    def _rehearse(self, samples: Samples) -> None:
        """Decode sound that nobody said, and forget it: mean and noise level are as new afterwards."""
        self._follow(None)
        with _decoder_errors():
            self._decoder.start_utt()
            self._decoder.process_raw(_pcm(samples))
            self._decoder.end_utt()
            self._decoder.hyp()
            self._decoder.reinit_feat()

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
