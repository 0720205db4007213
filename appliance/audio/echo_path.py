"""Measures the way from the loudspeaker to the microphone: a signal to play, and how to find it again."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples

WAVE_S: Final = 1.8
"""s of the signal: with its 7 kHz of width it stands 40 dB out of the noise it was buried in."""
BAND_HZ: Final = (120.0, 7000.0)
"""What it is made of, with the spectrum of speech: equal power in every octave. Not a whistle: the cancellers
learn from sound that has everything at once (from a chirp they took 3 to 8 dB away, from noise 30)."""
WAVE_RMS: Final = 0.1
"""-20 dBFS, as loud as the voice."""
QUIET_S: Final = 0.7
"""s of silence to record before the signal and behind it: noise to compare with, and the end of the reverberation."""

EARLIEST_S: Final = -0.05
LATEST_S: Final = 0.5
"""Delays to look for. Below zero the stamps are wrong; Bluetooth loudspeakers need 0.2 s."""
NOISE_S: Final = (-1.1, -0.6)
"""Delays at which there is nothing but noise: far ahead of any sound."""
TAIL_S: Final = 0.25
"""s of echo that count, from its beginning: what the canceller's filter covers."""
EVIDENT: Final = 8.0
"""Times the noise by which an echo must stand out. The largest of 9000 random delays reaches 4.5."""
ONSET: Final = 0.4
"""Part of the greatest peak at which the echo has begun: the direct sound may be weaker than what follows."""
FLOOR: Final = 1e-3
"""Part of the signal's greatest power below which a frequency is hardly believed."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What the microphone heard of the signal, with the quiet before and behind it."""

    microphone: Samples
    """16 kHz."""
    reference: Samples
    """What was played meanwhile, 16 kHz, as long."""

    @property
    def sounding(self) -> slice:
        """Where the signal was played."""
        played = np.flatnonzero(np.abs(self.reference) > WAVE_RMS / 100)
        return slice(int(played[0]), int(played[-1]) + 1) if len(played) else slice(0, 0)


@dataclass(frozen=True, slots=True)
class Echo:
    """What was found in a recording."""

    delay_ms: float
    """ms from a sample's turn in the reference to its capture."""
    return_loss_db: float
    """dB by which it is below what was played, both digital."""
    above_noise_db: float
    """dB by which it is above the noise."""


def wave(rate: int) -> Samples:
    """The signal: the hiss of a wave that comes and goes."""
    count = round(WAVE_S * rate)
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    inside = (frequencies >= BAND_HZ[0]) & (frequencies <= BAND_HZ[1])
    pink = np.where(inside, 1 / np.sqrt(np.maximum(frequencies, 1)), 0)
    turns = np.random.default_rng(1).uniform(0, 2 * np.pi, len(pink))
    sound = np.fft.irfft(pink * np.exp(1j * turns), count) * np.sin(np.linspace(0, np.pi, count))
    return np.asarray(sound * WAVE_RMS / np.sqrt(np.mean(sound**2)), np.float32)


def find_echo(recording: Recording) -> Echo | None:
    """The echo of the signal; None when it cannot be told from the noise."""
    size = 1 << (2 * len(recording.reference)).bit_length()
    played = np.fft.rfft(recording.reference, size)
    power = np.abs(played) ** 2
    heard = np.fft.rfft(recording.microphone, size)
    trust = power / (power + FLOOR * power.max() + 1e-20)
    response = np.fft.irfft(heard / np.where(played == 0, 1, played) * trust, size)
    noise = _lags(response, *NOISE_S)
    near = np.abs(_lags(response, EARLIEST_S, LATEST_S))
    if near.max() <= EVIDENT * noise.std():
        return None
    onset = int(np.argmax(near >= max(ONSET * near.max(), EVIDENT / 2 * noise.std())))
    delay_s = EARLIEST_S + onset / CAPTURE_RATE
    echo = _through(_lags(response, delay_s - 0.002, delay_s + TAIL_S), power, size)
    echo -= _through(noise, power, size) * (TAIL_S + 0.002) / (NOISE_S[1] - NOISE_S[0])
    loss_db = -decibels(echo / (power * trust**2).sum())
    return Echo(1000 * delay_s, loss_db, _above_noise_db(recording, loss_db))


def _lags(response: "np.ndarray[tuple[int], np.dtype[np.float64]]", first_s: float, last_s: float) -> Samples:
    """The part of a response between two delays, the first of which may be below zero."""
    first, last = round(first_s * CAPTURE_RATE), round(last_s * CAPTURE_RATE)
    return np.asarray(np.roll(response, -first)[: last - first])


def _through(response: Samples, power: Samples, size: int) -> float:
    """Energy of a sound with this power spectrum, behind a filter with this response."""
    return float((np.abs(np.fft.rfft(response, size)) ** 2 * power).sum())


def _above_noise_db(recording: Recording, loss_db: float) -> float:
    sounding = recording.sounding
    noise = recording.microphone[: sounding.start]
    echo_db = decibels(power_of(recording.reference[sounding])) - loss_db
    return echo_db - decibels(power_of(noise))


def power_of(sound: Samples) -> float:
    """Mean square."""
    return float(np.mean(sound.astype(np.float64) ** 2)) if len(sound) else 0.0


def decibels(power: float) -> float:
    """Of a ratio of powers."""
    return float(10 * np.log10(max(power, 1e-20)))
