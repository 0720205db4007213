"""One voice in Piper's format: phonemes in, sound and the length of each phoneme out.

GPL-3.0: Piper and the eSpeak NG inside it are imported when a voice is loaded, in an engine process only.
"""

import json
import os
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from appliance.core.audio import Samples
from appliance.core.errors import EngineError, ModelError
from appliance.core.speech import Stage
from appliance.engines.piper_durations import with_durations

LONG_TEXT: Final = 80
"""Characters, about 5 s of speech. The runs of shorter texts leave their memory (18 MB per second of sound) to
the next, which saves a tenth of the time; others give it back, or one long sentence would occupy it for good."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the network made of one sentence."""

    samples: Samples
    """As it came, neither levelled nor limited."""
    starts: NDArray[np.int64] | None
    """Sample at which each phoneme begins; None for a voice that does not tell."""


class PiperModel:
    """Owns the network and its phonemizer."""

    def __init__(self, voice: Path, *, threads: int, speed: float, speaker: int | None) -> None:
        """Load `voice`, an .onnx file with its .onnx.json beside it.

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
        self._session: Any = _session(voice, threads)
        self._phonemizer = PiperVoice(config=self._config, session=self._session)
        self._pad = self._config.phoneme_id_map["_"]

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
        if len(text) > LONG_TEXT:
            options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        return options

    def speak(self, phonemes: list[str], options: Any) -> Sentence:
        """Run the network once. Phonemes that the voice was not trained with are left out.

        Raises:
            EngineError: the network failed, was terminated, or made no sound of it.
        """
        ids, firsts = self._ids(phonemes)
        try:
            outputs = self._session.run(None, self._inputs(ids), options)
        except Exception as error:  # onnxruntime's exceptions share no base class of their own
            raise EngineError(Stage.TTS, f"Piper failed: {error}") from error
        samples = outputs[0].reshape(-1).astype(np.float32)
        if not np.isfinite(samples).all():
            raise EngineError(Stage.TTS, "Piper's voice made numbers that are no sound")
        if len(outputs) < 2 or outputs[1].size != len(ids):
            return Sentence(samples, None)
        # Frames become samples by their share of the sound: nobody has to know how long a frame is.
        ends = np.cumsum(outputs[1].reshape(-1), dtype=np.float64)
        starts = np.concatenate([[0.0], ends])[firsts] * (len(samples) / max(ends[-1], 1.0))
        return Sentence(samples, starts.astype(np.int64))

    def close(self) -> None:
        """Free the network."""
        del self._session, self._phonemizer

    def _ids(self, phonemes: list[str]) -> tuple[list[int], list[int]]:
        """What the network reads: ids with a pad after each; and where each phoneme's begin."""
        table = self._config.phoneme_id_map
        groups = [[*table[phoneme], *self._pad] if phoneme in table else [] for phoneme in phonemes]
        opening = [*table["^"], *self._pad]
        firsts = list(accumulate((len(group) for group in groups), initial=len(opening)))[:-1]
        return [*opening, *chain.from_iterable(groups), *table["$"]], firsts

    def _inputs(self, ids: list[int]) -> dict[str, NDArray[Any]]:
        config = self._config
        scales = [config.noise_scale, config.length_scale / self._speed, config.noise_w_scale]
        inputs: dict[str, NDArray[Any]] = {
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


def _session(voice: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # By default a session takes all cores, and its threads wait in busy loops.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 4  # a cancelled run is not worth a line
    # A plan of memory is only good for sentences of the same length, which do not come; it costs 40 MB.
    options.enable_mem_pattern = False
    try:
        # Through a file in memory: a session that is given the bytes themselves keeps them, 60 MB of them.
        with os.fdopen(os.memfd_create(voice.name), "wb") as file:
            file.write(with_durations(voice.read_bytes()))
            file.flush()
            path = f"/proc/self/fd/{file.fileno()}"
            return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise _damaged(voice, error) from error


def _damaged(file: Path, problem: object) -> ModelError:
    return ModelError(f"The voice cannot be read: {file} ({problem})", "Run: appliance models verify")
