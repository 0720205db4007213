from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper
from piper.patch_voice_with_alignment import add_alignment_output

from appliance.engines.piper_durations import with_durations
from tests.engines.piper_voice import TestVoice, write_voice


@pytest.fixture
def model(tmp_path: Path) -> onnx.ModelProto:
    return onnx.load(str(write_voice(tmp_path)))


def outputs(model: bytes) -> list[str]:
    return [output.name for output in onnx.load_from_string(model).graph.output]


def test_the_durations_become_the_second_output_and_nothing_else_changes(model: onnx.ModelProto) -> None:
    patched = onnx.load_from_string(with_durations(model.SerializeToString()))
    assert [output.name for output in patched.graph.output] == ["output", "frames"]
    del patched.graph.output[1]
    assert patched == model


def test_patching_twice_changes_nothing_more(model: onnx.ModelProto) -> None:
    once = with_durations(model.SerializeToString())
    assert with_durations(once) == once
    assert outputs(once) == ["output", "frames"]


def test_a_voice_that_has_durations_keeps_them(tmp_path: Path) -> None:
    original = write_voice(tmp_path, TestVoice(durations=True)).read_bytes()
    assert with_durations(original) == original


@pytest.mark.parametrize("ceils", [0, 2])
def test_without_exactly_one_candidate_nothing_is_guessed(model: onnx.ModelProto, ceils: int) -> None:
    for node in model.graph.node:
        if node.op_type == "Ceil":
            node.op_type = "Floor"
    model.graph.node.extend(helper.make_node("Ceil", ["scales"], [f"c{n}"]) for n in range(ceils))
    original = model.SerializeToString()
    assert with_durations(original) == original


def test_names_longer_than_a_byte_can_count(model: onnx.ModelProto) -> None:
    name = "frames/" * 50
    for node in model.graph.node:
        node.input[:] = [name if entry == "frames" else entry for entry in node.input]
        node.output[:] = [name if entry == "frames" else entry for entry in node.output]
    assert outputs(with_durations(model.SerializeToString())) == ["output", name]


@given(st.binary(max_size=200))
def test_what_is_no_model_is_left_alone(content: bytes) -> None:
    assert with_durations(content).startswith(content)


def test_it_is_what_pipers_own_tool_does(model: onnx.ModelProto) -> None:
    # That tool needs the onnx package, which the appliance does not have.
    ours = onnx.load_from_string(with_durations(model.SerializeToString()))
    add_alignment_output(model)
    assert ours == model
