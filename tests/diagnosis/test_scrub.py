import secrets

import pytest

from appliance.diagnosis.scrub import HIDDEN, LONGEST, alias, scrub


@pytest.mark.parametrize("address", ["192.168.1.17", "10.0.0.1", "fe80::1c2d:3eff:fe4f:5a6b", "2001:db8::17"])
@pytest.mark.parametrize("frame", ["{} GET /", "from {}.", "({})", "at {}, port 8443", "[{}]:8443", "{}"])
def test_addresses_have_other_names(address: str, frame: str) -> None:
    hidden = scrub(frame.format(address))
    assert address not in hidden
    assert alias("address", address) in hidden


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1 GET /healthz 200 0 ms",
        "at 17:22:01.924",
        "took 1.25 s",
        "smollm2-135m-instruct-q8_0 is ready after 5.7 s",
        "version 1.16.0",
        "Port 8443 and 8080",
        "::1 is the box",
        "12345 bytes, 1234567 samples",
        "AppliancesAreNice and so is PocketSphinx",
    ],
)
def test_what_is_no_secret_is_left(text: str) -> None:
    assert scrub(text) == text


def test_digits_of_a_pairing() -> None:
    assert scrub("the PIN is 851851.") == f"the PIN is {HIDDEN}."


@pytest.mark.parametrize("number", range(20))
def test_tokens(number: int) -> None:
    token = secrets.token_urlsafe(32)
    assert token not in scrub(f"Bearer {token}")
    assert token not in scrub(f"cookie={token}; path=/")


def test_the_same_address_has_the_same_name_for_as_long_as_the_program_lives() -> None:
    assert alias("page", "a") == alias("page", "a") != alias("page", "b")


def test_a_line_has_an_end() -> None:
    assert len(scrub("x" * 10_000)) == LONGEST
