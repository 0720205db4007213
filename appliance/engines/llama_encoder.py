"""Turns a dialogue into tokens, spelling earlier answers the way they were generated."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from appliance.core.speech import Message, Role
from appliance.engines.llama_prompt import ChatTemplate, Piece

REMEMBERED = 4096
"""Texts and tokens whose counterpart is kept, least used forgotten first: a dialogue comes again with
every turn."""


class Vocabulary(Protocol):
    """What the encoder needs to know of a model."""

    bos: int
    adds_bos: bool

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """The tokens of `text`. Only with `special` may they be control tokens."""

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; none for a control token."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A dialogue in tokens."""

    tokens: list[int]
    starts: dict[int, int]
    """Where the text of a message begins, as an index into `tokens`, by the index of the message."""


class Encoder:
    """Owns the rules of spelling.

    * Markup may become control tokens, what people say never does.
    * An answer is spelled with the tokens it was generated with, as far as they still stand in the KV
      cache: text that was taken apart anew may differ from them, and would all have to be read again.
      Where an interruption cut the answer inside a token, only that token is spelled anew.
    * Of a message that is longer than `longest` tokens only the end is read. System prompts are exempt.
    """

    def __init__(self, template: ChatTemplate, vocabulary: Vocabulary, longest: int) -> None:
        self._template = template
        self._longest = longest
        self._bos = [vocabulary.bos] if vocabulary.adds_bos else []
        self._markup = lru_cache(REMEMBERED)(lambda text: vocabulary.tokenize(text, special=True))
        self._words = lru_cache(REMEMBERED)(lambda text: vocabulary.tokenize(text, special=False))
        self._piece = lru_cache(REMEMBERED)(vocabulary.piece)

    def encode(
        self, messages: Sequence[Message], known: Sequence[int], *, open_ended: bool = False
    ) -> Prompt:
        """Write the dialogue, its last message unfinished if `open_ended`. `known` is what the KV cache holds."""
        pieces = self._template.pieces(messages, open_ended=open_ended)
        tokens = self._beginning(pieces)
        starts: dict[int, int] = {}
        for piece in pieces:
            if piece.message is None:
                tokens += self._markup(piece.text)
            else:
                starts[piece.message] = len(tokens)
                role = messages[piece.message].role
                said = self._said(role, piece.text, tokens, known)
                tokens += said if role is Role.SYSTEM else said[-self._longest :]
        return Prompt(tokens, starts)

    def _beginning(self, pieces: Sequence[Piece]) -> list[int]:
        """The token that begins a sequence, unless the template writes it itself."""
        written = self._markup(pieces[0].text) if pieces and pieces[0].message is None else []
        return [] if written[:1] == self._bos else list(self._bos)

    def _said(self, role: Role, text: str, before: list[int], known: Sequence[int]) -> list[int]:
        if role is not Role.ASSISTANT or list(known[: len(before)]) != before:
            return self._words(text)
        return self._as_generated(text.encode(errors="replace"), known[len(before) :])

    def _as_generated(self, text: bytes, known: Sequence[int]) -> list[int]:
        spelled, reused, end = b"", 0, 0
        for count, token in enumerate(known, 1):
            piece = self._piece(token)
            spelled = (spelled + piece).lstrip()  # models like to begin with a space
            if end == len(text) or not piece or not text.startswith(spelled):
                break
            if not _inside_character(text, len(spelled)):
                reused, end = count, len(spelled)
        return [*known[:reused], *self._words(text[end:].decode())]


def _inside_character(text: bytes, at: int) -> bool:
    return at < len(text) and text[at] & 0xC0 == 0x80  # bytes 10xxxxxx continue a UTF-8 character
