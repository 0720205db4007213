"""Text to speech by Piper: natural voices that run on one core, with the moment of every word.

Piper and the eSpeak NG inside it are GPL-3.0. They are imported when `Piper` is created, which happens in an
engine process of its own; nothing of them is imported anywhere else.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from annotated_types import Interval

from appliance.core.errors import EngineError
from appliance.core.interfaces import CancelToken
from appliance.core.monotonic import monotonic
from appliance.core.speech import SpeechChunk, Stage, WordMark
from appliance.engines.onnx_session import Provider
from appliance.engines.piper_model import PiperModel
from appliance.engines.piper_pace import Delivery
from appliance.engines.piper_words import UNSPOKEN, find_words
from appliance.engines.voice_sound import SAMPLE_SENTENCE, Passage, gain_for, speech_chunks
from appliance.engines.voice_text import pause_after, readable, words

LONGEST_RUN: Final = 250
"""Phonemes per run of the network: about 16 s of speech, 300 MB while it runs where sound is not made in pieces.
Clauses of a reply are shorter."""

WORDS_KEPT: Final = 4096
"""Words whose phonemes are remembered, least recently used first to go; a dialogue uses about a thousand."""


@dataclass(frozen=True, slots=True)
class PiperSettings:
    """How Piper speaks, and what it may use for that."""

    threads: Annotated[int, Interval(ge=1, le=8)] = 1
    """Cores used at once. A voice of medium quality speaks ten times faster than needed on one."""
    provider: Provider = Provider.CPU
    """What calculates: cpu, cuda or tensorrt, as far as the onnxruntime that is installed has them; otherwise the
    processor. On a processor a short sentence is often heard sooner: `appliance tune` finds out."""
    speed: Annotated[float, Interval(ge=0.5, le=2.0)] = 1.0
    """Tempo relative to the voice's own; 1.2 is a fifth faster."""
    speaker: Annotated[int, Interval(ge=0)] | None = None
    """Which of several speakers of the voice, counted from 0; none for the voice's own choice."""


class Piper:
    """Owns one voice and its loudness."""

    def __init__(self, voice: Path, settings: PiperSettings, clock: Callable[[], float] = monotonic) -> None:
        """Load the voice and let it say a sentence. `clock` tells how fast it is.

        Raises:
            ModelError: the voice cannot be used.
            EngineError: it does not speak.
        """
        self._model = PiperModel(
            voice,
            threads=settings.threads,
            provider=settings.provider,
            speed=settings.speed,
            speaker=settings.speaker,
            clock=clock,
        )
        self.warnings = (f"{voice.name}: {self._model.fallback}",) if self._model.fallback else ()
        """What a person should know about this voice, in sentences."""
        self._alone = lru_cache(maxsize=WORDS_KEPT)(self._phonemes_of_word)
        self._model.rehearse(self._model.phonemes(SAMPLE_SENTENCE)[0])
        sample = next(self._passages(SAMPLE_SENTENCE, self._unhurried()))
        self._gain = gain_for(np.concatenate([np.zeros(0, np.float32), *sample.pieces]), self._model.rate)

    def synthesize(self, text: str, cancel: CancelToken) -> Iterator[SpeechChunk]:
        """Yield the sound of the text, sentence by sentence, and of a long one its beginning before its end is made.

        Cancelling ends a running network at once.
        """
        cancel.raise_if_cancelled()
        options = self._model.run_options(text)
        cancel.on_cancel(lambda: setattr(options, "terminate", True))
        delivery = self._model.delivery()
        passages = self._passages(readable(text), delivery, options)
        try:
            for chunk in speech_chunks(passages, self._model.rate, self._gain, delivery.enough):
                cancel.raise_if_cancelled()
                delivery.gave(len(chunk.samples) / chunk.rate)
                yield chunk
        except EngineError:
            cancel.raise_if_cancelled()
            raise

    def probe(self) -> None:
        """Say one word, and expect to hear it."""
        passages = self._passages("yes", self._unhurried())
        if not list(speech_chunks(passages, self._model.rate, self._gain)):
            raise EngineError(
                Stage.TTS,
                "Piper speaks without a sound",
                retryable=False,
                remedy="Run: appliance models verify",
            )

    def warm(self) -> None:
        """Nothing is left to do: finding the loudness has already spoken a sentence."""

    def close(self) -> None:
        """Free the voice."""
        self._model.close()

    def _unhurried(self) -> Delivery:
        """A plan for sound that nobody waits for."""
        delivery = self._model.delivery()
        delivery.gave(math.inf)
        return delivery

    def _passages(self, text: str, delivery: Delivery, options: Any = None) -> Iterator[Passage]:
        """Speak sentence by sentence; each is only computed when it is asked for."""
        runs = [run for sentence in self._model.phonemes(text) for run in _runs(sentence)]
        spelled = words(text)
        places = find_words([self._alone(word) for _, word in spelled], runs)
        for number, phonemes in enumerate(runs):
            sentence = self._model.speak(phonemes, options, delivery)
            marks = tuple(
                WordMark(offset, int(sentence.starts[phoneme]))
                for (offset, _), (run, phoneme) in zip(spelled, places, strict=True)
                if sentence.starts is not None and run == number
            )
            # The phonemes of a sentence keep its punctuation; the end of the text has its own, and quotes.
            said = text if number == len(runs) - 1 else "".join(phonemes)
            yield Passage(sentence.pieces, marks, pause_after(said))

    def _phonemes_of_word(self, word: str) -> Sequence[str]:
        return tuple(chain.from_iterable(self._model.phonemes(word)))


def _runs(sentence: list[str]) -> Iterator[list[str]]:
    """Cut what is too long for one run, between words where that is possible; leave out what has no sound."""
    start = 0
    while start < len(sentence):
        end = min(start + LONGEST_RUN, len(sentence))
        if end < len(sentence) and " " in sentence[start:end]:
            end = max(index for index in range(start, end) if sentence[index] == " ") + 1
        if not UNSPOKEN.issuperset(sentence[start:end]):
            yield sentence[start:end]
        start = end
