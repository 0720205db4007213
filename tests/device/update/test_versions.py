"""Which version is the later one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.device.update.versions import is_version, later

versions = st.lists(st.integers(0, 10**12), min_size=1, max_size=5).map(
    lambda parts: ".".join(map(str, parts))
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.10", "0.9"),
        ("1.0.202601020000", "1.0.202601010000"),
        ("1.0.1", "1.0"),
        ("1", "nonsense"),
        ("0", ""),
    ],
)
def test_numbers_are_compared_as_numbers(one: str, other: str) -> None:
    assert later(one, other)
    assert not later(other, one)


def test_zeros_at_the_end_say_nothing() -> None:
    assert not later("1.0", "1")
    assert not later("1", "1.0")


@given(versions, versions)
def test_of_two_versions_at_most_one_is_later(one: str, other: str) -> None:
    assert not (later(one, other) and later(other, one))


@pytest.mark.parametrize("text", ["", "v1", "1.", ".1", "1..2", "1-2", "1.2;reboot", "9" * 19, "1\n"])
def test_nothing_else_is_a_version(text: str) -> None:
    assert not is_version(text)
