"""Decoders with the layers of the published ones and few channels: how far a frame is heard depends on the layers."""

from dataclasses import replace
from itertools import accumulate, count
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper

from appliance.core.errors import EngineError
from appliance.engines.piper_decoder import INAUDIBLE, MARGINS, PiperDecoder, Score
from appliance.engines.piper_pace import Delivery
from scripts.make_piper_stub import HIDDEN, HIGH, MEDIUM, Decoder, Network, decoder
from tests.engines.test_piper_pace import FRAME_S

RATE = 22_050
FRAMES = 300


def opened(layers: Decoder, last: str = "Identity") -> Any:
    """A session of a decoder alone."""
    net = Network()
    net.nodes.append(
        helper.make_node(last, [decoder(net, "z", replace(layers, channels=16), "")], ["output"])
    )
    given_ = helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, [1, HIDDEN, "frames"])
    result = helper.make_tensor_value_info("output", onnx.TensorProto.FLOAT, [1, 1, "time"])
    graph = helper.make_graph(net.nodes, "decoder", [given_], [result], net.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def score(frames: int = FRAMES) -> Score:
    latent = np.random.default_rng(5).normal(size=(1, HIDDEN, frames)).astype(np.float32)
    return Score(latent, {}, onnxruntime.RunOptions())


def tried(session: Any) -> PiperDecoder:
    made = PiperDecoder(session, "z", count(0.0, 0.02).__next__)
    made.try_out(score(), RATE)
    return made


@pytest.fixture(scope="module")
def medium() -> PiperDecoder:
    return tried(opened(MEDIUM))


def reach(layers: Decoder) -> float:
    """Frames before and after a frame that have a part in its sound, by the kernels of the layers."""
    frames, rate = 7 // 2, 1  # the first layer has a kernel of 7
    total = float(frames)
    for factor, kernel in layers.upsampling:
        total += kernel / 2 / factor / rate
        rate *= factor
        widest = max(
            sum((size // 2) * (dilation + layers.twice) for dilation in dilations)
            for size, dilations in layers.blocks
        )
        total += widest / rate
    return total + 3 / rate


@pytest.mark.parametrize(("layers", "frames"), [(MEDIUM, 11), (HIGH, 14)])
def test_published_decoders_reach_less_far_than_a_small_margin(layers: Decoder, frames: int) -> None:
    assert frames - 1 < reach(layers) <= frames
    assert min(margin for margin in MARGINS if margin >= frames) in {12, 16}


@pytest.mark.parametrize("layers", [MEDIUM, HIGH])
def test_small_margins_suffice_for_published_decoders(layers: Decoder) -> None:
    made = tried(opened(layers))
    assert made.pace.margin in {12, 16}
    assert made.pace.frame_s == pytest.approx(FRAME_S)
    assert made.hop == 256


def test_a_decoder_that_reaches_further_gets_more() -> None:
    far = replace(MEDIUM, blocks=((3, (1, 2)), (5, (2, 6)), (7, (3, 50))))
    assert 16 < reach(far) < 32
    assert tried(opened(far)).pace.margin == 32


def test_one_for_which_no_margin_suffices_gets_none() -> None:
    # It is normalised by its length: every sample depends on all frames.
    made = tried(opened(MEDIUM, "LpNormalization"))
    assert made.pace.margin is None
    assert made.hop == 256
    delivery = Delivery(made.pace, lambda: 0.0)
    (whole,) = made.pieces(score(), delivery, 0)
    assert len(whole) == 256 * FRAMES


def test_an_example_too_short_to_tell_gives_no_margin() -> None:
    made = PiperDecoder(opened(MEDIUM), "z", lambda: 0.0)
    made.try_out(score(100), RATE)
    assert made.pace.margin is None


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 80), min_size=1, max_size=12))
def test_pieces_of_any_size_are_the_whole(medium: PiperDecoder, sizes: list[int]) -> None:
    music = score(sum(sizes))
    whole = medium.stretch(music, 0, music.frames, 0)
    starts = accumulate(sizes, initial=0)
    pieces = [
        medium.stretch(music, start, size, MARGINS[0]) for start, size in zip(starts, sizes, strict=False)
    ]
    assert [len(piece) for piece in pieces] == [256 * size for size in sizes]
    assert np.abs(np.concatenate(pieces) - whole).max() <= INAUDIBLE


def test_with_too_small_a_margin_they_are_not(medium: PiperDecoder) -> None:
    music = score()
    whole = medium.stretch(music, 0, FRAMES, 0)[100 * 256 : 116 * 256]
    assert np.abs(medium.stretch(music, 100, 16, 8) - whole).max() > INAUDIBLE


def test_pieces_are_made_when_they_are_asked_for(medium: PiperDecoder) -> None:
    music = score()
    pieces = medium.pieces(music, Delivery(medium.pace, count(0.0, 0.02).__next__), 5)
    first = next(pieces)
    assert len(first) < 60 * 256
    music.options.terminate = True
    with pytest.raises(EngineError, match="terminate"):
        next(pieces)


def test_numbers_that_are_no_sound(medium: PiperDecoder) -> None:
    music = score()
    music.latent[0, 0, 200] = np.nan
    assert len(medium.stretch(music, 0, 100, MARGINS[0]))
    with pytest.raises(EngineError, match="no sound"):
        medium.stretch(music, 150, 100, MARGINS[0])
