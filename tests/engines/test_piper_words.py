from hypothesis import given
from hypothesis import strategies as st

from appliance.engines.piper_words import find_words


def found(alone: str, *sentences: str) -> list[str]:
    """What is spoken from the beginning of each word up to the end of its sentence."""
    places = find_words([list(word) for word in alone.split()], [list(sentence) for sentence in sentences])
    return ["".join(sentences[sentence][phoneme:]) for sentence, phoneme in places]


def test_words_among_themselves() -> None:
    assert found("ðə kˈæt sˈæt", "ðə kˈæt sˈæt.") == ["ðə kˈæt sˈæt.", "kˈæt sˈæt.", "sˈæt."]


def test_words_run_together() -> None:
    assert found("ˈʌv ðˈə nˈaɪt", "ʌvðə nˈaɪt") == ["ʌvðə nˈaɪt", "ðə nˈaɪt", "nˈaɪt"]


def test_a_word_taken_apart() -> None:
    assert found("fˈɪftisˈɪks dˈeɪz", "fˈɪfti sˈɪks dˈeɪz") == ["fˈɪfti sˈɪks dˈeɪz", "dˈeɪz"]


def test_a_stress_mark_belongs_to_its_word() -> None:
    assert found("nˈoʊ ˈæpəl", "nˈoʊ ˈæpəl") == ["nˈoʊ ˈæpəl", "ˈæpəl"]


def test_a_word_that_changes_its_vowel() -> None:
    assert found("wˈɪð ˈeɪ kˈæt", "wɪð ɐ kˈæt") == ["wɪð ɐ kˈæt", "ɐ kˈæt", "kˈæt"]


def test_sentences() -> None:
    assert found("jˈɛs. nˈoʊ", "jˈɛs.", "nˈoʊ") == ["jˈɛs.", "nˈoʊ"]


def test_something_spoken_that_is_no_word() -> None:
    assert found("wˈʌn tˈuː", "pˈɑːɹɾi wˈʌn pˈɑːpɚ tˈuː")[-1] == "tˈuː"


def test_nothing_spoken() -> None:
    assert find_words([["a"]], [["."]]) == [(0, 0)]
    assert find_words([], []) == []


@given(
    st.lists(st.text(alphabet="aɪbˈ ", max_size=4), max_size=8),
    st.lists(st.text(alphabet="aɪbˈ .", min_size=1, max_size=8), min_size=1, max_size=3),
)
def test_places_exist_and_never_go_backwards(alone: list[str], sentences: list[str]) -> None:
    places = find_words([list(word) for word in alone], [list(sentence) for sentence in sentences])
    assert len(places) == len(alone)
    assert places == sorted(places)
    assert all(0 <= phoneme < len(sentences[sentence]) for sentence, phoneme in places)
