"""How exactly a reply that was stopped is remembered: voices stopped at random, words compared with the sound.

    python -m scripts.evaluate_heard [--stops 240] [--tuning] [--json FILE]

Every stop goes the way of a real one: clauses, voice, playout, a port that counts what left, hush, and the
words that are then written into the history. What is compared with is independent of all of that:

* eSpeak: PocketSphinx, another program, hears the finished sound and says where each word is in it (forced
  alignment, 10 ms). It knows nothing of eSpeak's events; only the words themselves are shared.
* Piper (a generated voice of real structure that hums): the words up to each one are spoken alone, and that sound
  is as long as the word's end is late. Neither the durations the network tells nor the alignment of phonemes is used.

"told" compares with the voice's own times instead, which leaves only the counting and the mapping to be wrong.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from appliance.core.audio import CAPTURE_RATE
from appliance.core.resample import resample
from appliance.engines.espeak import Espeak, EspeakSettings
from appliance.engines.piper import Piper, PiperSettings
from scripts.make_piper_stub import description, model
from tests.heard import RATE, Spans, Spoken, Unmarked, Verdict, judge, places

TUNING = (
    "The capital of France is Paris, in the middle of the country. It lies on a river called Seine.",
    "It costs $12.50 and lasts for 3 days. Bring it back when it's empty, please.",
    "Dr. Smith lives at 221 Baker St. and will see you at 3 p.m. on Monday, Jan. 5th.",
    "**Yes**, of course! You'll need *two eggs*, a little butter, and some salt.",
    "The library has 1,250 books, e.g. novels, maps and old letters; most of them are from the 1920s.",
    "- First, fill the pot with water.\n- Then wait until it boils.\n- Last of all, add the rice.",
    "I'd say about 25% of the people here speak French, but nobody is really sure why.",
    "See [the garden](https://example.com/garden) behind the house. It opens at 9:30.",
    "Well, I think so. Would you like to know more about the history of the castle?",
    "The train to London leaves from platform 4 in 12 minutes, so you should hurry up.",
    "Mt. Everest is 8,849 m high, which is roughly 29,000 ft, and it grows a little every year.",
    "Good morning! It's 21°C outside and the sun is shining. Take a hat with you anyway.",
    "No.",
    "Okay, let me think about that for a moment: the answer is probably 42.",
    "## The castle\nIt was built in 1348 by Charles IV and took nearly 20 years to finish.",
    "You can reach us at 555-0123 or write to info@example.com whenever you want.",
)
"""On which the estimates of appliance/pipeline/word_times.py were tuned."""

REPORTING = (
    "Sure. The museum is open from 10 a.m. to 6 p.m., but it's closed on Tuesdays.",
    "A ticket is $8 for adults and half of that for children under 12, i.e. $4.",
    "Prof. Jones and Mrs. Brown, who live next door, grow apples, pears, plums and the best cherries in town.",
    "The **quick** answer is no; the *long* one is that nobody has ever tried it at night.",
    "1. Take the second street on the left.\n2. Walk past the church.\n3. Ring at number 17.",
    "About 3/4 of the water on this planet is salty, and nearly all of the rest is ice.",
    "Oh, that reminds me of a story. Once upon a time there was a king who had three daughters.",
    "The first one was clever, the second one was brave, and the third one, they say, was both.",
    "It was 1066 when William came; he brought 7,000 men with him and stayed for 21 years.",
    "Please turn off the lights before you go to bed, lock the door and put the keys on the table.",
    "Yes.",
    "I don't know. Would you like me to find out, or shall we talk about something else?",
    "The speed of sound is about 340 m/s in air, whereas in water it is more than four times as fast.",
    "You said you wanted soup, so here is one: onions, carrots, potatoes, 2 l of water and a bit of patience.",
)
"""On which nothing was tuned."""

LEAST_S = 0.02
"""s after which the first stops fall: before that nothing has left."""


@dataclass(frozen=True)
class Trial:
    """A voice and what its words are compared with."""

    name: str
    truth: str
    voice: Spoken
    spans: Callable[[str], Spans]
    allowed: int
    """Words of error at the 95th percentile."""


def told(voice: Spoken, text: str) -> Spans:
    """As the voice says; a word is over with its last sample before the next that can be heard."""
    chunks = voice.chunks(text)
    rate = chunks[0].rate
    sound = np.concatenate([chunk.samples for chunk in chunks])
    starts = [word.sample for chunk in chunks for word in chunk.words]
    spans = []
    for start, after in pairwise([*starts, len(sound)]):
        audible = np.flatnonzero(np.abs(sound[start:after]) > 0.003)
        spans.append((start / rate, (start + (audible[-1] + 1 if len(audible) else 0)) / rate))
    return spans


class Aligner:
    """PocketSphinx, which finds given words in a sound."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(loglevel="FATAL", samprate=CAPTURE_RATE, lm=None)

    def spans(self, voice: Spoken, text: str) -> Spans:
        """Where it hears the words of `text` as `voice` says it."""
        chunks = voice.chunks(text)
        sound = resample(np.concatenate([c.samples for c in chunks]), chunks[0].rate, CAPTURE_RATE)
        # The dictionary has "twenty" and "one", but not "twenty-one".
        parts = [re.findall(r"[a-z']+", word.lower()) for word in text.split()]
        self._decoder.set_align_text(" ".join(part for word in parts for part in word))
        self._decoder.start_utt()
        self._decoder.process_raw((sound * 32767).astype(np.int16).tobytes(), full_utt=True)
        self._decoder.end_utt()
        segments = (s for s in self._decoder.seg() if not s.word.startswith(("<", "(")))
        found = iter([(s.start_frame / 100, (s.end_frame + 1) / 100) for s in segments])
        whole = [[next(found) for _ in word] for word in parts]
        return [(word[0][0], word[-1][1]) for word in whole]


def measured(voice: Spoken, text: str) -> Spans:
    """By the length of the sound of the words up to each one."""

    def length(words: int) -> float:
        chunks = voice.chunks(" ".join(text.split()[:words]))
        sound = np.concatenate([chunk.samples for chunk in chunks])
        return float(np.flatnonzero(np.abs(sound) > 0.003)[-1] + 1) / chunks[0].rate

    ends = [length(words) for words in range(1, len(text.split()) + 1)]
    return list(pairwise([0.0, *ends]))


def verdicts(trial: Trial, texts: Sequence[str], stops: int, seed: int) -> Iterator[Verdict]:
    """Stop the voice at random: each text as often as is its share of the sound."""
    random = np.random.default_rng(seed)
    truths = [places(text, trial.voice, trial.spans) for text in texts]
    lengths = np.array([truth[-1].end / RATE for truth in truths])
    for chosen in random.choice(len(texts), stops, p=lengths / lengths.sum()):
        after_s = float(random.uniform(LEAST_S, lengths[chosen] + 0.3))
        yield judge(texts[chosen], trial.voice, truths[chosen], after_s)


def report(trial: Trial, texts: Sequence[str], stops: int, seed: int) -> dict[str, Any]:
    """One line about one voice."""
    found = list(verdicts(trial, texts, stops, seed))
    errors = np.array([verdict.error for verdict in found])
    result = {
        "voice": trial.name,
        "truth": trial.truth,
        "stops": len(found),
        "p50": float(np.median(np.abs(errors))),
        "p95": float(np.quantile(np.abs(errors), 0.95)),
        "max": int(np.abs(errors).max()),
        "mean": round(float(errors.mean()), 3),
        "not begun": sum(verdict.claimed > verdict.begun for verdict in found),
        "allowed p95": trial.allowed,
    }
    print("  ".join(f"{value!s:>{max(len(key), 6)}}" for key, value in result.items()))
    return result


def trials(espeak: Espeak, piper: Piper, mute: Piper) -> Iterator[Trial]:
    """All voices, with and without their marks."""
    aligner = Aligner()
    plain, aligned = Spoken(espeak), Spoken(piper)
    hear = lru_cache(None)(lambda text: aligner.spans(plain, text))
    measure = lru_cache(None)(lambda text: measured(aligned, text))
    yield Trial("espeak", "told", plain, lambda text: told(plain, text), 1)
    yield Trial("espeak", "aligned", plain, hear, 1)
    yield Trial("espeak -", "aligned", Unmarked(espeak), hear, 2)
    yield Trial("piper", "told", aligned, lambda text: told(aligned, text), 1)
    yield Trial("piper", "measured", aligned, measure, 1)
    yield Trial("piper -", "measured", Spoken(mute), measure, 2)


def write_voices(folder: Path) -> tuple[Path, Path]:
    """The generated voice, and its twin whose durations nobody can find: two nodes round."""
    made, twin = model(), model()
    twin.graph.node.append(onnx.helper.make_node("Ceil", ["scales"], ["unused"]))
    files = folder / "stub.onnx", folder / "mute.onnx"
    for file, content in zip(files, (made, twin), strict=True):
        onnx.save(content, str(file))
        Path(f"{file}.json").write_text(json.dumps(description()), encoding="utf-8")
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stops", type=int, default=240, help="per voice")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tuning", action="store_true", help="the texts that estimates were tuned on")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    texts = TUNING if options.tuning else REPORTING
    print(" voice   truth   stops     p50     p95     max    mean  not begun  allowed p95")
    with tempfile.TemporaryDirectory() as folder:
        stub, mute = write_voices(Path(folder))
        voices = Espeak(EspeakSettings()), Piper(stub, PiperSettings()), Piper(mute, PiperSettings())
    with closing(voices[0]), closing(voices[1]), closing(voices[2]):
        results = [report(trial, texts, options.stops, options.seed) for trial in trials(*voices)]
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
