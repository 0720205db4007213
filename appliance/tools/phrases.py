"""What is said when a call came to nothing, in words that blame nobody and promise nothing."""

from collections.abc import Mapping
from typing import Final

from appliance.tools.tool import Language, Problem

_FAILURES: Final[Mapping[Language, Mapping[Problem, str]]] = {
    "en": {
        Problem.UNKNOWN: "I don't know how to do that.",
        Problem.FORBIDDEN: "I'm not allowed to do that here.",
        Problem.ARGUMENTS: "I did not get all I need for that. Please say it again.",
        Problem.TIMEOUT: "That took too long. I don't know whether it worked.",
        Problem.BROKEN: "Something went wrong, and it was not done.",
        Problem.REFUSED: "I can't do that.",
        Problem.DISCARDED: "I have left that alone.",
    },
    "de": {
        Problem.UNKNOWN: "Ich weiß nicht, wie das geht.",
        Problem.FORBIDDEN: "Das darf ich hier nicht.",
        Problem.ARGUMENTS: "Mir fehlt dafür noch etwas. Bitte sag es noch einmal.",
        Problem.TIMEOUT: "Das hat zu lange gedauert. Ich weiß nicht, ob es geklappt hat.",
        Problem.BROKEN: "Da ist etwas schiefgegangen, es wurde nicht erledigt.",
        Problem.REFUSED: "Das kann ich nicht.",
        Problem.DISCARDED: "Das habe ich bleiben lassen.",
    },
}


def failure(problem: Problem, language: Language) -> str:
    """The sentence for a problem."""
    return _FAILURES[language][problem]
