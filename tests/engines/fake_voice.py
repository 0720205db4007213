"""A voice without an engine: every letter is 50 ms of one tone."""

import re
from collections.abc import Iterator

import numpy as np

from appliance.core.interfaces import CancelToken
from appliance.core.speech import SpeechChunk, WordMark
from appliance.engines.voice_sound import Passage, speech_chunks
from appliance.engines.voice_text import pause_after, words

RATE = 16_000
LETTER = RATE // 20
"""Samples."""
SENTENCE = re.compile(r".+?(?:[.?!]+(?=\s)|$)", re.DOTALL)


class FakeVoice:
    """Reads sentence by sentence, at once, whatever the text."""

    def synthesize(self, text: str, cancel: CancelToken) -> Iterator[SpeechChunk]:
        cancel.raise_if_cancelled()
        sentences = (_passage(found.start(), found.group()) for found in SENTENCE.finditer(text))
        for chunk in speech_chunks(sentences, RATE, 1.0):
            cancel.raise_if_cancelled()
            yield chunk

    def probe(self) -> None: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...


def _passage(start: int, sentence: str) -> Passage:
    spelled = words(sentence)
    times = np.arange(sum(len(word) for _, word in spelled) * LETTER) / RATE
    tone = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 440 * times)
    marks, place = [], 0
    for offset, word in spelled:
        marks.append(WordMark(start + offset, place))
        place += len(word) * LETTER
    return Passage((tone.astype(np.float32),), tuple(marks), pause_after(sentence))
