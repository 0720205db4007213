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
    Rule("a &amp; b", r"&amp;", said("and")),
    Rule("a -> b, a => b", r"[-=]+>", said("to")),
    Rule("a != b", r"!=", said("is not equal to")),
    Rule("a == b", r"={1,3}(?!=)", said("equals")),
    Rule("a < 5", r"(?<=[\w)]\s)[<>]=?(?=\s?[\w(-])", lambda m: _COMPARED[m[0]]),
    Rule("(>5)", r"[<>]=?(?=\s?\d)", lambda m: _COMPARED[m[0]].removeprefix("is ")),
    Rule("you & me", one_of(SIGNS), lambda m: SIGNS[m[0]]),
    Rule("2 + 2, 18+", r"(?<!\+)\+(?!\+)", said("plus")),
    Rule("~5", r"~(?=\s?[\d$€£])", said("about")),
    Rule("5 * 3", r"(?<=[\d)]\s)\*(?=\s[\d(])|(?<=\d)\*(?=\d)", said("times")),
    Rule("6 / 3", r"(?<=[\d)]\s)/(?=\s[\d(])", said("divided by")),
    Rule("$5/month, three times/day", rf"(?:(?<=\d)|(?<=times))/(?={_PERIODS})", said("per")),
    Rule("he/she", r"/(?=(?:s?he|her|him|his|hers|they|them)\b)", said("or")),
    Rule("5 @ $3", r"(?<!\S)@(?=\s)", said("at")),
    Rule("a .json file", r"(?<![\w.])\.(?=[A-Za-z])", said("dot")),
    Rule("apple(s)", r"(?<=\w)\(e?s\)", silent),
    Rule("it (a cat) is", r"(?<=\s)\(|[)\]][*_`]*(?=\s+\w)", said(",")),
    Rule("| a | b |", r"\|(?=[ \t]*[^\s|])", said(",")),
    Rule("“quoted”", r"[\"”’')\]*_`}»]+", silent),
    Rule("well... no", r"(?:\.{2,}|…)(?=\s*[a-z])", said(",")),
    Rule("Really?!", r"[.!?…]+", _end_mark),
    Rule("a , b", r"[,;:]", lambda m: m[0]),
    Rule("a — b", r"(?<=\s)[-–—]+(?=\s)|--+|[–—]", said(",")),
)
