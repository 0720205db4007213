"""Measures the voices: first audio, real-time factor, and how long a cancelled one still runs."""

import argparse
import resource
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from appliance.core.errors import Cancelled
from appliance.core.interfaces import TextToSpeech
from appliance.engines.espeak import Espeak, EspeakSettings
from appliance.engines.piper import Piper, PiperSettings

CLAUSES = {
    "clause": "The capital of France is Paris,",
    "sentence": "The capital of France is Paris, in the middle of the country, on a river called Seine.",
    "reply": "It is Paris. It lies in the middle of the country, on the Seine. Would you like to know more?",
}


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


def spoken(voice: TextToSpeech, text: str) -> tuple[float, float, float, float]:
    """Seconds to the first chunk, to the last, of CPU, and of sound."""
    wall, cpu = time.perf_counter(), time.process_time()
    chunks = voice.synthesize(text, Token())
    first = next(iter(chunks))
    first_s = time.perf_counter() - wall
    samples = len(first.samples) + sum(len(chunk.samples) for chunk in chunks)
    return first_s, time.perf_counter() - wall, time.process_time() - cpu, samples / first.rate


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
            runs = np.array([spoken(voice, text) for _ in range(rounds)])
            first, whole, cpu, sound = np.median(runs, axis=0)
            print(
                f"{name:8} {kind:9} {sound:5.2f} s of sound  first {first * 1000:7.1f} ms "
                f"(p95 {np.quantile(runs[:, 0], 0.95) * 1000:7.1f})  all {whole * 1000:7.1f} ms  "
                f"RTF {whole / sound:.4f} (CPU {cpu / sound:.4f})"
            )
        delays = [cancelled(voice, cancel_after_s) * 1000 for _ in range(10)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:8} load {load_ms:.0f} ms, cancel {statistics.median(delays):.1f} ms "
        f"(max {max(delays):.1f}), process {memory:.0f} MB"
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
