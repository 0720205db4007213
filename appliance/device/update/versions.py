"""Which of two versions is the later one: numbers between dots, as scripts/image/build makes them."""

import re
from typing import Final

VERSION: Final = re.compile(r"\d{1,18}(\.\d{1,18}){0,7}")


def is_version(text: str) -> bool:
    """Whether it can be compared at all."""
    return VERSION.fullmatch(text) is not None


def later(one: str, other: str) -> bool:
    """Whether one is later than another. What is no version is earlier than all that are."""
    return _key(one) > _key(other)


def _key(text: str) -> tuple[int, ...]:
    if not is_version(text):
        return ()
    numbers = [int(part) for part in text.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:  # 1.0 is 1
        numbers.pop()
    return tuple(numbers)
