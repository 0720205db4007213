"""Text to speech by eSpeak NG: a plain voice, always present, that answers within milliseconds.

eSpeak NG is GPL-3.0. It is loaded when `Espeak` is created, which happens in an engine process of its own;
nothing of it is imported, linked or loaded anywhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Interval, Len

from appliance.core.errors import EngineError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import SpeechChunk, Stage, WordMark
from appliance.engines.espeak_library import EspeakLibrary, Rendering
from appliance.engines.voice_sound import SAMPLE_SENTENCE, Passage, gain_for, speech_chunks
from appliance.engines.voice_text import pause_after, readable, word_marks


@dataclass(frozen=True, slots=True)
class EspeakSettings:
    """How eSpeak speaks."""

    voice: Annotated[str, Len(1, 60)] = "en-us+f2"
    """Language, and after a plus sign a variant: en-us, en-gb-x-rp, de+m3. PocketSphinx misses 27
    to 44 % of the words of f2, 54 to 69 % of those of the plain voice."""
    words_per_minute: Annotated[int, Interval(ge=80, le=450)] = 165
    """Words per minute; the range is eSpeak's. Its own default of 175 is brisk for a listener in a room."""
    pitch: Annotated[int, Interval(ge=0, le=99)] = 50
    """Height of the voice on eSpeak's scale, 50 is the middle."""


class Espeak:
    """Owns the one eSpeak of this process.

    A text is rendered whole before its first chunk is delivered: 15 s of speech cost about 30 ms.
    """

    def __init__(self, settings: EspeakSettings) -> None:
        """Load the library and the voice.

        Raises:
            EngineError: there is no such voice, or the library cannot be used.
        """
        import espeakng_loader

        try:
            self._library = EspeakLibrary(
                Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
            )
        except (OSError, RuntimeError) as error:
            raise _unusable(f"eSpeak cannot be loaded: {error}", "Run: make install") from error
        if not self._library.use(settings.voice, settings.words_per_minute, settings.pitch):
            self._library.close()
            raise _unusable(f"eSpeak has no voice {settings.voice!r}", "Set espeak.voice to en-us")
        self._gain = gain_for(self._library.render(SAMPLE_SENTENCE).samples, self._library.rate)

    def synthesize(self, text: str, cancel: CancelToken) -> Iterator[SpeechChunk]:
        """Yield the sound of the text, one chunk per clause as eSpeak divides it."""
        cancel.raise_if_cancelled()
        plain = readable(text)
        if not plain.strip():
            return
        rendering = self._render(plain, cancel)
        for chunk in speech_chunks(_passages(plain, rendering), self._library.rate, self._gain):
            cancel.raise_if_cancelled()
            yield chunk

    def probe(self) -> None:
        """Say one word, and expect to hear it."""
        if not self._library.render("yes").samples.any():
            raise _unusable("eSpeak speaks without a sound", "Run: make install")

    def warm(self) -> None:
        """Nothing is left to do: finding the loudness has already spoken a sentence."""

    def close(self) -> None:
        """Free the voice."""
        self._library.close()

    def _render(self, text: str, cancel: CancelToken) -> Rendering:
        try:
            rendering = self._library.render(text, lambda: not cancel.cancelled)
        except OSError as error:
            raise EngineError(Stage.TTS, str(error)) from error
        cancel.raise_if_cancelled()
        return rendering


def _passages(text: str, rendering: Rendering) -> Iterator[Passage]:
    """Cut a rendering where eSpeak pauses."""
    samples = rendering.samples
    marks = word_marks(text, rendering.words, len(samples))
    start = 0
    for position, end in rendering.ends:
        words = tuple(
            WordMark(mark.offset, mark.sample - start) for mark in marks if start <= mark.sample < end
        )
        # The last end is one character short of the text.
        said = text if end >= len(samples) else text[:position]
        yield Passage((samples[start:end],), words, pause_after(said))
        start = end


def _unusable(problem: str, remedy: str) -> EngineError:
    return EngineError(Stage.TTS, problem, retryable=False, remedy=remedy)
