"""When the box listens."""

import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, AudioFrame
from appliance.pipeline.listen import Listener, ListenSettings
from appliance.sessions.ears import Ears
from appliance.transports.wavfile import WavPort
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.machine import AUDIBLE, State
from tests.fakes import LoudnessVad

FRAME = CAPTURE_RATE // 50


class Echoing(WavPort):
    half_duplex = True


def ears(port: WavPort, *, barge_in: bool = True) -> Ears:
    settings = ListenSettings(barge_in=barge_in)
    return Ears(port, Listener(LoudnessVad(), EndpointSettings(), settings), settings)


def hears(listening: Ears, state: State, first: int = 0, seconds: float = 1.0) -> float | None:
    """The second at which a voice that begins with frame `first` is noticed."""
    for number in range(first, first + round(seconds * 50)):
        frame = AudioFrame(np.full(FRAME, 0.3, np.float32), CAPTURE_RATE, number * FRAME)
        if list(listening.listen(frame, state)):
            return (number + 1) / 50
    return None


@pytest.mark.parametrize("state", sorted(set(State) - {State.MUTED}))
def test_with_headphones_it_always_listens(state: State) -> None:
    assert hears(ears(WavPort()), state) == 0.04


def test_muted_it_never_does() -> None:
    assert hears(ears(WavPort()), State.MUTED) is None


@pytest.mark.parametrize("state", sorted(AUDIBLE))
@pytest.mark.parametrize(("port", "barge_in"), [(Echoing(), True), (WavPort(), False)])
def test_where_it_would_hear_itself_it_does_not_listen_while_it_speaks(
    state: State, port: WavPort, barge_in: bool
) -> None:
    listening = ears(port, barge_in=barge_in)
    assert hears(listening, state) is None
    heard = hears(listening, State.LISTENING, first=50)
    assert heard == pytest.approx(1.0 + ListenSettings().tail_ms / 1000, abs=0.05), "nor in its echo"


def test_where_it_would_hear_itself_it_listens_while_it_is_quiet() -> None:
    assert hears(ears(Echoing()), State.THINKING) == 0.04
