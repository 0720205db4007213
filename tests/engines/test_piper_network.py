from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from appliance.core.audio import Samples
from appliance.engines.piper_decoder import Inputs
from appliance.engines.piper_network import PiperNetwork, Utterance
from appliance.engines.piper_pace import Delivery
from tests.engines.piper_voice import HOP, RATE, write_voice
from tests.engines.test_piper_split import rename_first_layer

OPENING = [1, 0]
IDS = [*OPENING, *[15, 0, 120, 0] * 40, 2]


def inputs(ids: list[int]) -> Inputs:
    return {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array([0.667, 1.0, 0.8], np.float32),
    }


def rehearsed(model: onnx.ModelProto) -> PiperNetwork:
    """On a machine on which every look at the clock takes 20 ms."""
    network = PiperNetwork(model.SerializeToString(), threads=1, clock=count(0.0, 0.02).__next__)
    network.rehearse(inputs(IDS), onnxruntime.RunOptions(), RATE)
    return network


def say(network: PiperNetwork, ids: list[int]) -> tuple[Utterance, list[Samples]]:
    delivery = Delivery(network.pace, count(0.0, 0.02).__next__)
    utterance = network.say(inputs(ids), onnxruntime.RunOptions(), delivery, len(OPENING))
    return utterance, list(utterance.pieces)


@pytest.fixture
def voice(tmp_path: Path) -> onnx.ModelProto:
    return onnx.load(str(write_voice(tmp_path)))


def first_layer_of_four_dimensions(model: onnx.ModelProto) -> None:
    """The latent is an image of one row: found by its name, and then not what was expected."""
    (place,) = (index for index, node in enumerate(model.graph.node) if node.op_type == "Conv")
    layer = model.graph.node[place]
    layer.input[0], layer.output[0] = "image", "image_pre"
    layer.attribute[0].ints[:] = [0, 1, 0, 1]
    model.graph.node.insert(place, helper.make_node("Unsqueeze", ["z", "third"], ["image"]))
    model.graph.node.insert(place + 2, helper.make_node("Squeeze", ["image_pre", "third"], ["pre"]))
    (weights,) = (part for part in model.graph.initializer if part.name == "dec.conv_pre.weight")
    wide = numpy_helper.to_array(weights)[:, :, None]
    weights.CopyFrom(numpy_helper.from_array(wide, weights.name))
    model.graph.initializer.append(numpy_helper.from_array(np.array([2], np.int64), "third"))


@pytest.mark.parametrize("change", [rename_first_layer, first_layer_of_four_dimensions])
def test_a_voice_that_cannot_be_cut_is_run_whole(
    voice: onnx.ModelProto, change: Callable[[onnx.ModelProto], None]
) -> None:
    utterance, pieces = say(rehearsed(voice), IDS)
    change(voice)
    network = rehearsed(voice)
    assert network.pace.margin is None
    whole, (samples,) = say(network, IDS)
    assert len(pieces) > 1
    np.testing.assert_allclose(np.concatenate(pieces), samples, atol=1e-6)
    assert whole.bounds is not None
    np.testing.assert_array_equal(utterance.bounds, whole.bounds)


def test_the_bounds_are_those_of_the_sound(voice: onnx.ModelProto) -> None:
    utterance, pieces = say(rehearsed(voice), IDS)
    assert utterance.bounds is not None
    assert len(utterance.bounds) == len(IDS) + 1
    assert utterance.bounds[-1] == sum(map(len, pieces))
    assert utterance.bounds[1] == HOP


def test_the_silence_before_the_first_phoneme_is_no_part_of_the_first_piece(voice: onnx.ModelProto) -> None:
    network = rehearsed(voice)
    _, (first, *_) = say(network, IDS)
    delivery = Delivery(network.pace, count(0.0, 0.02).__next__)
    later = network.say(inputs(IDS), onnxruntime.RunOptions(), delivery, opening=20)
    assert len(next(iter(later.pieces))) > len(first)


def test_nothing_but_the_text_is_run_before_sound_is_asked_for(voice: onnx.ModelProto) -> None:
    network = rehearsed(voice)
    options = onnxruntime.RunOptions()
    utterance = network.say(inputs(IDS), options, Delivery(network.pace, lambda: 0.0), len(OPENING))
    options.terminate = True
    assert utterance.bounds is not None
