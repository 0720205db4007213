"""How the tables of a language are written down, and turned into patterns."""

import re
from collections.abc import Iterable


def table(text: str) -> dict[str, str]:
    """One entry a line: as written, then as said."""
    return dict(re.split(r"\s+", line.strip(), maxsplit=1) for line in text.strip().splitlines())


def words(text: str) -> frozenset[str]:
    """Words between spaces."""
    return frozenset(text.split())


def one_of(written: Iterable[str]) -> str:
    """A pattern for any of them, the longest first."""
    return "(?:" + "|".join(map(re.escape, sorted(written, key=len, reverse=True))) + ")"
