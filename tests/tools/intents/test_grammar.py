"""Patterns with places."""

import pytest

from appliance.tools.intents.grammar import LONGEST, Grammar, Place, Row, fixed, same
from appliance.tools.tool import Call

PLACES = {
    "word": Place("[a-z]+"),
    "even": Place(r"\d+", lambda text: int(text) if int(text) % 2 == 0 else None),
    "items": Place(".+?", lambda text: text.split(" , ")),
}
GRAMMAR = Grammar(
    PLACES,
    [
        Row("say", ["(please )?say <word>", "<word> is said"], same),
        Row("count", ["count <n:even>( and <m:even>)?"], same),
        Row("other", ["count <word>"], fixed(x=1)),
        Row("never", ["nothing"], lambda _: None),
        Row("list", ["list <items>"], same),
    ],
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("say hello", Call("say", {"word": "hello"})),
        ("please , say hello", Call("say", {"word": "hello"})),
        ("hello is said", Call("say", {"word": "hello"})),
        ("count 4", Call("count", {"n": 4})),
        ("count 4 and 6", Call("count", {"n": 4, "m": 6})),
        ("count 4 and 5", None),
        ("count sheep", Call("other", {"x": 1})),
        ("list a , b", Call("list", {"items": ["a", "b"]})),
        ("say hello to her", None),
        ("nothing", None),
        ("say " + "a" * LONGEST, None),
    ],
)
def test_a_sentence_fits_as_a_whole_or_not(said: str, meant: Call | None) -> None:
    assert GRAMMAR.read(said) == meant
