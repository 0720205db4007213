from pathlib import Path

from tests.workers import APART, FIRST, TOGETHER, order, unit

ROOT = Path(__file__).parents[1]


def test_what_is_named_is_there() -> None:
    for path in (*APART, *FIRST, *(path for paths in TOGETHER.values() for path in paths)):
        assert path in TOGETHER or (ROOT / path).exists(), path


def test_a_file_stays_together_and_so_do_those_that_would_disturb_each_other() -> None:
    assert unit("tests/core/test_gate.py::test_a") == unit("tests/core/test_gate.py::TestB::test_c[1]")
    assert unit("tests/web/page/test_talk.py::test_a") == unit("tests/test_browser.py::test_b") == "browser"
    assert unit("tests/faults/test_faults.py::test_a[1]") != unit("tests/faults/test_faults.py::test_a[2]")


def test_long_ones_begin_and_what_can_be_cut_fills_the_gaps() -> None:
    paths = [APART[0], "tests/core/test_gate.py", FIRST[1], "tests/test_browser.py"]
    assert sorted(paths, key=order) == paths[::-1]
