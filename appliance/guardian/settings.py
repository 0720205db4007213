"""What can be tuned about watching over oneself."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval


@dataclass(frozen=True, slots=True)
class GuardianSettings:
    """When something counts as frozen."""

    tick_s: Annotated[float, Interval(ge=0.05, le=10)] = 1.0
    """s between two looks at whether all gets on."""
    frozen_s: Annotated[float, Interval(ge=0, le=3600)] = 4.0
    """s without progress after which the event loop, or the conversation, is taken for frozen and the appliance starts
    again; 0: never, for debuggers. Found within this and a tick."""
    stop_s: Annotated[float, Interval(ge=1, le=600)] = 15.0
    """s that stopping may take before it is cut short."""


@dataclass(frozen=True, slots=True)
class GovernorSettings:
    """From when on the machine is short of something, and when no longer."""

    look_every_s: Annotated[float, Interval(ge=0.1, le=60)] = 2.0
    """s between two looks. Heat takes longer, and so does memory."""
    memory_percent: Annotated[float, Interval(ge=0, le=90)] = 8.0
    """Percent of the memory that must be available: 600 MB of 8 GB, what one reply may need and some more. Each
    further step is taken at three quarters, half and a quarter of it."""
    swap_percent: Annotated[float, Interval(ge=0, le=90)] = 20.0
    """Percent of the swap space that must be free while memory is nearly short, likewise."""
    stall_percent: Annotated[float, Interval(ge=0.1, le=100)] = 5.0
    """Percent of the last 10 s in which some program waited for memory (the kernel's `some avg10`). A machine with
    room has 0; one that begins to swap has tens. Further steps are taken at 4, 8 and 12 times as much."""
    heat_margin_c: Annotated[float, Interval(ge=0, le=50)] = 3.0
    """°C below the kernel's own trip points. Further steps are taken 3, 6 and 9 °C later."""
    relief: Annotated[float, Interval(ge=1, le=5)] = 1.5
    """How many times better than the limit it must get before a shortage is over: without, work that was stopped
    would start as soon as stopping it had helped."""
    settle_s: Annotated[float, Interval(ge=0, le=600)] = 10.0
    """s after a step down before the next: stalls are averaged over 10 s, and a smaller model loads in a few."""
    patience_s: Annotated[float, Interval(ge=0, le=600)] = 20.0
    """s that a step down waits for a moment in which nobody speaks or is answered. Steps up wait for ever."""
    calm_s: Annotated[float, Interval(ge=1, le=3600)] = 60.0
    """s without a shortage before a step up; doubles whenever the last one was taken back soon."""
    calm_most_s: Annotated[float, Interval(ge=1, le=86400)] = 1920.0
    """s that it doubles to at most: half an hour."""
    growth: Annotated[float, Interval(ge=1, le=10)] = 1.5
    """How many times the memory it was measured with an engine may have before it is started anew."""
    growth_mb: Annotated[int, Interval(ge=0, le=65536)] = 150
    """MB that any process may have beyond that: buffers that the first long utterance and answer bring."""
    main_mb: Annotated[int, Interval(ge=100, le=65536)] = 900
    """MB for the process that everything runs through (160 after its start). With more, the appliance starts again when
    nobody speaks, at most once an hour."""
    disk_mb: Annotated[int, Interval(ge=0, le=1_000_000)] = 200
    """MB that must be free before anything is recorded that could be done without."""
