"""Written text beside what is said for it."""

from dataclasses import dataclass

MARKS = ".,?!;:"
"""Punctuation that a voice understands; in spoken text it follows its word directly."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The smallest stretch of written text that is said on its own: a word, a date, a price."""

    written: str
    """As it stands in the text, with the marks that follow it."""
    start: int
    """Characters from the start of the text."""
    spoken: str
    """One or more words, the last with its punctuation."""

    @property
    def end(self) -> int:
        """Characters from the start of the text to the end of the piece."""
        return self.start + len(self.written)


@dataclass(frozen=True, slots=True)
class SpokenText:
    """A text the way it is said: pieces in order, without overlap."""

    pieces: tuple[Piece, ...]
    """Empty when there is nothing to say."""

    @property
    def text(self) -> str:
        """What the voice is given."""
        return " ".join(piece.spoken for piece in self.pieces)

    def written_until(self, offset: int) -> int:
        """The end of what was heard, in the written text.

        Args:
            offset: characters of `text` that were heard. A piece counts once its last word does.
        """
        heard = 0
        position = 0
        for piece in self.pieces:
            if offset < position + len(piece.spoken.rstrip(MARKS)):
                break
            heard = piece.end
            position += len(piece.spoken) + 1
        return heard
