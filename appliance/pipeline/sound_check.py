"""Notices what is wrong with captured sound, while it goes by, and says it in words that help.

Sound is judged in looks of a tenth of a second. Each fault has evidence for it, evidence against it, or none in a
look (nobody can tell a telephone by its silence), and is found while the evidence of the last seconds is mostly
for it. So one loud laugh is not a microphone that clips, and a fault that was mended disappears by itself.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from appliance.core.audio import AudioFrame, Samples
from appliance.pipeline.sound_signs import (
    EDGE_LEVEL,
    LOOK,
    REPEAT_LEVEL,
    bands,
    gaps,
    level,
    overdriven,
    repeats,
    spectrum,
    voicing,
)


class SoundFault(StrEnum):
    """Something that is wrong with the sound of a microphone, or that there is no sound at all."""

    CLIPPED = "clipped"
    OFFSET = "offset"
    SILENT = "silent"
    FAINT = "faint"
    BROKEN = "broken"
    NARROW = "narrow"
    NO_MICROPHONE = "no microphone"
    NO_LOUDSPEAKER = "no loudspeaker"

    @property
    def problem(self) -> str:
        """What is wrong."""
        return _WORDS[self][0]

    @property
    def remedy(self) -> str:
        """What to do."""
        return _WORDS[self][1]


_WORDS: Final = {
    SoundFault.CLIPPED: (
        "Voices are cut off at full scale: the microphone is too loud.",
        "turn its gain down, with alsamixer or `wpctl set-volume @DEFAULT_AUDIO_SOURCE@ 50%`",
    ),
    SoundFault.OFFSET: (
        "The sound is not centred on zero. It is corrected, and hints at a defect of microphone or adapter.",
        "try another input, or a USB microphone",
    ),
    SoundFault.SILENT: (
        "Nothing at all comes from the microphone, not even noise: it is muted, switched off or dead.",
        "look for a mute switch; unmute it with alsamixer or `wpctl set-mute @DEFAULT_AUDIO_SOURCE@ 0`; "
        "or choose another one: appliance devices",
    ),
    SoundFault.FAINT: (
        "Voices arrive much too quietly. They are amplified, and understood less well than they could be.",
        "turn the microphone's gain up, with alsamixer or `wpctl set-volume @DEFAULT_AUDIO_SOURCE@ 100%`; "
        "or come closer",
    ),
    SoundFault.BROKEN: (
        "Sound arrives with holes or repetitions: some of it gets lost between microphone and appliance.",
        "try another USB port or cable, raise audio.latency_s, and see that `appliance check` finds "
        "real-time rights",
    ),
    SoundFault.NARROW: (
        "Voices have nothing above 4 kHz, as on a telephone: s and f sound alike.",
        "use the microphone at 16 kHz or more; a Bluetooth headset needs the mSBC codec for that",
    ),
    SoundFault.NO_MICROPHONE: (
        "The microphone is gone. What is typed is answered.",
        "plug it in again: it is used at once; or choose another one: appliance devices",
    ),
    SoundFault.NO_LOUDSPEAKER: (
        "The loudspeaker is gone. Answers are only shown.",
        "plug it in again: it is used at once; or choose another one: appliance devices",
    ),
}

AUDIBLE: Final = 0.01
"""Level (−40 dBFS) from which sound tells whether it is overdriven."""
OVERDRIVEN: Final = 0.01
"""Share of nearly full samples in an overdriven look. Well recorded voices, raised until their loudest sample is at
full scale, have none such; with 12 dB more, eight looks in ten are (96 people)."""
OFF_CENTRE: Final = 0.005
"""Mean of a look; honest ones of the same people stay below 0.0035."""
ONE_BIT: Final = 1.5 / 32768
"""Peak amplitude of what may be a flickering last bit, and no sound."""
STANDS_OUT: Final = 4.0
"""Ratio (12 dB) of a look to the quietest of the last seconds from which it may be a voice."""
VOICED: Final = 0.5
"""Voicing from which it is one: three in four looks of speech, one in ten of a kitchen."""
THROAT: Final = 0.1
"""Share of a vowel's energy within 300 to 3400 Hz, at least. Rumble, which is periodic too, has hundredths."""
FAINT: Final = 0.0025
"""Level (−52 dBFS) of a vowel below which somebody is too quiet; the same people have −41 to −20."""
NARROW: Final = 1e-5
"""Energy (−50 dB) above 4 kHz for each below in speech. The people have −31 dB or more, and less than −58 after a
telephone."""
FAINTEST: Final = 0.0001
"""Level (−80 dBFS) below which 16 bits are too few to tell a voice from anything."""
FLOOR_LOOKS: Final = 50
"""Looks (5 s) among which the quietest is the floor: whoever speaks takes breath within."""
FADE: Final = 0.98
"""What each look of a voice leaves of the energies before it: 5 s of voice."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How much evidence a fault needs to be found, and to be gone."""

    looks: float
    """Looks with evidence over which it is averaged."""
    found_from: float
    """Share of evidence for it from which it is found."""
    gone_below: float
    """And below which it is gone again."""


PATIENCE: Final = {
    SoundFault.CLIPPED: Patience(40, 0.25, 0.08),  # 1.2 s of nothing but clipping; 5.5 s when a third is
    SoundFault.OFFSET: Patience(10, 0.8, 0.3),  # 1.6 s
    SoundFault.SILENT: Patience(5, 0.99, 0.5),  # 2.1 s; gone after 0.4 s of sound
    SoundFault.FAINT: Patience(15, 0.5, 0.25),  # 1.1 s of vowels
    SoundFault.BROKEN: Patience(100, 0.025, 0.005),  # three within some seconds; gone 16 s after the last
    SoundFault.NARROW: Patience(15, 0.5, 0.25),
}


class SoundCheck:
    """The faults of one microphone's sound. Takes sound as it was captured, before anything is corrected."""

    def __init__(self) -> None:
        self.findings: tuple[SoundFault, ...] = ()
        """What is wrong at present."""
        self.voiced = 0
        """Looks in which somebody spoke. Without them nobody knows of quiet voices and narrow ones."""
        self._shares = dict.fromkeys(PATIENCE, 0.0)
        self._sound = np.zeros(2 * LOOK, np.float32)  # the last look, and the one that is being filled
        self._filled = 0
        self._end: int | None = None
        self._jumps = 0
        self._levels: deque[float] = deque(maxlen=FLOOR_LOOKS)
        self._energies = (0.0, 0.0)  # of voices, in a telephone's band and above

    def feed(self, frame: AudioFrame) -> None:
        """Take the next frame (16 kHz mono, any length); a jump of its `start` is a hole.

        Where echo is removed from it, what the microphone heard before counts.
        """
        self._jumps += self._end is not None and frame.start != self._end
        self._end = frame.end
        captured = frame.echo.microphone if frame.echo else frame.samples
        look, taken = self._sound[LOOK:], 0
        while taken < len(captured):
            part = captured[taken : taken + LOOK - self._filled]
            look[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            taken += len(part)
            if self._filled == LOOK:
                if not np.isfinite(look).all():
                    look[:] = 0.0
                    self._jumps += 1  # what is no number is a hole
                self._judge(look)
                self._filled = 0
                self._sound[:LOOK] = look

    def _judge(self, look: Samples) -> None:
        for fault, evidence in self._evidence(look).items():
            self._shares[fault] += (evidence - self._shares[fault]) / PATIENCE[fault].looks
        self.findings = tuple(fault for fault in PATIENCE if self._holds(fault))

    def _holds(self, fault: SoundFault) -> bool:
        patience, share = PATIENCE[fault], self._shares[fault]
        return share >= (patience.gone_below if fault in self.findings else patience.found_from)

    def _evidence(self, look: Samples) -> dict[SoundFault, bool]:
        """What this look says about each fault it can say something about."""
        loudness = level(look)
        self._levels.append(float(look.std()))
        silent = float(np.abs(look).max()) < ONE_BIT
        holes, self._jumps = self._jumps + _holes(self._sound), 0
        evidence = {SoundFault.SILENT: silent, SoundFault.BROKEN: holes > 0}
        if silent:
            return evidence
        clipped = overdriven(look) > OVERDRIVEN
        if loudness > AUDIBLE:
            evidence[SoundFault.CLIPPED] = clipped
        if not clipped:  # what is cut off unevenly is off centre for that reason
            evidence[SoundFault.OFFSET] = abs(float(look.mean())) > OFF_CENTRE
        return evidence | self._evidence_of_voice(look)

    def _evidence_of_voice(self, look: Samples) -> dict[SoundFault, bool]:
        loudness = self._levels[-1]
        if loudness < max(STANDS_OUT * min(self._levels), FAINTEST):
            return {}
        power = spectrum(look)
        below, above = bands(power)
        self._energies = (FADE * self._energies[0] + below, FADE * self._energies[1] + above)
        if voicing(power) < VOICED or below < THROAT * float(power.sum()):
            return {}
        self.voiced += 1
        narrow = self._energies[1] < NARROW * self._energies[0]
        return {SoundFault.FAINT: loudness < FAINT, SoundFault.NARROW: narrow}


def _holes(sound: Samples) -> int:
    """How often sound breaks off or repeats itself in the second of two looks. A quiet room spares us the search."""
    peak = float(np.abs(sound).max())
    broken = gaps(sound, LOOK) if peak > EDGE_LEVEL else 0
    return broken + (repeats(sound) if peak > REPEAT_LEVEL else 0)
