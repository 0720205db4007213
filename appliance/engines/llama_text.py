"""Turns the bytes of decoded tokens into speakable text, and knows where an answer may end."""

import codecs
import re

THINK_OPENS = "<think>"
THINK_CLOSES = "</think>"
"""What reasoning models put around thoughts, always in front of the answer."""

ABBREVIATIONS = frozenset({"dr", "mr", "mrs", "ms", "prof", "st", "vs"})
"""Words whose dot does not end a sentence although a capital follows."""

_SENTENCE_END = re.compile(
    r"(?P<word>[\w'’]*)(?P<mark>[.!?…]+)[\"'”’)\]]*(?=\s+[^\sa-z])"  # the next word could begin a sentence
    r"|\S(?=\s*\n)"  # the line is over
)


class AnswerText:
    """Owns what has been decoded of one answer. Thoughts and the space around it are left out.

    A sentence counts as ended when the next one begins, because only then is the dot of "3.5", "a.m."
    or "Dr." told from a full stop. So the first token of the sentence too many is decoded and dropped.
    """

    def __init__(self, sentences: int) -> None:
        """Be complete after so many sentences."""
        self._sentences = sentences
        self._utf8 = codecs.getincrementaldecoder("utf-8")("ignore")  # nobody can speak a broken character
        self._decoded = ""
        self._spoken = ""

    def add(self, piece: bytes) -> str:
        """Take the next bytes; returns what is new to be spoken, often nothing."""
        self._decoded += self._utf8.decode(piece)
        text = _without_thoughts(self._decoded)
        if self.complete:
            text = text[: _ends(text)[self._sentences - 1]]
        new = text.rstrip()[len(self._spoken) :]
        self._spoken += new
        return new

    @property
    def begun(self) -> bool:
        """Whether there is anything to be spoken."""
        return bool(self._spoken)

    @property
    def complete(self) -> bool:
        """Whether the answer has all its sentences."""
        return len(_ends(_without_thoughts(self._decoded))) >= self._sentences

    def end_soon(self) -> None:
        """Be complete with the sentence that is being said."""
        self._sentences = min(self._sentences, len(_ends(_without_thoughts(self._decoded))) + 1)


def _without_thoughts(decoded: str) -> str:
    text = decoded.lstrip()
    if THINK_OPENS.startswith(text):  # it may become one
        return ""
    if text.startswith(THINK_OPENS):
        text = text.partition(THINK_CLOSES)[2].lstrip()
    return text


def _ends(text: str) -> list[int]:
    return [match.end() for match in _SENTENCE_END.finditer(text) if _is_end(match)]


def _is_end(match: re.Match[str]) -> bool:
    if match["mark"] != ".":
        return True
    word = match["word"].lower()
    return len(word) != 1 and word not in ABBREVIATIONS  # "J. Smith", "1. Coffee", "Dr. Who"
