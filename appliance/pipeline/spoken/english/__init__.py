"""English, read aloud: the table of everything that is not said as it is written.

The first rule that fits wins, so the special stands before the general.
"""

import re

from appliance.pipeline.spoken import markup
from appliance.pipeline.spoken.english import addresses, dates, quantities, roman, signs
from appliance.pipeline.spoken.english.numbers import cardinal
from appliance.pipeline.spoken.english.tables import one_of
from appliance.pipeline.spoken.english.vocabulary import (
    ABBREVIATIONS,
    BEFORE_NUMBERS,
    CONNECTIVES,
    DOTTED,
    MONTHS,
    OPENERS,
    PHRASES,
    TITLES,
)
from appliance.pipeline.spoken.english.words import WORD, read_word, spell, stop
from appliance.pipeline.spoken.reader import Rule, said

_NAME_BEFORE = re.compile(r"(?:^|[^\w\s]|\b[A-Z][\w'’-]*)\s*$")
_NO_NAME_BEHIND = re.compile(rf"\s*$|\s+{one_of(OPENERS)}\b")
_ALONE = r"(?<![\w.@/'’-])"
_DOT = r"\b\.?(?!['’.-]?[\w@])"
"""Around an abbreviation, so that it is not part of a longer word or an address."""


def _initials(match: re.Match[str]) -> str:
    """U.S. or J.R.R."""
    ends = match[0].endswith(".") and _NO_NAME_BEHIND.match(match.string, match.end())
    return spell(match[0].replace(".", "")) + ("." if ends else "")


def _initial(match: re.Match[str]) -> str:
    """The F of John F. Kennedy, but not the C of vitamin C."""
    before = match.string[max(0, match.start() - 24) : match.start()]
    name = _NAME_BEFORE.search(before) and not _NO_NAME_BEHIND.match(match.string, match.end())
    return match[1] if name else match[0]


_SPECIAL = one_of({*MONTHS, *TITLES, *BEFORE_NUMBERS, *ABBREVIATIONS, *CONNECTIVES, *DOTTED})

RULES = (
    # Most of any text. First only because that is four times faster.
    Rule(
        "plain words",
        rf"(?!{_SPECIAL}\b)[A-Za-z]?[a-z]+(?:['’][a-z]+)?(?: (?=\S)|(?=[.,;:!?](?: |$)|$))",
        read_word,
    ),
    Rule("Yes, please.", r"(?<=\w)[.,;:!?](?= |$)", lambda m: m[0]),
    Rule("```x = 1```", r"```(?=\s*[^\s`])(?s:.)*?(?:```|\Z)", said("some code")),
    Rule(
        "1. Milk\n2) Bread",
        markup.LINE_START + r"(?:\*\*)?(\d{1,3})[.)](?=\s+\S)",
        lambda m: f"{cardinal(int(m[1]))},",
    ),
    *markup.RULES,
    Rule("24/7", rf"(?<![\w/.]){one_of(PHRASES)}(?!\w)", lambda m: PHRASES[m[0]]),
    *dates.RULES,
    Rule("Dr. Smith", rf"\b({one_of(TITLES)})\.(?=\s+[A-Z])", lambda m: TITLES[m[1]]),
    Rule("No. 5", rf"\b({one_of(BEFORE_NUMBERS)})\.(?=\s*\d)", lambda m: BEFORE_NUMBERS[m[1]]),
    Rule("etc.", rf"{_ALONE}({one_of(ABBREVIATIONS)}){_DOT}", lambda m: ABBREVIATIONS[m[1]] + stop(m)),
    Rule("e.g. this", rf"{_ALONE}({one_of(CONNECTIVES)}){_DOT}", lambda m: CONNECTIVES[m[1]]),
    Rule("Main St.", rf"\b({one_of(DOTTED)})\.(?!\w)", lambda m: DOTTED[m[1]] + stop(m)),
    Rule("U.S.", r"\b[A-Za-z](?:\.[A-Za-z])+\b\.?(?!\.?[\w@])", _initials),
    Rule("John F. Kennedy", r"\b([A-HJ-Z])\.(?=\s+[A-Z])", _initial),
    *addresses.RULES,
    *quantities.RULES,
    *roman.RULES,
    Rule("NASA, GPT-4, snake_case", WORD, read_word),
    *signs.RULES,
)
