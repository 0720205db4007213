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
from appliance.engines.level import level_gain
from appliance.engines.utterances import OpenUtterances

BLOCK: Final = 320
"""Samples (20 ms) decoded between two looks at the cancel token."""

CEPSTRAL_MEAN: Final = "52.6,9.5,-2.0,14.8,-6.9,2.0,-1.4,-10.6,1.7,-4.3,1.8,-0.9,-0.5"
"""Where the mean of the features starts in every utterance: the median over recordings of 45 people at their
own microphones, brought to `VOICE_LEVEL`, with the loudness that served them best. PocketSphinx would carry
the mean from one utterance to the next, which drags the silence around short answers and the loudness of the
last speaker into the next one's words: it understood 82 of 165 slots of those people, but 76 when they were
20 dB quieter and 61 with two seconds of silence around. Starting anew at an equal level gives 81, 84 and 75."""

LEVEL_FROM_S: Final = 1.0
"""s from the start of an utterance after which its level is judged and decoding begins: half a second of
pre-roll and half a second of voice. What is finished earlier is judged by what there is."""

ARREARS_S: Final = 1.0
"""s of sound that one `accept` decodes at most, about 160 ms of work: who has to be decoded anew after a `peek`
keeps the lane no longer than that at a time, and has caught up with 5 s of speech within 1 s."""

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
        self._judged = 0  # samples of it by which its level was judged
        self._gain = 1.0  # what brings it to that level

    def accept(self, utterance: int, samples: Samples, cancel: CancelToken) -> str:
        """Decode the next stretch, and some of the arrears; return what is understood so far.

        Cancelling loses nothing: what was not decoded yet is decoded by the next call.
        """
        self._open.append(utterance, samples)
        if self._followed not in self._open:
            self._follow(utterance)
        cancel.raise_if_cancelled()
        sound = self._open.sound(utterance)
        if self._followed == utterance and len(sound) >= LEVEL_FROM_S * CAPTURE_RATE:
            self._decode_to(min(len(sound), self._decoded + round(ARREARS_S * CAPTURE_RATE)), cancel)
            if self._decoded == len(sound):
                return self._hypothesis()
        return self._open.transcript(utterance).text

    def peek(self, utterance: int, cancel: CancelToken) -> Transcript:
        """Decode what is left and take the transcript. Cancelling loses nothing.

        The running hypothesis would be free, but nothing has weighed it against all others yet: at the ends of
        45 people's orders it held 75 of 165 slots and the transcript 80, it was the same in 16 of 45, and it has
        no confidence. The transcript ends the decoder's utterance, so one that goes on is decoded anew, while it
        is spoken.
        """
        cancel.raise_if_cancelled()
        sound = self._open.sound(utterance)
        if len(sound) and not self._open.understood(utterance):
            if self._followed != utterance:
                self._follow(utterance)
            self._decode_to(len(sound), cancel)
            self._open.understand(utterance, self._conclude())
            self._follow(utterance)
        return self._open.transcript(utterance)

    def finish(self, utterance: int, cancel: CancelToken) -> Transcript:
        """Decode what is left. The confidence is 0 when there are no words."""
        try:
            return self.peek(utterance, cancel)
        finally:
            self.discard(utterance, cancel)

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
        """Give up what the decoder is at, and start with another utterance, or rest."""
        with _decoder_errors():
            if self._followed is not None:
                self._decoder.end_utt()
            self._followed, self._decoded, self._judged = utterance, 0, 0
            if utterance is not None:
                self._decoder.reinit_feat()  # mean and noise level as new
                self._decoder.start_utt()

    def _decode_to(self, end: int, cancel: CancelToken) -> None:
        """Decode what the followed utterance has before sample `end` and the decoder has not."""
        assert self._followed is not None
        sound = self._open.sound(self._followed)
        judged = min(len(sound), round(LEVEL_FROM_S * CAPTURE_RATE))
        if judged > self._judged:  # before that it is judged by what there is, and decoded anew
            self._follow(self._followed)
            self._judged, self._gain = judged, level_gain(sound[:judged])
        for start in range(self._decoded, end, BLOCK):
            cancel.raise_if_cancelled()
            block = sound[start : min(start + BLOCK, end)]
            with _decoder_errors():
                self._decoder.process_raw(_pcm(self._gain * block))
            self._decoded += len(block)

    def _hypothesis(self) -> str:
        """What the decoder takes the sound for at the moment."""
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr.strip() if hypothesis else ""

    def _conclude(self) -> Transcript:
        """End the decoder's utterance, whose transcript this is.

        PocketSphinx knows for every word how probable it is among all that fit the sound. Their mean by
        duration is what follows understanding best: the product, which it also offers, mostly counts words.
        """
        self._followed = None
        with _decoder_errors():
            self._decoder.end_utt()
        words = [segment for segment in self._decoder.seg() or () if not NO_WORD.fullmatch(segment.word)]
        frames = [word.end_frame - word.start_frame + 1 for word in words]
        weighted = sum(word.prob * length for word, length in zip(words, frames, strict=True))
        return Transcript(self._hypothesis(), weighted / sum(frames) if frames else 0.0)

    def _rehearse(self, samples: Samples) -> None:
        """Decode sound that nobody said."""
        self._follow(None)
        with _decoder_errors():
            self._decoder.start_utt()
            self._decoder.process_raw(_pcm(samples))
            self._decoder.end_utt()
            self._decoder.hyp()


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
