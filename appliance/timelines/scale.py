"""Round figures for a scale of ms."""

import math


def ticks(start: float, end: float, most: int) -> list[float]:
    """Moments between `start` and `end` that are multiples of 1, 2, 2.5 or 5 × 10ⁿ, at most so many + 1."""
    step = _round_up((end - start) / max(1, most))
    first = math.ceil(start / step)
    return [number * step for number in range(first, math.floor(end / step) + 1)]


def _round_up(least: float) -> float:
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next((factor * power for factor in (1, 2, 2.5, 5) if factor * power >= least), 10 * power)
