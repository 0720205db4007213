"""A seat by itself: whose messages are heard there, and when it is free."""

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.lane_state import LaneState
from appliance.inference.pace import Pace
from appliance.inference.seat import Seat
from appliance.inference.settings import InferenceSettings
from appliance.inference.wire import Allow, Call, Cancel, Decoder, Ended, Item, Start, Waiting
from tests.inference.errand import Errand, errand
from tests.virtual_time import run


class Wire:
    """Where the worker would be."""

    def __init__(self) -> None:
        self.said: list[object] = []
        self.complaints: list[str] = []
        self._decoder = Decoder()

    def send(self, data: bytes) -> None:
        self.said += self._decoder.feed(data)

    def processor_s(self) -> float | None:
        return None


def begun(wire: Wire, work: Errand, number: int = 2) -> Seat:
    def overdue(problem: str) -> None:
        wire.complaints.append(problem)

    seat = Seat(number, wire, Pace(InferenceSettings()), 2.0, lambda: None, overdue)
    seat.begin(work, 1)
    return seat


def test_work_is_called_then_started_at_its_seat() -> None:
    async def story() -> None:
        wire = Wire()
        work = errand(1, until=3)
        begun(wire, work)
        assert isinstance(wire.said[0], Call)
        assert wire.said[1] == Start(work.number, 2, 3)

    run(story())


def test_only_its_own_jobs_messages_matter() -> None:
    async def story() -> None:
        seat = begun(Wire(), work := errand(1))
        assert not seat.receive(Item(work.number + 1, 7))
        assert not seat.receive(Ended(work.number + 1))
        assert seat.receive(Item(work.number, 7))
        assert seat.receive(Ended(work.number))
        assert (work.results, work.ends, seat.state) == ([7], [None], LaneState.IDLE)
        assert not seat.receive(Ended(work.number)), "it is over"

    run(story())


def test_it_waits_only_for_the_latest_word() -> None:
    async def story() -> None:
        wire = Wire()
        seat = begun(wire, work := errand(1))
        seat.allow(0)
        seat.receive(Waiting(work.number, 0))
        states = [seat.state]
        seat.receive(Waiting(work.number, 1))
        states.append(seat.state)
        seat.allow(9)
        assert [*states, seat.state] == [LaneState.RUNNING, LaneState.PARKED, LaneState.RUNNING]
        assert wire.said[2:] == [Allow(work.number, 1, 0), Allow(work.number, 2, 9)]

    run(story())


def test_cancelled_work_delivers_nothing_and_has_its_grace() -> None:
    async def story() -> None:
        wire = Wire()
        seat = begun(wire, work := errand(1))
        seat.cancel()
        seat.receive(Item(work.number, 7))
        assert wire.said[-1] == Cancel(work.number)
        waits = seat.state
        await clock.sleep_until(clock.now() + 2.1)
        assert wire.complaints == ["did not stop within 2 s"]
        seat.receive(Ended(work.number))
        assert waits is LaneState.RUNNING, "it may not have noticed yet"
        assert (seat.state, work.results, work.ends) == (LaneState.IDLE, [], [])

    run(story())


def test_a_worker_that_is_no_more_fails_what_sat_there_and_nobody_complains_later() -> None:
    async def story() -> None:
        wire = Wire()
        seat = begun(wire, work := errand(1, budget_s=5))
        seat.finish(EngineError(Stage.TTS, "died"))
        assert [str(end) for end in work.ends] == [str(EngineError(Stage.TTS, "died"))]
        await clock.sleep_until(clock.now() + 60)
        assert wire.complaints == []

    run(story())
