"""What can be tuned about lanes and scheduler."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval


@dataclass(frozen=True, slots=True)
class InferenceSettings:
    """How engines are supervised and how their work is rationed."""

    cores: Annotated[int, Interval(ge=0, le=1024)] = 0
    """Threads that engines may keep busy at once; 0 means all physical cores but one."""
    queue_limit: Annotated[int, Interval(ge=1, le=10_000)] = 64
    """Jobs that may wait. A person needs five; the rest is room for several sessions."""
    window: Annotated[int, Interval(ge=2, le=10_000)] = 32
    """Results a job may be ahead of whoever reads them; then its engine waits and frees its cores."""
    start_budget_s: Annotated[float, Interval(ge=0.1, le=3600)] = 120.0
    """Seconds from spawning an engine to its being ready. Gigabytes come slowly from an SD card."""
    cancel_grace_s: Annotated[float, Interval(ge=0.05, le=60)] = 2.0
    """Seconds a cancelled job may take to stop before its engine is killed. Above the one step that
    cannot be interrupted: an encoder pass of whisper.cpp, 0.45 s for base.en on two cores."""
    pulse_s: Annotated[float, Interval(ge=0.05, le=60)] = 1.0
    """Seconds between two questions to each worker whether it still moves."""
    pulses: Annotated[int, Interval(ge=2, le=60)] = 3
    """Beats without an answer, or with work of which none was done, after which a worker is taken for frozen: with
    the one in which it froze, 4 s. Native code that keeps an interpreter from answering takes 0.2 s at most."""
    patience_s: Annotated[float, Interval(ge=0, le=600)] = 10.0
    """Seconds jobs wait for an engine that is down; after that they fail at once until it is back.
    A killed engine is back in 0.3 to 3 s."""
    restart_delay_s: Annotated[float, Interval(ge=0, le=60)] = 0.1
    """Seconds before the first restart of an engine; doubles with every failure in a row."""
    restart_delay_max_s: Annotated[float, Interval(ge=0, le=3600)] = 30.0
    """Seconds between restarts at most."""
    attempts: Annotated[int, Interval(ge=1, le=100)] = 3
    """Failures in a row after which the next engine of the same stage takes over."""
    stable_s: Annotated[float, Interval(ge=0, le=3600)] = 60.0
    """Seconds of service after which the earlier failures of an engine are forgotten."""
    climb_s: Annotated[float, Interval(ge=1, le=86_400)] = 60.0
    """Seconds after which a better engine that had failed is tried again, beside the one in use; doubles with
    every attempt."""
    climb_most_s: Annotated[float, Interval(ge=1, le=86_400)] = 3600.0
    """Seconds between two such attempts at most."""
    rest_s: Annotated[float, Interval(ge=0.1, le=600)] = 5.0
    """Seconds without work in a stage after which its engine may be exchanged for a better one: between two turns."""
    doubts: Annotated[int, Interval(ge=1, le=100)] = 2
    """Bad results, or jobs that failed, after which an engine is restarted although its process lives."""
    doubt_window_s: Annotated[float, Interval(ge=1, le=3600)] = 120.0
    """Seconds within which they must have been: some turns."""
    hang_factor: Annotated[float, Interval(ge=2, le=1000)] = 15.0
    """How many times longer than usual, from the warm turn on, a job may be at work without a result before its
    engine is taken for hung. What is ten times slower is merely slow, and answers in the end."""
    hang_unknown_s: Annotated[float, Interval(ge=1, le=600)] = 10.0
    """Seconds that it may while nothing was measured of its engine, if another one has failed before it. The first
    engine of a stage has the whole budget of its job then: somebody waits for its warm turn, and nobody speaks."""
    hang_floor_s: Annotated[float, Interval(ge=0.1, le=600)] = 3.0
    """Seconds that it may in any case: a machine that is busy with something else, pages that come from disk."""
