"""What was said is nothing to a thief who has the disk and not the key; and a wrong key harms nothing."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from appliance.records.cipher import Cipher
from appliance.records.opening import open_store
from appliance.records.problems import RecordsError
from tests.records.said import file, raw, said, talk, turn


def key(folder: Path, name: str = "key") -> str:
    path = folder / name
    path.write_bytes(Fernet.generate_key() + b"\n")
    return str(path)


def test_what_is_sealed_is_read_with_the_same_key_alone(tmp_path: Path) -> None:
    ours, theirs = Cipher.load(key(tmp_path)), Cipher.load(key(tmp_path, "theirs"))
    sealed = ours.seal(b"Rosebud")
    assert b"Rosebud" not in sealed
    assert ours.unseal(sealed) == b"Rosebud"
    assert theirs.unseal(sealed) is None
    assert ours.unseal(b"Rosebud") is None
    assert ours.keyed
    plain = Cipher.load("")
    assert (plain.keyed, plain.seal(b"Rosebud"), plain.unseal(b"Rosebud")) == (False, b"Rosebud", b"Rosebud")


def test_what_openssl_makes_is_a_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("+/" * 21 + "A=\n")  # `openssl rand -base64 32` has these two letters
    cipher = Cipher.load(str(tmp_path / "key"))
    assert cipher.unseal(cipher.seal(b"x")) == b"x"


def test_with_a_key_it_says_nothing_to_a_thief(tmp_path: Path) -> None:
    state, secret = tmp_path / "state", key(tmp_path)
    for _ in range(2):
        store = open_store(state, secret)
        store.write([said(talk(), 1, "Rosebud")])
        store.back_up()
        assert {past.turns[0].transcript for past in store.newest(9)} == {"Rosebud"}
        store.close()
    assert b"Rosebud" not in raw(state)


def test_what_was_plain_is_sealed_once_there_is_a_key(tmp_path: Path) -> None:
    state = tmp_path / "state"
    store = open_store(state)
    store.write([said(talk(), 1, "Rosebud")])
    store.back_up()
    store.back_up()
    store.close()
    store = open_store(state, key(tmp_path))
    assert store.newest(9)[0].turns == (turn(1, "Rosebud"),)
    assert b"Rosebud" not in raw(state)
    store.close()


@pytest.mark.parametrize("other", ["", "another", "gone", "empty"])
def test_without_the_key_it_is_left_alone(tmp_path: Path, other: str) -> None:
    state, secret = tmp_path / "state", key(tmp_path)
    open_store(state, secret).close()
    before = file(state).read_bytes()
    (tmp_path / "empty").touch()
    wrong = {"": "", "another": key(tmp_path, "another")}.get(other, str(tmp_path / other))
    with pytest.raises(RecordsError) as told:
        open_store(state, wrong)
    assert told.value.remedy
    assert file(state).read_bytes() == before
    open_store(state, secret).close()
