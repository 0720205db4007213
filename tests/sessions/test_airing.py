"""When a reply is said to have begun."""

import numpy as np
import pytest

from appliance.converse import Say
from tests.fakes import Script, voice
from tests.room import PHRASE_LEVEL, Room


@pytest.mark.parametrize("prefill_s", [0.1, *np.arange(1.7, 2.8, 0.1)])
def test_a_reply_begins_with_its_own_first_sample(prefill_s: float) -> None:
    """Not with that of a request for patience, however close it follows."""
    room = Room(Script(replies=["yes, I think so."], prefill_s=prefill_s))
    speaker = np.abs(room.hold(Say(voice(0.4), at=0.2)))
    own = np.flatnonzero((speaker > 0.005) & (speaker < 0.02))
    (turn,) = room.report.turns
    asked = bool((speaker > PHRASE_LEVEL / 2).any())
    assert asked == (prefill_s > 1)
    assert turn["stamps"]["first_audio"] == pytest.approx(1000 * own[0] / room.port.playback_rate, abs=11)
