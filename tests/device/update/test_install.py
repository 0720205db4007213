"""A bundle is verified, compared, written and switched to; whatever becomes of it is told."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.device.update.install import Workshop, examine, install
from appliance.device.update.slots import NoSlots
from appliance.device.update.status import read_update
from tests.device.update.flashed import COMPATIBLE, VERSION, boot_partition, flashed, nothing_runs

TOLD = f'{{"compatible": "{COMPATIBLE}", "version": "1.3", "images": [{{"rootfs": {{"size": 1000}}}}]}}'


def workshop(tmp_path: Path, told: str = TOLD, fails: str = "") -> Workshop:
    """A box whose RAUC is a sentence."""

    def ask(command: Sequence[str]) -> str:
        return told

    def write(path: Path, heard: Callable[[int, str], None]) -> None:
        heard(40, "Copying")
        if fails:
            raise ApplianceError(fails)

    esp = boot_partition(tmp_path / "esp", "appliance-b.conf", "appliance-a.conf")
    now = datetime(2026, 11, 21, tzinfo=UTC)
    root = flashed(tmp_path / "root")
    return Workshop(root, esp, ask, write, nothing_runs, lambda _: 5000, lambda: now)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "x.raucb"
    path.write_bytes(b"hsqs" + bytes(60))
    return path


def test_it_is_told_how_far_it_is_and_that_it_is_done(bundle: Path, tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    shop = workshop(tmp_path)
    done = install(
        lambda: bundle, shop, lambda status: heard.append((status.state, status.percent)), source="stick"
    )
    assert heard == [("checking", 0), ("installing", 0), ("installing", 40), ("installed", 100)]
    assert read_update(shop.root) == done
    assert (done.version, done.before, done.source, done.boot) == ("1.3", VERSION, "stick", "first-start")


def test_a_refusal_is_told_and_nothing_is_written(bundle: Path, tmp_path: Path) -> None:
    shop = workshop(tmp_path, TOLD.replace("1.3", "1.1"), fails="must not be asked")
    done = install(lambda: bundle, shop)
    assert (done.state, done.remedy) == ("refused", "if you mean it: sudo appliance update --older FILE")
    assert read_update(shop.root) == done
    assert (
        install(lambda: bundle, workshop(tmp_path, TOLD.replace("1.3", "1.1")), older=True).state
        == "installed"
    )


def test_a_failure_says_what_runs_still(bundle: Path, tmp_path: Path) -> None:
    done = install(lambda: bundle, workshop(tmp_path, fails="the disk is broken"))
    assert (done.state, done.problem) == ("failed", "the disk is broken")
    assert VERSION in done.remedy


def test_only_looking_changes_nothing(bundle: Path, tmp_path: Path) -> None:
    shop = workshop(tmp_path)
    assert examine(bundle, shop).version == "1.3"
    assert read_update(shop.root).state == "none"


def test_elsewhere_it_is_not_even_looked_at(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(NoSlots):
        install(lambda: bundle, Workshop(root=tmp_path))
