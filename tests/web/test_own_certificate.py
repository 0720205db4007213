import datetime
import logging
import os
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from appliance.core.errors import ConfigError
from appliance.web.authority import found_authority, issue
from appliance.web.own_certificate import OwnCertificate

NOW = datetime.datetime(2029, 3, 1, tzinfo=datetime.UTC)


def write(folder: Path, name: str = "voicebox", issued: datetime.datetime = NOW) -> tuple[str, str]:
    """A certificate and a key as somebody's authority hands them out."""
    leaf = issue(found_authority(name, issued), name, [ip_address("10.0.0.5")], issued)
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(leaf.certificate.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(leaf.pem().partition(b"-----BEGIN CERTIFICATE")[0])
    return str(certificate), str(key)


def renew(folder: Path, name: str) -> None:
    """The same, later."""
    write(folder, name)
    for file in folder.iterdir():
        os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns + 1_000_000_000))


def test_it_is_used_as_it_is(tmp_path: Path) -> None:
    own = OwnCertificate(*write(tmp_path), lambda: NOW)
    own.refresh([])
    assert own.hosts == {"voicebox.local", "localhost", "10.0.0.5"}
    assert own.authority is None
    context = own.context
    own.refresh([])
    assert own.context is context


def test_renewed_files_are_read_again(tmp_path: Path) -> None:
    own = OwnCertificate(*write(tmp_path), lambda: NOW)
    own.refresh([])
    context = own.context
    renew(tmp_path, "kitchen")
    own.refresh([])
    assert own.context is not context
    assert "kitchen.local" in own.hosts


def test_renewed_files_that_are_wrong_leave_the_old_ones(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = OwnCertificate(*write(tmp_path), lambda: NOW)
    own.refresh([])
    context = own.context
    (tmp_path / "cert.pem").write_text("half a fi")
    with caplog.at_level(logging.WARNING):
        own.refresh([])
    assert own.context is context
    assert "is not a certificate" in caplog.text


def _without_key(folder: Path) -> None:
    (folder / "key.pem").unlink()


def _other_key(folder: Path) -> None:
    kept = (folder / "cert.pem").read_bytes()
    write(folder, "other")
    (folder / "cert.pem").write_bytes(kept)


def _no_certificate(folder: Path) -> None:
    (folder / "cert.pem").write_text("hello")


def _no_key(folder: Path) -> None:
    (folder / "key.pem").write_text("hello")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (_without_key, "key.pem cannot be read: No such file"),
        (_other_key, "does not fit the certificate"),
        (_no_certificate, "is not a certificate in PEM format"),
        (_no_key, "does not fit the certificate"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, spoil: object, problem: str) -> None:
    files = write(tmp_path)
    spoil(tmp_path)  # type: ignore[operator]  # parametrize forgets what it is
    with pytest.raises(ConfigError, match=problem) as refused:
        OwnCertificate(*files, lambda: NOW).refresh([])
    assert "http.certificate" in refused.value.remedy


@pytest.mark.parametrize(("days", "problem"), [(-500, "expired on"), (10, "is valid only from")])
def test_its_time_matters(tmp_path: Path, days: int, problem: str) -> None:
    files = write(tmp_path, issued=NOW + datetime.timedelta(days=days))
    with pytest.raises(ConfigError, match=problem):
        OwnCertificate(*files, lambda: NOW).refresh([])


@pytest.mark.parametrize("files", [("a.pem", ""), ("", "b.pem")])
def test_one_file_is_not_enough(files: tuple[str, str]) -> None:
    with pytest.raises(ConfigError, match="go together"):
        OwnCertificate(*files)
