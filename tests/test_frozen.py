"""`appliance run` under its keeper: what is frozen is found and mended. How soon: scripts/freeze.py."""

import signal
from collections.abc import Iterator

import pytest

from scripts.freeze import ENGINES, MAIN, Freeze, Subject, running
from tests.models import SILERO, SMOLLM2, needs_model

pytestmark = [pytest.mark.engines, needs_model(SILERO), needs_model(SMOLLM2), pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    # A busy machine may find the appliance frozen once more; that mends itself, too.
    with running(tmp_path_factory.mktemp("frozen"), {}) as subject:
        subject.wait_for("READY")
        yield subject


@pytest.mark.parametrize("freeze", [ENGINES[2], MAIN[1]], ids=lambda freeze: freeze.what)
def test_it_is_found_and_mended(subject: Subject, freeze: Freeze) -> None:
    subject.freeze(freeze)
    subject.wait_for(freeze.found)
    subject.wait_for(freeze.mended)


def test_after_a_stuck_loop_the_next_life_knows_where_the_last_one_stood(subject: Subject) -> None:
    subject.freeze(MAIN[0])
    subject.wait_for(MAIN[0].found)
    subject.wait_for("ended because it was frozen")
    subject.wait_for("READY")


def test_it_ends_when_it_is_told_to(subject: Subject) -> None:
    subject.process.send_signal(signal.SIGTERM)
    assert subject.process.wait(60) == 0
