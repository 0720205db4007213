"""Measures the voices: first audio, gaps, real-time factor, memory, and how long a cancelled one still runs."""

import argparse
import math
import resource
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import psutil

from appliance.core.errors import Cancelled
from appliance.core.interfaces import TextToSpeech
from appliance.engines.espeak import Espeak, EspeakSettings
from appliance.engines.piper import Piper, PiperSettings

CLAUSES = {
    "1 s": "Yes, of course.",
    "2 s": "The capital of France is Paris.",
    "5 s": "The capital of France is Paris, in the middle of the country, on a big river.",
    "10 s": "The capital of France is Paris, in the middle of the country, on a river that is called the Seine, and a "
    "great many people go there every single year.",
    "reply": "It is Paris. It lies in the middle of the country, on the Seine. Would you like to know more?",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a text was spoken."""

    first_s: float
    """To the first chunk."""
    first_cpu_s: float
    """CPU until then: what a machine without other work needs."""
    whole_s: float
    cpu_s: float
    sound_s: float
    chunks: int
    late_s: float
    """By how much the latest chunk but the first came too late, when each is played as soon as it may be;
    below 0 in time."""


class Token:
    """A cancel token."""

    def __init__(self) -> None:
        self.cancelled = False
        self.cancelled_at = 0.0
        self._actions: list[Callable[[], None]] = []

    def cancel(self) -> None:
        self.cancelled, self.cancelled_at = True, time.perf_counter()
        for action in self._actions:
            action()

    def raise_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled

    def on_cancel(self, action: Callable[[], None]) -> None:
        self._actions.append(action)


def spoken(voice: TextToSpeech, text: str) -> Spoken:
    """Have it spoken once."""
    wall, cpu = time.perf_counter(), time.process_time()
    arrived, sound_s, late_s = list[float](), 0.0, -math.inf
    for chunk in voice.synthesize(text, Token()):
        arrived.append(time.perf_counter() - wall)
        if len(arrived) == 1:
            first_cpu_s = time.process_time() - cpu
        else:
            late_s = max(late_s, arrived[-1] - arrived[0] - sound_s)
        sound_s += len(chunk.samples) / chunk.rate
    whole_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    return Spoken(arrived[0], first_cpu_s, whole_s, cpu_s, sound_s, len(arrived), late_s)


def cancelled(voice: TextToSpeech, after_s: float) -> float:
    """Seconds from cancelling, in the middle of a long sentence, to the end of the work."""
    token = Token()
    timer = threading.Timer(after_s, token.cancel)
    timer.start()
    try:
        list(voice.synthesize("and then it goes on and on " * 12, token))
    except Cancelled:
        return time.perf_counter() - token.cancelled_at
    finally:
        timer.join()
    return 0.0


def report(name: str, create: Callable[[], TextToSpeech], rounds: int, cancel_after_s: float) -> None:
    started = time.perf_counter()
    voice = create()
    load_ms = (time.perf_counter() - started) * 1000
    with closing(voice):
        for kind, text in CLAUSES.items():
            runs = [spoken(voice, text) for _ in range(rounds)]
            first, first_cpu, whole, cpu, sound, chunks, late = np.median(
                [astuple(run) for run in runs], axis=0
            )
            print(
                f"{name:8} {kind:5} {sound:5.2f} s of sound  first {first * 1000:7.1f} ms "
                f"(CPU {first_cpu * 1000:6.1f}, p95 {np.quantile([run.first_s for run in runs], 0.95) * 1000:7.1f})  "
                f"all {whole * 1000:7.1f} ms  RTF {whole / sound:.4f} (CPU {cpu / sound:.4f})  "
                f"{chunks:.0f} chunks" + (f", latest {late * 1000:.1f} ms" if chunks > 1 else "")
            )
        delays = [cancelled(voice, cancel_after_s) * 1000 for _ in range(10)]
        memory = psutil.Process().memory_info().rss / 2**20
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:8} load {load_ms:.0f} ms, cancel {statistics.median(delays):.1f} ms "
        f"(max {max(delays):.1f}), process {memory:.0f} MB (at most {most:.0f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--piper", type=Path, help="a voice (.onnx); scripts/make_piper_stub.py makes one")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    report("eSpeak", lambda: Espeak(EspeakSettings()), options.rounds, 0.002)
    if options.piper:
        settings = PiperSettings(threads=options.threads)
        report("Piper", lambda: Piper(options.piper, settings), options.rounds, 0.1)


if __name__ == "__main__":
    main()
