from pathlib import Path

import pytest

from appliance.core.errors import ModelError
from appliance.engines.models.ledger import LEDGER, Entry, Ledger

ENTRY = Entry("a" * 64, 3, 5, "owner/repo/a", "c" * 40, "2026-01-01T00:00:00+00:00")


def test_what_is_recorded_is_read_back(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    with ledger.exclusive():
        ledger.record("a", ENTRY)
        ledger.record("b", ENTRY)
    assert Ledger(tmp_path).entries() == {"a": ENTRY, "b": ENTRY}
    assert sorted(path.name for path in tmp_path.iterdir()) == [".pulling", LEDGER]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": {"sha256": 1}}'])
def test_an_unreadable_ledger_is_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / LEDGER).write_text(content)
    assert Ledger(tmp_path).entries() == {}


def test_only_one_at_a_time(tmp_path: Path) -> None:
    with (
        Ledger(tmp_path).exclusive(),
        pytest.raises(ModelError, match="Another process"),
        Ledger(tmp_path).exclusive(),
    ):
        pass
    with Ledger(tmp_path).exclusive():
        pass
