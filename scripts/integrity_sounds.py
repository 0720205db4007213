"""An hour in which nobody speaks: silence, fans, hums, music, clatter, a kitchen, made anew and the same each time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.resample import resample

Chance = np.random.Generator
Maker = Callable[[float, Chance], Samples]
"""Makes so many seconds of a sound, at any level."""

LEVELS_DBFS = (-55.0, -40.0, -25.0)
"""Root mean square over a piece: hardly audible, as the kitchen was recorded, and as loud as people speak."""

QUIET_DBFS = (-85.0, -72.0, -60.0)
"""The same for silence: a microphone's own noise, a quiet room, and one that is not."""

SCALE = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16)
"""Semitones of a major scale."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one sound at one level."""

    kind: str
    name: str
    level_dbfs: float
    sound: Samples


def pieces(minutes: float, kitchen: Samples, seed: int) -> Iterator[Piece]:
    """All sounds at all levels, sharing the minutes evenly among them."""
    makers = MAKERS | {
        ("kitchen", name): _of(kitchen, name) for name in ("recorded", "fast", "slow", "crowded")
    }
    seconds = 60 * minutes / (len(makers) * len(LEVELS_DBFS))
    for number, ((kind, name), make) in enumerate(makers.items()):
        for level in QUIET_DBFS if kind == "silence" else LEVELS_DBFS:
            chance = np.random.default_rng([seed, number, -int(level)])
            sound = make(seconds, chance)
            yield Piece(kind, name, level, _at(sound, level, chance))


def _at(sound: Samples, level_dbfs: float, chance: Chance) -> Samples:
    """At a level, in 16 bits, over the noise of a good converter (−90 dBFS)."""
    loudness = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    scaled = sound * (10 ** (level_dbfs / 20) / max(loudness, 1e-9))
    noisy = scaled + chance.normal(0.0, 10 ** (-90 / 20), len(sound))
    return np.asarray(np.round(np.clip(noisy, -1, 1) * 32767) / 32768, np.float32)


def _count(seconds: float) -> int:
    return round(seconds * CAPTURE_RATE)


def _time(seconds: float) -> Samples:
    return np.arange(_count(seconds), dtype=np.float32) / np.float32(CAPTURE_RATE)


def coloured(
    seconds: float, chance: Chance, slope: float, low_hz: float = 20, high_hz: float = 8000
) -> Samples:
    """Noise whose amplitude falls with frequency to the power of `slope`, within a band."""
    spectrum = np.fft.rfft(chance.normal(size=_count(seconds)))
    hz = np.fft.rfftfreq(_count(seconds), 1 / CAPTURE_RATE)
    shape = np.where((hz >= low_hz) & (hz <= high_hz), np.maximum(hz, 1.0) ** -slope, 0.0)
    return np.asarray(np.fft.irfft(spectrum * shape, _count(seconds)), np.float32)


def _tone(seconds: float, hz: float, harmonics: int, falling: float, chance: Chance) -> Samples:
    time = _time(seconds)
    partials = [n for n in range(1, harmonics + 1) if n * hz < CAPTURE_RATE / 2]
    phases = chance.uniform(0, 2 * np.pi, len(partials))
    waves = (
        np.sin(2 * np.pi * hz * n * time + p) / n**falling for n, p in zip(partials, phases, strict=True)
    )
    return np.asarray(sum(waves), np.float32)


def _unit(sound: Samples) -> Samples:
    return np.asarray(sound / max(float(np.sqrt(np.mean(sound**2))), 1e-9), np.float32)


def _place(sound: Samples, at_s: float, what: Samples) -> None:
    first = _count(at_s)
    part = what[: max(0, len(sound) - first)]
    sound[first : first + len(part)] += part


def quiet_room(seconds: float, chance: Chance) -> Samples:
    return coloured(seconds, chance, 1.0)


def hiss(seconds: float, chance: Chance) -> Samples:
    return coloured(seconds, chance, 0.0)


def fan(seconds: float, chance: Chance) -> Samples:
    """Air, the blades' tone and its overtones, both swaying slowly."""
    sway = 1 + 0.2 * np.sin(2 * np.pi * 0.3 * _time(seconds))
    air = _unit(coloured(seconds, chance, 0.8, 40, 5000))
    return np.asarray((air + 0.5 * _unit(_tone(seconds, 123.0, 6, 1.2, chance))) * sway, np.float32)


def vacuum(seconds: float, chance: Chance) -> Samples:
    return _unit(coloured(seconds, chance, 0.3, 100, 7000)) + _unit(_tone(seconds, 310.0, 12, 0.7, chance))


def hum(seconds: float, chance: Chance) -> Samples:
    return _tone(seconds, 50.0, 20, 0.9, chance)


def buzz(seconds: float, chance: Chance) -> Samples:
    """A dimmer: every overtone of the mains, switched on and off."""
    on = np.repeat(chance.random(int(seconds) + 1) < 0.7, CAPTURE_RATE)[: _count(seconds)]
    return np.asarray(_tone(seconds, 120.0, 40, 0.4, chance) * on, np.float32)


def _struck(seconds: float, hz: float, stretch: float, decay_s: float, chance: Chance) -> Samples:
    """Something struck: partials that ring down, harmonic when `stretch` is 1."""
    time = _time(seconds)
    waves = [
        chance.uniform(0.3, 1.0)
        / n
        * np.sin(2 * np.pi * hz * n**stretch * time)
        * np.exp(-time * n / decay_s)
        for n in range(1, 9)
        if hz * n**stretch < CAPTURE_RATE / 2
    ]
    return np.asarray(sum(waves), np.float32)


def piano(seconds: float, chance: Chance) -> Samples:
    """Chords and a tune over them."""
    sound = np.zeros(_count(seconds), np.float32)
    for beat in np.arange(0, seconds, 0.3):
        steps = chance.choice(SCALE, 1 + 2 * (round(beat / 0.3) % 4 == 0), replace=False)
        for step in steps:
            note = _struck(1.5, 262 * 2 ** (step / 12), 1.0, 0.6, chance)
            _place(sound, float(beat), note * chance.uniform(0.3, 1.0))
    return sound


def strings(seconds: float, chance: Chance) -> Samples:
    """One instrument with vibrato and slides in the range of a voice: of all music the most like one."""
    sound = np.zeros(_count(seconds), np.float32)
    at = 0.0
    while at < seconds:
        length = float(chance.uniform(0.25, 1.2))
        time = _time(length)
        hz = 180 * 2 ** (float(chance.choice(SCALE)) / 12)
        phase = 2 * np.pi * np.cumsum(hz * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * time))) / CAPTURE_RATE
        swell = np.minimum(1, np.minimum(time, length - time) / 0.08)
        wave = sum(np.sin(n * phase) / n for n in range(1, int(7000 / hz)))
        _place(sound, at, np.asarray(wave * swell, np.float32))
        at += length
    return sound


def organ(seconds: float, chance: Chance) -> Samples:
    sound = np.zeros(_count(seconds), np.float32)
    for at in np.arange(0, seconds, 2.0):
        for step in chance.choice(SCALE, 3, replace=False):
            _place(sound, float(at), _tone(2.0, 131 * 2 ** (step / 12), 8, 0.8, chance))
    return sound


def drums(seconds: float, chance: Chance) -> Samples:
    """A kick, a snare and a hi-hat at 120 beats a minute."""
    sound, time = np.zeros(_count(seconds), np.float32), _time(0.25)
    kick = np.sin(2 * np.pi * (50 + 80 * np.exp(-time * 40)) * time) * np.exp(-time * 15)
    for number, at in enumerate(np.arange(0, seconds, 0.25)):
        hat = coloured(0.08, chance, -0.5, 4000) * np.exp(-_time(0.08) * 60)
        _place(sound, float(at), np.asarray(0.3 * _unit(hat), np.float32))
        if number % 4 == 0:
            _place(sound, float(at), np.asarray(3 * kick, np.float32))
        elif number % 4 == 2:
            snare = _unit(coloured(0.25, chance, 0.2, 150)) * np.exp(-time * 18)
            _place(sound, float(at), np.asarray(1.5 * snare, np.float32))
    return sound


def band(seconds: float, chance: Chance) -> Samples:
    parts = (drums, piano, strings, organ)
    return np.asarray(sum(_unit(part(seconds, chance)) for part in parts), np.float32)


def _strokes(seconds: float, chance: Chance, every_s: float, stroke: Callable[[Chance], Samples]) -> Samples:
    """Single sounds at irregular intervals."""
    sound, at = np.zeros(_count(seconds), np.float32), 0.0
    while (at := at + float(chance.exponential(every_s))) < seconds:
        _place(sound, at, stroke(chance) * np.float32(chance.uniform(0.2, 1.0)))
    return sound


def dishes(seconds: float, chance: Chance) -> Samples:
    """Plates and cutlery: what is struck there rings out of tune."""
    return _strokes(seconds, chance, 0.4, lambda c: _struck(0.5, c.uniform(700, 3000), 1.4, 0.08, c))


def knocks(seconds: float, chance: Chance) -> Samples:
    """Doors, steps, a fist on a table, two or three in a row."""

    def knock(c: Chance) -> Samples:
        sound = np.zeros(_count(0.8), np.float32)
        for at in np.arange(int(c.integers(1, 4))) * float(c.uniform(0.12, 0.25)):
            _place(sound, float(at), _struck(0.2, c.uniform(70, 250), 1.3, 0.04, c))
        return sound

    return _strokes(seconds, chance, 1.5, knock)


def keyboard(seconds: float, chance: Chance) -> Samples:
    def key(c: Chance) -> Samples:
        click = coloured(0.03, c, 0.0, 1500, 7500) * np.exp(-_time(0.03) * 300)
        return np.asarray(_unit(click) + 0.3 * _struck(0.03, c.uniform(150, 400), 1.2, 0.02, c), np.float32)

    return _strokes(seconds, chance, 0.14, key)


def rustle(seconds: float, chance: Chance) -> Samples:
    """Paper, bags, clothes: noise in uneven bursts, about as long as syllables."""
    envelope = np.repeat(chance.gamma(0.3, size=int(seconds * 12) + 1), CAPTURE_RATE // 12)
    smooth = np.convolve(envelope[: _count(seconds)], np.hanning(1200) / 600, "same")
    return np.asarray(coloured(seconds, chance, 0.2, 500, 7500) * smooth, np.float32)


def water(seconds: float, chance: Chance) -> Samples:
    """A tap and its drops."""
    drops = _strokes(seconds, chance, 0.05, lambda c: _struck(0.05, c.uniform(500, 2500), 1.0, 0.02, c))
    return _unit(coloured(seconds, chance, 0.4, 300, 7500)) + _unit(drops)


def appliances(seconds: float, chance: Chance) -> Samples:
    """Beeps of a microwave oven over its fan."""
    sound = fan(seconds, chance)
    for at in np.arange(3, seconds - 1, 11.0):
        for beep in range(3):
            _place(sound, float(at + 0.5 * beep), 3 * _tone(0.25, 2050.0, 1, 1.0, chance))
    return sound


def _of(kitchen: Samples, how: str) -> Maker:
    """The recorded kitchen from anywhere in it, also faster, slower, and twice at once."""
    rates = {"fast": 14_000, "slow": 18_000}
    source = resample(kitchen, CAPTURE_RATE, rates[how]) if how in rates else kitchen

    def make(seconds: float, chance: Chance) -> Samples:
        def anywhere() -> Samples:
            return np.resize(np.roll(source, -int(chance.integers(len(source)))), _count(seconds))

        return anywhere() + anywhere() if how == "crowded" else anywhere()

    return make


MAKERS: dict[tuple[str, str], Maker] = {
    ("silence", "quiet room"): quiet_room,
    ("silence", "hiss"): hiss,
    ("fan", "fan"): fan,
    ("fan", "vacuum cleaner"): vacuum,
    ("hum", "hum"): hum,
    ("hum", "buzz"): buzz,
    ("music", "piano"): piano,
    ("music", "strings"): strings,
    ("music", "organ"): organ,
    ("music", "drums"): drums,
    ("music", "band"): band,
    ("clatter", "dishes"): dishes,
    ("clatter", "knocks"): knocks,
    ("clatter", "keyboard"): keyboard,
    ("clatter", "rustle"): rustle,
    ("water", "tap"): water,
    ("water", "beeps"): appliances,
}
"""By kind and name."""
