"""Sounds that nobody recorded: coughs, doors, dishes, fans, music. Same seed, same sound, on every machine."""

import numpy as np
from numpy.typing import NDArray

from appliance.core.audio import CAPTURE_RATE, Samples

Wave = NDArray[np.float64]

LEVEL = 0.05
"""RMS (−26 dBFS) of a background noise as it is, before a level is asked for."""
PEAK = 0.35
"""Of a short noise: as loud as somebody who speaks nearby."""


def cough(seed: int) -> Samples:
    """One to three bursts of breath, brightest at their beginning, and the throat after them."""
    rng = np.random.default_rng([1, seed])
    bursts = [_burst(rng, rng.uniform(0.10, 0.22), 500, 3500) for _ in range(rng.integers(1, 4))]
    gaps = [np.zeros(round(rng.uniform(0.08, 0.2) * CAPTURE_RATE)) for _ in bursts]
    return _peak(np.concatenate([part for pair in zip(bursts, gaps, strict=True) for part in pair]))


def throat(seed: int) -> Samples:
    """Somebody clears it: a rough buzz of 300 to 500 ms."""
    rng = np.random.default_rng([2, seed])
    seconds = rng.uniform(0.3, 0.5)
    time = np.arange(round(seconds * CAPTURE_RATE)) / CAPTURE_RATE
    pitch = rng.uniform(70, 110) * (1 + 0.08 * _smooth(rng, len(time), 30))
    buzz = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / CAPTURE_RATE)) * (0.3 + rng.random(len(time)))
    return _peak(_band(buzz, 150, 1800) * np.sin(np.pi * time / seconds) ** 0.5)


def door(seed: int) -> Samples:
    """A thump that rings for a moment, and the latch."""
    rng = np.random.default_rng([3, seed])
    time = np.arange(round(0.35 * CAPTURE_RATE)) / CAPTURE_RATE
    thump = np.sin(2 * np.pi * rng.uniform(60, 110) * time) * np.exp(-time * 14)
    thump += 0.5 * _band(rng.normal(size=len(time)), 80, 700) * np.exp(-time * 25)
    latch = 0.5 * _burst(rng, 0.03, 1500, 6000)
    first = round(rng.uniform(0.05, 0.12) * CAPTURE_RATE)
    thump[first : first + len(latch)] += latch
    return _peak(thump)


def dishes(seed: int) -> Samples:
    """Two to five clinks of glass and steel."""
    rng = np.random.default_rng([4, seed])
    sound = np.zeros(round(0.8 * CAPTURE_RATE))
    for _ in range(rng.integers(2, 6)):
        time = np.arange(round(0.15 * CAPTURE_RATE)) / CAPTURE_RATE
        tones = sum(np.sin(2 * np.pi * rng.uniform(1800, 6500) * time) for _ in range(4))
        first = rng.integers(0, len(sound) - len(time))
        sound[first : first + len(time)] += tones * np.exp(-time * rng.uniform(30, 80)) * rng.uniform(0.3, 1)
    return _peak(sound)


def fan(seed: int, seconds: float) -> Samples:
    """Air, and the motor's hum in it."""
    rng = np.random.default_rng([5, seed])
    air = _tilted(rng, seconds)
    time = np.arange(len(air)) / CAPTURE_RATE
    hum = sum(np.sin(2 * np.pi * 49 * k * time + rng.uniform(0, 6)) / k for k in (1, 2, 3, 4))
    return _level(air / air.std() + 0.3 * hum)


def music(seed: int, seconds: float) -> Samples:
    """Four chords over and over with a beat, no voice."""
    rng = np.random.default_rng([6, seed])
    beat = round(0.5 * CAPTURE_RATE)
    time = np.arange(beat * 2) / CAPTURE_RATE
    bars = []
    for root in rng.permutation([110.0, 130.8, 146.8, 98.0]):
        notes = [root * ratio for ratio in (1, 1.25, 1.5, 2, 3)]
        strings = sum(np.sin(2 * np.pi * n * k * time) / k**1.5 for n in notes for k in (1, 2, 3, 4, 5))
        bar = strings * np.exp(-time * 1.5)
        for first in (0, beat):
            drum = _burst(rng, 0.1, 60 if first == 0 else 1500, 200 if first == 0 else 7000)
            bar[first : first + len(drum)] += 6 * drum
        bars.append(bar)
    tune = np.concatenate(bars)
    return _level(
        np.tile(tune, -(-round(seconds * CAPTURE_RATE) // len(tune)))[: round(seconds * CAPTURE_RATE)]
    )


def keyboard(seed: int, seconds: float) -> Samples:
    """Somebody types, in bursts."""
    rng = np.random.default_rng([7, seed])
    sound = 0.002 * _tilted(rng, seconds)
    at = 0.5
    while at < seconds - 0.5:
        click = _burst(rng, 0.02, 1200, 7000) * rng.uniform(0.2, 0.6)
        first = round(at * CAPTURE_RATE)
        sound[first : first + len(click)] += click
        at += rng.exponential(0.12) + (rng.random() < 0.05) * rng.uniform(1, 3)
    return _level(sound)


def hush(seed: int, seconds: float) -> Samples:
    """A silent room at −70 dBFS: no microphone hears nothing."""
    return np.asarray(
        _level(_tilted(np.random.default_rng([8, seed]), seconds)) * (10 ** (-44 / 20)), np.float32
    )


SHORT = {"cough": cough, "throat": throat, "door": door, "dishes": dishes}
"""By name; called with a seed."""
LONG = {"fan": fan, "music": music, "keyboard": keyboard, "hush": hush}
"""By name; called with a seed and seconds."""


def _burst(rng: np.random.Generator, seconds: float, low: float, high: float) -> Wave:
    time = np.arange(round(seconds * CAPTURE_RATE)) / CAPTURE_RATE
    attack = np.minimum(time / 0.005, 1)
    return _band(rng.normal(size=len(time)), low, high) * attack * np.exp(-time * 5 / seconds)


def _band(sound: Wave, low: float, high: float) -> Wave:
    spectrum = np.fft.rfft(sound)
    frequency = np.fft.rfftfreq(len(sound), 1 / CAPTURE_RATE)
    spectrum[(frequency < low) | (frequency > high)] = 0
    return np.fft.irfft(spectrum, len(sound))


def _tilted(rng: np.random.Generator, seconds: float) -> Wave:
    """Noise that falls by 6 dB per octave above 100 Hz."""
    count = round(seconds * CAPTURE_RATE)
    spectrum = np.fft.rfft(rng.normal(size=count))
    frequency = np.fft.rfftfreq(count, 1 / CAPTURE_RATE)
    return np.fft.irfft(spectrum / np.maximum(frequency, 100), count)


def _smooth(rng: np.random.Generator, count: int, rate: int) -> Wave:
    """A random curve around 0 with `rate` points a second."""
    points = rng.normal(size=max(2, count * rate // CAPTURE_RATE + 2))
    return np.interp(np.linspace(0, len(points) - 1, count), np.arange(len(points)), points)


def _peak(sound: Wave) -> Samples:
    return np.asarray(sound / np.abs(sound).max() * PEAK, np.float32)


def _level(sound: Wave) -> Samples:
    return np.asarray(sound / np.sqrt(np.mean(sound**2)) * LEVEL, np.float32)
