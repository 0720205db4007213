import subprocess
import sys

from appliance.audio.rights import REMEDIES, Right, remedies


def test_every_refusal_names_its_remedy() -> None:
    lines = remedies(Right.REALTIME | Right.LOCKED_MEMORY)
    assert len(lines) == len(REMEDIES) == 2
    assert "LimitRTPRIO" in lines[0]
    assert "LimitMEMLOCK" in lines[1]
    assert all("/etc/security/limits.d/audio.conf" in line for line in lines)


def test_nothing_is_gained_and_no_core_is_dumped() -> None:
    code = (
        "import resource; from appliance.audio.rights import renounce; renounce();"
        "print(resource.getrlimit(resource.RLIMIT_CORE), open('/proc/self/status').read())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("(0, 0)")
    assert "NoNewPrivs:\t1" in told


def test_nothing_refused_needs_no_words() -> None:
    assert remedies(Right.NONE) == ()
