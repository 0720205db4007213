"""Whatever the page or a stick brings is dealt with once, and the stick gets an answer."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.device.memory import APPLIED
from appliance.device.reset import ASKED, DONE, ON_STICK, WISH
from appliance.device.update.arrivals import ANSWER, Arrival, attend
from appliance.device.update.inbox import INCOMING, UPLOAD
from appliance.device.update.install import Workshop
from tests.device.test_sticks import Sticks
from tests.device.update.flashed import write
from tests.device.update.test_install import TOLD, workshop


class Desk:
    """A box, a stick, and how often something was written into the other slot."""

    def __init__(self, tmp_path: Path, told: str = TOLD) -> None:
        self.folder = tmp_path / "stick"
        self.folder.mkdir(exist_ok=True)
        self.sticks = Sticks(self.folder)
        self.shop: Workshop = replace(workshop(tmp_path, told), run=self.run)
        self.mount_point = tmp_path / "mounted"

    def run(self, command: Sequence[str]) -> str:
        return self.sticks(command)

    def attend(self) -> Arrival:
        return attend(self.shop, lambda _: None, self.mount_point)

    @property
    def root(self) -> Path:
        return self.shop.root


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def bundle(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"hsqs" + bytes(60))


def test_where_nothing_has_come_nothing_happens(desk: Desk) -> None:
    assert desk.attend() == Arrival()
    assert not desk.attend().restart


def test_a_stick_s_bundle_is_installed_once_and_answered(desk: Desk) -> None:
    bundle(desk.folder / "update.raucb")
    arrival = desk.attend()
    assert arrival.status
    assert (arrival.status.state, arrival.status.source, arrival.restart) == ("installed", "stick", True)
    assert "Version 1.3 was installed" in (desk.folder / ANSWER).read_text()
    assert not (desk.root / INCOMING).exists()
    assert desk.attend() == Arrival()


def test_a_refusal_is_answered_with_its_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path, TOLD.replace("1.3", "0.5"))
    bundle(desk.folder / "update.raucb")
    assert not desk.attend().restart
    assert "0.5 is older than" in (desk.folder / ANSWER).read_text()


def test_two_bundles_are_one_too_many(desk: Desk) -> None:
    for name in ("a.raucb", "b.raucb"):
        bundle(desk.folder / name)
    arrival = desk.attend()
    assert arrival.status
    assert "more than one bundle: a.raucb, b.raucb" in arrival.status.problem
    assert desk.attend() == Arrival()


def test_what_the_page_brings_comes_before_the_stick(desk: Desk) -> None:
    bundle(desk.root / UPLOAD)
    bundle(desk.folder / "update.raucb")
    first = desk.attend()
    assert first.status
    assert first.status.source == "page"
    second = desk.attend()
    assert second.status
    assert second.status.source == "stick"


def test_the_page_asks_for_a_reset_once(desk: Desk) -> None:
    write(desk.root / ASKED, "")
    assert desk.attend() == Arrival(reset=True)
    assert (desk.root / WISH).exists()
    assert desk.attend() == Arrival()


def test_a_stick_asks_for_a_reset_once(desk: Desk) -> None:
    write(desk.folder / ON_STICK, "")
    assert desk.attend().reset
    assert (desk.root / WISH).exists()
    assert (desk.folder / DONE).exists()
    assert desk.attend() == Arrival()


def test_an_owner_who_wants_nothing_from_sticks_gets_nothing(desk: Desk) -> None:
    write(desk.root / APPLIED, json.dumps({"digest": "", "network": [], "later_sticks": "nothing"}))
    write(desk.root / "var/lib/appliance/web/devices.json", '[{"owner": true}]')
    write(desk.folder / ON_STICK, "")
    bundle(desk.folder / "update.raucb")
    assert desk.attend() == Arrival()
    assert not (desk.root / WISH).exists()
