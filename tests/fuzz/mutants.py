"""Inputs that are almost right: what parsers trip over, and what random bytes never reach."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.fuzz.target import Target

LONGEST = 100_000
"""Bytes of a mutant: more than any bound on a message of the network."""

NASTY = (
    b"",
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x80\0\0\0",
    b"\r\n\r\n",
    b"%00%0a../",
    b"-1",
    b"1e999",
    b"NaN",
    b"9" * 5000,
    b"[" * 5000,
    b'{"a":' * 1000,
    b"A" * 70_000,
    "\ud800".encode("utf-8", "surrogatepass"),
    "\u202e\u0301\u200b\U0001f9d1\u200d\U0001f33e\ufeff".encode(),
)
"""What every parser should have met."""


@st.composite
def mutants(draw: st.DrawFn, target: Target) -> bytes:
    """An input of the corpus, changed in up to eight places."""
    corpus = _seeds(target)
    data = draw(st.sampled_from(corpus))
    for _ in range(draw(st.integers(0, 8))):
        data = _edit(draw, data, corpus, target.words)[:LONGEST]
    return data


def _seeds(target: Target) -> Sequence[bytes]:
    return [data for data in target.corpus().values() if len(data) <= LONGEST]


def _edit(draw: st.DrawFn, data: bytes, corpus: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    start = draw(st.integers(0, len(data)))
    end = min(len(data), start + draw(st.one_of(st.integers(0, 8), st.integers(0, 2000))))
    match draw(st.integers(0, 5)):
        case 0:
            middle = b""
        case 1:
            middle = data[start:end] * draw(st.integers(2, 50))
        case 2:
            middle = draw(st.binary(max_size=16))
        case 3:
            middle = draw(st.sampled_from([*NASTY, *words])) + data[start:end]
        case 4:
            middle = draw(st.sampled_from([*NASTY, *words]))
        case _:
            return data[:start] + draw(st.sampled_from(corpus))[end:]
    return data[:start] + middle + data[end:]
