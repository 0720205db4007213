import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engines.llama_text import AnswerText


def spoken(text: str, sentences: int = 3) -> str:
    """What is said of an answer that arrives letter by letter."""
    answer = AnswerText(sentences)
    said = ""
    for letter in text:
        said += answer.add(letter.encode())
        if answer.complete:
            break
    return said


@pytest.mark.parametrize(
    ("text", "two_sentences"),
    [
        ("One. Two. Three.", "One. Two."),
        ("Really?! Yes! No.", "Really?! Yes!"),
        ("It costs 3.50 today. Dr. Smith said so. Ask her.", "It costs 3.50 today. Dr. Smith said so."),
        ("See you at 5 p.m. on Monday. Bye. Then.", "See you at 5 p.m. on Monday. Bye."),
        ('He said "Go away." She left. Then rain.', 'He said "Go away." She left.'),
        ("No, I don't. Sorry about that. Really.", "No, I don't. Sorry about that."),
        ("We have:\n1. Coffee\n2. Tea\n3. Milk", "We have:\n1. Coffee"),
        ("Well... Perhaps. Or not.", "Well... Perhaps."),
        ("No end here and 3.", "No end here and 3."),
    ],
)
def test_an_answer_ends_after_its_sentences(text: str, two_sentences: str) -> None:
    assert spoken(text, sentences=2) == two_sentences


def test_space_around_the_answer_is_not_said() -> None:
    assert spoken("\n\n  Hello.  \n") == "Hello."


@pytest.mark.parametrize("thoughts", ["<think>Hm. A. B. C. D.</think>", "\n<think>\n\n</think>\n\n", ""])
def test_thoughts_are_not_said(thoughts: str) -> None:
    assert spoken(f"{thoughts}It is 5 < 6.") == "It is 5 < 6."
    assert spoken(f"<think>{thoughts}") == ""


def test_an_answer_can_be_asked_to_end_soon() -> None:
    answer = AnswerText(sentences=9)
    answer.add(b"One. Tw")
    answer.end_soon()
    assert not answer.complete
    assert answer.add(b"o. Three") == "o."
    assert answer.complete


def test_nothing_is_said_after_the_end() -> None:
    answer = AnswerText(sentences=1)
    assert answer.add(b"One. Two") == "One."
    assert answer.add(b" and more. ") == ""


@given(st.text(), st.lists(st.integers(1, 5), min_size=1, max_size=50))
def test_characters_survive_being_cut_anywhere(text: str, sizes: list[int]) -> None:
    text = "x" + "".join(c for c in text if not c.isspace() and c not in ".!?…") + "x"
    answer, raw, said = AnswerText(sentences=3), text.encode(), ""
    for index in range(len(raw)):
        size = sizes[index % len(sizes)]
        said += answer.add(raw[:size])
        raw = raw[size:]
    assert said == text


def test_half_a_character_is_never_said() -> None:
    answer = AnswerText(sentences=3)
    assert answer.add("né".encode()[:-1]) == "n"
    assert answer.add(b" \xff\xfe!") == " !"
