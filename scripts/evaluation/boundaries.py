"""Finds where people could hesitate, and writes scenarios/hesitations.toml: word boundaries in mid-sentence.

    python -m scripts.evaluation.boundaries

PocketSphinx tells where words end, rightly or wrongly understood; the quietest place nearby is taken. People
hesitate before the words that matter, so a boundary behind “a”, “with”, “and” is preferred to any other.
"""

import sys
from itertools import pairwise
from typing import Any

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from scripts.evaluate_stt import SHARED
from scripts.evaluation.scenario import FOLDER
from scripts.evaluation.sounds import Library, Sound

FILE = FOLDER / "hesitations.toml"
SMALL_WORDS = frozenset(
    (
        "a",
        "an",
        "the",
        "with",
        "and",
        "of",
        "to",
        "some",
        "me",
        "get",
        "have",
        "like",
        "can",
        "i",
        "would",
        "for",
        "in",
    )
)
MIDDLE = (0.25, 0.8)
"""Part of the speech in which people hesitate here."""
NEARBY_S = 0.05
"""s around a boundary in which the quietest place is looked for."""
QUIET_S = 0.02
FRAMES_PER_S = 100
"""Of PocketSphinx."""

HEAD = """# Where people hesitate: seconds into recordings of shared/clips/people, at word boundaries in mid-sentence.
# Written by `python -m scripts.evaluation.boundaries`.

[boundaries]
"""


def main() -> None:
    """Write the file."""
    import pocketsphinx

    library = Library(SHARED / "clips", half="0123456789abcdef")
    decoder: Any = pocketsphinx.Decoder(loglevel="FATAL")
    lines = []
    for name in library.people():
        sound = library.sound(f"people/{name}")
        second = boundary(sound, words(decoder, sound.samples))
        if second is not None:
            lines.append(f'"{name}" = [{second:.2f}]')
    FILE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} boundaries", file=sys.stderr)


def words(decoder: Any, samples: Samples) -> list[tuple[str, float, float]]:
    """What PocketSphinx makes of a recording: word, begin, end in s."""
    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    segments = [s for s in decoder.seg() or () if s.word[0] not in "<["]
    return [
        (s.word.partition("(")[0], s.start_frame / FRAMES_PER_S, (s.end_frame + 1) / FRAMES_PER_S)
        for s in segments
    ]


def boundary(sound: Sound, said: list[tuple[str, float, float]]) -> float | None:
    """The second at which this person could hesitate; None: nowhere."""
    length = sound.end - sound.begin
    first, last = (sound.begin + part * length for part in MIDDLE)
    places = [
        (word not in SMALL_WORDS, quietest(sound.samples, (end + begin) / 2))
        for (word, _, end), (_, begin, _) in pairwise(said)
        if first <= end <= last and begin - end < NEARBY_S
    ]
    # Of those behind a small word the quietest, else of all.
    return min((rank, level, second) for rank, (level, second) in places)[2] if places else None


def quietest(samples: Samples, second: float) -> tuple[float, float]:
    """The level of the quietest place near a second, and where it is."""
    size, reach = round(QUIET_S * CAPTURE_RATE), round(NEARBY_S * CAPTURE_RATE)
    middle = round(second * CAPTURE_RATE)
    starts = range(max(0, middle - reach), middle + reach - size, size // 4)
    levels = [
        (float(np.mean(np.square(samples[s : s + size]))), (s + size / 2) / CAPTURE_RATE) for s in starts
    ]
    return min(levels)


if __name__ == "__main__":
    main()
