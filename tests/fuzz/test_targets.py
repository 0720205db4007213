"""Every reader is given its corpus, and things that are almost right. `scripts/fuzz.py` goes on for hours."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.door_targets import close_box
from tests.fuzz.mutants import mutants
from tests.fuzz.target import CORPUS, Target
from tests.fuzz.targets import TARGETS
from tests.long import often

EXAMPLES = often(50, 500)
"""Mutants of each corpus, always the same: a test that fails now and then says nothing about a change."""
FEW = 20
"""The same for readers that take milliseconds."""
SLOW = frozenset({"http", "socket", "offer", "records", "pairing", "own_certificates", "devices"})
"""They make connections, keys and files."""


INPUTS = [
    pytest.param(target, data, id=f"{target.name}/{name}")
    for target in TARGETS.values()
    for name, data in target.corpus().items()
]


@pytest.fixture(scope="module", autouse=True)
def _a_box_is_closed_in_the_end() -> Iterator[None]:
    yield
    close_box()


def test_every_reader_has_a_corpus_and_every_corpus_a_reader() -> None:
    assert {path.name for path in CORPUS.iterdir()} == TARGETS.keys()


@pytest.mark.parametrize(("target", "data"), INPUTS)
def test_what_is_in_the_corpus(target: Target, data: bytes) -> None:
    target.feed(data)


@pytest.mark.long
@pytest.mark.parametrize("target", list(TARGETS.values()), ids=lambda target: target.name)
def test_what_is_almost_right(target: Target) -> None:
    @seed(20_26)
    @settings(
        max_examples=FEW if target.name in SLOW else EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(mutants(target))
    def feed(data: bytes) -> None:
        target.feed(data)

    feed()


@pytest.mark.parametrize("target", list(TARGETS.values()), ids=lambda target: target.name)
def test_what_is_not_right_at_all(target: Target) -> None:
    @seed(20_26)
    @settings(max_examples=FEW, database=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=500) | st.text(st.characters(), max_size=200).map(_encoded))
    def feed(data: bytes) -> None:
        target.feed(data)

    feed()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
