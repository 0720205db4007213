"""Results are bounded, whatever a tool returns."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.tools.tool import CUT, MOST_BYTES, MOST_SAID, Problem, Result, clean

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_a_small_result_is_json() -> None:
    assert json.loads(Result("Done.", {"set": 600}).for_model()) == {"result": {"set": 600}}
    assert json.loads(Result("Done.").for_model()) == {"result": "Done."}


def test_a_failure_says_so() -> None:
    told = json.loads(Result("No.", "why", Problem.TIMEOUT).for_model())
    assert told == {"error": "timeout", "detail": "why"}


@pytest.mark.parametrize(
    "data",
    [
        "ä" * 10_000_000,
        ["x" * 1000] * 10_000,
        {str(n): "x" for n in range(1_000_000)},
        list(range(1_000_000)),
        {"a": {"b": ["y" * 10_000_000]}},
    ],
    ids=["text", "list", "object", "numbers", "nested"],
)
def test_ten_megabytes_are_cut_and_marked(data: object) -> None:
    told = Result("", data).for_model()
    assert len(told.encode()) <= MOST_BYTES
    assert told.endswith(CUT)


def test_what_is_no_json_is_a_failure() -> None:
    loop: list[object] = []
    loop.append(loop)
    for data in (object(), loop, {1, 2}, {("a",): 1}):
        assert json.loads(Result("", data).for_model())["error"] == "broken"


@given(JSON)
def test_the_model_is_never_told_more_than_it_can_read(data: object) -> None:
    assert len(Result("", data).for_model().encode()) <= MOST_BYTES


@given(st.text(max_size=3000))
def test_what_is_said_is_one_line_that_ends(said: str) -> None:
    spoken = clean(said)
    assert len(spoken) <= MOST_SAID + 2
    assert spoken.isprintable()
    assert Result(said).bounded().said == spoken
