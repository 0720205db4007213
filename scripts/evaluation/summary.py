"""Findings become tables, with the targets of the product beside them."""

from collections.abc import Iterable
from typing import Any

from scripts.bench_figures import Table
from scripts.evaluation.findings import Alone, Answered, Finding, Interrupted
from scripts.evaluation.peers import tables as peers
from scripts.evaluation.statistics import (
    SPREAD,
    at_least,
    at_most,
    by_scene,
    greatest,
    judged,
    median,
    per_turn,
    percentile,
    share,
    spread,
)

CUTS_PERCENT, DELAY_MS, SAVED_PERCENT, WASTED_PERCENT = 3.0, 350.0, 80.0, 35.0
"""Targets: premature cut-offs, median delay of complete turns, part of the wait saved, wasted generations."""
DUCKED_MS, SILENT_P95_MS, SILENT_MAX_MS, CUT_MS = 20.0, 60.0, 100.0, 300.0
"""Targets: first evidence → −20 dB, decision → silence, and “stop” → silence."""
KEPT_PERCENT, ONSET_PERCENT, FALSE_PERCENT = 98.0, 99.0, 5.0
"""Targets: short answers kept, first sounds kept, replies ended by what is no interruption."""


class Findings:
    """All findings of an evaluation, by what they are about."""

    def __init__(self, found: Iterable[Finding]) -> None:
        self.all = list(found)
        answered = [each for each in self.all if isinstance(each, Answered)]
        # The plays without speculation are there to be compared with, nothing else.
        self.turns = [each for each in answered if each.speculated]
        self.without = [each for each in answered if not each.speculated]
        self.over = [each for each in self.all if isinstance(each, Interrupted)]
        self.alone = [each for each in self.all if isinstance(each, Alone)]

    def of(self, *means: str) -> list[Interrupted]:
        """What happened to replies over which somebody meant this."""
        return [each for each in self.over if each.means in means]

    @property
    def people(self) -> list[Answered]:
        """Turns of real people."""
        return [each for each in self.turns if each.sound.startswith("people/")]

    @property
    def complete(self) -> list[Answered]:
        """Those as they were recorded, in one go."""
        return [each for each in self.people if "~" not in each.sound]


def turns(found: Findings) -> list[Table]:
    """How soon and how surely turns end."""
    rows = [
        (
            scene,
            *spread(each.delay_ms for each in there),
            *spread(each.first_audio_ms for each in there)[1:3],
            sum(each.cuts > 0 for each in there),
            sum(each.reopened > 0 for each in there),
            sum(not each.answered for each in there),
        )
        for scene, there in by_scene(found.turns)
    ]
    columns = (
        "turns",
        "n",
        "end p50 ms",
        "p90",
        "p95",
        "max",
        "sound p50 ms",
        "p90",
        "cut off",
        "reopened",
        "unanswered",
    )
    people, halting = found.people, [each for each in found.people if "~" in each.sound]
    targets = [
        (
            "premature cut-offs, people who said it in one go, %",
            share(found.complete, _cut),
            at_most(CUTS_PERCENT),
        ),
        (
            "premature cut-offs, made hesitations of 0.6 to 1.4 s, %",
            share(halting, _cut),
            at_most(CUTS_PERCENT),
        ),
        (
            "end-of-turn delay p50, people who said it in one go, ms",
            median(t.delay_ms for t in found.complete),
            at_most(DELAY_MS),
        ),
        ("turns reopened before anything was heard, %", share(people, lambda t: t.reopened > 0), None),
    ]
    return [Table(columns, rows), judged(targets), effort(found.turns)]


def effort(answered: list[Answered]) -> Table:
    """How long the engines work for a turn, by scene: what the delays are made of."""
    stages = sorted({stage for each in answered for stage in each.spent})
    rows = [
        (scene, *(median(1000 * each.spent.get(stage, 0.0) for each in there) for stage in stages))
        for scene, there in by_scene(answered)
    ]
    return Table(("work per turn, p50 ms", *stages), rows)


def speculation(found: Findings) -> list[Table]:
    """What preparing transcripts and answers in pauses gains and costs.

    To judge a pause its words are needed in any case, so that nothing can be held with nothing prepared. What that
    would be like is the sum of its parts: understanding as long as in the play with speculation, answering as
    long as in the one without.
    """
    pairs = unchanged(found)
    waits = [with_.delay_ms - with_.drafted_ms for _, with_ in pairs]
    known = [max(0.0, with_.delay_ms - with_.asked_ms) for _, with_ in pairs]
    saved = [before.first_audio_ms - with_.first_audio_ms for before, with_ in pairs]
    work = [before.first_audio_ms - before.delay_ms for before, _ in pairs]
    unprepared = [
        with_.asked_ms - with_.drafted_ms + before.first_audio_ms - before.asked_ms for before, with_ in pairs
    ]
    begun = [with_.first_audio_ms - with_.delay_ms for _, with_ in pairs]
    of_wait = [100 * (u - b) / w for u, b, w in zip(unprepared, begun, waits, strict=True) if w > 0]
    answer_of_wait = [100 * s / w for s, w in zip(saved, waits, strict=True) if w > 0]
    of_known = [100 * s / min(k, w) for s, k, w in zip(saved, known, work, strict=True) if min(k, w) > 0]
    answers = found.turns
    timings = Table(
        ("same words with and without speculation, ms", *SPREAD),
        [
            ("pause noticed → taken as the end: the wait", *spread(waits)),
            (
                "words known → taken as the end: the part of it in which an answer can be prepared",
                *spread(known),
            ),
            ("end → first sound, with nothing prepared: the sum of its parts", *spread(unprepared)),
            ("end → first sound, with only the words understood in the pause", *spread(work)),
            ("end → first sound, with the answer prepared too", *spread(begun)),
        ],
    )
    targets = [
        (
            "saved of the wait for the end, by words and answer, median %",
            median(of_wait),
            at_least(SAVED_PERCENT),
        ),
        ("saved of the wait for the end, by the answer alone, median %", median(answer_of_wait), None),
        ("saved of what can be saved once the words are known, median %", median(of_known), None),
        ("wasted generations, % of turns", per_turn(answers, "wasted"), at_most(WASTED_PERCENT)),
        ("drafts torn up, % of turns", per_turn(answers, "torn"), None),
    ]
    return [timings, judged(targets)]


def interruptions(found: Findings) -> list[Table]:
    """Who is heard over a reply, and what becomes of the reply."""
    floor = found.of("floor")
    stops = [each for each in floor if each.scene.startswith("stop")]
    given_up = [each for each in found.over if each.outcome == "floor"]
    errors = [each.word_error for each in given_up if each.word_error is not None]
    nobody = found.of("backchannel", "noise")
    kept = [each for each in nobody if each.outcome == "kept"]
    ducks = [each.evidence_to_ducked_ms for each in found.over if each.evidence_to_ducked_ms is not None]
    silences = [each.confirmed_to_silent_ms for each in given_up]
    timings = Table(
        ("over a reply, ms", *SPREAD),
        [
            ("onset → first evidence", *spread(each.noticed_ms for each in found.over)),
            ("onset → 20 dB lower", *spread(each.ducked_ms for each in found.over)),
            ("first evidence → 20 dB lower", *spread(ducks)),
            (
                "onset → silent, interruptions",
                *spread(each.silent_ms for each in floor if each.outcome == "floor"),
            ),
            (
                "onset → silent, “stop”, “wait”, “no”",
                *spread(each.silent_ms for each in stops if each.outcome == "floor"),
            ),
            ("onset → decision, interruptions", *spread(each.confirmed_ms for each in floor)),
            ("decision → silent (0: it was so already)", *spread(silences)),
            ("end of the noise → loud again", *spread(each.back_ms for each in kept)),
        ],
    )
    outcomes = Table(
        (
            "heard over a reply",
            "n",
            "noticed",
            "reply ended",
            "asked what was meant",
            "reply went on",
            "words skipped",
            "words repeated",
        ),
        [
            (
                scene,
                len(there),
                sum(each.noticed_ms is not None for each in there),
                *(sum(each.outcome == outcome for each in there) for outcome in ("floor", "asked", "kept")),
                *(
                    sum(len(getattr(each, words)) for each in there if each.outcome == "kept")
                    for words in ("skipped", "repeated")
                ),
            )
            for scene, there in by_scene(found.over)
        ],
    )
    targets = [
        (
            "first evidence → 20 dB lower, max ms (and 10 of a period)",
            greatest(ducks),
            at_most(DUCKED_MS + 10),
        ),
        ("decision → silent, p95 ms", percentile(silences, 95), at_most(SILENT_P95_MS)),
        ("decision → silent, max ms", greatest(silences), at_most(SILENT_MAX_MS)),
        ("“stop”, “wait”, “no” missed, %", share(stops, lambda o: o.outcome != "floor"), at_most(0.0)),
        ("“stop”, “wait”, “no” → silent, p50 ms", median(each.silent_ms for each in stops), at_most(CUT_MS)),
        ("missed interruptions, %", share(floor, lambda o: o.outcome == "kept"), None),
        ("false interruptions, %", share(nobody, lambda o: o.outcome == "floor"), at_most(FALSE_PERCENT)),
        (
            "words skipped or repeated after a false alarm",
            sum(len(each.skipped) + len(each.repeated) for each in kept),
            at_most(0.0),
        ),
        ("heard-word error p95, words", percentile(errors, 95), at_most(1.0)),
        (
            "words remembered that had not begun",
            sum(each.unheard_words or 0 for each in given_up),
            at_most(0.0),
        ),
    ]
    return [timings, outcomes, judged(targets)]


def integrity(found: Findings) -> list[Table]:
    """What is kept of what was said, and what is taken for speech that is none."""
    answers = [each for each in found.turns if each.means == "answer"]
    rows = [
        (
            scene,
            sum(each.seconds for each in there) / 60,
            sum(each.noticed for each in there),
            sum(each.turns for each in there),
        )
        for scene, there in by_scene(found.alone)
    ]
    minutes = sum(each.seconds for each in found.alone) / 60
    targets = [
        ("short answers kept, %", share(answers, lambda t: t.kept), at_least(KEPT_PERCENT)),
        (
            "beginnings kept, %",
            share([t for t in found.turns if t.kept], lambda t: t.onset_kept),
            at_least(ONSET_PERCENT),
        ),
        (
            f"turns taken by noise in {minutes:.0f} minutes",
            sum(each.turns for each in found.alone),
            at_most(0.0),
        ),
    ]
    return [Table(("nobody speaks", "minutes", "noticed", "turns taken"), rows), judged(targets)]


def beside_peers(found: Findings) -> list[Table]:
    """Ours, and the others'."""
    stops = [each for each in found.of("floor") if each.outcome == "floor"]
    ducked = median(each.ducked_ms for each in found.over)
    return peers(
        f"{_ms(median(each.silent_ms for each in stops))} (median; 20 dB lower after {_ms(ducked)})",
        f"{_ms(median(each.delay_ms for each in found.complete))} (median, people in one go)",
        f"{_ms(median(each.first_audio_ms for each in found.complete))} (median; the smallest models, one core)",
    )


def unchanged(found: Findings) -> list[tuple[Any, Any]]:
    """The same play without and with speculation, where both heard the same words in one go."""
    others = {(each.scene, each.number): each for each in found.without}
    pairs = ((others.get((each.scene, each.number)), each) for each in found.turns)
    return [
        (before, with_)
        for before, with_ in pairs
        if before
        and before.transcript == with_.transcript
        and None
        not in (
            before.first_audio_ms,
            before.delay_ms,
            before.asked_ms,
            with_.first_audio_ms,
            with_.delay_ms,
            with_.drafted_ms,
            with_.asked_ms,
        )
        and not (before.cuts or with_.cuts or before.reopened or with_.reopened)
    ]


def _cut(turn: Answered) -> bool:
    """They were spoken into."""
    return turn.cuts > 0


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"
