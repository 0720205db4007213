"""How well the box tells a pause from the end of a turn: what it cuts off, and how long it makes people wait.

    python -m scripts.evaluate_turn_end [--pauses FILE]

The silences come from scripts/turn_pauses.py: the real detectors and a real recogniser on recorded orders.
What the policy makes of them is then computed for any settings. Settings are chosen on recordings whose
names begin with 0–7; the others report.

How often people hesitate for how long, nobody knows of this box; so cut-offs are told by length of the
hesitation, and for lengths as LiveKit's eot-bench found them between people and machines: silence alone cuts
off 55.6 % of its pauses at 300 ms, 21.7 % at 600 ms, 10 % at 1000 ms, 5 % at 1600 ms.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from appliance.core.audio import CAPTURE_RATE
from appliance.engines.silero import WINDOW
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.release import Evidence, ReleaseSettings, least, release_ms
from scripts.evaluate_endpoint import CLIPS, MODEL, SPLITS, table
from scripts.turn_pauses import HESITATION_S, Ears, Pause, pauses_of

TURN_MODEL = MODEL.with_name("smart-turn-v3.2-cpu.onnx")
PAUSE_MS = EndpointSettings().pause_ms
LOOK_MS, READ_MS = 80, 120
"""ms from asking for a look or for the words to the answer, on two busy cores."""
BANDS_S = ((0.5, 1.0), (1.0, 1.5), (1.5, 2.0))
STEP_MS = 50
"""Between the lengths of hesitations that are tried."""
OUTLAST = ((100.0, 1.0), (300.0, 0.556), (600.0, 0.217), (1000.0, 0.10), (1600.0, 0.05))
"""ms, and the share of pauses that last longer (eot-bench, see above)."""


@dataclass(frozen=True)
class Way:
    """One way to decide."""

    settings: ReleaseSettings
    pause_ms: int = PAUSE_MS
    """Silence from which on anything is asked for."""
    look_ms: int = LOOK_MS
    model: bool = True
    words: bool = True
    together: Callable[[float | None, float | None], float | None] = least
    """What two looks tell together."""
    typical_ms: float | None = None
    """The speaker's pauses, where they are known."""


def news(pause: Pause, way: Way) -> Iterator[tuple[int, float | None, str]]:
    """When what becomes known: ms of silence; what a look says, or the words."""
    if not way.model:
        yield way.pause_ms, None, ""
    free_ms = 0
    for asked_ms in dict.fromkeys(max(ms, way.pause_ms) for ms in way.settings.looks_ms if way.model):
        if asked_ms in pause.looks:
            free_ms = max(asked_ms, free_ms) + way.look_ms
            yield free_ms, pause.looks[asked_ms], ""
    if way.words:
        yield way.pause_ms + READ_MS, None, pause.text


def waited(pause: Pause, way: Way) -> int:
    """ms of silence that end the turn, or would if it lasted."""
    release, turn_end, text = way.settings.middle_ms, None, ""
    for at_ms, look, words in sorted(news(pause, way), key=lambda item: item[0]):
        if windows(release) <= at_ms:
            break
        turn_end = way.together(turn_end, look) if look is not None else turn_end
        text = words or text
        if turn_end is not None or not way.model:
            evidence = Evidence(turn_end, text, pause_ms=way.typical_ms)
            release = max(at_ms, release_ms(evidence, way.settings))
    return windows(release)


def windows(ms: float) -> int:
    """Rounded up to whole windows of the voice activity detector."""
    window_ms = WINDOW * 1000 // CAPTURE_RATE
    return -(-round(ms) // window_ms) * window_ms


def outlast(ms: float) -> float:
    """Share of pauses that last longer, by eot-bench; logarithms between its figures, and beyond."""
    upper = min(max(1, sum(time <= ms for time, _ in OUTLAST)), len(OUTLAST) - 1)
    (t0, s0), (t1, s1) = OUTLAST[upper - 1], OUTLAST[upper]
    return float(min(1.0, s0 * (s1 / s0) ** ((ms - t0) / (t1 - t0))))


def row(way: Way, pauses: list[Pause]) -> dict[str, Any]:
    """What becomes of them."""
    kinds = {kind: [p for p in pauses if p.kind == kind] for kind in ("end", "pause", "hesitation")}
    cut = sum(waited(pause, way) <= pause.lasted_ms for pause in kinds["pause"])
    lags = np.array([pause.lag_ms for pause in kinds["end"]])
    ends = np.array([waited(pause, way) for pause in kinds["end"]])
    waits = [(waited(p, way), p.lasted_ms - HESITATION_S * 1000) for p in kinds["hesitation"]]
    bands = {
        f"cut of {a:g}–{b:g} s %": np.mean(
            [w <= ms + extra for w, extra in waits for ms in np.arange(a, b, 0.05) * 1000]
        )
        for a, b in BANDS_S
    }
    return {
        "turns cut": f"{cut} of {len(ends)}",
        **{name: f"{100 * share:.0f}" for name, share in bands.items()},
        "cut as people pause %": f"{100 * np.mean([outlast(w - extra) for w, extra in waits]):.1f}",
        "delay p50 / p90 / mean ms": f"{np.median(ends + lags):.0f} / {np.percentile(ends + lags, 90):.0f}"
        f" / {np.mean(ends + lags):.0f}",
        "silence p50 ms": f"{np.median(ends):.0f}",
    }


def fixed(silence_ms: int) -> Way:
    """Nothing but silence."""
    settings = ReleaseSettings(middle_ms=silence_ms, unaided_ms=silence_ms)
    return Way(settings, model=False, words=False)


def ways(way: Way) -> dict[str, Way]:
    """What is compared, by name."""
    sooner = replace(way, settings=replace(way.settings, look_ms=96, fast_ms=256), pause_ms=96)
    return {
        **{f"{ms} ms of silence": fixed(ms) for ms in (352, 416, 704, 992)},
        "as set": way,
        "the newest look counts": replace(way, together=lambda _, look: look),
        "melody alone": replace(way, words=False),
        "words alone": replace(way, model=False),
        "pauses from 96 ms, fast 256 ms": sooner,
        "the same, the newest look counts": replace(sooner, together=lambda _, look: look),
        "the same, looks take 200 ms": replace(sooner, look_ms=200),
        "the same, a speaker who pauses 900 ms": replace(sooner, typical_ms=900.0),
    }


def levels(way: Way) -> dict[str, Way]:
    """The settings that matter, one at a time."""
    tried: dict[str, tuple[Any, ...]] = {
        "done_above": (0.9, 0.94, 0.95, 0.96, 0.97, 0.98),
        "going_on_below": (0.2, 0.4, 0.5, 0.6, 0.8),
        "fast_ms": (256, 288, 352, 416),
        "middle_ms": (512, 608, 704, 800),
        "slow_ms": (1216, 1408, 1600),
        "looks": (1, 2, 3),
    }
    return {
        f"{name} {value}": replace(way, settings=replace(way.settings, **{name: value}))
        for name, values in tried.items()
        for value in values
    }


def gathered(file: Path | None, ears: Callable[[], Ears]) -> list[Pause]:
    """The silences of all recordings, from a file if they are there already."""
    if file and file.is_file():
        return [
            Pause(**{**entry, "looks": {int(ms): p for ms, p in entry["looks"].items()}})
            for entry in json.loads(file.read_text())
        ]
    labels, heard = json.loads((CLIPS / "people.json").read_text()), ears()
    pauses = [pause for name in sorted(labels) for pause in pauses_of(heard, name, labels[name])]
    print(f"a look: {np.median(heard.look_ms):.0f} ms (median of {len(heard.look_ms)})")
    if file:
        file.write_text(json.dumps([asdict(pause) for pause in pauses], indent=1))
    return pauses


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--vad-model", type=Path, default=MODEL, help="Silero's ONNX file")
    parser.add_argument("--model", type=Path, default=TURN_MODEL, help="Smart Turn's ONNX file")
    parser.add_argument(
        "--pauses", type=Path, help="keep what was heard in this file, and use it if it is there"
    )
    arguments = parser.parse_args()
    pauses = gathered(arguments.pauses, lambda: Ears(arguments.vad_model, arguments.model))
    halves = {half: [p for p in pauses if p.name[0] in digits] for half, digits in SPLITS.items()}
    for half, heard in halves.items():
        kinds = [pause.kind for pause in heard]
        print(half, {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)})
    way = Way(ReleaseSettings())
    table("Levels, on the tuning half", [{"": n} | row(w, halves["tuning"]) for n, w in levels(way).items()])
    for half, heard in halves.items():
        table(f"On the {half} half", [{"": name} | row(w, heard) for name, w in ways(way).items()])


if __name__ == "__main__":
    main()
