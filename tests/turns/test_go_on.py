import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.turns.go_on import GO_ON, POLITE, wants_more


@pytest.mark.parametrize(
    "text",
    [
        "Go on.",
        "go on",
        "Sorry, please go on!",
        "No, no, continue.",
        "Okay. And then?",
        "I’m listening…",
        "Weiter, bitte.",
    ],
)
def test_who_only_wants_the_rest(text: str) -> None:
    assert wants_more(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "Okay.",
        "Please.",
        "No.",
        "Go on to the next one.",
        "And then what does it cost?",
        "Stop.",
        "Go on in French.",
    ],
)
def test_who_wants_something_else(text: str) -> None:
    assert not wants_more(text)


@given(st.sampled_from(sorted(GO_ON)), st.sampled_from(sorted(POLITE)), st.sampled_from(".,!?… "))
def test_politeness_changes_nothing(phrase: str, word: str, mark: str) -> None:
    assert wants_more(f"{word.title()}{mark} {phrase}{mark}")
    assert wants_more(f"{phrase}{mark} {word}{mark}")


def test_no_phrase_is_only_polite() -> None:
    assert not [phrase for phrase in GO_ON if POLITE.issuperset(phrase.split())]
