"""Writes down what the loudspeaker was given and when it leaves, for whoever asks what has been heard."""

from typing import Final

from appliance.audio.memory import LOG, PLAYBACK_LOGGED, PLAYBACK_RATE, UNDERRUNS, AudioMemory, Fence

HOLE: Final = PLAYBACK_RATE // 5
"""Samples: silence up to 200 ms inside a reply is a hole that we caused; longer ones are pauses,
since replies follow each other more slowly than that."""


class Ledger:
    """The playback log's only writer. It outlives audio processes: each goes on where the last one ended."""

    def __init__(self, memory: AudioMemory) -> None:
        self._memory = memory
        self._fence = Fence()
        last = 4 * ((memory.whole[PLAYBACK_LOGGED] - 1) % LOG)
        self.played = int(memory.playback_log[last + 1] + memory.playback_log[last + 2])
        """Samples of sound so far, as `Heard.samples` counts them."""
        self._started = 0.0

    def enter(self, taken: int, moment: float, silence: int) -> None:
        """Add samples, the first of which leaves at `moment` after so many samples of unwanted silence."""
        whole, log = self._memory.whole, self._memory.playback_log
        if silence:
            self._started = moment
            whole[UNDERRUNS] += silence <= HOLE
        logged = whole[PLAYBACK_LOGGED]
        at = 4 * (logged % LOG)
        log[at], log[at + 1], log[at + 2], log[at + 3] = moment, self.played, taken, self._started
        self.played += taken
        self._fence.order()
        whole[PLAYBACK_LOGGED] = logged + 1
