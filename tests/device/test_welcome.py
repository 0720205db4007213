"""What a new box says can be said by its voice, and names all that one must know."""

import pytest

from appliance.device.welcome import WORDS, by_ear, by_screen, hello, language, spelt


@pytest.mark.parametrize(
    ("wanted", "voice", "spoken"),
    [
        ("en", "en-us+f2", "en"),
        ("de", "de+m3", "de"),
        ("de", "en-us+f2", "en"),
        ("en", "de", "de"),
        ("de", "fr", "en"),
        ("de", "", "en"),
    ],
)
def test_it_speaks_the_language_of_its_voice(wanted: str, voice: str, spoken: str) -> None:
    assert language(wanted, voice) == spoken


@pytest.mark.parametrize(
    ("name", "said"), [("voicebox-1a2b", "voicebox 1, A, 2, B"), ("kitchen-box", "kitchen box")]
)
def test_a_name_that_can_be_said(name: str, said: str) -> None:
    assert spelt(name) == said


@pytest.mark.parametrize("code", WORDS)
def test_all_that_one_must_know(code: str) -> None:
    assert "kitchen box" in hello(code, "kitchen-box")
    assert by_screen(code)
    zero, one, *_, nine = WORDS[code].numbers
    text = by_ear(code, "kitchen-box", 8080, "100009")
    assert text.count(f"{one} {zero} {zero}, {zero} {zero} {nine}") == 2
    assert "kitchen box" in text
    assert not any(letter.isdigit() or letter in "{}" for letter in text)
