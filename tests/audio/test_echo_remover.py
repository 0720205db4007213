import numpy as np

from appliance.audio.echo_remover import LATE, EchoRemover
from appliance.audio.reference import Reference
from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame, Samples


class Subtraction:
    """A canceller for a room without air."""

    def __init__(self) -> None:
        self.resets = 0
        self.silence = 0
        """Samples of silence since the last reset, before any sound."""

    def process(self, microphone: Samples, reference: Samples) -> tuple[Samples, Samples]:
        if not (microphone.any() or reference.any()):
            self.silence += len(microphone)
        return microphone - reference, np.zeros_like(microphone)

    def reset(self) -> None:
        self.resets += 1
        self.silence = 0


class Known:
    """A reference that is 0.25, or 0 in some seconds, and breaks where it is told to."""

    def __init__(self, *breaks: int, silent: tuple[int, ...] = ()) -> None:
        self._breaks = breaks
        self._silent = silent

    def beside(self, frame: AudioFrame) -> Reference:
        level = 0.0 if frame.start // CAPTURE_RATE in self._silent else 0.25
        samples = np.full(len(frame.samples), level, np.float32)
        return Reference(samples, continues=frame.start not in self._breaks)


class Late:
    """A canceller that changes nothing, and is as late as ours."""

    def __init__(self) -> None:
        self.heard = 0
        self._held: Samples = np.zeros(LATE, np.float32)

    def process(self, microphone: Samples, reference: Samples) -> tuple[Samples, Samples]:
        self.heard += len(microphone)
        passing = np.concatenate([self._held, microphone])
        self._held = passing[-LATE:]
        return passing[:-LATE], microphone

    def reset(self) -> None:
        self._held[:] = 0


def frame(number: int) -> AudioFrame:
    return AudioFrame(np.full(PERIOD, 0.75, np.float32), CAPTURE_RATE, number * PERIOD)


def test_a_frame_is_cleaned_and_keeps_what_it_was_made_of() -> None:
    cleaned = EchoRemover(Subtraction(), Known()).clean(frame(3))
    assert (cleaned.start, cleaned.rate) == (3 * PERIOD, CAPTURE_RATE)
    assert (cleaned.samples == 0.5).all()
    assert cleaned.echo is not None
    assert (cleaned.echo.microphone == 0.75).all()
    assert (cleaned.echo.reference == 0.25).all()
    assert not cleaned.echo.guard.any()


def test_the_canceller_begins_again_where_nothing_continues() -> None:
    canceller = Subtraction()
    remover = EchoRemover(canceller, Known(0, 2 * PERIOD))
    cleaned = [remover.clean(frame(number)) for number in range(4)]
    assert canceller.resets == 2
    assert canceller.silence == CAPTURE_RATE, "it hears silence before it hears sound"
    assert [bool(frame.echo and frame.echo.begun) for frame in cleaned] == [True, False, True, False]


def test_it_rests_while_nothing_is_played_and_no_sample_is_lost_or_repeated() -> None:
    canceller = Late()
    remover = EchoRemover(canceller, Known(0, silent=(1, 2, 3)))
    captured = np.random.default_rng(1).standard_normal(6 * CAPTURE_RATE).astype(np.float32)
    cleaned, resting = [], 0
    for start in range(0, len(captured), 2 * PERIOD):
        made = remover.clean(AudioFrame(captured[start : start + 2 * PERIOD], CAPTURE_RATE, start))
        cleaned.append(made.samples)
        resting += made.echo is None
    np.testing.assert_array_equal(np.concatenate(cleaned)[LATE:], captured[:-LATE])
    assert resting * 2 * PERIOD == 2 * CAPTURE_RATE, "the first second of silence may hold reverberation"
    assert canceller.heard == CAPTURE_RATE + 4 * CAPTURE_RATE + 2 * LATE


def test_a_break_wakes_it_and_is_told() -> None:
    remover = EchoRemover(Late(), Known(0, 5 * CAPTURE_RATE, silent=tuple(range(10))))
    told = []
    for start in range(0, 6 * CAPTURE_RATE, PERIOD):
        made = remover.clean(AudioFrame(np.zeros(PERIOD, np.float32), CAPTURE_RATE, start))
        if made.echo and made.echo.begun:
            told.append(start)
    assert told == [0, 5 * CAPTURE_RATE]
