from dataclasses import replace

from appliance.audio.echo_memory import Chosen
from appliance.audio.settings import EchoMode
from appliance.audio.side import STARTING, AudioStatus, Side

PAIR = Chosen("a", "b", EchoMode.SOFTWARE, wired=False, path=None)
EARS, MOUTH = Side(True, "'A' (48000 Hz)", chosen=PAIR), Side(True, "'B' (48000 Hz)", chosen=PAIR)
GONE = Side(False, "It was pulled", gone=True)


def test_both_in_a_line() -> None:
    status = AudioStatus(EARS, MOUTH)
    assert status.alive
    assert status.chosen == PAIR
    assert status.line == "Listening to 'A' (48000 Hz); playing to 'B' (48000 Hz), echo: software"


def test_one_of_both() -> None:
    deaf, silent = AudioStatus(GONE, MOUTH), AudioStatus(EARS, GONE)
    assert (deaf.alive, silent.alive) == (False, False)
    assert deaf.chosen is None
    assert deaf.line == "It was pulled; playing to 'B' (48000 Hz)"
    assert silent.line == "Listening to 'A' (48000 Hz); It was pulled"


def test_what_is_wrong_with_both_is_said_once() -> None:
    assert AudioStatus(STARTING, STARTING).line == "Sound is starting"
    assert AudioStatus(GONE, replace(GONE, line="So was this")).line == "It was pulled; So was this"
