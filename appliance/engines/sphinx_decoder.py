"""One decoder of PocketSphinx, which follows one utterance at a time."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import EngineError, ModelError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Stage, Transcript
from appliance.engines.level import level_gain

BLOCK: Final = 320
"""Samples (20 ms) decoded between two looks at the cancel token."""

CEPSTRAL_MEAN: Final = "52.6,9.5,-2.0,14.8,-6.9,2.0,-1.4,-10.6,1.7,-4.3,1.8,-0.9,-0.5"
"""Where the mean of the features starts in every utterance: the median over recordings of 45 people at their
own microphones, brought to `VOICE_LEVEL`, with the loudness that served them best. PocketSphinx would carry
the mean from one utterance to the next, which drags the silence around short answers and the loudness of the
last speaker into the next one's words: it understood 82 of 165 slots of those people, but 76 when they were
20 dB quieter and 61 with two seconds of silence around. Starting anew at an equal level gives 81, 84 and 75."""

LEVEL_FROM_S: Final = 1.0
"""s from the start of an utterance by which its level is judged: half a second of pre-roll and half a second of
voice. What is shorter is judged by what there is."""

NO_WORD: Final = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")
"""How the dictionary spells silence and noises."""


class Decoder:
    """Owns one decoder, and how far it has got with which utterance."""

    def __init__(self, **options: Any) -> None:
        """Load a model.

        Args:
            options: PocketSphinx's own; `lm` and `dict` where it shall not be its English.

        Raises:
            ModelError: it cannot be loaded.
        """
        import pocketsphinx

        try:
            # The second pass (fwdflat) costs 200 ms after the utterance and understands no more.
            self._decoder: Any = pocketsphinx.Decoder(
                fwdflat=False, cmninit=CEPSTRAL_MEAN, samprate=CAPTURE_RATE, loglevel="FATAL", **options
            )
        except RuntimeError as error:
            raise ModelError(f"PocketSphinx cannot load its model: {error}", "Run: make install") from error
        self.followed: int | None = None
        """Number of the utterance that it decodes."""
        self.decoded = 0
        """Samples of it that it has decoded."""
        self._judged = 0  # samples of it by which its level was judged
        self._gain = 1.0  # what brings it to that level

    def follow(self, utterance: int | None) -> None:
        """Give up what it is at, and start with another utterance, or rest."""
        with _errors():
            if self.followed is not None:
                self._decoder.end_utt()
            self.followed, self.decoded, self._judged = utterance, 0, 0
            if utterance is not None:
                self._decoder.reinit_feat()  # mean and noise level as new
                self._decoder.start_utt()

    def decode(self, sound: Samples, end: int, cancel: CancelToken) -> None:
        """Decode what `sound`, all there is of the followed utterance, holds before sample `end`.

        Cancelling loses nothing: the next call goes on.
        """
        judged = min(len(sound), round(LEVEL_FROM_S * CAPTURE_RATE))
        if judged > self._judged:  # before that it is judged by what there is, and decoded anew
            self.follow(self.followed)
            self._judged, self._gain = judged, level_gain(sound[:judged])
        for start in range(self.decoded, end, BLOCK):
            cancel.raise_if_cancelled()
            block = sound[start : min(start + BLOCK, end)]
            with _errors():
                self._decoder.process_raw(_pcm(self._gain * block))
            self.decoded += len(block)

    def hypothesis(self) -> str:
        """What it takes the sound for at the moment."""
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr.strip() if hypothesis else ""

    def conclude(self) -> Transcript:
        """End the followed utterance, whose transcript this is; the confidence is 0 when there are no words.

        PocketSphinx knows for every word how probable it is among all that fit the sound. Their mean by
        duration is what follows understanding best: the product, which it also offers, mostly counts words.
        """
        self.followed = None
        with _errors():
            self._decoder.end_utt()
        words = [segment for segment in self._decoder.seg() or () if not NO_WORD.fullmatch(segment.word)]
        frames = [word.end_frame - word.start_frame + 1 for word in words]
        weighted = sum(word.prob * length for word, length in zip(words, frames, strict=True))
        return Transcript(self.hypothesis(), weighted / sum(frames) if frames else 0.0)

    def rehearse(self, samples: Samples) -> None:
        """Decode sound that nobody said."""
        self.follow(None)
        with _errors():
            self._decoder.start_utt()
            self._decoder.process_raw(_pcm(samples))
            self._decoder.end_utt()
            self._decoder.hyp()

    def close(self) -> None:
        """Free the decoder."""
        del self._decoder


@contextmanager
def _errors() -> Iterator[None]:
    """Name PocketSphinx in whatever it raises."""
    try:
        yield
    except RuntimeError as error:
        raise EngineError(Stage.STT, f"PocketSphinx failed: {error}") from error


def _pcm(samples: Samples) -> bytes:
    """16-bit samples, as the decoder takes them."""
    return (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
