"""English words as they are said: acronyms, compound names, and whatever has digits in it."""

import re
from unicodedata import normalize

from appliance.pipeline.spoken.english.numbers import cardinal, digits, year
from appliance.pipeline.spoken.english.vocabulary import LEXICON, READ_CAPITALS, SPELT_CAPITALS

_LETTER = r"[^\W_⁰¹²³⁴-⁹¼-¾⅐-⅞]"
WORD = rf"{_LETTER}(?:{_LETTER}|_+(?={_LETTER})|[\u0300-\u036f]|-(?!\d0s)(?={_LETTER})|['’](?=[^\W\d_]))*"
"""Letters and digits with what joins them: don't, well-known, GPT-4, snake_case."""

_PLAIN = re.compile(r"[A-Za-z]?[a-z]+(?:'[a-z]+)*")
_ACRONYM = re.compile(r"([A-Z]{2,})('?s|'S)?")
_CONTRACTION = re.compile(r"[A-Z]+'[A-Z]+")
_RUNS = re.compile(r"\d+|[A-Z]{2,}(?![a-z])|[A-Z]+(?=[A-Z][a-z])|(?:Ma?c|O'|D')?[A-Z]?[a-z']+|[^\W\d_]")
_SENTENCE_BREAK = re.compile(r"\s*$|\s+[\"'“‘(*_]*[A-Z]")
# Capitals without a vowel, or that begin or end as no English word does, are spelt.
_UNREADABLE = re.compile(
    r"[^AEIOUY]+|Y[^AEIOU].*|.{1,2}[^AEIOUY]{2}[BCFGJKLMNPQRVWX]"
    r"|(?!B[LR]|C[HLR]|D[RW]|F[LR]|G[HLNR]|K[LNR]|P[HLRS]|RH|S[CHKLMNPQTW]|T[HRSW]|W[HR])[^AEIOUY]{2}.*"
)
_SHOUTED = re.compile(r"\b(?:THE|IS|ARE|NOT|YOU|THIS|AND|TO|OF|NO|DO|MY|IT|ALL)\b")


def stop(match: re.Match[str]) -> str:
    """The full stop that the dot of an abbreviation also is, when a sentence ends with it."""
    ends = match[0].endswith(".") and _SENTENCE_BREAK.match(match.string, match.end())
    return "." if ends else ""


def spell(letters: str) -> str:
    """USB is "U-S-B"; hyphens make a voice say the letter A, not the article."""
    return "-".join(letters.upper())


def read_word(match: re.Match[str]) -> str:
    """The word that a rule found; capitals all around are not acronyms but loud."""
    text = match[0]
    if text.isupper() and match.string.isupper() and _SHOUTED.search(match.string):
        return normalize("NFKC", text).replace("’", "'").lower() if len(text) > 1 else text
    return word(text)


def word(text: str) -> str:
    """One word as `WORD` finds it."""
    if _PLAIN.fullmatch(text):
        return LEXICON.get(text, text)
    text = normalize("NFKC", text).replace("’", "'")
    if text in LEXICON:
        return LEXICON[text]
    spoken, *rest = re.split(r"([-_]+)", text)
    spoken = _segment(spoken)
    for joint, segment in zip(rest[::2], rest[1::2], strict=True):
        following = _segment(segment)
        compound = (
            joint == "-" and " " not in spoken.rpartition("-")[2] + following and not segment.isdecimal()
        )
        spoken += ("-" if compound else " ") + following
    return spoken.strip()


def _segment(text: str) -> str:
    """A word without hyphens."""
    if text in LEXICON:
        return LEXICON[text]
    if acronym := _ACRONYM.fullmatch(text):
        return _capitals(acronym[1], "'s" if acronym[2] else "")
    if _PLAIN.fullmatch(text) or not text.isascii():
        return " ".join(_figures(run) if run.isdecimal() else run for run in re.findall(r"\d+|\D+", text))
    if _CONTRACTION.fullmatch(text):
        return text.lower()
    return " ".join(_run(run) for run in _RUNS.findall(text))


def _run(text: str) -> str:
    if text.isdecimal():
        return _figures(text)
    return _capitals(text, "") if len(text) > 1 and text.isupper() else LEXICON.get(text, text)


def _figures(text: str) -> str:
    """Digits within a name: "4" of GPT-4, "4090" of RTX4090."""
    if len(text) <= 2 and not text.startswith("0"):
        return cardinal(int(text))
    return year(int(text)) if len(text) == 4 and int(text) > 1000 else digits(text)


def _capitals(text: str, ending: str) -> str:
    if text in READ_CAPITALS:
        return text + ending
    spelt = text in SPELT_CAPITALS or len(text) <= 3 or _UNREADABLE.fullmatch(text)
    return (spell(text) if spelt else text) + ending
