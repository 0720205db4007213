import pytest

from appliance.turns.shape import Shape, is_short, is_yes_or_no, shape_of

LEANING = [
    "can I get a",
    "i'd like to",
    "turn the lights off and",
    "I would like a cup of",
    "a latte with",
    "set the um",
    "Set a timer for…",
    "Set a timer for.",
    "I want to go to the.",
    "first the milk,",
    "what I mean is that the weather and",
    "the weather is",
    "because",
    "it’s",
    "tell me about my",
    "wait —",
]
FINISHED = [
    "a small latte please",
    "A small latte, please.",
    "no thank you",
    "never mind",
    "Stop!",
    "go on",
]
UNKNOWN = [
    "",
    "   ",
    "…",
    "Turn the light on.",  # some recognisers end everything with a full stop
    "What is it made of?",
    "Can I get a latte?",  # with what?
    "stop the music",
    "who are you looking for",
    "where they are",
    "it is",
    "a small latte",
    "twenty two",
    "uh-huh",
    "one more",
    "I'd like this",
]


@pytest.mark.parametrize("text", LEANING)
def test_something_must_follow(text: str) -> None:
    assert shape_of(text) is Shape.LEANING


@pytest.mark.parametrize("text", FINISHED)
def test_nothing_need_follow(text: str) -> None:
    assert shape_of(text) is Shape.FINISHED


@pytest.mark.parametrize("text", UNKNOWN)
def test_the_words_do_not_tell(text: str) -> None:
    assert shape_of(text) is Shape.UNKNOWN


@pytest.mark.parametrize(
    "text", ["yes", "Yes, please.", "no", "No, thank you.", "of course", "yeah sure", "OK"]
)
def test_yes_and_no(text: str) -> None:
    assert is_yes_or_no(text)
    assert is_short(text)


@pytest.mark.parametrize(
    "text", ["", "yes and", "no I meant the other one", "yes but", "five", "yes yes yes yes yes"]
)
def test_more_or_less_than_yes_and_no(text: str) -> None:
    assert not is_yes_or_no(text)


@pytest.mark.parametrize("text", ["five", "twenty two", "the red one", "at half past seven"])
def test_short_answers(text: str) -> None:
    assert is_short(text)


@pytest.mark.parametrize("text", ["", "I'd like", "the one that I bought yesterday", "five or"])
def test_no_short_answers(text: str) -> None:
    assert not is_short(text)
