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
