"""The table of reasons, case by case: one fault each, and a turn that has everything."""

from dataclasses import replace

import pytest

from appliance.core.cause import Cause, Why
from appliance.core.errors import EngineError, Failure
from appliance.core.speech import Outcome, Stage
from appliance.inference.story import Blame, JobStory, Wait
from appliance.sessions.trace import Stamps
from appliance.sessions.usual import Usual
from appliance.sessions.why import REASONS, Facts, why

STAMPS = Stamps(
    speech_started=0,
    speech_ended=2000,
    arrived=2020,
    endpoint=2400,
    transcript=2500,
    first_token=2700,
    first_clause=2900,
    first_sound=3000,
    first_audio=3050,
    reply_ended=5000,
)
"""A turn like others: 1050 ms from the last word to the first sound."""

FACTS = Facts(STAMPS, Outcome.ANSWERED)


def later(stamps: Stamps, after: str, ms: float) -> Stamps:
    """The same, but that everything from `after` on happens later."""
    names = list(stamps.as_dict())
    known = {name: getattr(stamps, name) for name in names[names.index(after) :]}
    return replace(stamps, **{name: at + ms for name, at in known.items() if at is not None})


def slow(after: str, ms: float = 2000, **facts: object) -> Cause:
    """The cause of a turn in which everything from `after` on came later."""
    told = Facts(later(STAMPS, after, ms), Outcome.ANSWERED, **facts)  # type: ignore[arg-type] # the fields of Facts
    return why(told, Usual())


def stood(stage: Stage, blame: Blame, since: float, until: float, method: str = "") -> JobStory:
    return JobStory(stage, method, "local", 1, asked=since, waits=[Wait(blame, since, until)])


def test_a_turn_like_others_needs_no_reason() -> None:
    assert why(FACTS, Usual()) == Cause(Why.USUAL, wait_ms=1050)


@pytest.mark.parametrize(
    ("after", "reason", "stage"),
    [
        ("endpoint", Why.LONG_PAUSE, None),
        ("transcript", Why.HEARING, Stage.STT),
        ("first_token", Why.READING, Stage.LLM),
        ("first_clause", Why.WRITING, Stage.LLM),
        ("first_sound", Why.VOICE, Stage.TTS),
        ("first_audio", Why.LOUDSPEAKER, Stage.PLAYBACK),
    ],
)
def test_each_phase_that_takes_long_has_a_word(after: str, reason: Why, stage: Stage | None) -> None:
    cause = slow(after)
    assert (cause.why, cause.stage, cause.wait_ms) == (reason, stage, 3050)
    assert 1200 < cause.ms <= 2000


def test_a_long_first_clause_is_counted() -> None:
    assert slow("first_clause", first_words=23).count == 23


def test_over_the_network_it_is_the_line() -> None:
    assert slow("first_audio", remote=True).why is Why.LINE
    assert slow("arrived", remote=True).why is Why.LINE


@pytest.mark.parametrize(
    ("blame", "reason"),
    [(Blame.ENGINE, Why.ENGINE_RESTART), (Blame.OTHERS, Why.QUEUE), (Blame.PARKED, Why.PARKED)],
)
def test_a_job_that_stood_still_is_not_a_slow_engine(blame: Blame, reason: Why) -> None:
    cause = slow("first_token", jobs=(stood(Stage.LLM, blame, 2.5, 4.5),))
    assert (cause.why, cause.ms, cause.stage) == (reason, 2000, Stage.LLM)


def test_what_stood_still_while_they_were_still_speaking_cost_nobody_anything() -> None:
    before = stood(Stage.LLM, Blame.OTHERS, 0.5, 2.4)
    assert why(replace(FACTS, jobs=(before,)), Usual()).why is Why.USUAL


def test_waits_side_by_side_cost_their_time_once() -> None:
    jobs = (stood(Stage.LLM, Blame.OTHERS, 2.5, 4.5), stood(Stage.LLM, Blame.OTHERS, 2.5, 4.5))
    assert slow("first_token", jobs=jobs).ms == 2000


def test_the_clocks_of_jobs_and_sound_may_differ() -> None:
    job = stood(Stage.LLM, Blame.ENGINE, 102.5, 104.5)
    facts = Facts(later(STAMPS, "first_token", 2000), Outcome.ANSWERED, (job,), shift_s=-100.0)
    assert why(facts, Usual()).why is Why.ENGINE_RESTART


def test_a_model_that_remembers_nothing_reads_everything() -> None:
    cold = JobStory(Stage.LLM, "generate", "local", 1, asked=2.5, cold=True)
    assert slow("first_token", jobs=(cold,)).why is Why.COLD_CACHE


def test_a_machine_under_pressure_explains_more_than_its_slow_parts() -> None:
    assert slow("first_token", pressed=True).why is Why.PRESSURE


def test_who_goes_on_after_a_pause_makes_the_box_begin_again() -> None:
    cause = slow("transcript", resumed=2)
    assert (cause.why, cause.count) == (Why.REOPENED, 2)


def test_of_two_reasons_the_costlier_is_told() -> None:
    stamps = later(later(STAMPS, "endpoint", 800), "first_token", 1500)
    facts = replace(FACTS, stamps=stamps)
    assert why(facts, Usual()).why is Why.READING


def test_what_is_usual_on_a_slow_box_is_slow_only_beyond_that() -> None:
    usual, stamps = Usual(), later(STAMPS, "first_token", 550)
    facts = replace(FACTS, stamps=stamps)
    assert why(facts, usual).why is Why.USUAL
    worse = replace(FACTS, stamps=later(STAMPS, "first_token", 950))
    assert why(worse, usual).why is Why.READING


def test_an_answer_of_which_nothing_was_heard() -> None:
    stamps = replace(STAMPS, first_audio=None, reply_ended=None)
    assert why(Facts(stamps, Outcome.UNHEARD), Usual()).why is Why.WENT_ON
    assert why(Facts(stamps, Outcome.UNHEARD, words=False), Usual()).why is Why.NO_WORDS


def test_what_broke_is_named() -> None:
    error = EngineError(Stage.TTS, "the voice was killed", failure=Failure.DIED)
    cause = why(replace(FACTS, outcome=Outcome.FAILED, error=error), Usual())
    assert cause == Cause(Why.FAILED, stage=Stage.TTS, failure=Failure.DIED)


def test_what_nobody_understood() -> None:
    cause = why(replace(FACTS, outcome=Outcome.FAILED, words=False), Usual())
    assert cause.why is Why.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("missing", "stage"),
    [
        ("transcript", Stage.STT),
        ("first_clause", Stage.LLM),
        ("first_audio", Stage.TTS),
        ("reply_ended", Stage.PLAYBACK),
    ],
)
def test_what_took_too_long_is_named_by_what_is_missing(missing: str, stage: Stage) -> None:
    names = list(STAMPS.as_dict())
    stamps = replace(STAMPS, **dict.fromkeys(names[names.index(missing) :]))
    cause = why(Facts(stamps, Outcome.FAILED, lasted_ms=30_000.4), Usual())
    assert cause == Cause(Why.TOO_LONG, 30_000, stage=stage)


def test_every_word_is_a_reason_or_an_end() -> None:
    ends = {Why.USUAL, Why.WENT_ON, Why.NO_WORDS, Why.NOT_UNDERSTOOD, Why.TOO_LONG, Why.FAILED}
    assert {word for word, _, _ in REASONS} | ends == set(Why)


def test_what_somebody_may_have_wondered_about() -> None:
    quiet = {word for word in Why if not Cause(word).notable}
    assert quiet == {Why.USUAL, Why.WENT_ON, Why.NO_WORDS}
