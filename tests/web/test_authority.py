import datetime
import shutil
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.web.authority import RELEASED, Identity, covered, found_authority, issue, speaks_for

NOW = datetime.datetime(2027, 3, 1, tzinfo=datetime.UTC)
HERE = [
    ip_address(text) for text in ("192.168.1.7", "127.0.0.1", "::1", "fd00::7", "2001:db8::7", "203.0.113.9")
]


def test_the_root_can_speak_for_this_box_only() -> None:
    root = found_authority("voicebox", NOW).certificate
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    constraints = root.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = constraints.value.permitted_subtrees
    assert permitted
    names = [name.value for name in permitted if isinstance(name, x509.DNSName)]
    assert names == ["voicebox.local", "localhost"]
    assert (root.not_valid_after_utc - root.not_valid_before_utc).days == 3653
    assert speaks_for(root, "voicebox")
    assert not speaks_for(root, "other")


def test_the_leaf_stands_for_names_and_addresses_within_that() -> None:
    leaf = issue(found_authority("voicebox", NOW), "voicebox", HERE, NOW).certificate
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["voicebox.local", "localhost"]
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"192.168.1.7", "127.0.0.1", "::1", "fd00::7"}
    assert {str(address) for address in covered(HERE)} == addresses
    assert leaf.not_valid_before_utc == NOW - datetime.timedelta(days=1)
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == 397


def test_a_clock_that_woke_in_1970_is_not_believed() -> None:
    woken = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    root = found_authority("voicebox", woken)
    assert root.certificate.not_valid_before_utc == RELEASED - datetime.timedelta(days=1)


def test_it_survives_a_file() -> None:
    root = found_authority("voicebox", NOW)
    assert Identity.from_pem(root.pem()).certificate == root.certificate


def test_a_key_of_another_pair_is_refused() -> None:
    one, other = found_authority("a", NOW), found_authority("b", NOW)
    mixed = Identity(one.certificate, other.key).pem()
    with pytest.raises(ValueError, match="not the certificate's"):
        Identity.from_pem(mixed)
    assert isinstance(other.key, ec.EllipticCurvePrivateKey)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
@pytest.mark.parametrize(("name", "verdict"), [("voicebox", True), ("otherbox", False)])
def test_openssl_believes_it_within_its_constraints_only(tmp_path: Path, name: str, verdict: bool) -> None:
    now = datetime.datetime.now(datetime.UTC)
    root = found_authority("voicebox", now)
    leaf = issue(root, name, HERE, now)
    for file, identity in (("root", root), ("leaf", leaf)):
        pem = identity.certificate.public_bytes(serialization.Encoding.PEM)
        (tmp_path / file).write_bytes(pem)
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "root", "leaf"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False)
    assert (answer.returncode == 0) is verdict, answer.stderr
    assert verdict or "permitted subtree violation" in answer.stderr
