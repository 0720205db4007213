from appliance.audio.rights import REMEDIES, Right, remedies


def test_every_refusal_names_its_remedy() -> None:
    lines = remedies(Right.REALTIME | Right.LOCKED_MEMORY)
    assert len(lines) == len(REMEDIES) == 2
    assert "LimitRTPRIO" in lines[0]
    assert "LimitMEMLOCK" in lines[1]
    assert all("/etc/security/limits.d/audio.conf" in line for line in lines)


def test_nothing_refused_needs_no_words() -> None:
    assert remedies(Right.NONE) == ()
