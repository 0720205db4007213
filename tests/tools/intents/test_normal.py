"""What is left of what somebody said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.tools.intents.normal import peeled, plain


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Set a timer!", "set a timer"),
        ("It's 7:30, isn't it?", "its 7:30 , isnt it"),
        ("twenty-five", "twenty five"),
        ("3.5 or 3,5.", "3.5 or 3,5"),
        ("17*3 - 2", "17*3 2"),
        (" , . ", ""),
    ],
)
def test_marks_that_mean_nothing_go(said: str, left: str) -> None:
    assert plain(said) == left


def test_german_ordinals_keep_their_full_stop() -> None:
    assert plain("Am 24. Dezember.", ordinals=True) == "am 24. dezember"


def test_a_request_is_peeled_to_its_core_and_no_further() -> None:
    opening, closing = re.compile("^(?:hey|please) "), re.compile(" please$")
    assert peeled("hey please stop please", opening, closing) == "stop"
    assert peeled("please", opening, closing) == "please"


@given(st.text(max_size=300))
def test_anything_can_be_plain(said: str) -> None:
    assert plain(plain(said)) == plain(said) or "\0" in said or "\1" in said
