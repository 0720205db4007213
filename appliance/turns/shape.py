"""What the words understood so far tell: whether something must follow, or nothing need.

Recognisers differ: some write no punctuation, some end whatever they hear with a full stop or a question
mark. So words decide, and of the marks only those that nobody ends with.
"""

import re
from enum import StrEnum

SHORT = 4
"""Words of a short answer at most: “the one on the left” may be longer, and then its melody decides."""


class Shape(StrEnum):
    """How a transcript stands."""

    FINISHED = "finished"
    """Nothing need follow."""
    LEANING = "leaning"
    """Something must follow: “with a”, “and”, “um”."""
    UNKNOWN = "unknown"
    """The words do not tell, or there are none."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILLERS = _words("um umm uh uhh er erm uhm hm hmm")
"""Who says so is looking for the next word."""

_LEANING = _words(
    "a an the my your our their every very and but or nor because if unless although than whether "
    "i'd i'll i've we'd we'll we've you'd you'll they'd they'll let's i'm it's that's there's what's where's"
)
"""Words that nobody ends a turn with."""

_STRANDED = _words("of to at for from with into like want need is are was were")
"""Words that lean, unless a question word left them behind: “a cup of”, but “what is it made of”."""

_COPULAS = _words("is are was were")
"""They lean as well, unless they answer: “the weather is”, but “it is”."""

_PRONOUNS = _words("it he she they we you this that these those there")
_QUESTION_WORDS = _words("what what's who who's whom whose which where where's when why how how's")
_TRAILING_OFF = re.compile(r"(?:\.\.|…|[-–—,;:])[\"'”’)]*$")
_CLOSING = re.compile(
    r"\b(?:please|thanks|thank you|thank you very much|never mind|that's all|nothing else)$"
    r"|^(?:stop|stop it|wait|cancel|pause|quiet|enough|help|hello|goodbye|continue|go on)$"
)
"""What people end with, and orders that are complete in themselves."""
_ANSWERS = _words(
    "yes yeah yep yup no nope nah okay ok sure right correct exactly please thanks thank you of course not"
)
_WORD = re.compile(r"\w+(?:['-]\w+)*")


def shape_of(text: str) -> Shape:
    """How it stands with a transcript, with or without punctuation."""
    words = _spoken(text)
    if not words:
        return Shape.UNKNOWN
    if _leans(words) or _TRAILING_OFF.search(text.rstrip()):
        return Shape.LEANING
    return Shape.FINISHED if _CLOSING.search(" ".join(words)) else Shape.UNKNOWN


def is_yes_or_no(text: str) -> bool:
    """“Yes”, “no, thank you”, “of course”: all of it an answer, and nothing else."""
    words = _spoken(text)
    return 0 < len(words) <= SHORT and _ANSWERS.issuperset(words) and not _leans(words)


def is_short(text: str) -> bool:
    """A word, a number, a short phrase that stands on its own."""
    words = _spoken(text)
    return 0 < len(words) <= SHORT and shape_of(text) is not Shape.LEANING


def _spoken(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def _leans(words: list[str]) -> bool:
    last, before = words[-1], words[:-1]
    if last in _FILLERS or last in _LEANING:
        return True
    if last not in _STRANDED or not _QUESTION_WORDS.isdisjoint(before):
        return False
    return not (last in _COPULAS and before and before[-1] in _PRONOUNS)
