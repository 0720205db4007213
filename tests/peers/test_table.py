"""The tables of `make bench-peers`."""

from scripts.peers.judge import Verdict
from scripts.peers.table import OURS, ratio, section
from scripts.peers.talk import Conversation


def conversation(answered_ms: float, silent_ms: float, **more: str) -> Conversation:
    about = {
        "name": "Parrot",
        "version": "3",
        "turn end": "1 s",
        "interruption": "2 s",
        "changed": "nothing",
        "processes": "one",
    }
    verdicts = [Verdict("a", False, answered_ms), Verdict("b", True, 900.0, silent_ms=silent_ms)]
    busy = {"s": 9.0, "busy_s": {"stt": 1.0, "llm": 3.0, "tts": 0.5}}
    return Conversation(about, verdicts, [busy], **more)


def test_medians_stand_side_by_side_with_their_ratio() -> None:
    runs = {OURS: [conversation(500, 200)], "parrot": [conversation(2000, 400), conversation(3000, 400)]}
    answers, stops, settings = section(runs, {}).tables
    assert answers.rows[0] == ("**ours**", 1, 1, 500, 500, 500, None, 0, 0)
    assert answers.rows[1] == ("Parrot 3", 2, 2, 2500, 2950, 3000, 0.2, 0, 0)
    assert stops.rows[1] == ("Parrot 3", 2, 400, 400, 400, 0.5, 900)
    assert settings.rows[1] == ("Parrot 3", "1 s", "2 s", "nothing", "one", "0.50 / 1.50 / 0.25")


def test_who_did_not_answer_is_a_row_too() -> None:
    silent = Conversation(
        {"name": "Stone", "version": "1"}, [Verdict("a", False), Verdict("b", False, cut_in=True)]
    )
    answers, stops, settings = section({OURS: [conversation(500, 200)], "stone": [silent]}, {}).tables
    assert answers.rows[1] == ("Stone 1", 2, 0, None, None, None, None, 1, 1)
    assert stops.rows[1] == ("Stone 1", 0, None, None, None, None, None)
    assert settings.rows[1] == ("Stone 1", None, None, None, None, None)


def test_what_was_not_measured_is_said() -> None:
    broken = Conversation(failure="did not start: no such file")
    found = section({"parrot": [broken]}, {"stone": "Stone cannot be installed: no index"})
    assert "parrot, round 1: did not start: no such file" in found.note
    assert "Stone cannot be installed" in found.note
    assert "| parrot | 0 | 0 |" in found.markdown()


def test_there_is_no_ratio_to_nothing() -> None:
    assert ratio([], [1.0]) is None
    assert ratio([1.0], []) is None
    assert ratio([1.0, 3.0], [8.0]) == 0.25
