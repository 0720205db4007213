"""A simulated room: what a microphone hears of a loudspeaker 12 cm away and of people, with every known nuisance.

Walls by the image-source method (Allen & Berkley, 1979) in the room of notes/audio.md 3.3. The images are
scattered by a few centimetres, because a perfect box rings in a way that no furnished room does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from appliance.core.audio import CAPTURE_RATE, Samples

Points = NDArray[np.float64]

SIZE_M = np.array([5.2, 4.1, 2.7])
MICROPHONE_M = np.array([2.1, 1.7, 0.9])
LOUDSPEAKER_M = MICROPHONE_M + np.array([0.10, 0.06, -0.03])
"""12 cm from the microphone: one small box holds both."""
PERSON_M = MICROPHONE_M + np.array([1.2, 0.9, 0.55])
"""1.6 m from it: across a table."""
SOUND_M_PER_S = 343.0
SCATTER_M = 0.04
DIFFUSION = 1.55
"""Brings the decay from -5 to -35 dB to what is asked for, between 0.2 and 0.6 s (measured on the responses)."""
CHUNK = 1 << 15
KERNEL = 48
"""Taps of the interpolation that moves sound by a fraction of a sample."""
ACTIVE_DB = 25.0
"""How far below the loudest frames sound still counts as speech, not as a pause."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One box in one room."""

    rt60_s: float = 0.35
    """s until reverberation has fallen by 60 dB."""
    delay_ms: float = 60.0
    """ms from a sample's turn in the reference to its capture: converters and buffers."""
    echo_return_db: float = -10.0
    """Level of the echo at the microphone against what was played, both digital."""
    distortion: bool = False
    """A small loudspeaker driven too hard: tanh and 8 % of second order."""
    noise_dbfs: float = -65.0
    """Level of the steady noise, microphone and room together."""
    drift_ppm: float = 0.0
    """How much faster the loudspeaker's clock runs than the microphone's, after compensation."""
    moves_s: float = 0.0
    """s after which something in the room moves, and the same again: all reflections change. 0: never."""
    seed: int = 1
    """Of noise and scattering."""


@dataclass(frozen=True, slots=True)
class Capture:
    """What became of it, all of one length."""

    microphone: Samples
    """The sum, clipped as a converter would."""
    reference: Samples
    """What the loudspeaker played, in its time."""
    echo: Samples
    """The echo in `microphone` alone."""


def capture(scene: Scene, played: Samples, people: Samples) -> Capture:
    """Play `played` in the scene while `people` (already at the microphone, as long) are heard."""
    sound = distorted(played) if scene.distortion else played
    if scene.drift_ppm:
        sound = drifted(sound, scene.drift_ppm)
    lag = round(scene.delay_ms * CAPTURE_RATE / 1000)
    echo = np.concatenate([np.zeros(lag, np.float32), _reverberant(scene, sound)])[: len(played)]
    loudness = level(played)
    if loudness > 0:
        echo *= np.float32(loudness * 10 ** (scene.echo_return_db / 20) / level(echo))
    noise = np.random.default_rng(scene.seed).standard_normal(len(played), np.float32)
    noise *= np.float32(10 ** (scene.noise_dbfs / 20))
    return Capture(np.clip(echo + people + noise, -1, 1).astype(np.float32), played, echo)


def _reverberant(scene: Scene, sound: Samples) -> Samples:
    """What leaves the loudspeaker, as the room returns it."""
    echo = convolve(sound, impulse_response(scene.rt60_s, "loudspeaker", scene.seed))
    if not scene.moves_s:
        return echo
    moved = convolve(sound, impulse_response(scene.rt60_s, "loudspeaker", scene.seed + 1))
    after = np.arange(len(sound)) // round(scene.moves_s * CAPTURE_RATE) % 2
    return np.where(after, moved, echo)


def talk_over(
    length: int, clips: Iterable[tuple[int, Samples]], rt60_s: float, loudness: float, seed: int = 1
) -> Samples:
    """People in the room, each clip beginning at its sample, at the microphone as loud as `loudness` (RMS)."""
    heard = np.zeros(length, np.float32)
    response = impulse_response(rt60_s, "person", seed)
    for start, clip in clips:
        sound = convolve(clip, response)[: length - start]
        heard[start : start + len(sound)] += sound * np.float32(loudness / max(level(sound), 1e-9))
    return heard


def level(sound: Samples) -> float:
    """RMS of the parts of `sound` that are not pauses (frames of 20 ms)."""
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    if not frames.size:
        return 0.0
    powers = np.mean(frames.astype(np.float64) ** 2, axis=1)
    loud = np.percentile(powers, 98) * 10 ** (-ACTIVE_DB / 10)
    return float(np.sqrt(np.mean(powers[powers >= loud])))


@cache
def impulse_response(rt60_s: float, source: str, seed: int) -> Samples:
    """From the `loudspeaker` or the `person` to the microphone; begins with the direct sound."""
    place = LOUDSPEAKER_M if source == "loudspeaker" else PERSON_M
    distances, gains = _images(place, rt60_s)
    scatter = np.random.default_rng(seed).normal(0, SCATTER_M, len(distances))
    direct = distances.min()
    distances = np.where(distances == direct, direct, np.maximum(distances + scatter, direct + SCATTER_M))
    moments = (distances - direct) / SOUND_M_PER_S * CAPTURE_RATE
    length = round(rt60_s * CAPTURE_RATE)
    near = moments < length - 1
    whole, strength = moments[near].astype(np.int64), gains[near] / distances[near]
    part = moments[near] - whole
    response = np.bincount(whole, strength * (1 - part), length)
    response += np.bincount(whole + 1, strength * part, length)
    return np.asarray(response / np.abs(response).max(), np.float32)


def _images(place: Points, rt60_s: float) -> tuple[Points, Points]:
    """Distance in m and gain of every mirror image that can be heard within the reverberation time."""
    volume, surface = SIZE_M.prod(), 2 * (SIZE_M.prod() / SIZE_M).sum()
    # Eyring: 1 - α = exp(-0.161 V / S RT60). He assumes a diffuse field; mirrors alone decay more slowly.
    reflection = np.exp(-0.161 * volume / (surface * rt60_s) * DIFFUSION / 2)
    reach = rt60_s * SOUND_M_PER_S
    squares, bounces = [], []
    for axis in range(3):
        orders = np.arange(-int(reach / SIZE_M[axis]) - 2, int(reach / SIZE_M[axis]) + 3)
        even = orders % 2 == 0
        position = np.where(even, place[axis], SIZE_M[axis] - place[axis]) + orders * SIZE_M[axis]
        squares.append((position - MICROPHONE_M[axis]) ** 2)
        bounces.append(np.abs(orders))
    distance = np.sqrt(squares[0][:, None, None] + squares[1][None, :, None] + squares[2][None, None, :])
    count = bounces[0][:, None, None] + bounces[1][None, :, None] + bounces[2][None, None, :]
    audible = distance < reach
    return distance[audible], reflection ** count[audible]


def convolve(sound: Samples, response: Samples) -> Samples:
    """`sound` through `response`, as long as `sound`: overlap-add, so that half an hour fits into memory."""
    size = 1 << int(np.ceil(np.log2(CHUNK + len(response))))
    spectrum = np.fft.rfft(response, size)
    out = np.zeros(len(sound) + size, np.float32)
    for start in range(0, len(sound), CHUNK):
        piece = np.fft.irfft(np.fft.rfft(sound[start : start + CHUNK], size) * spectrum, size)
        out[start : start + size] += piece.astype(np.float32)
    return out[: len(sound)]


def distorted(sound: Samples) -> Samples:
    """A loudspeaker near its limits: the loudest peaks are pressed by 3 dB, and bent to one side."""
    peak = np.float32(max(np.abs(sound).max(initial=0), 1e-9))
    x = sound / peak
    return np.asarray(peak * (np.tanh(1.4 * x) / np.float32(1.4) + 0.08 * x**2), np.float32)


def drifted(sound: Samples, ppm: float) -> Samples:
    """`sound` from a clock that is `ppm` faster, as long as before: the n-th sample is taken at n·(1 + ppm)."""
    block = 32  # within it the fraction is constant: at 50 ppm an error of -69 dB, measured on a tone
    blocks = -(-len(sound) // block)
    first = np.arange(blocks) * block * (1 + ppm * 1e-6)
    whole = np.floor(first).astype(np.int64)
    distance = np.arange(KERNEL)[None, :] - KERNEL // 2 - (first - whole)[:, None]
    kernels = (np.sinc(distance) * np.cos(np.pi * distance / (KERNEL + 2)) ** 2).astype(np.float32)
    padded = np.zeros(int(whole[-1]) + block + KERNEL + len(sound) % block, np.float32)
    part = sound[: len(padded) - KERNEL // 2]
    padded[KERNEL // 2 : KERNEL // 2 + len(part)] = part
    out = np.empty((blocks, block), np.float32)
    for number, place in enumerate(whole):
        out[number] = as_strided(padded[place:], (block, KERNEL), padded.strides * 2) @ kernels[number]
    return out.reshape(-1)[: len(sound)]
