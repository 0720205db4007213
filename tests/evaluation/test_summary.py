"""Tables from findings, and what is said of targets."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from scripts.bench_figures import Table
from scripts.evaluation import summary
from scripts.evaluation.findings import Alone, Answered, Interrupted, as_record
from scripts.evaluation.page import with_section
from scripts.evaluation.plots import plots
from scripts.evaluation.statistics import at_least, at_most, percentile, share, spread, verdict
from scripts.evaluation.summary import Findings, unchanged

TURN = Answered(
    scene="orders in quiet",
    number=0,
    sound="people/88888888.flac",
    means="turn",
    speculated=True,
    answered=True,
    kept=True,
    onset_kept=True,
    cuts=0,
    reopened=0,
    delay_ms=600.0,
    first_audio_ms=620.0,
    drafted_ms=200.0,
    asked_ms=250.0,
    torn=0,
    generations=1,
    wasted=0,
    transcript="a coffee",
    spent={"stt": 0.5},
)
WITHOUT = replace(TURN, speculated=False, asked_ms=600.0, first_audio_ms=960.0, drafted_ms=None)
OVER = Interrupted(
    scene="backchannels",
    number=0,
    sound="flite/slt/uh-huh",
    means="backchannel",
    outcome="kept",
    noticed_ms=60.0,
    ducked_ms=80.0,
    evidence_to_ducked_ms=20.0,
    confirmed_ms=None,
    silent_ms=None,
    confirmed_to_silent_ms=None,
    back_ms=300.0,
    skipped=(),
    repeated=(),
    word_error=None,
    unheard_words=None,
)
STOP = replace(
    OVER,
    scene="stop and wait and no",
    means="floor",
    outcome="floor",
    confirmed_ms=300.0,
    silent_ms=300.0,
    confirmed_to_silent_ms=0.0,
    word_error=0,
    unheard_words=0,
)
ALONE = Alone("nobody", 0, "kitchen", 300.0, 4, 0)


def figure(tables: list[Table], name: str) -> tuple[object, str]:
    """Value and verdict of one figure."""
    return next((row[1], row[2]) for table in tables for row in table.rows if str(row[0]).startswith(name))


@pytest.mark.parametrize(
    ("value", "limit", "words"),
    [
        (3.0, at_most(3.0), "≤ 3: holds"),
        (3.1, at_most(3.0), "≤ 3: **missed**"),
        (79.9, at_least(80.0), "≥ 80: **missed**"),
        (None, at_least(80.0), "≥ 80: not measured"),
        (1.0, None, ""),
    ],
)
def test_verdicts(value: float | None, limit: tuple[str, float] | None, words: str) -> None:
    assert verdict(value, limit) == words


def test_statistics_of_nothing() -> None:
    assert spread([None]) == (0, None, None, None, None)
    assert percentile([], 50) is None
    assert share([], bool) is None


def test_statistics() -> None:
    assert list(spread([1.0, None, 3.0])) == pytest.approx([2, 2.0, 2.8, 2.9, 3.0])
    assert share([1, 0, 0, 1], bool) == 50


def test_what_speculation_saves() -> None:
    """Of a wait of 400 ms, 340 are saved; the words were known in the last 350 ms of it, all the work is 360.

    Had nobody begun to understand in the pause, it would have been 50 ms more.
    """
    tables = summary.speculation(Findings([TURN, WITHOUT]))
    words, answer = "saved of the wait for the end, by words", "saved of the wait for the end, by the answer"
    assert figure(tables, words) == (pytest.approx(97.5), "≥ 80: holds")
    assert figure(tables, answer) == (pytest.approx(85.0), "")
    assert figure(tables, "saved of what can be saved") == (pytest.approx(100 * 340 / 350), "")


def test_other_words_are_not_compared() -> None:
    assert unchanged(Findings([TURN, WITHOUT]))
    assert not unchanged(Findings([TURN, replace(WITHOUT, transcript="the coffee")]))
    assert not unchanged(Findings([TURN, replace(WITHOUT, cuts=1)]))
    assert not unchanged(Findings([TURN]))


def test_waste_is_counted_per_turn() -> None:
    turns = [replace(TURN, wasted=wasted) for wasted in (0, 1, 0, 0)]
    assert figure(summary.speculation(Findings(turns)), "wasted") == (25.0, "≤ 35: holds")


def test_turns_without_speculation_are_only_compared_with() -> None:
    tables = summary.turns(Findings([TURN, replace(WITHOUT, cuts=1)]))
    assert figure(tables, "premature cut-offs, people") == (0.0, "≤ 3: holds")
    assert figure(tables, "end-of-turn delay") == (600.0, "≤ 350: **missed**")


def test_hesitations_are_told_apart() -> None:
    halting = replace(TURN, scene="hesitating 1.0 s", sound="people/8.flac~1.0@2.0", cuts=1)
    tables = summary.turns(Findings([TURN, halting]))
    assert figure(tables, "premature cut-offs, people") == (0.0, "≤ 3: holds")
    assert figure(tables, "premature cut-offs, made") == (100.0, "≤ 3: **missed**")


def test_false_and_missed_interruptions() -> None:
    found = Findings([OVER, replace(OVER, outcome="floor"), STOP, replace(STOP, outcome="kept")])
    tables = summary.interruptions(found)
    assert figure(tables, "false interruptions") == (50.0, "≤ 5: **missed**")
    assert figure(tables, "missed interruptions") == (50.0, "")
    assert figure(tables, "“stop”, “wait”, “no” missed") == (50.0, "≤ 0: **missed**")


def test_words_lost_or_repeated() -> None:
    found = Findings([replace(OVER, skipped=("a",), repeated=("b", "c"))])
    assert figure(summary.interruptions(found), "words skipped")[0] == 3


def test_integrity() -> None:
    answers = [replace(TURN, means="answer", kept=kept) for kept in (True, False)]
    tables = summary.integrity(Findings([*answers, ALONE]))
    assert figure(tables, "short answers kept") == (50.0, "≥ 98: **missed**")
    assert figure(tables, "turns taken by noise in 5 minutes") == (0, "≤ 0: holds")


def test_all_tables_and_plots_of_nothing_and_of_something() -> None:
    for found in (Findings([]), Findings([TURN, WITHOUT, OVER, STOP, ALONE])):
        for section in (summary.turns, summary.speculation, summary.interruptions, summary.integrity):
            assert all(table.markdown() for table in section(found))
        assert "this appliance" in summary.beside_peers(found)[0].markdown()
        for svg in plots(found).values():
            assert ElementTree.fromstring(svg).tag.endswith("svg")
            assert "prefers-color-scheme: dark" in svg


def test_findings_as_records() -> None:
    assert as_record(STOP)["kind"] == "interrupted"
    assert as_record(TURN)["delay_ms"] == 600.0


def test_a_section_of_the_page() -> None:
    page = "a\n<!-- eval:turns -->\nold\n<!-- /eval:turns -->\nb"
    assert with_section(page, "turns", r"new \1") == page.replace("old", r"new \1")
    with pytest.raises(ValueError, match="no <!-- eval:peers -->"):
        with_section(page, "peers", "")
