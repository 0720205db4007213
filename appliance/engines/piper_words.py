"""Finds the words of a text among the phonemes it became.

eSpeak, which makes the phonemes, runs small words together ("of the" → ʌvðə), takes numbers apart and divides
sentences as it likes, so that counting words leads astray in every second sentence. Each word is therefore
also phonemised alone, and the two strings of phonemes are aligned as two versions of one text.
"""

from bisect import bisect_right
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate, chain
from typing import Final

import numpy as np

STRESS: Final = frozenset("ˈˌ")
UNSPOKEN: Final = STRESS | frozenset("ː .,;:!?-\"'()")
"""Left out of the comparison: it is not heard, or differs between a word alone and among others."""


def find_words(alone: Sequence[Sequence[str]], sentences: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Sentence, and phoneme within it, at which each word begins. Never goes backwards.

    Args:
        alone: the phonemes of each word of a text, spoken alone.
        sentences: the phonemes of the text.
    """
    spoken = list(chain.from_iterable(sentences))
    heard = [index for index, phoneme in enumerate(spoken) if phoneme not in UNSPOKEN]
    if not heard:
        return [(0, 0)] * len(alone)
    words = [[phoneme for phoneme in word if phoneme not in UNSPOKEN] for word in alone]
    starts = list(accumulate((len(word) for word in words), initial=0))[:-1]
    aligned = _aligned(list(chain.from_iterable(words)), [spoken[index] for index in heard], starts)
    firsts = list(accumulate((len(sentence) for sentence in sentences), initial=0))
    return [_locate(_with_stress(spoken, heard[place]), firsts) for place in aligned]


def _aligned(alone: list[str], spoken: list[str], starts: list[int]) -> list[int]:
    """Where positions of one version lie in the other: exact where they agree, in proportion between."""
    known = {}
    for block in SequenceMatcher(None, alone, spoken, autojunk=False).get_matching_blocks():
        if block.size:
            known[block.a] = block.b
            known[block.a + block.size - 1] = block.b + block.size - 1
    known.setdefault(0, 0)
    known.setdefault(len(alone), len(spoken))
    ascending = sorted(known.items())
    places = np.interp(starts, [a for a, _ in ascending], [b for _, b in ascending])
    return [min(round(place), len(spoken) - 1) for place in places.tolist()]


def _with_stress(spoken: list[str], index: int) -> int:
    """A stress mark before a word's first sound belongs to the word."""
    while index and spoken[index - 1] in STRESS:
        index -= 1
    return index


def _locate(index: int, firsts: list[int]) -> tuple[int, int]:
    sentence = bisect_right(firsts, index) - 1
    return sentence, index - firsts[sentence]
