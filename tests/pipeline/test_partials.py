import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.speech import Partial
from appliance.pipeline.partials import SHOWN_EVERY_S, Guesses, Partials, agreed
from tests.virtual_time import run

HYPOTHESES = st.lists(st.sampled_from(["what", "time", "is", "it", "now"]), max_size=6).map(" ".join)


@pytest.mark.parametrize(
    ("older", "newer", "stable"),
    [
        ("", "what", ""),
        ("what", "what time", ""),
        ("what time", "what time is it", "what"),
        ("what time is", "what time is", "what time"),
        ("what dime is", "what time is it", "what"),
        ("cap", "cappuccino", ""),
        ("make me a cap", "make me a cappuccino please", "make me a"),
        ("what time is it", "thyme", ""),
    ],
)
def test_two_hypotheses_agree_on_whole_words_that_something_follows(
    older: str, newer: str, stable: str
) -> None:
    assert agreed(older, newer) == Partial(newer, len(stable))


@given(HYPOTHESES, HYPOTHESES)
def test_what_is_stable_begins_both(older: str, newer: str) -> None:
    partial = agreed(older, newer)
    stable = partial.text[: partial.stable]
    assert f"{older} ".startswith(f"{stable} ".lstrip())
    assert f"{newer} ".startswith(f"{stable} ".lstrip())


def shown(hypotheses: list[str], every_s: float) -> list[tuple[float, str]]:
    """What the display is told, and when, of hypotheses that come at regular times."""
    told: list[tuple[float, str]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        partials = Partials(lambda partial: told.append((round(loop.time() - start, 2), partial.text)))
        for hypothesis in hypotheses:
            partials.hear(hypothesis)
            partials.tick()
            await asyncio.sleep(every_s)
        partials.flush()

    run(main())
    return told


def test_the_display_is_told_the_first_at_once_and_five_a_second() -> None:
    told = shown([f"word {number}" for number in range(100)], 0.01)
    moments = [moment for moment, _ in told]
    assert moments[0] == 0.0
    assert min(later - earlier for earlier, later in pairwise(moments[:-1])) >= SHOWN_EVERY_S
    assert told[-1] == (1.0, "word 99"), "the last one is never lost"


def test_who_waits_for_the_words_is_told_at_once() -> None:
    told: list[Partial] = []

    async def main() -> None:
        partials = Partials(told.append)
        for number in range(5):
            partials.hear(f"word {number}")
            partials.tick(at_once=True)

    run(main())
    assert len(told) == 5


def test_the_same_words_are_told_once() -> None:
    assert len(shown(["what"] * 50, 0.1)) == 1
    assert [text for _, text in shown(["what time"] * 50, 0.1)] == ["what time", "what time"], (
        "and when stable"
    )


def test_hypotheses_are_only_compared_when_they_are_apart() -> None:
    stable: list[int] = []

    async def main() -> None:
        partials = Partials(lambda partial: stable.append(partial.stable))
        for number in range(10):
            partials.hear(f"what time {number}")
            partials.tick(at_once=True)
            await asyncio.sleep(0.1)

    run(main())
    assert stable == [0, 0, 0, *[len("what time")] * 7]


def test_nothing_understood_takes_nothing_back() -> None:
    assert [text for _, text in shown(["", "what", ""], 1.0)] == ["what"]


def test_a_transcript_is_stable_and_told_at_once() -> None:
    told: list[Partial] = []

    async def main() -> None:
        partials = Partials(told.append)
        partials.hear("what time")
        partials.tick()
        partials.conclude("what time is it")

    run(main())
    assert told == [Partial("what time", 0), Partial("what time is it", 15)]


def guesses(voice: list[int], cost_s: float = 0.0) -> list[int]:
    """Indices of the 100 ms blocks after which it is time, of blocks with (1) and without (0) voice."""
    when, due = Guesses(), []
    for number in range(len(voice)):
        voiced_s = round(0.1 * sum(voice[: number + 1]), 1)
        if when.due(voiced_s):
            when.guessed(voiced_s, cost_s)
            due.append(number)
    return due


def test_somebody_who_goes_on_and_on_is_guessed_at_once_a_second() -> None:
    assert guesses([1] * 35) == [9, 19, 29]


def test_a_pause_is_a_good_moment_but_once() -> None:
    assert guesses([1] * 5 + [0] * 10 + [1] * 5 + [0] * 5) == [5, 20]


def test_silence_is_no_news() -> None:
    assert guesses([0] * 50) == []
    assert guesses([1] + [0] * 50) == []


def test_slow_recognisers_are_asked_less_often() -> None:
    assert guesses([1] * 50, cost_s=0.5) == [9, 29, 49]
