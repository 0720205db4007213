"""Reads what became of a reply over which somebody was heard, from the states and from the recording."""

from bisect import bisect_right
from collections.abc import Set
from dataclasses import dataclass

from appliance.core.speech import Outcome, Turn
from appliance.turns.machine import State
from scripts.evaluation.findings import Interrupted, since
from scripts.evaluation.playback import (
    Reference,
    Trace,
    follow,
    last_audible,
    lowered,
    reference,
    silent_from,
    skipped_and_repeated,
    words_heard,
)
from scripts.evaluation.stage import RATE, Performance, Played

DUCKED_DB = 20.0
"""dB by which a ducked reply is lower, at least."""
LASTING_S = 0.15
"""s without a sound that make a silence: longer than any pause in a word, and than a fade."""
SURE_S = 0.02
"""s between the last loud block of a reply and the first low one, at most, to tell when it was ducked."""
GRAIN_S = 0.01
"""s: the fade at which a reply stops (5 ms), and a block."""
LOUD = 0.9
"""Gain from which a reply is back."""
OVER = frozenset({State.SPEAKING, State.YIELDING, State.WEIGHING})
"""A reply is heard, or waits."""
TAKEN = frozenset({State.HEARING, State.WAITING, State.THINKING})
"""The person has the floor."""


@dataclass(frozen=True, slots=True)
class Told:
    """A reply as the recording tells it."""

    begin: float
    """s on the audio clock at which it was first heard."""
    until: float
    """s at which the next one was, or the play ended."""
    turn: Turn | None
    """As it was closed; None: it never was."""
    reference: Reference
    trace: Trace


def reply_under(performance: Performance, played: Played) -> int | None:
    """Which reply (index) was heard when somebody began to be heard; None: none was."""
    index = bisect_right(performance.replies, played.begin) - 1
    if index < 0:
        return None
    state = [state for at, state in performance.states if at <= played.begin][-1]
    return index if state in OVER else None


def interrupted(performance: Performance, played: Played, reply: int) -> Interrupted:
    """What became of the reply (index) over which a cue was heard."""
    told = tell(performance, reply)
    evidence = _entered(performance, frozenset({State.YIELDING}), played.begin, told.until)
    outcome, confirmed = _decision(performance, played, told)
    silent = (
        None
        if confirmed is None or outcome != "floor"
        else _silent(performance, played.begin, confirmed, told)
    )
    ducked = None if evidence is None else _ducked(told.trace, evidence)
    skipped, repeated = skipped_and_repeated(told.trace, told.reference)
    error, unheard = _remembered(told) if outcome == "floor" else (None, None)
    scene = performance.scene
    return Interrupted(
        scene=scene.name,
        number=scene.number,
        sound=played.cue.sound,
        means=str(played.cue.means),
        outcome=outcome,
        noticed_ms=since(evidence, played.begin),
        ducked_ms=since(ducked, played.begin),
        evidence_to_ducked_ms=since(ducked, evidence),
        confirmed_ms=since(confirmed, played.begin),
        silent_ms=since(silent, played.begin),
        confirmed_to_silent_ms=None if silent is None else max(0.0, since(silent, confirmed) or 0.0),
        back_ms=since(_back(told.trace, played.end), played.end) if outcome == "kept" and evidence else None,
        skipped=tuple(skipped),
        repeated=tuple(repeated),
        word_error=error,
        unheard_words=unheard,
    )


def tell(performance: Performance, reply: int) -> Told:
    """Hold the recording against what the voice made for a reply (index)."""
    begin = performance.replies[reply]
    following = performance.replies[reply + 1 :]
    until = following[0] if following else len(performance.recording) / RATE
    # A turn may have been drafted several times: the last draft before it was heard is the one that was.
    drafts = [w for w in performance.record if w.job.method == "generate" and w.at <= begin]
    number, drafted = (drafts[-1].job.turn, drafts[-1].at) if drafts else (0, begin)
    clauses = [
        (work.job.args[0], work.results)
        for work in performance.record
        if work.job.method == "synthesize" and work.job.turn == number and work.at >= drafted and work.results
    ]
    whole = reference(clauses, RATE)
    trace = follow(performance.recording, whole.samples, round(begin * RATE), round(until * RATE), RATE)
    turn = next((turn for turn, _ in performance.turns if turn.number == number), None)
    return Told(begin, until, turn, whole, trace)


def _decision(performance: Performance, played: Played, told: Told) -> tuple[str, float | None]:
    """What was made of a cue, and when the reply was given up; None: it was not."""
    if told.turn is None or told.turn.outcome is Outcome.ANSWERED:
        return "kept", None
    asked = _entered(performance, frozenset({State.ASKING}), played.begin, told.until)
    if asked is not None:
        return "asked", asked
    return "floor", _entered(performance, TAKEN, played.begin, told.until)


def _entered(performance: Performance, states: Set[State], after: float, until: float) -> float | None:
    return next((at for at, state in performance.states if after <= at < until and state in states), None)


def _silent(performance: Performance, onset: float, confirmed: float, told: Told) -> float | None:
    """When the last of the reply was heard: before the decision, where the reply waited for it in silence."""
    recording = performance.recording[: round(told.until * RATE)]
    end = silent_from(recording, round(confirmed * RATE), round(LASTING_S * RATE))
    return None if end is None else last_audible(recording, round(onset * RATE), end) / RATE


def _ducked(trace: Trace, evidence: float) -> float | None:
    """When the reply was low: the later of the two moments between which it became so, where they are close."""
    found = lowered(trace, round(evidence * RATE), DUCKED_DB)
    if found is None or found[1] - found[0] > SURE_S * RATE:
        return None
    return found[1] / RATE


def _back(trace: Trace, after: float) -> float | None:
    """When the reply was loud again."""
    first = round(after * RATE)
    loud = (
        trace.sample(b) for b, gain in enumerate(trace.gains) if gain >= LOUD and trace.sample(b) >= first
    )
    return next((sample / RATE for sample in loud), None)


def _remembered(told: Told) -> tuple[int | None, int | None]:
    """By how many words the history differs from what was heard, and how many of them had not begun."""
    assert told.turn, "it was interrupted, so it was closed"
    if len(told.reference.words) < len(told.turn.heard.split()):
        return None, None  # the voice counts words in another way than people
    remembered = len(told.turn.heard.split())
    whole, begun = words_heard(told.reference, told.trace.reached, round(GRAIN_S * RATE))
    return abs(remembered - whole), max(0, remembered - begun)
