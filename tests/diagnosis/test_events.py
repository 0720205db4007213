import logging

import pytest

from appliance.diagnosis.events import note

log = logging.getLogger("appliance.test")


def test_an_event_is_a_record_with_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        note(log, logging.INFO, "engine.ready", "It is ready", engine="whisper", load_s=1.5)
    (record,) = caplog.records
    assert record.getMessage() == "It is ready"
    assert (vars(record)["event"], vars(record)["fields"]) == (
        "engine.ready",
        {"engine": "whisper", "load_s": 1.5},
    )
    assert record.funcName == "test_an_event_is_a_record_with_fields"


def test_nothing_is_made_of_what_nobody_wants(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="appliance.test"):
        note(log, logging.INFO, "engine.ready")
    assert caplog.records == []
