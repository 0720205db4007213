"""What the doctor finds: one thing that was looked at, how it is, and what mends it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    """All well."""
    WARNING = "warning"
    """It works, but less well than it could."""
    PROBLEM = "problem"
    """It will not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    """What."""
    verdict: Verdict
    """How it is."""
    detail: str
    """In words."""
    remedy: str = ""
    """The command that mends it, or what to do."""
