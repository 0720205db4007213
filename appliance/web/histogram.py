"""Counts how long something took, in the buckets of a Prometheus histogram."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from appliance.web.contracts import Metric

SECONDS: Final = (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.2, 1.6, 2.4, 4.0, 8.0)
"""Upper bounds: fine where people notice, with the limits that this project sets itself (0.5 and 0.9) among them."""


class Histogram:
    """Owns the counts of one measurement; of fixed size, whatever it is told."""

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """It took so long."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def metrics(self, name: str, about: str, labels: tuple[tuple[str, str], ...] = ()) -> Iterator[Metric]:
        """Its lines, as Prometheus has them: each bucket counts all below it, too."""
        total = 0
        for bound, count in zip((*map(str, self._bounds), "+Inf"), self._counts, strict=True):
            total += count
            yield Metric(name, about, total, (*labels, ("le", bound)), "histogram", "_bucket")
        yield Metric(name, about, self._sum, labels, "histogram", "_sum")
        yield Metric(name, about, total, labels, "histogram", "_count")
