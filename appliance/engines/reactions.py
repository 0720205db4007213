"""What people say in one breath while the box speaks: a small vocabulary that PocketSphinx tells apart well.

A language model of all English expects sentences: of single words like “stop” or “mm-hmm” it makes others, and
takes ten times as long.
"""

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from appliance.engines.sphinx_decoder import Decoder

# fmt: off
HUMS: Final[Mapping[str, tuple[str, ...]]] = {
    "uh-huh": ("AH HH AH",), "mm-hmm": ("M HH M", "AH M HH AH M"), "mm": ("M", "M M"), "hmm": ("HH M", "HH AH M"),
    "aha": ("AA HH AA",), "i_see": ("AY S IY",), "got_it": ("G AA T IH T",), "of_course": ("AH V K AO R S",),
    "i_know": ("AY N OW",), "all_right": ("AO L R AY T",),
}
"""Backchannels that the dictionary lacks or that are several words, and how they sound."""

AGREEMENT: Final = "okay right yeah yep sure yes"
"""Backchannels that the dictionary has."""

CONTROL: Final = (
    "stop wait no nope hold hang hey quiet shut cancel pause never mind enough not wrong please excuse sorry "
    "pardon what repeat again louder slower next help thanks thank"
)
"""What wants the floor in one or two words."""

PARTICLES: Final = "on up it be that that's a second me you"
"""What such phrases also consist of. Expected no more than other words: “you” is too much like “yeah”."""

NUMBERS: Final = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
"""Answers to how many, when and which."""

OTHERS: Final = (
    "oh ah cool good great why who when where how the and but so then now can could would will is this my "
    "in to for turn tell play set make give show open call light time morning about tomorrow today more "
    "less down do don't did come go tea see we he she key free green sea red head said bread led lot blue "
    "new shoe night might write bright kite site song long all fall ball hall keep meet need read seat "
    "know old cold home role mean here hear year near clear your door care hair there bear day say "
    "they stay may late date name take page phone note rain train game same place face space room moon "
    "soon june noon too through"
)
"""Common words, and those that sound like the ones above: what is none of those must be something."""
# fmt: on

EVERY: Final = 400
"""Of the dictionary's words every 400th is in the vocabulary too, for sounds that nobody thought of."""

WEIGHTS: Final = {"hum": 10.0, "control": 5.0, "other": 1.0, "any": 0.3}
"""How often they are expected, relative to each other. With less for the hums more of them are missed, with more
of everything else fewer words are taken for hums (scripts/evaluate_floor.py)."""

CERTAIN: Final = 0.5
"""Confidence from which it is believed: of 1066 synthetic words and 335 fragments of people's orders none and 5
were then taken for a hum, of 344 hums 210 were recognised."""

KNOWN: Final = frozenset({*HUMS, *f"{AGREEMENT} {CONTROL} {PARTICLES} {NUMBERS}".split()})
"""Words worth telling; the others are only there to be told apart. Of 214 short answers in synthetic voices these made
110 exact instead of 97, and none worse; with the others believed too, 104, and 6 worse."""


def reactions_decoder(dictionary: Path) -> Decoder:
    """A decoder that knows this vocabulary, with pronunciations from PocketSphinx's own dictionary.

    Raises:
        ModelError: it cannot be loaded.
    """
    spoken = pronunciations(dictionary)
    weights = vocabulary([word for word in spoken if word.isalpha()])
    words = "".join(_entries(weights, {**spoken, **HUMS}))
    with _file("words", words) as dictionary_path, _file("model", language_model(weights)) as model_path:
        return Decoder(lm=model_path, dict=dictionary_path)


@contextmanager
def _file(name: str, text: str) -> Iterator[str]:
    """A file in memory, by its path: engines may write none to the disk."""
    descriptor = os.memfd_create(name)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        yield f"/proc/self/fd/{descriptor}"


def certain(text: str, confidence: float) -> bool:
    """Whether a transcript in this vocabulary is to be believed."""
    return confidence >= CERTAIN and worth_telling(text)


def worth_telling(text: str) -> bool:
    """Whether it holds only words that this vocabulary is for."""
    return bool(text) and KNOWN.issuperset(text.split())


def plain(text: str) -> str:
    """As people write it."""
    return text.replace("_", " ")


def pronunciations(dictionary: Path) -> dict[str, tuple[str, ...]]:
    """Every word of a dictionary of PocketSphinx, and the phones it may consist of."""
    spoken: dict[str, tuple[str, ...]] = {}
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        word, _, phones = line.partition(" ")
        word = word.partition("(")[0]
        spoken[word] = (*spoken.get(word, ()), phones.strip())
    return spoken


def vocabulary(dictionary: list[str]) -> dict[str, float]:
    """The words and how often they are expected; whoever is named twice counts as what it is named first."""
    weights: dict[str, float] = {}
    for kind, words in (
        ("hum", (*HUMS, *AGREEMENT.split())),
        ("control", CONTROL.split()),
        ("other", f"{PARTICLES} {NUMBERS} {OTHERS}".split()),
        ("any", dictionary[::EVERY]),
    ):
        for word in words:
            weights.setdefault(word, WEIGHTS[kind])
    return weights


def _entries(words: Iterable[str], spoken: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Lines of a dictionary: a word's second pronunciation is that of “word(2)”."""
    for word in words:
        for number, phones in enumerate(spoken[word], start=1):
            yield f"{word}{f'({number})' if number > 1 else ''} {phones}\n"


def language_model(weights: Mapping[str, float]) -> str:
    """An ARPA file: words in any order, and after each as likely as not the end."""
    total = 2 * sum(weights.values())
    words = "\n".join(f"{math.log10(weight / total):.4f} {word}" for word, weight in weights.items())
    return f"\\data\\\nngram 1={len(weights) + 2}\n\n\\1-grams:\n-0.3010 </s>\n-99 <s>\n{words}\n\n\\end\\\n"
