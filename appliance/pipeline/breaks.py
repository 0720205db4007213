"""Where English or German text may be cut: at the ends of sentences, of phrases, and between words.

Every function looks at text that ends with the newest character of a stream and answers with the
number of characters before the cut, 0 where there is none. Where the next character decides, the
answer is 0 until that character is there; no more is ever waited for.
"""

import re
from collections.abc import Iterator

FENCE = "```"
"""What markdown puts around code."""

_CLOSERS = "\"'”“’»«)]*_`"
"""What belongs to the word before it: closing quotes, brackets and markdown."""

_CLOSED = f"[{re.escape(_CLOSERS)}]"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words(
    "dr. mr. mrs. ms. messrs. prof. st. mt. gen. col. capt. lt. sgt. sen. rep. gov. rev. hon. "
    "e.g. i.e. vs. approx. ca. cf. fig. figs. "
    "hr. hrn. fr. dipl. ing. bzw. evtl. ggf. vgl. zzgl. inkl. sog. bspw. str. mio. mrd. jh."
)
"""Abbreviations that no sentence ends with."""

_ENDINGS = _words("a.m. p.m. etc. ph.d. inc. ltd. co. corp. jr. sr. ave. rd. blvd. dept. est. min. max. usw.")
"""Abbreviations that may end a sentence: a small letter or a digit goes on, a capital does not."""

_BEFORE_NUMBERS = _words(
    "no. nos. p. pp. vol. ch. sec. eq. art. jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov. dec. "
    "nr. abs. s. okt. dez."
)
"""Abbreviations only when a number follows; otherwise words that a sentence may end with."""

_LEANING = _words(
    "a an the my your his her its our their this these those that which of to in on at by for from with "
    "into about over between some any each every another as than and but or so because if when while is "
    "are was were be not no very more most "
    "der die das den dem des ein eine einen einem einer eines mein meine dein deine sein seine ihr ihre unser unsere "
    "diese dieser dieses jede jeder jedes kein keine keinen im am zum zur vom beim mit von zu auf für bei nach aus um "
    "durch gegen ohne über unter vor hinter zwischen seit bis und oder aber denn weil dass wenn ob als wie ist sind "
    "war waren nicht sehr - – — + = × ÷ & / * # @ < >"
)
"""Words that lean on the next one: nobody draws breath after them."""

_CONJUNCTION = (
    r"(?:and|but|or|because|so|which|while|although|though|unless|since|when|where|if|until"
    r"|und|aber|oder|denn|sondern|weil|dass|obwohl|wenn|während|damit|bevor|nachdem|sodass|falls)"
)

_DOTTED = re.compile(r"(?:[^\W\d_]\.){2,}", re.IGNORECASE)
_INITIAL = re.compile(r"(?:^|[^\w\s]|\b[A-Z][\w'’-]*)\s*\b[A-HJ-Z]\.$")
_SPACED = re.compile(r"(?:^|[\s(])[diosuvz]\.(?:\s[A-Za-zäöü]\.)?$")
"""The first half of “z. B.” or “d. h.”, or all of it."""
_ORDINAL = re.compile(r"\b(?:der|den|dem|des|im|zum|vom|bis|und|(?<!I )am)\s+\d{1,2}\.$", re.IGNORECASE)
"""German numbers its days, centuries and kings with a dot: “am 3. Oktober”."""
_LIST_NUMBER = re.compile(r"\n[ \t]*(?:[-*+•>#]+[ \t]*)*(?:\d{1,3}|[a-zA-Z])[.)]$")
_STOP = re.compile(rf"[.!?…]{_CLOSED}*$")
_OPEN_STOP = re.compile(rf"(?:\.\.|…|[.!?]{_CLOSED}){_CLOSED}*$")
_PLAIN = r"(?:^|\s)[^\W\d_]+(?:['’-][^\W\d_]+)*"
_PLAIN_STOP = re.compile(_PLAIN + r"[!?]$")
_PLAIN_PHRASE = re.compile(_PLAIN + r"[,;—]$")

# Ends of phrases, and what the next character has to be; the first that fits decides.
_PHRASES = (
    (re.compile(r"\d[,:]$|\S[ \t]+[-–—]+$"), re.compile(r"[^\s\d]")),
    (re.compile(rf"[,;:—]{_CLOSED}*$"), re.compile(r"\s")),
)
_BEFORE_CONJUNCTION = re.compile(rf"\s+{_CONJUNCTION}\s$")

# Cuts inside a long sentence, the best first.
_INNER = (
    re.compile(rf"[;:—]{_CLOSED}*(?=\s+\D)|[ \t][-–—]+(?=\s+\D)"),
    re.compile(rf",{_CLOSED}*(?=\s+\D)"),
    re.compile(rf"(?=\s+{_CONJUNCTION}\s)"),
)


def inside(text: str) -> bool:
    """Within code or the text of a link, which mean nothing when cut."""
    return text.count("`") % 2 == 1 or text.rfind("[") > text.rfind("]")


def sentence(text: str, *, opens_line: bool) -> int:
    """The end of a sentence or of a line.

    Args:
        text: not yet released.
        opens_line: it begins a line, so "1." in front is the number of a list.
    """
    if _PLAIN_STOP.search(text) and _quotes_closed(text):
        return len(text)
    body, following = _at_word_start(text)
    if not body or not re.search(r"\w", body):
        return 0
    if _LIST_NUMBER.search("\n" + body if opens_line else body):
        return 0
    if following == "\n":
        return len(body)
    return len(body) if _STOP.search(body) and _ends_sentence(body, following) else 0


def phrase(text: str) -> int:
    """The end of a phrase within a sentence: after its mark, or before a conjunction."""
    if _PLAIN_PHRASE.search(text) and _quotes_closed(text):
        return len(text)
    if (conjunction := _BEFORE_CONJUNCTION.search(text)) and not _leans(text[: conjunction.start()]):
        return conjunction.start()
    body, following = _at_word_start(text)
    after = next((after for mark, after in _PHRASES if mark.search(body)), None)
    return len(body) if after and after.match(following) else 0


def opening(text: str, least: int) -> int:
    """The last place before a word that opens a phrase, behind `least` characters or more."""
    return next((end for end in _gaps(text) if end >= least and _opens(text[end:])), 0)


def best(text: str) -> int:
    """The best cut in the later two thirds of `text`, or any gap."""
    for mark in _INNER:
        ends = [match.end() for match in mark.finditer(text, len(text) // 3)]
        if ends:
            return ends[-1]
    return opening(text, len(text) // 3) or next(_gaps(text), 0)


def _at_word_start(text: str) -> tuple[str, str]:
    """What stands before the newest character, when that is a space or follows one."""
    if text[-1:].isspace() or text[-2:-1].isspace():
        return text[:-1].rstrip(), text[-1]
    return "", ""


def _ends_sentence(body: str, following: str) -> bool:
    word = _last_word(body)
    if word in _TITLES or any(dotted.search(body) for dotted in (_INITIAL, _SPACED, _ORDINAL)):
        return False
    if word in _BEFORE_NUMBERS:
        return not (following.isspace() or following.isdigit())
    if word in _ENDINGS or (_OPEN_STOP.search(body) and not _DOTTED.fullmatch(word)):
        return not (following.isspace() or following.isdigit() or following.islower())
    return following.isspace() and not _DOTTED.fullmatch(word)


def _quotes_closed(text: str) -> bool:
    pairs = (text.count(opening) == text.count(closing) for opening, closing in ("“”", "()"))
    return text.count('"') % 2 == 0 and all(pairs)


def _leans(text: str) -> bool:
    word = _last_word(text)
    abbreviated = word in _TITLES or word in _BEFORE_NUMBERS or _INITIAL.search(text)
    return not word or word in _LEANING or word[-1].isdigit() or bool(abbreviated)


def _last_word(text: str) -> str:
    words = text.rsplit(None, 1)
    return words[-1].strip(_CLOSERS + "“‘(").lower() if words else ""


def _opens(text: str) -> bool:
    return "".join(text.split(maxsplit=1)[:1]) in _LEANING


def _gaps(text: str) -> Iterator[int]:
    """Places between words where the one before does not lean on the next, the last first."""
    ends = (match.start() for match in reversed(list(re.finditer(r"(?<=\S)\s+", text))))
    return (end for end in ends if not _leans(text[:end]))
