"""Proofs of progress: not that something lives, but that it gets on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.core.errors import ApplianceError


class FrozenError(ApplianceError):
    """Something has stopped and cannot be mended where it is: everything is to start again (EX_TEMPFAIL)."""

    exit_code = 75


@dataclass(frozen=True, slots=True)
class Proof:
    """What moves as long as something gets on."""

    name: str
    """What it is, as people call it, at the beginning of a sentence."""
    measure: Callable[[], object]
    """A number, or whatever else compares, that changes with progress; None while there is nothing to be done."""
    patience_s: float
    """Seconds without a change after which it has stopped."""


class Progress:
    """Remembers when each proof was last given."""

    def __init__(self, proofs: Sequence[Proof]) -> None:
        self._last: dict[Proof, tuple[object, float]] = {}
        self._proofs = proofs

    def stopped(self, now: float) -> Proof | None:
        """Which has stopped by second `now`, if any has."""
        for proof in self._proofs:
            measure = proof.measure()
            last, since = self._last.get(proof, (None, now))
            if measure is None or measure != last:
                self._last[proof] = (measure, now)
            elif now - since >= proof.patience_s:
                return proof
        return None
