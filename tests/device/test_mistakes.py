"""Mistakes are told in words that help, on one line each, and without secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.device.mistakes import LONGEST, did_you_mean, one_line, suggestion
from appliance.device.setup_file import SetupFile
from tests.device.test_setup_file import refused


def test_the_nearest_word() -> None:
    assert did_you_mean("nmae", ["name", "language"]) == "; did you mean 'name'?"
    assert did_you_mean("x" * 10**6, ["name"]) == ""
    assert suggestion(["network", "adress"], SetupFile) == "; did you mean 'address'?"
    assert suggestion(["nowhere", "adress"], SetupFile) == ""


@given(st.text())
def test_a_line_is_a_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= LONGEST + 1


@pytest.mark.parametrize(
    "text",
    [
        '[network]\nwifi = "a"\ncountry = "DE"\npassphrase = "hunter2"',
        '[network]\nwifi = "a"\ncountry = "DE"\npassphrase = "hunter2hunter2ü"',
        f'[network]\nwifi = "a"\ncountry = "DE"\npassphrase = "{"hunter2" * 10}"',
        '[network]\nwifi = "a"\ncountry = "DE"\npassphrase = ["hunter2hunter2"]',
        '[network]\nwifi = {passphrase = "hunter2hunter2"}',
        '[network]\nwifi = ["hunter2hunter2"]',
        '[network]\npasphrase = "hunter2hunter2"',
        'network = "x"\nnetwork.passphrase = "hunter2hunter2"',
        "[network]\npassphrase = hunter2hunter2",
        "[network]\npassphrase = 'hunter2\nhunter2'",
        'passphrase = "hunter2hunter2"',
    ],
)
def test_a_passphrase_is_repeated_nowhere(text: str) -> None:
    assert "hunter2" not in refused(text)
