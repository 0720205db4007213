from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from appliance.engines.piper_durations import with_durations
from appliance.engines.piper_split import Bytes, split
from tests.engines.piper_voice import TestVoice, write_voice

INPUTS = {
    "input": np.array([[1, 0, 15, 0, 120, 0, 14, 0, 2]], np.int64),
    "input_lengths": np.array([9], np.int64),
    "scales": np.array([0.667, 1.0, 0.8], np.float32),
    "sid": np.array([2], np.int64),
}


def made(tmp_path: Path, speakers: int = 1) -> onnx.ModelProto:
    return onnx.load(str(write_voice(tmp_path, TestVoice(speakers=speakers))))


def run(model: bytes, more: dict[str, Any]) -> list[np.ndarray[Any, Any]]:
    """What a model makes of the test's inputs, or of what else it takes."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    results: list[np.ndarray[Any, Any]] = session.run(
        None, {given.name: (INPUTS | more)[given.name] for given in session.get_inputs()}
    )
    return results


def halves(model: onnx.ModelProto) -> tuple[bytes, bytes, str]:
    cut = split(with_durations(model.SerializeToString()))
    assert cut is not None
    return b"".join(cut.text), b"".join(cut.decoder), cut.latent


def names(parts: Any) -> set[str]:
    return {part.name for part in parts}


@pytest.mark.parametrize("speakers", [1, 3])
def test_one_half_after_the_other_is_the_voice(tmp_path: Path, speakers: int) -> None:
    model = made(tmp_path, speakers)
    text, decoder, latent = halves(model)
    vectors, durations = run(text, {})
    (sound,) = run(decoder, {latent: vectors})
    whole, frames = run(with_durations(model.SerializeToString()), {})
    np.testing.assert_array_equal(sound, whole)
    np.testing.assert_array_equal(durations, frames)


def test_each_half_holds_what_it_needs(tmp_path: Path) -> None:
    model = made(tmp_path, speakers=3)
    text, decoder = (onnx.load_from_string(half) for half in halves(model)[:2])
    assert names(text.graph.input) == {"input", "scales", "sid"}  # the lengths are read by no node of it
    assert names(decoder.graph.input) == {"z", "sid"}
    assert names(text.graph.output) == {"z", "frames"}
    assert names(decoder.graph.output) == {"output"}
    assert len(text.graph.node) + len(decoder.graph.node) == len(model.graph.node)
    assert "frame_table" in names(text.graph.initializer) - names(decoder.graph.initializer)
    assert "emb_g.weight" in names(decoder.graph.initializer) - names(text.graph.initializer)
    for half in (text, decoder):
        assert half.opset_import == model.opset_import
        assert half.ir_version == model.ir_version
        assert names(half.graph.initializer) <= {name for node in half.graph.node for name in node.input}


def without_node_names(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        node.ClearField("name")


def without_weight_names(model: onnx.ModelProto) -> None:
    """Weights as nodes, and with the names that a folding exporter gives."""
    (weights,) = (part for part in model.graph.initializer if part.name == "dec.conv_pre.weight")
    value = numpy_helper.from_array(numpy_helper.to_array(weights), "onnx::Conv_123")
    model.graph.node.insert(0, helper.make_node("Constant", [], ["onnx::Conv_123"], value=value))
    model.graph.initializer.remove(weights)
    for node in model.graph.node:
        node.input[:] = ["onnx::Conv_123" if name == weights.name else name for name in node.input]


def with_a_branch(model: onnx.ModelProto) -> None:
    """As exports of squeezed dimensions are: what is read within a branch is made outside of it."""
    (pool,) = (node for node in model.graph.node if node.output[0] == "soft_gate")
    pool.output[0] = "smooth"
    result = [helper.make_tensor_value_info("chosen", TensorProto.FLOAT, None)]
    soft = helper.make_graph([helper.make_node("Identity", ["smooth"], ["chosen"])], "soft", [], result)
    hard = helper.make_graph([helper.make_node("Identity", ["hard_gate"], ["chosen"])], "hard", [], result)
    yes = numpy_helper.from_array(np.array(True), "yes")
    model.graph.initializer.append(yes)
    branch = helper.make_node("If", ["yes"], ["soft_gate"], then_branch=soft, else_branch=hard)
    model.graph.node.insert(list(model.graph.node).index(pool) + 1, branch)


@pytest.mark.parametrize("change", [without_node_names, without_weight_names, with_a_branch])
def test_voices_are_exported_in_several_ways(
    tmp_path: Path, change: Callable[[onnx.ModelProto], None]
) -> None:
    model = made(tmp_path)
    whole, *_ = run(model.SerializeToString(), {})
    change(model)
    onnx.checker.check_model(model)
    text, decoder, latent = halves(model)
    vectors, *_ = run(text, {})
    np.testing.assert_array_equal(run(decoder, {latent: vectors})[0], whole)


def test_a_voice_that_tells_no_durations_is_cut_all_the_same(tmp_path: Path) -> None:
    cut = split(made(tmp_path).SerializeToString())
    assert cut is not None
    assert names(onnx.load_from_string(b"".join(cut.text)).graph.output) == {"z"}


def rename_first_layer(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        node.name = ""
        node.input[:] = [name.replace("conv_pre", "entry") for name in node.input]
    for weights in model.graph.initializer:
        weights.name = weights.name.replace("conv_pre", "entry")


def two_first_layers(model: onnx.ModelProto) -> None:
    again = helper.make_node("Conv", ["z", "dec.conv_pre.weight"], ["w"], "/dec/conv_pre/Conv", pads=[1, 1])
    model.graph.node.append(again)


def decoder_that_reads_the_text(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        node.input[:] = ["length_scale" if name == "level" else name for name in node.input]


def first_layer_that_reads_an_input(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("mel", TensorProto.FLOAT, [1, 2, "frames"]))
    for node in model.graph.node:
        if node.op_type == "Conv":
            node.input[0] = "mel"


@pytest.mark.parametrize(
    "change",
    [
        rename_first_layer,
        two_first_layers,
        decoder_that_reads_the_text,
        first_layer_that_reads_an_input,
    ],
)
def test_where_the_place_is_not_plain_nothing_is_cut(
    tmp_path: Path, change: Callable[[onnx.ModelProto], None]
) -> None:
    model = made(tmp_path)
    change(model)
    onnx.checker.check_model(model)
    assert split(model.SerializeToString()) is None


@given(st.binary(max_size=200))
def test_what_is_no_model_is_left_alone(content: bytes) -> None:
    assert split(content) is None


def test_weights_are_not_copied(tmp_path: Path) -> None:
    cut = split(made(tmp_path).SerializeToString())
    assert cut is not None

    def copied(parts: list[Bytes]) -> int:
        return sum(len(part) for part in parts if isinstance(part, bytes))

    assert copied(cut.text) + copied(cut.decoder) < 200
