"""How written text is said aloud, and which written words were heard when speech was cut short."""

from typing import Literal

from appliance.pipeline.spoken import english
from appliance.pipeline.spoken.reader import Reader
from appliance.pipeline.spoken.text import Piece, SpokenText

__all__ = ["Language", "Piece", "SpokenText", "speak"]

Language = Literal["en"]
"""Languages that text can be read in, by ISO 639 code."""

_READERS: dict[Language, Reader] = {"en": Reader(english.RULES)}


def speak(text: str, language: Language = "en") -> SpokenText:
    """Say `text` as a person would; what cannot be said is left out."""
    return _READERS[language].read(text)
