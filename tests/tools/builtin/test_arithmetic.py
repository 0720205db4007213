"""Sums are worked out exactly, and nothing else is."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.tools.builtin.arithmetic import NoSumError, SumError, TooLargeError, rounded, work_out


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("17 * 3", 51),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1 / 3 * 3", 1),
        ("15% of 80", 12),
        ("15 % * 80", 12),
        ("2 + 3 * 4 ^ 2", 50),
        ("-2 ^ 2", -4),
        ("2 ^ -1", Fraction(1, 2)),
        ("2 ^ 3 ^ 2", 512),
        ("(2 + 3) × 4 ÷ 2 − 1", 9),
        ("sqrt(16)", 4),
        ("sqrt(1 / 4)", Fraction(1, 2)),
        ("4 ^ (1/2)", 2),
        ("--5", 5),
        ("2 ** 10", 1024),
    ],
)
def test_sums(expression: str, result: Fraction | int) -> None:
    assert work_out(expression) == (result, True)


@pytest.mark.parametrize("expression", ["sqrt(2)", "2 ^ 0.3"])
def test_what_is_not_exact_says_so(expression: str) -> None:
    value, exact = work_out(expression)
    assert not exact
    assert 1 < value < 2


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "+",
        "1 +",
        "1 2",
        "(1",
        "1)",
        "sqrt",
        "sqrt 2",
        "a",
        "__import__('os')",
        "(" * 100 + "1" + ")" * 100,
        "-" * 150 + "1",
    ],
)
def test_no_sums(expression: str) -> None:
    with pytest.raises(NoSumError):
        work_out(expression)


@pytest.mark.parametrize("expression", ["1 / 0", "sqrt(-1)", "(-8) ^ 0.5", "0 ^ -1"])
def test_without_result(expression: str) -> None:
    with pytest.raises(SumError):
        work_out(expression)


@pytest.mark.parametrize("expression", ["9 ^ 9 ^ 9", "10 ^ 5000", "2 ^ 99999999", "2 ^ -99999999"])
def test_too_large(expression: str) -> None:
    with pytest.raises(TooLargeError):
        work_out(expression)


@given(st.text("0123456789.+-*/^%()sqrt of", max_size=200))
def test_anything_is_worked_out_or_refused_quickly(expression: str) -> None:
    with suppress(SumError):
        work_out(expression)


@given(st.fractions(), st.integers(0, 10))
def test_rounding_says_whether_it_is_exact(value: Fraction, places: int) -> None:
    number, exact = rounded(value, places)
    assert exact == (Fraction(number) == value)
    assert abs(Fraction(number) - value) <= Fraction(1, 2 * 10**places)
