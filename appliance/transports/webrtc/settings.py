"""What a WebRTC connection may use and how long it may take."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval


@dataclass(frozen=True, slots=True)
class WebRtcSettings:
    """Nothing outside the LAN is asked unless an address is given here."""

    connect_s: Annotated[float, Interval(ge=1.0, le=60.0)] = 10.0
    """s from the answer until sound must flow; then the attempt is given up."""
    stun: str = ""
    """Address of a STUN server, as stun:host:port; none by default."""
    turn: str = ""
    """Address of a TURN server, as turn:host:port; none by default."""
    username: str = ""
    """Name at the TURN server."""
    credential: str = ""
    """Password at the TURN server."""
