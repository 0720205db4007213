"""What timelines cost: µs on the event loop, per stamp, per captured frame, and per turn.

.venv/bin/python scripts/bench_timeline.py [ROUNDS]
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `tests`, which is not installed

from appliance.core.cause import Cause, Why
from appliance.core.speech import Outcome, Stage, Turn
from appliance.inference.story import Blame, JobStory, Wait
from appliance.sessions.budget import Budget
from appliance.sessions.diary import MOST_JOBS
from appliance.sessions.timeline import Timeline, timeline
from appliance.sessions.trace import Stamps
from appliance.sessions.why import Facts
from appliance.tally import Tally
from appliance.timelines.lines import Scribe, line_of
from appliance.transports.wavfile import WavPort
from tests.timelines.made import STAMPS

TURN = Turn(1, "", "", "", Outcome.ANSWERED, Cause(Why.USUAL))


def jobs() -> tuple[JobStory, ...]:
    """As many as a turn may have: a recogniser that streams, and a model that had to wait."""
    made = [JobStory(Stage.STT, "accept", "local", 1, 2.0 + at / 10, "sphinx") for at in range(MOST_JOBS - 1)]
    for job in made:
        job.began, job.first, job.ended = job.asked, job.asked + 0.01, job.asked + 0.01
    waits = [Wait(Blame.OWN, 4.3, 4.31, Stage.STT) for _ in range(8)]
    model = JobStory(Stage.LLM, "generate", "local", 1, 4.3, "smollm2", waits=waits)
    model.began, model.first, model.ended = 4.31, 4.4, 4.8
    return (*made, model)


def show(name: str, work: Callable[[], object], rounds: int, times: int = 1) -> None:
    """Print the median and the 99th percentile of so many rounds, each of so many times."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter_ns()
        for _ in range(times):
            work()
        took.append((time.perf_counter_ns() - began) / 1000 / times)
    took.sort()
    print(f"{name:<52} p50 {statistics.median(took):8.2f} µs   p99 {took[int(len(took) * 0.99)]:8.2f} µs")


async def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    port, facts = WavPort(), Facts(STAMPS, Outcome.ANSWERED, jobs())
    await anext(port.frames())  # from here on its clock runs

    def stamps() -> None:
        made = Stamps()
        for name in ("endpoint", "transcript", "first_token", "first_token", "first_clause"):
            made.mark(name, port.now())

    def build() -> Timeline:
        return timeline("local", TURN, facts, 9.0, 0)

    told, tally, budget, scribe = build(), Tally(), Budget(), Scribe(lambda _: None)
    show("a look at the clock, per captured frame with a voice", port.now, rounds, 100)
    show("a stamp (five in a row)", stamps, rounds, 10)
    show(f"the timeline of a turn with {MOST_JOBS} jobs", build, rounds)
    show("counted in the histograms", lambda: tally.traced(told), rounds)
    show("added to the owner's table", lambda: budget.traced(told), rounds)
    show("handed to the file's thread", lambda: scribe.traced(told), rounds)
    show("made a line (on that thread)", lambda: line_of(told), rounds)
    show("the owner's table, when the page asks", budget.table, rounds)
    print(f"a line has {len(line_of(told))} bytes")


if __name__ == "__main__":
    asyncio.run(main())
