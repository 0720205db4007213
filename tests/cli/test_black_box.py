"""What `appliance run` keeps about itself, as long as it runs."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.audio.settings import AudioSettings
from appliance.cli.black_box import FLIGHT, LOG, open_box
from appliance.diagnosis.log_file import NAME
from appliance.diagnosis.settings import DiagnosisSettings
from appliance.settings import Settings
from appliance.timelines.lines import NAME as TIMELINES
from appliance.timelines.lines import kept, read
from appliance.transports.taped import TapedPort
from appliance.transports.wavfile import WavPort
from tests.diagnosis.test_flight import _faulthandler
from tests.timelines.made import TURN

__all__ = ["_faulthandler"]


@pytest.fixture(autouse=True)
def _hooks() -> Iterator[None]:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = before


def settings(folder: Path, *, log: bool = True, flight: bool = True, audio: bool = False) -> Settings:
    diagnosis = DiagnosisSettings(log=log, flight=flight, audio=audio)
    return replace(Settings(), audio=AudioSettings(folder=str(folder)), diagnosis=diagnosis)


def events(folder: Path) -> list[str]:
    return [json.loads(line)["event"] for line in (folder / LOG / NAME).read_text().splitlines()]


def test_a_log_and_a_ring_as_long_as_it_is_open(tmp_path: Path) -> None:
    with open_box(settings(tmp_path)) as box:
        logging.getLogger("appliance.test").info("Hello")
        assert box.recorder
        assert (tmp_path / FLIGHT / "ring").exists()
    logging.getLogger("appliance.test").info("Nobody hears this")
    assert events(tmp_path) == ["flight.begin", "line"]
    assert box.reports() == {}


def test_timelines_are_written_beside_the_log(tmp_path: Path) -> None:
    with open_box(settings(tmp_path)) as box:
        box.scribe.traced(TURN)
    assert read(kept(tmp_path / LOG)) == [TURN]
    assert '"turn":3' in box.reports()[TIMELINES]
    with open_box(settings(tmp_path / "none", log=False)) as box:
        box.scribe.traced(TURN)
    assert kept(tmp_path / "none" / LOG) == []


def test_an_end_that_nobody_expected_is_reported(tmp_path: Path) -> None:
    with pytest.raises(KeyError), open_box(settings(tmp_path)) as box:
        raise KeyError("chrysanthemum")
    (report,) = box.reports().values()
    assert "KeyError" in report
    assert "chrysanthemum" not in report
    assert events(tmp_path)[-1] == "crash"


def test_a_stop_is_no_failure(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_box(settings(tmp_path)) as box:
        raise KeyboardInterrupt
    assert box.reports() == {}


def test_nothing_is_kept_where_nothing_is_wanted(tmp_path: Path) -> None:
    with open_box(settings(tmp_path, log=False, flight=False, audio=True)) as box:
        assert box.reports() == {}
        assert box.notice == ""
        port = WavPort()
        assert box.overhear(port) is port
    assert list(tmp_path.iterdir()) == []


def test_sound_is_kept_with_consent_only_and_it_is_said(tmp_path: Path) -> None:
    with open_box(settings(tmp_path)) as box:
        port = WavPort()
        assert box.overhear(port) is port
        assert box.notice == ""
    with open_box(settings(tmp_path, audio=True)) as box:
        assert isinstance(box.overhear(port), TapedPort)
        assert "must agree" in box.notice
        logging.getLogger("appliance.test").error("It broke")
    assert len(list((tmp_path / FLIGHT).glob("*.flac"))) == 2
