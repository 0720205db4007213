import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.pipeline.spoken import SpokenText, english, speak
from appliance.pipeline.spoken.reader import Reader, Rule

GOLDEN: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "spoken_golden.toml").read_text(encoding="utf-8")
)
PAIRS = [(kind, written, spoken) for kind, pairs in GOLDEN.items() for written, spoken in pairs.items()]
READER = Reader(english.RULES)
WRITTEN = st.sampled_from([written for _, written, _ in PAIRS])
TEXTS = st.one_of(
    st.text(max_size=200),
    st.text(st.characters(max_codepoint=0x7F), max_size=200),
    st.lists(st.one_of(WRITTEN, st.text(max_size=4)), max_size=12).map(" ".join),
    st.lists(st.one_of(WRITTEN, st.text(max_size=4)), max_size=12).map("".join),
)
SPEAKABLE = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ.,?!;:' -]*")


@pytest.mark.parametrize("rule", english.RULES, ids=lambda rule: rule.example)
def test_a_rule_reads_its_example(rule: Rule) -> None:
    used = {found.lastgroup for found in READER._any.finditer(rule.example)}
    assert any(READER._rules[name] is rule for name in used if name)


@pytest.mark.parametrize(("kind", "written", "spoken"), PAIRS)
def test_text_is_said_as_a_person_would(kind: str, written: str, spoken: str) -> None:
    assert speak(written).text == spoken


@pytest.mark.parametrize(("kind", "written", "spoken"), PAIRS)
def test_what_is_already_spoken_stays(kind: str, written: str, spoken: str) -> None:
    assert speak(spoken).text == spoken


@settings(deadline=None)
@given(TEXTS)
def test_any_text_can_be_spoken(text: str) -> None:
    spoken = speak(text)
    assert SPEAKABLE.fullmatch(spoken.text)
    assert spoken.text == spoken.text.strip()
    assert "  " not in spoken.text
    assert all(re.match(r"[^\W\d_]", piece.spoken) for piece in spoken.pieces)


@settings(deadline=None)
@given(st.lists(WRITTEN, max_size=5))
def test_reading_twice_changes_nothing(texts: list[str]) -> None:
    once = speak(" and ".join(texts)).text
    assert speak(once).text == once


@settings(deadline=None)
@given(TEXTS)
def test_pieces_lie_in_the_text_in_order(text: str) -> None:
    position = 0
    for piece in speak(text).pieces:
        assert piece.start >= position
        assert text[piece.start : piece.end] == piece.written
        assert piece.written == piece.written.strip() != ""
        position = piece.end


@settings(deadline=None)
@given(TEXTS)
def test_more_heard_is_more_written(text: str) -> None:
    spoken = speak(text)
    ends = [spoken.written_until(offset) for offset in range(len(spoken.text) + 1)]
    assert ends == sorted(ends)
    assert ends[0] == 0
    assert ends[-1] == (spoken.pieces[-1].end if spoken.pieces else 0)


def heard(spoken: SpokenText, words: int) -> int:
    """Where the text is after so many spoken words."""
    starts = [match.start() for match in re.finditer(r"\S+", spoken.text)] + [len(spoken.text)]
    return spoken.written_until(starts[words])


def test_a_written_word_is_heard_with_its_last_spoken_word() -> None:
    text = "It costs $5.20, **really**."
    spoken = speak(text)
    assert spoken.text == "It costs five dollars and twenty cents, really."
    heard_texts = [text[: heard(spoken, words)] for words in range(9)]
    assert heard_texts[:3] == ["", "It", "It costs"]
    assert heard_texts[3:7] == ["It costs"] * 4
    assert heard_texts[7:] == ["It costs $5.20,", text]


def test_the_mark_behind_a_word_need_not_be_heard() -> None:
    assert speak("Yes, it is.").written_until(len("Yes")) == len("Yes,")


def test_closing_signs_belong_to_their_word() -> None:
    text = "He said “stop.” Then"
    assert text[: heard(speak(text), 3)] == "He said “stop.”"
