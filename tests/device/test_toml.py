"""What is written as TOML is read again as it was."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.device.toml import write_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXT


@given(st.dictionaries(TEXT, st.dictionaries(TEXT, VALUES | st.lists(VALUES))))
def test_there_and_back(given_: dict[str, dict[str, object]]) -> None:
    assert tomllib.loads(write_toml(given_)) == given_


def test_what_no_setting_is() -> None:
    with pytest.raises(TypeError):
        write_toml({"a": {"b": object()}})
