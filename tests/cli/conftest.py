import pytest

from tests.cli.program import Caller


@pytest.fixture
def appliance(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Caller:
    """`appliance` as a function."""
    return Caller(capsys, monkeypatch)
