"""Reads a performance: one finding per cue that was to be answered, per cue over a reply, per play without cues."""

from collections.abc import Sequence
from itertools import pairwise

from appliance.core.speech import Message, Role
from appliance.pipeline.listen import ListenSettings
from appliance.turns.machine import State
from scripts.evaluation.findings import Alone, Answered, Finding, since
from scripts.evaluation.interruptions import interrupted, reply_under
from scripts.evaluation.processor import Work
from scripts.evaluation.scenario import Means
from scripts.evaluation.stage import Performance, Played

PREROLL_S = ListenSettings().preroll_ms / 1000
"""s of sound before the first voiced window that are transcribed too."""
EARLY_S = 0.2
"""s before the labelled beginning in which somebody may be noticed already: breath, and the grain of labels."""


def findings(performance: Performance) -> list[Finding]:
    """All that one performance shows."""
    found: list[Finding] = []
    if not performance.scene.cues:
        found.append(alone(performance))
    for index, played in enumerate(performance.played):
        following = performance.played[index + 1 :]
        until = following[0].begin if following else float("inf")
        if played.cue.means in (Means.TURN, Means.ANSWER):
            found.append(answered(performance, played, until))
        elif (reply := reply_under(performance, played)) is not None:
            found.append(interrupted(performance, played, reply))
    return found


def answered(performance: Performance, played: Played, until: float) -> Answered:
    """What became of a cue that wants an answer; nothing after `until` (s) is about it."""
    entered = [(at, state) for at, state in performance.states if played.begin - EARLY_S < at < until]
    ends = [at for at, state in entered if state is State.THINKING]
    replies = [at for at in performance.replies if played.begin < at < until]
    end = next((at for at in ends if at >= played.end), None)
    audio = next((at for at in replies if at >= played.end), None)
    pauses = [at for at, state in entered if state is State.WAITING and end is not None and at <= end]
    cuts = sum(at < played.end for at in replies)
    work = [each for each in performance.record if played.begin < each.at < until]
    asked = [each for each in work if each.job.method == "generate"]
    noticed = next((at for at, state in entered if state is State.HEARING), None)
    scene = performance.scene
    return Answered(
        scene=scene.name,
        number=scene.number,
        sound=played.cue.sound,
        means=str(played.cue.means),
        speculated=scene.speculate,
        answered=audio is not None,
        kept=bool(asked),
        onset_kept=noticed is not None and noticed - PREROLL_S <= played.begin,
        cuts=cuts,
        reopened=max(0, sum(at < played.end for at in ends) - cuts),
        delay_ms=since(end, played.end),
        first_audio_ms=since(audio, played.end),
        drafted_ms=since(pauses[-1] if pauses else None, played.end),
        asked_ms=since(
            max((each.at for each in asked if audio and each.at <= audio), default=None), played.end
        ),
        torn=_torn([state for _, state in entered]),
        generations=len(asked),
        wasted=max(0, len(asked) - len(replies)),
        transcript=_question(asked[-1]) if asked else "",
        spent=_spent(work),
    )


def alone(performance: Performance) -> Alone:
    """How often nobody was taken for somebody."""
    states, scene = [state for _, state in performance.states], performance.scene
    return Alone(
        scene=scene.name,
        number=scene.number,
        noise=scene.noise or "silence",
        seconds=scene.seconds,
        noticed=states.count(State.HEARING),
        turns=states.count(State.THINKING),
    )


def _question(work: Work) -> str:
    """What the model was asked last."""
    prompt: Sequence[Message] = work.job.args[0]
    return next((message.text for message in reversed(prompt) if message.role is Role.USER), "")


def _spent(work: Sequence[Work]) -> dict[str, float]:
    """s by stage."""
    stages = sorted({str(each.job.stage) for each in work})
    return {stage: round(sum(each.spent for each in work if each.job.stage == stage), 4) for stage in stages}


def _torn(states: list[State]) -> int:
    """Drafts that were torn up: a pause, and they went on."""
    return sum(pair == (State.WAITING, State.HEARING) for pair in pairwise(states))
