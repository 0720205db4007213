"""What does not fit to a system, or may not come from a stick, is refused, and nothing is touched."""

import json
from pathlib import Path

import pytest

from appliance.device.memory import STATUS, read_status
from appliance.device.plan import IWD as IWD_PROGRAM
from appliance.device.plan import NETWORK_MANAGER, PAIRED, SETTINGS, STATE, first_plan, owned
from appliance.device.provision import apply
from tests.device.box import KEY, WHOLE, box, everything, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return box(tmp_path)


def problems(root: Path, text: str | bytes) -> str:
    """Refused, with nothing changed but what people are told."""
    before = everything(root)
    outcome = apply(text if isinstance(text, bytes) else text.encode(), root)
    assert outcome
    assert outcome.plan is None
    after = everything(root)
    after.pop(STATUS)
    before.pop(STATUS, None)
    assert after == before
    status = read_status(root)
    assert status
    assert status.state == "refused"
    assert "nothing was changed" in outcome.text("box")
    return "\n".join(status.problems)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_zone = 'Europe/Berln'", "did you mean 'Europe/Berlin'?"),
        ("time_zone = '../../../etc/shadow'", "there is no zone"),
        ("time_zone = '/etc/shadow'", "there is no zone"),
        ("time_zone = 'Europe'", "there is no zone"),
        (
            "[appliance.piper]\nspede = 1.2",
            "appliance.piper.spede: there is no such key; did you mean 'speed'?",
        ),
        ("[appliance.piper]\nspeed = 99", "appliance.piper.speed: "),
        ("[appliance.pipr]\nspeed = 1.2", "did you mean 'piper'?"),
        ("[appliance.piper]\nspeed = 2026-01-01", "appliance.piper.speed: "),
        ("name = 'a'\n[appliance.piper]\nspeed = 99", "appliance.piper.speed: "),
    ],
)
def test_what_does_not_fit_to_the_box_is_refused(root: Path, text: str, words: str) -> None:
    assert words in problems(root, text)


def test_a_system_that_lacks_a_part_says_so(root: Path) -> None:
    (root / IWD_PROGRAM).unlink()
    wireless = '[network]\nwifi = "a"\npassphrase = ""\ncountry = "DE"\n'
    assert "iwd" in problems(root, wireless)
    write(root / NETWORK_MANAGER, "")
    assert "NetworkManager" in problems(root, "[network]\n")
    (root / "usr/sbin/sshd").unlink()
    assert "no SSH server" in problems(root, f'[ssh]\nkey = "{KEY}"\n')


def test_the_boxs_own_damaged_settings_are_not_overwritten(root: Path) -> None:
    write(root / SETTINGS, "[models\n")
    assert "the box's own settings are damaged" in problems(root, 'language = "de"')


OWNED = json.dumps([{"owner": True}])


@pytest.mark.parametrize("devices", [OWNED, "[", "{}x", '[{"name": "phone"}]', "[" * 5000])
def test_a_box_that_has_an_owner_takes_only_the_way_to_the_network(root: Path, devices: str) -> None:
    write(root / STATE / PAIRED, devices)
    words = problems(root, WHOLE)
    for key in ("name", "language", "profile", "keep_conversations", "ssh", "audio", "appliance"):
        assert f"{key}: the box has an owner" in words
    assert "later_sticks: the box has an owner" in problems(root, 'later_sticks = "everything"')
    outcome = apply(b'time_zone = "UTC"\n[network]\naddress = "10.0.0.2/24"\n', root)
    assert outcome
    assert outcome.plan


@pytest.mark.parametrize(("policy", "taken"), [("everything", True), ("network", False), ("nothing", False)])
def test_who_sets_the_box_up_decides_what_sticks_may_do_later(root: Path, policy: str, taken: bool) -> None:
    apply(f'later_sticks = "{policy}"'.encode(), root)
    write(root / STATE / PAIRED, OWNED)
    outcome = apply(b'name = "mine"', root)
    assert outcome
    assert (outcome.plan is not None) is taken


def test_no_owner_is_no_owner(root: Path) -> None:
    write(root / STATE / PAIRED, json.dumps([{"owner": False}]))
    outcome = apply(WHOLE, root)
    assert outcome
    assert outcome.plan


def test_planning_changes_nothing(root: Path) -> None:
    before = everything(root)
    assert [file.path for file in first_plan(root).files] == ["etc/hostname", "etc/hosts"]
    assert not owned(root)
    assert everything(root) == before


def test_an_owner_is_found_wherever_the_program_keeps_its_state(root: Path) -> None:
    apply(b'[appliance.audio]\nfolder = "/srv/box"\n', root)
    write(root / "srv/box" / PAIRED, OWNED)
    assert owned(root)
    assert "name: the box has an owner" in problems(root, 'name = "mine"')
