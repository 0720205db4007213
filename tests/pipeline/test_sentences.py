import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.pipeline.foresight import Ending, Place
from appliance.pipeline.sentences import LONGEST, LONGEST_CODE, Splitter


def split(*deltas: str) -> list[str]:
    """The clauses of a whole reply, stripped."""
    splitter = Splitter()
    clauses = [clause for delta in deltas for clause in splitter.feed(delta)] + splitter.finish()
    return [clause.text.strip() for clause in clauses]


def later(text: str) -> list[str]:
    """The clauses of `text` when it is not the first of the reply."""
    return split("Well! ", text)[1:]


FRAGMENTS = (
    "Yes. No! Why? Dr. Smith 3.14 1,000 5:30 p.m. U.S. e.g. “Stop!” (really?) ... … — and but so then, "
    "first; note: `code` ```x = 1\n``` [a link](https://example.com/a.b?c) me@example.com \n \n\n 1. - ** # "
    "😀 word another something"
)

TEXTS = st.one_of(
    st.text(max_size=300), st.lists(st.sampled_from(FRAGMENTS.split(" ")), max_size=80).map(" ".join)
)


@settings(deadline=None)
@given(TEXTS, st.data())
def test_clauses_depend_on_the_text_alone_and_lose_nothing(text: str, data: st.DataObject) -> None:
    whole = Splitter()
    expected = whole.feed(text) + whole.finish()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=20)))
    pieces = Splitter()
    clauses = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        clauses += pieces.feed(text[start:end])
    clauses += pieces.finish()
    assert clauses == expected
    assert "".join(clause.text for clause in clauses) == text
    assert all(text[clause.start :].startswith(clause.text) for clause in clauses)


class Moods:
    """Patience that follows a list: seconds to wait, one answer after the other; then none is left."""

    def __init__(self, waits: list[float]) -> None:
        self._waits = iter(waits)
        self.places: list[Place] = []
        self.distances: list[int] = []

    def wait_s(self, place: Place) -> float:
        self.places.append(place)
        return next(self._waits, 0.0)

    def found(self, distance: int) -> None:
        self.distances.append(distance)


@settings(deadline=None)
@given(
    st.lists(TEXTS, max_size=6),
    st.lists(st.sampled_from([0.0, 1.0]), max_size=60),
    st.lists(st.sampled_from(["look", "hurry", ""]), min_size=6, max_size=6),
)
def test_whatever_is_decided_nothing_is_lost_and_no_word_is_cut(
    deltas: list[str], waits: list[float], actions: list[str]
) -> None:
    splitter, clauses, text = Splitter(Moods(waits)), [], "".join(deltas)
    for delta, action in zip(deltas, actions, strict=False):
        clauses += splitter.feed(delta)
        clauses += getattr(splitter, action)() if action else []
    clauses += splitter.finish()
    assert "".join(clause.text for clause in clauses) == text
    assert all(text[clause.start :].startswith(clause.text) for clause in clauses)
    for clause in clauses[1:]:
        before, after = text[clause.start - 1], text[clause.start]
        word = before.isalnum() and after.isalnum()
        assert not word or len(text[: clause.start].rsplit(None, 1)[-1]) >= LONGEST / 2


@settings(deadline=None)
@given(TEXTS.filter(lambda text: "```" not in text))
def test_no_clause_is_longer_than_allowed(text: str) -> None:
    splitter = Splitter()
    assert all(len(clause.text) <= LONGEST for clause in splitter.feed(text) + splitter.finish())


def test_endless_code_is_cut_somewhere() -> None:
    assert max(map(len, split("```" + "x" * 3 * LONGEST_CODE))) == LONGEST_CODE


@pytest.mark.parametrize("code", ["```a = 1. b```", "```\nx. Y, z```"])
def test_what_was_held_back_leaves_before_code(code: str) -> None:
    splitter = Splitter(Moods([9.0] * 8))
    clauses = splitter.feed(f"Try this now: {code}") + splitter.finish()
    assert [clause.text.strip() for clause in clauses] == ["Try this now:", code]


def test_an_empty_reply_has_no_clauses() -> None:
    assert split() == split("") == []


@pytest.mark.parametrize(
    "text",
    [
        "It is 3.14 or so.",
        "About 1,000 people came.",
        "At 5:30 we leave.",
        "Ask Dr. Smith or Mrs. Jones.",
        "Take fruit, e.g. apples, i.e. something sweet.",
        "At 5 p.m. we eat.",
        "The U.S. President spoke.",
        "Apples, pears, etc. are fruit.",
        "It was George W. Bush.",
        "J. R. R. Tolkien wrote it.",
        "See https://example.com/a.b?c=d!e for it.",
        "Write to jo.do@example.org please.",
        "Open report.v2.pdf now.",
        "Hmm... let me think… about it.",
        'He said "stop." and left.',
        "He asked “What?” and left.",
        "(Really?) she said.",
        "See No. 5 and p. 7 and Dec. 3 and Fig. 2.",
        "Use `a. B` now.",
        "Read [this. That](https://example.com) now.",
        "Am 3. Oktober und am 24. Dezember ist frei.",
        "Es war im 19. Jahrhundert so.",
        "Nimm Obst, z. B. Birnen, d. h. etwas Süßes.",
        "Nimm Obst, z.B. Birnen, bzw. Nr. 5 auf S. 7.",
        "Er kostet 3,50 Euro oder 1.000 bzw. 2,5 Mio. Euro.",
        "Fragen Sie Hr. Dr. Meier, Prof. Lang usw. danach.",
        "Er sagte „Halt.“ und ging.",
    ],
)
def test_dots_within_a_sentence_do_not_end_it(text: str) -> None:
    assert later(text)[0] == text


@pytest.mark.parametrize(
    "text",
    [
        "Yes.|It is.",
        "Yes!|It is.",
        'He said "stop."|Then he left.',
        "It ended (badly.)|Nobody came.",
        "It is **over.**|Go home.",
        "At 5 p.m.|Then we eat.",
        "Apples, etc.|We like them.",
        "It was 1969.|Then came 1970.",
        "No.|I cannot.",
        "So do I.|You too.",
        "Hmm...|Let me think.",
        "Take vitamin C.|It helps.",
        "Here are two things:|1. Milk|2. Bread",
        "**Title:**|- One|- Two",
        "What?|Why?|How?",
        "Mail me@example.com.|Thanks.",
        "Es ist Mittag.|Am Abend wird es kühl.",
        "Sie hat drei.|Wir auch.",
        "„Ja.“|So war es.",
    ],
)
@pytest.mark.parametrize("space", [" ", "\n", "\n\n"])
def test_sentences_and_lines_end(text: str, space: str) -> None:
    lines = text.startswith(("Here", "**"))
    expected = text.split("|")
    assert later(("\n" if lines else space).join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Sure, I can help, of course.", ["Sure, I can help,", "of course."]),
        ("Well, I can.", ["Well, I can."]),
        ("Fine: it works; good", ["Fine: it works;", "good"]),
        ("I would go but it rains.", ["I would go", "but it rains."]),
        ("It is between 5 and 10 today.", ["It is between 5 and 10 today."]),
        ("In total 3, 4 of you and me", ["In total 3, 4 of you", "and me"]),
        ("He was born on May 21, 1980.", ["He was born on May 21, 1980."]),
        ("Nothing to say — nothing at all.", ["Nothing to say —", "nothing at all."]),
        ("Take 10 – 15 of them", ["Take 10 – 15 of them"]),
        (
            "The capital city of the United States of America is Washington.",
            ["The capital city of the United States of America is Washington."],
        ),
        ("Not yet, I think.", ["Not yet,", "I think."]),
        ("Ich käme gern, aber es regnet.", ["Ich käme gern,", "aber es regnet."]),
        ("Es war schön und warm.", ["Es war schön", "und warm."]),
        ("- Milk and honey\n- Bread", ["- Milk and honey", "- Bread"]),
        ("1. Milk\n2. Bread", ["1. Milk", "2. Bread"]),
    ],
)
def test_the_first_clause_is_a_phrase(text: str, clauses: list[str]) -> None:
    assert split(text) == clauses


def test_only_the_first_clause_is_cut_within_its_sentence() -> None:
    assert later("Sure, I can help, of course, but not now.") == ["Sure, I can help, of course, but not now."]


@pytest.mark.parametrize("text", ["Yes!", "Really?", "Hello there, my", "I think so; "])
def test_what_cannot_go_on_is_released_at_once(text: str) -> None:
    assert Splitter().feed(text)


@pytest.mark.parametrize("text", ["Yes.", "At 5 p.m. ", "See No. ", "Version 3", "He said “Stop!", "Dr. "])
def test_what_may_go_on_is_not(text: str) -> None:
    assert not Splitter().feed(text)


def test_one_character_more_is_enough() -> None:
    splitter = Splitter()
    splitter.feed("Yes.")
    assert [clause.text for clause in splitter.feed(" ")] == ["Yes."]


def test_in_a_hurry_the_first_clause_ends_before_a_word_that_opens_a_phrase() -> None:
    splitter = Splitter()
    assert splitter.feed("Here are some tips for a be") == []
    assert splitter.hurry() == []
    assert [clause.text for clause in splitter.feed("tter sleep ")] == ["Here are some tips"]
    assert splitter.feed("in a bed of your own in the house ") == [], "it is not the first"


def test_a_mark_is_better_than_haste() -> None:
    moods = Moods([1.0] * 99)
    splitter = Splitter(moods)
    splitter.hurry()
    splitter.feed("Here are some tips for a better sleep, in a bed ")
    assert splitter.look() == []
    assert moods.places[-1].length == len("Here are some tips for a better sleep,")
    assert moods.places[-1].ending is Ending.PHRASE


def test_what_is_held_back_grows_and_is_released_when_time_is_up() -> None:
    moods = Moods([1.0] * 3)
    splitter = Splitter(moods)
    assert splitter.feed("Not yet, ") == []
    assert splitter.wait_s() == 1.0
    assert [clause.text for clause in splitter.look()] == ["Not yet,"]
    assert splitter.wait_s() is None
    assert splitter.look() == []
    assert [place.behind for place in moods.places] == [0, 1, 1, 1]


def test_distances_between_places_are_told() -> None:
    moods = Moods([])
    Splitter(moods).feed("Well done. I came, and I saw. ")
    assert moods.distances == [10, 8, 11]


def test_long_sentences_are_cut_where_it_hurts_least() -> None:
    text = "it goes on and on " * 6 + "here; " + "and on it goes, you know, " * 8 + "to the end."
    clauses = later(text)
    assert clauses[0].endswith("here;")
    assert clauses[1].endswith(",")


def test_code_stays_in_one_piece() -> None:
    code = "```python\nprint('Hi. There')\n\n# one. two\n```"
    assert split(f"Try this:\n{code}\nDone.") == ["Try this:", code, "Done."]
