import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engines.voice_text import (
    CLAUSE_PAUSE_S,
    NO_PAUSE_S,
    SENTENCE_PAUSE_S,
    pause_after,
    readable,
    word_marks,
    words,
)


def test_words_are_what_spaces_separate_and_can_be_said() -> None:
    found = words("Well — (nine) o'clock, 3rd … _ 🎉!")
    assert found == [(0, "Well"), (7, "(nine)"), (14, "o'clock,"), (23, "3rd")]


def test_commands_become_spaces() -> None:
    assert readable("a\x00b\x01[[c]]\ud83d\n") == "a b   c    "


@given(st.text())
def test_readable_text_has_the_same_length_and_can_be_encoded(text: str) -> None:
    assert len(readable(text)) == len(text)
    readable(text).encode()


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("Yes.", SENTENCE_PAUSE_S),
        ("He said “yes!” ", SENTENCE_PAUSE_S),
        ("(really?)", SENTENCE_PAUSE_S),
        ("first,", CLAUSE_PAUSE_S),
        ("first —", CLAUSE_PAUSE_S),
        ("first", NO_PAUSE_S),
        ("", NO_PAUSE_S),
    ],
)
def test_the_pause_follows_the_mark(text: str, pause: float) -> None:
    assert pause_after(text) == pause


def places(text: str, anchors: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    return [(mark.offset, mark.sample) for mark in word_marks(text, anchors, length)]


def test_known_words_are_marked_exactly() -> None:
    assert places("one two three", [(0, 5), (4, 100), (8, 300)], 900) == [(0, 5), (4, 100), (8, 300)]


def test_an_anchor_within_a_word_is_the_words() -> None:
    assert places("one “two”", [(0, 0), (5, 100), (6, 110)], 200) == [(0, 0), (4, 100)]


def test_words_between_anchors_share_the_time_by_letters() -> None:
    assert places("one two three", [(0, 0), (8, 800)], 900) == [(0, 0), (4, 400), (8, 800)]


def test_without_anchors_all_words_share_the_time() -> None:
    assert places("aaa bbb ", [], 800) == [(0, 0), (4, 400)]


def test_anchors_that_go_backwards_are_ignored() -> None:
    assert places("one two three", [(0, 0), (8, 800), (4, 100)], 900) == [(0, 0), (4, 400), (8, 800)]


@given(
    text=st.text(alphabet="ab .", max_size=30),
    anchors=st.lists(st.tuples(st.integers(-2, 35), st.integers(0, 1000)), max_size=8),
    length=st.integers(0, 1000),
)
def test_marks_always_ascend(text: str, anchors: list[tuple[int, int]], length: int) -> None:
    marks = places(text, anchors, length)
    assert [offset for offset, _ in marks] == [start for start, _ in words(text)]
    samples = [sample for _, sample in marks]
    assert samples == sorted(samples)
