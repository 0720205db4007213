import numpy as np

from appliance.audio.echo_remover import EchoRemover
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
    """A reference that is always 0.25, and breaks where it is told to."""

    def __init__(self, *breaks: int) -> None:
        self._breaks = breaks

    def beside(self, frame: AudioFrame) -> Reference:
        samples = np.full(len(frame.samples), 0.25, np.float32)
        return Reference(samples, continues=frame.start not in self._breaks)


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
