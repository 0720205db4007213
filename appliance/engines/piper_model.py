"""One voice in Piper's format: phonemes in, sound and the length of each phoneme out.

GPL-3.0: Piper and the eSpeak NG inside it are imported when a voice is loaded, in an engine process only.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from appliance.core.audio import Samples
from appliance.core.errors import EngineError, ModelError
from appliance.core.speech import Stage
from appliance.engines.onnx_session import Provider
from appliance.engines.piper_decoder import Inputs
from appliance.engines.piper_network import PiperNetwork
from appliance.engines.piper_pace import Delivery

LONG_TEXT: Final = 80
"""Characters, about 5 s of speech. The runs of shorter texts leave their memory (18 MB per second of sound) to
the next, which saves a tenth of the time; others give it back, or one long sentence would occupy it for good. Sound
that is made in pieces never takes more than 3 s do."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the network made of one sentence."""

    pieces: Iterable[Samples]
    """As they come, neither levelled nor limited. Asking for them raises EngineError when the network fails or is
    terminated."""
    starts: NDArray[np.int64] | None
    """Sample at which each phoneme begins; None for a voice that does not tell."""


class PiperModel:
    """Owns the network and its phonemizer."""

    def __init__(
        self,
        voice: Path,
        *,
        threads: int,
        provider: Provider,
        speed: float,
        speaker: int | None,
        clock: Callable[[], float],
    ) -> None:
        """Load `voice`, an .onnx file with its .onnx.json beside it. `clock` tells how fast it is.

        Raises:
            ModelError: a file is absent or damaged, the voice has no such speaker, or no phonemes of eSpeak.
        """
        import onnxruntime
        from piper import PiperVoice
        from piper.config import PhonemeType

        self._config = _config(voice)
        if self._config.phoneme_type not in {PhonemeType.ESPEAK, PhonemeType.TEXT}:
            raise ModelError(
                f"The voice {voice.name} needs a phonemizer for {self._config.phoneme_type.value}",
                "Choose a voice whose phonemes come from eSpeak",
            )
        if speaker is not None and speaker >= self._config.num_speakers:
            raise ModelError(
                f"The voice {voice.name} has {self._config.num_speakers} speakers, and no number {speaker}",
                "Set piper.speaker to a smaller number, counted from 0",
            )
        self._speed = speed
        self._speaker = self._config.default_speaker_id if speaker is None else speaker
        self._new_run_options: Any = onnxruntime.RunOptions
        self._clock = clock
        self._network = _network(voice, threads, provider, clock)
        self._phonemizer = PiperVoice(config=self._config, session=None)
        self._pad = self._config.phoneme_id_map["_"]

    @property
    def fallback(self) -> str:
        """Why it does not run on what was wanted, as a sentence; empty where it does."""
        return self._network.fallback

    @property
    def rate(self) -> int:
        """Hz of its sound."""
        rate: int = self._config.sample_rate
        return rate

    def phonemes(self, text: str) -> list[list[str]]:
        """The phonemes of each sentence, as eSpeak divides the text.

        Raises:
            EngineError: eSpeak cannot read it.
        """
        try:
            sentences: list[list[str]] = self._phonemizer.phonemize(text)
        except (RuntimeError, ValueError) as error:
            raise EngineError(Stage.TTS, f"Piper cannot phonemise {len(text)} characters: {error}") from error
        return sentences

    def run_options(self, text: str) -> Any:
        """Options for the runs of one text. Setting `terminate` on them ends it, from any thread."""
        options = self._new_run_options()
        if len(text) > LONG_TEXT and self._network.pace.margin is None:
            options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        return options

    def delivery(self) -> Delivery:
        """A plan for the sound of one text."""
        return Delivery(self._network.pace, self._clock)

    def rehearse(self, phonemes: list[str]) -> None:
        """Find out with an example in which pieces sentences can be spoken.

        Raises:
            EngineError: the network failed, or made no sound of it.
        """
        self._network.rehearse(self._inputs(self._ids(phonemes)[0]), self._new_run_options(), self.rate)

    def speak(self, phonemes: list[str], options: Any, delivery: Delivery) -> Sentence:
        """Run the network. Phonemes that the voice was not trained with are left out.

        Raises:
            EngineError: the network failed, was terminated, or made no sound of it.
        """
        ids, firsts = self._ids(phonemes)
        utterance = self._network.say(self._inputs(ids), options, delivery, firsts[0])
        if utterance.bounds is None or len(utterance.bounds) != len(ids) + 1:
            return Sentence(utterance.pieces, None)
        return Sentence(utterance.pieces, utterance.bounds[firsts].astype(np.int64))

    def close(self) -> None:
        """Free the network."""
        del self._network, self._phonemizer

    def _ids(self, phonemes: list[str]) -> tuple[list[int], list[int]]:
        """What the network reads: ids with a pad after each; and where each phoneme's begin."""
        table = self._config.phoneme_id_map
        groups = [[*table[phoneme], *self._pad] if phoneme in table else [] for phoneme in phonemes]
        opening = [*table["^"], *self._pad]
        firsts = list(accumulate((len(group) for group in groups), initial=len(opening)))[:-1]
        return [*opening, *chain.from_iterable(groups), *table["$"]], firsts

    def _inputs(self, ids: list[int]) -> Inputs:
        config = self._config
        scales = [config.noise_scale, config.length_scale / self._speed, config.noise_w_scale]
        inputs: Inputs = {
            "input": np.array([ids], dtype=np.int64),
            "input_lengths": np.array([len(ids)], dtype=np.int64),
            "scales": np.array(scales, dtype=np.float32),
        }
        if config.num_speakers > 1:
            inputs["sid"] = np.array([self._speaker], dtype=np.int64)
        return inputs


def _config(voice: Path) -> Any:
    from piper.config import PiperConfig

    description = voice.with_name(f"{voice.name}.json")
    for file in (voice, description):
        if not file.is_file():
            raise ModelError(f"The voice is missing: {file}", "Run: appliance models pull")
    try:
        config = PiperConfig.from_dict(json.loads(description.read_text(encoding="utf-8")))
        missing = {"_", "^", "$"} - config.phoneme_id_map.keys()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(description, error) from error
    if missing:
        raise _damaged(description, f"no ids for {sorted(missing)}")
    return config


def _network(voice: Path, threads: int, provider: Provider, clock: Callable[[], float]) -> PiperNetwork:
    try:
        return PiperNetwork(voice.read_bytes(), threads=threads, clock=clock, provider=provider)
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise _damaged(voice, error) from error


def _damaged(file: Path, problem: object) -> ModelError:
    return ModelError(f"The voice cannot be read: {file} ({problem})", "Run: appliance models verify")
