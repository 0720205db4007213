import datetime
import logging
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from appliance.web.authority import RELEASED
from appliance.web.certificates import DeviceCertificates

HOME = [ip_address("192.168.1.7"), ip_address("127.0.0.1")]
NOW = datetime.datetime(2027, 3, 1, tzinfo=datetime.UTC)


class Box:
    """A box whose calendar one turns."""

    def __init__(self, folder: Path, name: str = "voicebox", now: datetime.datetime = NOW) -> None:
        self.now = now
        self.folder = folder
        self.certificates = DeviceCertificates(folder, name, lambda: self.now)
        self.certificates.refresh(HOME)

    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / "box.pem").read_bytes())


def test_it_makes_its_own_and_keeps_them_to_itself(tmp_path: Path) -> None:
    box = Box(tmp_path / "tls")
    assert {file.name for file in box.folder.iterdir()} == {"authority.pem", "box.pem"}
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in box.folder.iterdir())
    assert box.certificates.authority
    assert b"PRIVATE" not in box.certificates.authority
    assert len(box.certificates.fingerprint) == 32 * 3 - 1
    assert {"voicebox.local", "192.168.1.7"} <= box.certificates.hosts


def test_after_a_restart_they_are_the_same(tmp_path: Path) -> None:
    first, second = Box(tmp_path), Box(tmp_path)
    assert first.certificates.fingerprint == second.certificates.fingerprint
    assert first.leaf() == second.leaf()


def test_nothing_happens_as_long_as_all_is_well(tmp_path: Path) -> None:
    box = Box(tmp_path)
    before, context = box.leaf(), box.certificates.context
    box.now += datetime.timedelta(days=300)
    box.certificates.refresh(HOME[:1])  # an address less is no reason
    assert (box.leaf(), box.certificates.context) == (before, context)


@pytest.mark.parametrize(
    ("days", "addresses"), [(367, HOME), (0, [*HOME, ip_address("10.0.0.5")]), (3000, HOME)]
)
def test_the_leaf_is_renewed_in_time_and_with_the_addresses(
    tmp_path: Path, days: int, addresses: list[object]
) -> None:
    box = Box(tmp_path)
    before, context, root = box.leaf(), box.certificates.context, box.certificates.fingerprint
    box.now += datetime.timedelta(days=days)
    box.certificates.refresh(addresses)  # type: ignore[arg-type]  # parametrize forgets what they are
    assert box.leaf() != before
    assert box.certificates.context is not context
    assert box.certificates.fingerprint == root, "devices need not learn a new root"


def test_a_public_address_is_no_reason(tmp_path: Path) -> None:
    box = Box(tmp_path)
    before = box.leaf()
    box.certificates.refresh([*HOME, ip_address("2001:db8::1")])
    assert box.leaf() == before


def test_a_root_near_its_end_is_replaced_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = Box(tmp_path)
    root = box.certificates.fingerprint
    box.now += datetime.timedelta(days=3653 - 300)
    with caplog.at_level(logging.WARNING):
        box.certificates.refresh(HOME)
    assert box.certificates.fingerprint != root
    assert "devices need the new one" in caplog.text


def test_a_new_name_needs_a_new_root(tmp_path: Path) -> None:
    assert Box(tmp_path).certificates.fingerprint != Box(tmp_path, "kitchen").certificates.fingerprint


@pytest.mark.parametrize("name", ["authority.pem", "box.pem"])
@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n", "\x00"])
def test_broken_files_are_set_aside_and_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, text: str
) -> None:
    Box(tmp_path)
    (tmp_path / name).write_text(text)
    with caplog.at_level(logging.WARNING):
        Box(tmp_path)
    assert "is broken" in caplog.text
    assert (tmp_path / f"{name}.broken").read_text() == text


def test_a_leaf_of_another_root_is_replaced(tmp_path: Path) -> None:
    Box(tmp_path)
    (tmp_path / "authority.pem").unlink()
    box = Box(tmp_path)
    root = x509.load_pem_x509_certificate(box.certificates.authority or b"")
    box.leaf().verify_directly_issued_by(root)


def test_what_is_of_a_future_that_never_came_is_replaced(tmp_path: Path) -> None:
    Box(tmp_path, now=NOW + datetime.timedelta(days=1500))
    box = Box(tmp_path)
    root = x509.load_pem_x509_certificate(box.certificates.authority or b"")
    assert root.not_valid_before_utc < NOW
    assert box.leaf().not_valid_before_utc < NOW


def test_a_renewal_that_fails_is_tried_again(tmp_path: Path) -> None:
    box = Box(tmp_path / "tls")
    (tmp_path / "tls").rename(tmp_path / "away")
    (tmp_path / "tls").touch()
    context, elsewhere = box.certificates.context, [*HOME, ip_address("10.0.0.5")]
    with pytest.raises(OSError, match="tls"):
        box.certificates.refresh(elsewhere)
    assert box.certificates.context is context
    (tmp_path / "tls").unlink()
    (tmp_path / "away").rename(tmp_path / "tls")
    box.certificates.refresh(elsewhere)
    assert "10.0.0.5" in box.certificates.hosts


def test_a_clock_that_woke_in_1970_changes_nothing(tmp_path: Path) -> None:
    Box(tmp_path)
    before = (tmp_path / "box.pem").read_bytes()
    Box(tmp_path, now=RELEASED - datetime.timedelta(days=9000))
    assert (tmp_path / "box.pem").read_bytes() == before
