"""What performances show, as plain numbers: the vocabulary of the figures, and of out/eval.json."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of somebody who wanted an answer. Delays in ms from the labelled end of their speech."""

    scene: str
    number: int
    sound: str
    means: str
    speculated: bool
    answered: bool
    """A reply was heard after they were done."""
    kept: bool
    """It was understood as words, and answered or to be answered."""
    onset_kept: bool
    """The sound that was transcribed begins before the person did."""
    cuts: int
    """Replies that were heard before they were done."""
    reopened: int
    """Times that they were taken to be done and went on before anything was heard."""
    delay_ms: float | None
    """To the decision that they are done."""
    first_audio_ms: float | None
    """To the first sample of the reply."""
    drafted_ms: float | None
    """To the pause in which the draft that was used began; None without one."""
    asked_ms: float | None
    """To the moment at which the model was asked for the reply that was heard: the words were known."""
    torn: int
    """Drafts that were torn up."""
    generations: int
    """Replies that the model began."""
    wasted: int
    """Of those, the ones of which nothing was heard."""
    transcript: str
    spent: dict[str, float]
    """s of work by stage, from the beginning of their speech."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What became of a reply over which somebody was heard. Times in ms from the onset, unless said otherwise."""

    scene: str
    number: int
    sound: str
    means: str
    outcome: str
    """floor: it was given up; asked: the box asked what was meant; kept: it went on to its end."""
    noticed_ms: float | None
    """To the first evidence."""
    ducked_ms: float | None
    """To −20 dB in the recording; None where the reply itself is too soft to tell within 20 ms."""
    evidence_to_ducked_ms: float | None
    confirmed_ms: float | None
    """To the decision that it is an interruption."""
    silent_ms: float | None
    """To silence in the recording."""
    confirmed_to_silent_ms: float | None
    back_ms: float | None
    """kept: from the end of the noise until the reply is loud again."""
    skipped: tuple[str, ...]
    repeated: tuple[str, ...]
    word_error: int | None
    """floor: words by which the history differs from what was heard."""
    unheard_words: int | None
    """floor: words in the history that had not begun."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A play in which nobody spoke."""

    scene: str
    number: int
    noise: str
    seconds: float
    noticed: int
    """Times that it was taken for the beginning of speech."""
    turns: int
    """Times that it was taken for something said to the box."""


Finding = Answered | Interrupted | Alone


def as_record(finding: Finding) -> dict[str, Any]:
    """For JSON."""
    return {"kind": type(finding).__name__.lower(), **asdict(finding)}


def since(moment: float | None, origin: float | None) -> float | None:
    """ms between two moments in s, where both are."""
    return None if moment is None or origin is None else round((moment - origin) * 1000, 1) + 0.0  # never −0
