"""Words: what a language model writes, and what a voice is to make of it."""

import re

from appliance.pipeline.sentences import LONGEST_CODE, Splitter
from appliance.pipeline.spoken import speak
from tests.fuzz.target import Target, text

SPEAKABLE = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ.,?!;:' -]*")
"""All that a voice is ever given."""


def spoken(data: bytes) -> None:
    """Text of any kind, as it is said: in order, nothing twice, and nothing a voice could choke on."""
    written = text(data)
    said = speak(written)
    end = 0
    for piece in said.pieces:
        assert piece.start >= end
        assert written[piece.start : piece.end] == piece.written
        assert piece.spoken.strip()
        end = piece.end
    assert SPEAKABLE.fullmatch(said.text), said.text
    assert said.written_until(len(said.text)) == end
    assert said.written_until(0) == 0


def reply(data: bytes) -> None:
    """A reply while it is being written: whatever is cut out of it, together it is the reply."""
    written, splitter = text(data), Splitter()
    clauses = [clause for at in range(0, len(written), 7) for clause in splitter.feed(written[at : at + 7])]
    clauses += splitter.finish()
    assert "".join(clause.text for clause in clauses) == written
    assert all(0 < len(clause.text) <= LONGEST_CODE for clause in clauses)


WORDS = (
    Target(
        "spoken",
        spoken,
        (b"1", b"999999999999999999999", b"$", b"12/31/2026", b"http://", b"`", b"@", b"MCMXC"),
    ),
    Target("reply", reply, (b"```", b". ", b"**", b"(", b"1.", b"\n", b"Dr. ", "…".encode())),
)
"""All of them."""
