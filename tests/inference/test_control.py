import threading
from queue import Queue

import pytest

from appliance.core.errors import Cancelled
from appliance.inference.control import Control

PATIENCE_S = 10


def test_cancelling_runs_the_actions_once_and_stays() -> None:
    control, ran = Control(1, 1), list[str]()
    control.on_cancel(lambda: ran.append("action"))
    control.raise_if_cancelled()
    control.cancel()
    assert ran == ["action"]
    assert control.cancelled
    with pytest.raises(Cancelled):
        control.raise_if_cancelled()


def test_an_action_that_comes_too_late_runs_at_once() -> None:
    control, ran = Control(1, 1), list[str]()
    control.cancel()
    control.on_cancel(lambda: ran.append("action"))
    assert ran == ["action"]


def test_no_action_runs_after_the_job() -> None:
    control, ran = Control(1, 1), list[str]()
    control.on_cancel(lambda: ran.append("action"))
    control.close()
    control.cancel()
    assert ran == []


def test_the_gate_is_open_up_to_the_limit() -> None:
    control = Control(1, 3)
    for index in range(3):
        control.pass_gate(index, lambda _: pytest.fail("nothing to wait for"))


def at_gate(control: Control, index: int) -> tuple[threading.Thread, "Queue[int | str]"]:
    said: Queue[int | str] = Queue(10)

    def engine() -> None:
        try:
            control.pass_gate(index, said.put)
            said.put("passed")
        except Cancelled:
            said.put("cancelled")

    thread = threading.Thread(target=engine, daemon=True)
    thread.start()
    return thread, said


def test_every_word_at_a_closed_gate_is_answered() -> None:
    control = Control(1, 0)
    thread, said = at_gate(control, 5)
    assert said.get(timeout=PATIENCE_S) == 0
    control.allow(1, 5)
    assert said.get(timeout=PATIENCE_S) == 1
    control.allow(2, 6)
    assert said.get(timeout=PATIENCE_S) == "passed"
    thread.join(PATIENCE_S)


def test_cancelling_opens_the_gate_for_good() -> None:
    control = Control(1, 0)
    thread, said = at_gate(control, 0)
    assert said.get(timeout=PATIENCE_S) == 0
    control.cancel()
    assert said.get(timeout=PATIENCE_S) == "cancelled"
    thread.join(PATIENCE_S)
