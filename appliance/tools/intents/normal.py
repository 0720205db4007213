"""A recogniser's words without what means nothing: case, punctuation, fillers, politeness."""

import re
from typing import Final

_MARKS: Final = re.compile(r"[!?;:\"“”„»«()…¿¡=]|(?<!\d)[.]|[.](?!\d)|(?<!\d),(?=\S)|-(?=\D)|(?<=\D)-(?=\D)")
_COLON: Final = re.compile(r"(?<=\d):(?=\d)")
_APOSTROPHES: Final = re.compile(r"['’`]")


def plain(text: str, *, ordinals: bool = False) -> str:
    """Lower case words; commas, figures and the signs of sums stay.

    Args:
        text: as somebody said or typed it.
        ordinals: a full stop behind figures may be a German “24.”, and stays inside a sentence.
    """
    text = _APOSTROPHES.sub("", text.lower())
    text = _COLON.sub("\0", text)
    if ordinals:
        text = re.sub(r"(?<=\d)\.(?= \w)", "\1", text)
    text = _MARKS.sub(" ", text).replace("\0", ":").replace("\1", ".")
    text = re.sub(r"(?<!\d),|,(?!\d)", " , ", text)
    return " ".join(text.split()).strip(" ,")


def peeled(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Without what may stand before and behind any request, as often as it does."""
    while True:
        shorter = closing.sub("", opening.sub("", text, count=1), count=1).strip(" ,")
        if shorter == text or not shorter:
            return text
        text = shorter
