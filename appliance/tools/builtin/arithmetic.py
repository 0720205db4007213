"""Works out what is written as “(17 + 3) * 2^10 / sqrt(16)”: exactly where that is possible."""

import re
from decimal import Context as Precision
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from typing import Final

MOST_DEEP: Final = 20
"""Brackets and signs within each other."""
MOST_BITS: Final = 4096
"""Of a result: what is larger nobody wants to hear."""

_TOKEN: Final = re.compile(r"\s*(?:(\d{1,40}(?:\.\d{1,40})?)|(\*\*|[-+*/^%()×÷−]|sqrt\b|of\b))")
_SAME: Final = {"×": "*", "÷": "/", "−": "-", "**": "^", "of": "*"}
_PRECISE: Final = Precision(prec=40)


class SumError(ValueError):
    """This has no result."""


class NoSumError(SumError):
    """It is not written as a sum is."""


class TooLargeError(SumError):
    """The result is too large."""


def work_out(expression: str) -> tuple[Fraction, bool]:
    """The result, and whether it is exact.

    Raises:
        SumError: there is none.
    """
    try:
        worker = _Worker(expression)
        value = worker.sum(0)
        worker.end()
    except ZeroDivisionError:
        raise SumError from None
    return value, worker.exact


class _Worker:
    """Reads one expression from left to right, the usual way: brackets, powers, signs, points before lines."""

    def __init__(self, expression: str) -> None:
        self.exact = True
        self._tokens: list[str] = []
        position = 0
        expression = expression.strip()
        while position < len(expression):
            found = _TOKEN.match(expression, position)
            if not found:
                raise NoSumError
            self._tokens.append(found[1] or _SAME.get(found[2], found[2]))
            position = found.end()

    def sum(self, depth: int) -> Fraction:
        value = self._product(depth)
        while (sign := self._take("+", "-")) is not None:
            other = self._product(depth)
            value = _small(value + other if sign == "+" else value - other)
        return value

    def end(self) -> None:
        if self._tokens:
            raise NoSumError

    def _product(self, depth: int) -> Fraction:
        value = self._signed(depth)
        while (sign := self._take("*", "/")) is not None:
            other = self._signed(depth)
            value = _small(value * other if sign == "*" else value / other)
        return value

    def _signed(self, depth: int) -> Fraction:
        if depth > MOST_DEEP:
            raise NoSumError
        if self._take("-"):
            return -self._signed(depth + 1)
        base = self._atom(depth)
        while self._take("%"):
            base /= 100
        return self._power(base, self._signed(depth + 1)) if self._take("^") else base

    def _atom(self, depth: int) -> Fraction:
        if self._take("sqrt"):
            if self._tokens[:1] != ["("]:
                raise NoSumError
            return self._root(self._atom(depth + 1))
        if self._take("("):
            value = self.sum(depth + 1)
            if not self._take(")"):
                raise NoSumError
            return value
        if not self._tokens or not self._tokens[0][0].isdecimal():
            raise NoSumError
        return Fraction(self._tokens.pop(0))

    def _power(self, base: Fraction, exponent: Fraction) -> Fraction:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(exponent) * bits > MOST_BITS:
            raise TooLargeError
        if exponent.denominator == 1:
            return base ** int(exponent)
        if base < 0:
            raise SumError
        if exponent == Fraction(1, 2):
            return self._root(base)
        self.exact = False
        return Fraction(_PRECISE.power(_decimal(base), _decimal(exponent)))

    def _root(self, value: Fraction) -> Fraction:
        if value < 0:
            raise SumError
        root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
        if root * root == value:
            return root
        self.exact = False
        return Fraction(_PRECISE.sqrt(_decimal(value)))

    def _take(self, *tokens: str) -> str | None:
        return self._tokens.pop(0) if self._tokens and self._tokens[0] in tokens else None


def rounded(value: Fraction, places: int) -> tuple[Decimal, bool]:
    """As a decimal number of so many places, and whether that is exact."""
    scaled = value * 10**places
    return Decimal(round(scaled)).scaleb(-places, _wide(value)), scaled.denominator == 1


def _decimal(value: Fraction) -> Decimal:
    return _PRECISE.divide(Decimal(value.numerator), Decimal(value.denominator))


def _wide(value: Fraction) -> Precision:
    return Precision(prec=len(str(abs(round(value)))) + 60)


def _small(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise TooLargeError
    return value
