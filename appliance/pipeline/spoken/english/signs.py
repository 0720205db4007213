"""English for signs between words, and what punctuation means for a voice."""

import re

from appliance.pipeline.spoken.english.tables import one_of
from appliance.pipeline.spoken.english.vocabulary import SIGNS
from appliance.pipeline.spoken.reader import Rule, said, silent

_COMPARED = {"<": "is less than", ">": "is greater than", "<=": "is at most", ">=": "is at least"}
_PERIODS = r"(?:second|minute|hour|day|night|week|month|year|person|hr|mo|yr)\b"


def _end_mark(match: re.Match[str]) -> str:
    return next(mark for mark in "?!." if mark in match[0].replace("…", "."))


RULES = (
    Rule(r"&amp;", said("and")),
    Rule(r"[-=]+>", said("to")),
    Rule(r"!=", said("is not equal to")),
    Rule(r"={1,3}(?!=)", said("equals")),
    Rule(r"(?<=[\w)]\s)[<>]=?(?=\s?[\w(-])", lambda m: _COMPARED[m[0]]),
    Rule(r"[<>]=?(?=\s?\d)", lambda m: _COMPARED[m[0]].removeprefix("is ")),
    Rule(one_of(SIGNS), lambda m: SIGNS[m[0]]),
    Rule(r"(?<!\+)\+(?!\+)", said("plus")),
    Rule(r"~(?=\s?[\d$€£])", said("about")),
    Rule(r"(?<=[\d)]\s)\*(?=\s[\d(])|(?<=\d)\*(?=\d)", said("times")),
    Rule(r"(?<=[\d)]\s)/(?=\s[\d(])", said("divided by")),
    Rule(rf"(?<=\d)/(?={_PERIODS})|(?<=times)/(?={_PERIODS})", said("per")),
    Rule(r"/(?=(?:s?he|her|him|his|hers|they|them)\b)", said("or")),
    Rule(r"(?<!\S)@(?=\s)", said("at")),
    Rule(r"(?<![\w.])\.(?=[A-Za-z])", said("dot")),
    # apple(s)
    Rule(r"(?<=\w)\(e?s\)", silent),
    Rule(r"(?<=\s)\(|[)\]][*_`]*(?=\s+\w)|\|(?=[ \t]*[^\s|])", said(",")),
    Rule(r"[\"”’')\]*_`}»]+", silent),
    Rule(r"(?:\.{2,}|…)(?=\s*[a-z])", said(",")),
    Rule(r"[.!?…]+", _end_mark),
    Rule(r"[,;:]", lambda m: m[0]),
    Rule(r"(?<=\s)[-–—]+(?=\s)|--+|[–—]", said(",")),
)
