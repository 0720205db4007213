from dataclasses import fields

from appliance.sessions.trace import Stamps, on_samples


def test_only_the_first_time_counts() -> None:
    stamps = Stamps()
    stamps.mark("first_token", 1.23456)
    stamps.mark("first_token", 2.0)
    assert stamps.first_token == 19753 / 16  # ms of the sample that is nearest


def test_even_at_the_very_beginning() -> None:
    stamps = Stamps()
    stamps.mark("first_token", 0.0)
    stamps.mark("first_token", 2.0)
    assert stamps.first_token == 0.0


def test_the_time_between_two_things_needs_both() -> None:
    stamps = Stamps(speech_ended=1000.0, first_audio=1650.5)
    assert stamps.since("first_audio", "speech_ended") == 650.5
    assert stamps.since("reply_ended", "speech_ended") is None
    assert stamps.since("first_audio", "endpoint") is None
    assert Stamps(speech_ended=0.0, first_audio=0.0).since("first_audio", "speech_ended") == 0.0


def test_the_report_has_all_in_the_order_of_life() -> None:
    report = Stamps(transcript=3.0).as_dict()
    assert list(report) == [
        "speech_started",
        "noticed",
        "first_words",
        "speech_ended",
        "arrived",
        "drafted",
        "endpoint",
        "transcript",
        "model_asked",
        "first_token",
        "first_clause",
        "first_sound",
        "queued",
        "first_audio",
        "last_token",
        "reply_ended",
        "barge_in",
        "ducked",
        "hushed",
        "silent",
    ]
    assert list(report) == [field.name for field in fields(Stamps)]
    assert report["transcript"] == 3.0
    assert report["endpoint"] is None


def test_moments_are_whole_samples_so_that_sums_are_exact() -> None:
    for seconds in (0.1, 1 / 3, 3600.0123456, 86_400.3):
        assert (on_samples(seconds) * 16).is_integer()
    parts = [on_samples(0.1 * number) - on_samples(0.1 * (number - 1)) for number in range(1, 1000)]
    assert sum(parts) == on_samples(99.9)
