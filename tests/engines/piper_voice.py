"""Makes voices in Piper's format whose phonemes are tones: each has a pitch and a length one can measure.

They take what Piper's voices take (input, input_lengths, scales, sid), return what they return (output), and
come by it in the same steps: durations, rounded up to frames by a Ceil node, a vector for each of that many frames,
and a decoder, named as Piper's are, that makes sound of the vectors.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE = 22_050
HOP = 256
"""Samples per frame, as in all of Piper's voices."""
LEVEL = 0.25
SOUND_FRAMES = 6
"""Frames (70 ms) of a phoneme that sounds; stress, length marks, spaces and pads have one silent frame."""
SYMBOLS = 256
"""Rows of the tables: more than there are phoneme ids."""


@dataclass(frozen=True)
class TestVoice:
    """What the voice shall be."""

    __test__ = False
    speakers: int = 1
    """Above 1 the voice takes `sid`, and each speaker is a fifth above the one before."""
    durations: bool = False
    """Whether they are an output already, as in voices patched by Piper's own tool."""
    level: float = LEVEL
    """Peak of its tones; 1 is full scale."""
    broken: str = ""
    """Phonemes that are spoken as numbers that are no sound."""
    rate: int = RATE
    """Hz."""


def frequency(phoneme_id: int) -> float:
    """Hz of a phoneme of the first speaker: 25 Hz apart, which 40 ms can tell from each other."""
    return 300.0 + 25.0 * phoneme_id


def write_voice(folder: Path, voice: TestVoice = TestVoice()) -> Path:
    """Write an .onnx and its .onnx.json; returns the first."""
    path = folder / "test-voice.onnx"
    onnx.save(_model(voice), str(path))
    Path(f"{path}.json").write_text(json.dumps(description(voice)), encoding="utf-8")
    return path


def description(voice: TestVoice) -> dict[str, Any]:
    """What stands beside a voice."""
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    return {
        "audio": {"sample_rate": voice.rate, "quality": "medium"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": SYMBOLS,
        "num_speakers": voice.speakers,
        "speaker_id_map": {},
    }


def _tables(broken: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Frames and frequency of every id; 0 Hz for what is silent."""
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    silent = {ids[0] for phoneme, ids in DEFAULT_PHONEME_ID_MAP.items() if phoneme in "_^$ !'(),-.:;?ˈˌːˑ\"#"}
    frames = np.array([0.7 if row in silent else SOUND_FRAMES - 0.3 for row in range(SYMBOLS)], np.float32)
    pitch = np.array([0.0 if row in silent else frequency(row) for row in range(SYMBOLS)], np.float32)
    pitch[[DEFAULT_PHONEME_ID_MAP[phoneme][0] for phoneme in broken]] = np.nan
    return frames, pitch


def _model(voice: TestVoice) -> onnx.ModelProto:
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if voice.speakers > 1:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, ["batch"]))
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 1, "time"])]
    if voice.durations:
        outputs.append(helper.make_tensor_value_info("frames", TensorProto.FLOAT, [1, 1, "phonemes"]))
    graph = helper.make_graph(
        _duration_nodes() + _latent_nodes(voice) + _decoder_nodes(voice),
        "tones",
        inputs,
        outputs,
        _constants(voice),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _constants(voice: TestVoice) -> list[onnx.TensorProto]:
    frames, pitch = _tables(voice.broken)
    values = {
        "frame_table": frames,
        "pitch_table": pitch,
        "phonemes_shape": np.array([1, 1, -1], np.int64),
        "flat_shape": np.array([-1], np.int64),
        "column_shape": np.array([-1, 1], np.int64),
        "sound_shape": np.array([1, 1, -1], np.int64),
        "nought": np.array(0, np.int64),
        "one": np.array(1, np.int64),
        "nought_float": np.array(0.0, np.float32),
        "axis": np.array(0, np.int64),
        "axes": np.array([0], np.int64),
        "one_axis": np.array([1], np.int64),
        "hop_row": np.ones((1, HOP), np.float32),
        "fifth": np.array(1.5, np.float32),
        "frame_s": np.array(HOP / voice.rate, np.float64),
        "hop_times": (np.arange(HOP, dtype=np.float32) / voice.rate).reshape(1, -1),
        "full_turn": np.array(2 * np.pi, np.float32),
        "vector_shape": np.array([1, 1, 1], np.int64),
        "emb_g.weight": np.arange(voice.speakers, dtype=np.float32).reshape(-1, 1) / 8,
        "dec.cond.weight": np.array([[[0]], [[1]]], np.float32),
        "dec.conv_pre.weight": np.eye(2, dtype=np.float32)[:, :, None] * np.array([0, 1, 0], np.float32),
        "dec.conv_pre.bias": np.zeros(2, np.float32),
        "level": np.array(voice.level, np.float32),
    }
    return [numpy_helper.from_array(value, name) for name, value in values.items()]


def _duration_nodes() -> list[onnx.NodeProto]:
    """ids → frames of each, longer when scales[1] is."""
    node = helper.make_node
    return [
        node("Reshape", ["input", "flat_shape"], ["ids"]),
        node("Gather", ["scales", "one"], ["length_scale"]),
        node("Gather", ["frame_table", "ids"], ["unscaled"]),
        node("Mul", ["unscaled", "length_scale"], ["exact"]),
        node("Reshape", ["exact", "phonemes_shape"], ["exact_frames"]),
        node("Ceil", ["exact_frames"], ["frames"]),
    ]


def _latent_nodes(voice: TestVoice) -> list[onnx.NodeProto]:
    """Frames → which phoneme each frame belongs to → its frequency, and how far the tone has turned before it."""
    node = helper.make_node
    pitch = "pitches"
    speaker = []
    if voice.speakers > 1:
        speaker = [
            node("Cast", ["sid"], ["speaker"], to=TensorProto.FLOAT),
            node("Pow", ["fifth", "speaker"], ["interval"]),
            node("Mul", ["pitches", "interval"], ["sung"]),
        ]
        pitch = "sung"
    return [
        node("Reshape", ["frames", "flat_shape"], ["flat_frames"]),
        node("Cast", ["flat_frames"], ["whole_frames"], to=TensorProto.INT64),
        node("CumSum", ["whole_frames", "axis"], ["ends"]),
        node("ReduceSum", ["whole_frames", "axes"], ["total"], keepdims=0),
        node("Range", ["nought", "total", "one"], ["frame_numbers"]),
        node("Reshape", ["frame_numbers", "column_shape"], ["frame_column"]),
        node("GreaterOrEqual", ["frame_column", "ends"], ["passed"]),
        node("Cast", ["passed"], ["passed_count"], to=TensorProto.INT64),
        node("ReduceSum", ["passed_count", "one_axis"], ["phoneme_of_frame"], keepdims=0),
        node("Gather", ["ids", "phoneme_of_frame"], ["id_of_frame"]),
        node("Gather", ["pitch_table", "id_of_frame"], ["pitches"]),
        *speaker,
        node("Cast", [pitch], ["precise_pitch"], to=TensorProto.DOUBLE),
        node("Mul", ["precise_pitch", "frame_s"], ["turns_in_frame"]),
        node("CumSum", ["turns_in_frame", "axis"], ["turns_before"], exclusive=1),
        node("Floor", ["turns_before"], ["whole_turns"]),
        node("Sub", ["turns_before", "whole_turns"], ["precise_turn"]),
        node("Cast", ["precise_turn"], ["turn"], to=TensorProto.FLOAT),
        node("Reshape", [pitch, "sound_shape"], ["pitch_row"]),
        node("Reshape", ["turn", "sound_shape"], ["turn_row"]),
        node("Concat", ["pitch_row", "turn_row"], ["z"], axis=1),
    ]


def _decoder_nodes(voice: TestVoice) -> list[onnx.NodeProto]:
    """Frequency and turn of each frame → a sine, gently gated. Begins as the decoders of the published voices do."""
    node = helper.make_node
    first = node(
        "Conv", ["z", "dec.conv_pre.weight", "dec.conv_pre.bias"], ["pre"], "/dec/conv_pre/Conv", pads=[1, 1]
    )
    vectors = "pre"
    speaker = []
    if voice.speakers > 1:  # each adds a vector of theirs: an eighth of a turn
        speaker = [
            node("Gather", ["emb_g.weight", "sid"], ["embedded"]),
            node("Reshape", ["embedded", "vector_shape"], ["vector"]),
            node("Conv", ["vector", "dec.cond.weight"], ["condition"], "/dec/cond/Conv"),
            node("Add", ["pre", "condition"], ["conditioned"]),
        ]
        vectors = "conditioned"
    return [
        first,
        *speaker,
        node("Split", [vectors], ["pitch_of_frame", "turn_of_frame"], axis=1),
        node("Reshape", ["pitch_of_frame", "column_shape"], ["pitch_column"]),
        node("Reshape", ["turn_of_frame", "column_shape"], ["turn_column"]),
        node("Mul", ["pitch_column", "hop_times"], ["turns_within"]),
        node("Add", ["turns_within", "turn_column"], ["turns"]),
        node("Mul", ["turns", "full_turn"], ["angles"]),
        node("Sin", ["angles"], ["sine"]),
        node("Greater", ["pitch_column", "nought_float"], ["sounding"]),
        node("Cast", ["sounding"], ["gate"], to=TensorProto.FLOAT),
        node("Mul", ["gate", "hop_row"], ["gate_grid"]),
        node("Reshape", ["gate_grid", "sound_shape"], ["hard_gate"]),
        node(
            "AveragePool", ["hard_gate"], ["soft_gate"],
            kernel_shape=[HOP // 2 + 1], pads=[HOP // 4, HOP // 4], count_include_pad=1,
        ),
        node("Reshape", ["sine", "sound_shape"], ["tone"]),
        node("Mul", ["tone", "soft_gate"], ["gated"]),
        node("Mul", ["gated", "level"], ["output"]),
    ]  # fmt: skip
