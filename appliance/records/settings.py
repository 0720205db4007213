"""What can be tuned about what is kept."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """What is kept of conversations, for how long, and whether a thief could read it.

    A box in a home keeps what was said for a week, on itself alone: so that a restart goes on with the same
    conversation, and its owner can look up what went wrong. No sound is ever kept.
    """

    keep_days: Annotated[int, Interval(ge=0, le=3650)] = 7
    """Days after which what was said is deleted, the copies included. 0: nothing that is said is written to disk,
    and what was written before is deleted at the next start."""
    most_mb: Annotated[int, Interval(ge=1, le=1000)] = 32
    """MB that the file may hold: beyond it the oldest turns go. A turn takes about 0.5 KB. With its three copies
    it may take four times as much."""
    backup_every_s: Annotated[float, Interval(ge=60, le=604_800)] = 3600.0
    """s between copies, made only when something has changed."""
    key_file: str = ""
    """File with a secret that encrypts what was said; empty: plain text. `openssl rand -base64 32` makes one. Meant to
    be a systemd credential that is bound to the TPM, so that a stolen disk is useless."""
