"""Settings files applied to a system in a folder: all of it or nothing, once, and only by whom it may be."""

import json
import tomllib
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.device.files import NewFile, write_all
from appliance.device.memory import APPLIED, STATUS, read_status, recall
from appliance.device.names import given_name, host_name
from appliance.device.networks import IWD, WIRED, WIRELESS
from appliance.device.plan import IWD as IWD_PROGRAM
from appliance.device.plan import NETWORK_MANAGER, PAIRED, SETTINGS
from appliance.device.provision import apply, begin
from appliance.settings import load_settings
from tests.device.box import KEY, WHOLE, box, everything, write

SECRET = b"correct horse"


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


def test_a_box_takes_a_name_of_its_own_once(root: Path) -> None:
    begin(root)
    name = host_name(root)
    assert name == given_name(root)
    assert name.startswith("voicebox-")
    assert len(name) == 13
    assert f"127.0.1.1 {name}\n" in (root / "etc/hosts").read_text()
    before = everything(root)
    begin(root)
    assert everything(root) == before


def test_the_name_that_a_person_chose_stays(root: Path) -> None:
    write(root / "etc/hostname", "anna\n")
    begin(root)
    assert host_name(root) == "anna"


@pytest.mark.parametrize("identity", ["", "uninitialized\n", "../../etc\n", "x" * 32])
def test_without_an_id_there_is_no_number(root: Path, identity: str) -> None:
    write(root / "etc/machine-id", identity)
    assert given_name(root) == "voicebox"


def test_everything_at_once(root: Path) -> None:
    begin(root)
    outcome = apply(WHOLE, root)
    assert outcome
    assert outcome.plan
    assert host_name(root) == "kitchen-box"
    assert (root / "etc/localtime").readlink() == Path("/usr/share/zoneinfo/Europe/Berlin")
    assert (root / "etc/timezone").read_text() == "Europe/Berlin\n"
    assert "Address=192.168.1.40/24\nGateway=192.168.1.1\nDNS=192.168.1.1\n" in (root / WIRELESS).read_text()
    known = root / IWD / f"={'Café & Söhne'.encode().hex()}.psk"
    assert known.read_text() == "[Security]\nPassphrase=correct horse\\\\battery\n"
    assert known.stat().st_mode & 0o777 == 0o600
    assert known.parent.stat().st_mode & 0o777 == 0o700
    assert (root / "etc/ssh/authorized_keys.d/root").read_text() == f"{KEY}\n"
    assert "PasswordAuthentication no" in (root / "etc/ssh/sshd_config.d/10-appliance.conf").read_text()
    for unit in ("ssh.service", "iwd.service"):
        assert (root / "etc/systemd/system/multi-user.target.wants" / unit).is_symlink()
    settings = load_settings(root / SETTINGS, {})
    assert settings.models.folder == "/var/lib/appliance-models"
    assert settings.models.profile == "bundled"
    assert (settings.records.keep_days, settings.piper.speed, settings.http.language) == (0, 1.2, "de")
    assert outcome.plan.units == ("systemd-networkd.service", "ssh.service", "iwd.service")


def test_a_secret_is_in_one_file_and_nowhere_else(root: Path) -> None:
    begin(root)
    outcome = apply(WHOLE, root)
    assert outcome
    holders = [path for path in root.rglob("*") if path.is_file() and SECRET in path.read_bytes()]
    assert [path.suffix for path in holders] == [".psk"]
    assert SECRET.decode() not in outcome.text("box")
    assert "delete it" in outcome.text("box")
    assert (root / APPLIED).stat().st_mode & 0o777 == 0o600
    digest = json.loads((root / APPLIED).read_text())["digest"]
    assert digest not in (root / STATUS).read_text()


def test_the_same_file_does_nothing_more(root: Path) -> None:
    assert apply(WHOLE, root)
    write(root / "etc/hostname", "renamed-by-hand\n")
    before = everything(root)
    assert apply(WHOLE, root) is None
    assert everything(root) == before


def test_what_is_absent_stays_as_it_is(root: Path) -> None:
    apply(WHOLE, root)
    before = everything(root)
    apply(b"[appliance.piper]\nspeed = 0.9\n", root)
    after = everything(root)
    assert {path for path in after if after[path] != before.get(path)} == {SETTINGS, STATUS, APPLIED}
    assert tomllib.loads((root / SETTINGS).read_text())["models"]["profile"] == "bundled"


def test_a_network_takes_the_place_of_the_one_before(root: Path) -> None:
    apply(WHOLE, root)
    apply(b'[network]\nwifi = "Other"\npassphrase = "12345678"\ncountry = "FR"\n', root)
    assert [path.name for path in (root / IWD).iterdir()] == ["Other.psk"]
    apply(b"[network]\n", root)
    assert not (root / WIRELESS).exists()
    assert list((root / IWD).iterdir()) == []
    assert "DHCP=yes" in (root / WIRED).read_text()


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
    write(root / PAIRED, devices)
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
    write(root / PAIRED, OWNED)
    outcome = apply(b'name = "mine"', root)
    assert outcome
    assert (outcome.plan is not None) is taken


def test_no_owner_is_no_owner(root: Path) -> None:
    write(root / PAIRED, json.dumps([{"owner": False}]))
    outcome = apply(WHOLE, root)
    assert outcome
    assert outcome.plan


@pytest.mark.parametrize("damage", ["", "{", '{"digest": 3}', '{"network": ["../../x"]', "[" * 5000])
def test_a_memory_that_is_damaged_is_empty(root: Path, damage: str) -> None:
    write(root / APPLIED, damage)
    write(root / STATUS, damage)
    assert recall(root).digest == ""
    assert apply(WHOLE, root)
    assert recall(root).knows(WHOLE)


def test_a_file_that_cannot_be_written_leaves_all_others_as_they_were(root: Path) -> None:
    apply(b'name = "old-name"', root)
    (root / "etc/timezone").mkdir()  # no file can take its place
    write(root / "etc/timezone/x", "")
    before = everything(root)
    with pytest.raises(ApplianceError):
        apply(WHOLE, root)
    assert everything(root) == before


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(root: Path) -> None:
    victim = root / "victim"
    victim.write_text("mine")
    (root / "etc/timezone").symlink_to(victim)
    write_all(root, [NewFile("etc/timezone", "UTC\n")])
    assert victim.read_text() == "mine"
    assert not (root / "etc/timezone").is_symlink()
    assert (root / "etc/timezone").read_text() == "UTC\n"
