"""Makes a voice in Piper's format of realistic size with random weights: it costs what a voice does, and hums.

The layers are those of Piper (VITS): a text encoder of six attention layers, a flow of four coupling layers, and
the HiFi-GAN decoder of medium quality with 1.7 million parameters, or of high quality with 14. Nodes and weights of
the decoder are named as in the published voices. Durations come from a table instead of the stochastic predictor, and
swing a little from place to place: so the length of the sound is that of speech and always the same, but letters do
not tell where in it a word is.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HIDDEN = 192
FILTER = 768
HEADS = 2
ENCODER_LAYERS = 6
FLOW_COUPLINGS = 4
FLOW_LAYERS = 4
SPEAKER = 512
"""Length of the vector of each speaker, in voices with several."""
FRAMES_PER_ID = 2.4
"""On average, before they are rounded up. At 22,050 Hz there are 86 frames in a second, for about 15 phonemes and as
many pads."""
SPREAD = 0.5
"""Of the logarithm of the frames of an id: one in six phonemes is 1.6 times longer than usual, as vowels are."""
SWING = 0.4
"""How much longer or shorter than usual an id is by its place, which no table foresees."""


@dataclass(frozen=True)
class Decoder:
    """Layers of the half that makes sound. All make 256 samples of a frame."""

    channels: int
    """At its input, halved by each upsampling."""
    upsampling: tuple[tuple[int, int], ...]
    """Factor and kernel of each."""
    blocks: tuple[tuple[int, tuple[int, ...]], ...]
    """Kernel and dilations of the parallel residual blocks behind each upsampling."""
    twice: bool
    """Residual blocks of kind 1: each dilated convolution is followed by a plain one."""


MEDIUM = Decoder(256, ((8, 16), (8, 16), (4, 8)), ((3, (1, 2)), (5, (2, 6)), (7, (3, 12))), twice=False)
HIGH = Decoder(
    512, ((8, 16), (8, 16), (2, 4), (2, 4)), ((3, (1, 3, 5)), (7, (1, 3, 5)), (11, (1, 3, 5))), twice=True
)


class Network:
    """A graph under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._random = np.random.default_rng(0)

    def op(self, kind: str, *inputs: str, layer: str = "", **attributes: Any) -> str:
        """Add a node, named after its layer as Piper's own export does; returns the name of its result."""
        name = f"v{len(self.nodes)}"
        called = f"/{layer.replace('.', '/', 1)}/{kind}" if layer else None
        self.nodes.append(helper.make_node(kind, list(inputs), [name], called, **attributes))
        return name

    def constant(self, value: Any, dtype: Any = np.int64, name: str = "") -> str:
        """Add a constant; returns its name."""
        name = name or f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def weight(self, *shape: int, name: str = "") -> str:
        """Add random weights that keep the scale of what passes through them."""
        scale = 1.0 / np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 1e4)
        return self.constant(self._random.normal(0.0, scale, shape), np.float32, name)

    def conv(self, x: str, inside: int, outside: int, kernel: int, dilation: int = 1, layer: str = "") -> str:
        pad = dilation * (kernel - 1) // 2
        weights = self.weight(outside, inside, kernel, name=layer and f"{layer}.weight")
        bias = self.weight(outside, name=layer and f"{layer}.bias")
        return self.op("Conv", x, weights, bias, layer=layer, pads=[pad, pad], dilations=[dilation])


def encoder(net: Network, ids: str) -> str:
    """Phoneme ids → one vector of 192 per phoneme."""
    x = net.op("Transpose", net.op("Gather", net.weight(256, HIDDEN), ids), perm=[0, 2, 1])
    heads = net.constant([1, HEADS, HIDDEN // HEADS, -1])
    together = net.constant([1, HIDDEN, -1])
    for _ in range(ENCODER_LAYERS):
        query, key, value = (net.op("Reshape", net.conv(x, HIDDEN, HIDDEN, 1), heads) for _ in range(3))
        scores = net.op("MatMul", net.op("Transpose", query, perm=[0, 1, 3, 2]), key)
        scores = net.op("Mul", scores, net.constant((HIDDEN // HEADS) ** -0.5, np.float32))
        mixed = net.op(
            "MatMul", value, net.op("Transpose", net.op("Softmax", scores, axis=-1), perm=[0, 1, 3, 2])
        )
        attended = net.conv(net.op("Reshape", mixed, together), HIDDEN, HIDDEN, 1)
        x = net.op("Add", x, attended)
        wide = net.op("Relu", net.conv(x, HIDDEN, FILTER, 3))
        x = net.op("Add", x, net.conv(wide, FILTER, HIDDEN, 3))
    return x


def stretched(net: Network, ids: str, x: str) -> tuple[str, str]:
    """One vector per phoneme → one per frame. Returns the durations as well."""
    one, nought = net.constant(1), net.constant(0)
    widths = net.op("Mul", net.op("Mul", usual(net, ids), swing(net, ids)), net.op("Gather", "scales", one))
    frames = net.op("Ceil", net.op("Unsqueeze", widths, net.constant([0])))
    flat = net.op("Cast", net.op("Reshape", frames, net.constant([-1])), to=TensorProto.INT64)
    ends = net.op("CumSum", flat, nought)
    total = net.op("ReduceSum", flat, net.constant([0]), keepdims=0)
    column = net.op("Unsqueeze", net.op("Range", nought, total, one), net.constant([1]))
    passed = net.op("Cast", net.op("GreaterOrEqual", column, ends), to=TensorProto.INT64)
    index = net.op("ReduceSum", passed, net.constant([1]), keepdims=0)
    return net.op("Gather", x, index, axis=2), frames


def usual(net: Network, ids: str) -> str:
    """Frames of each id, wherever it stands."""
    table = FRAMES_PER_ID * np.exp(np.random.default_rng(1).normal(0.0, SPREAD, 256) - SPREAD**2 / 2)
    return net.op("Gather", net.constant(table, np.float32), ids)


def swing(net: Network, ids: str) -> str:
    """What that is multiplied by at each place: two waves that never meet."""
    places = net.op(
        "CumSum", net.op("Add", net.op("Mul", ids, net.constant(0)), net.constant(1)), net.constant(1)
    )
    angles = net.op("Cast", places, to=TensorProto.FLOAT)
    waves = [net.op("Sin", net.op("Mul", angles, net.constant(step, np.float32))) for step in (0.13, 1.7)]
    both = net.op("Mul", net.op("Add", *waves), net.constant(SWING / 2, np.float32))
    return net.op("Add", both, net.constant(1.0, np.float32))


def flow(net: Network, x: str) -> str:
    """Four couplings, each of which passes half of the channels through a small WaveNet."""
    half = HIDDEN // 2
    for _ in range(FLOW_COUPLINGS):
        first = net.op("Slice", x, net.constant([0]), net.constant([half]), net.constant([1]))
        second = net.op("Slice", x, net.constant([half]), net.constant([HIDDEN]), net.constant([1]))
        inner = net.conv(first, half, HIDDEN, 1)
        for _ in range(FLOW_LAYERS):
            gates = net.conv(inner, HIDDEN, 2 * HIDDEN, 5)
            lower, upper = (
                net.op("Slice", gates, net.constant([a]), net.constant([a + HIDDEN]), net.constant([1]))
                for a in (0, HIDDEN)
            )
            gated = net.op("Mul", net.op("Tanh", lower), net.op("Sigmoid", upper))
            both = net.conv(gated, HIDDEN, 2 * HIDDEN, 1)
            kept = net.op("Slice", both, net.constant([0]), net.constant([HIDDEN]), net.constant([1]))
            inner = net.op("Add", inner, kept)
        second = net.op("Add", second, net.conv(inner, HIDDEN, half, 1))
        x = net.op("Concat", second, first, axis=1)
    return x


def decoder(net: Network, x: str, layers: Decoder, speaker: str) -> str:
    """Frames → samples."""
    channels = layers.channels
    x = net.conv(x, HIDDEN, channels, 7, layer="dec.conv_pre")
    if speaker:
        x = net.op("Add", x, net.conv(speaker, SPEAKER, channels, 1, layer="dec.cond"))
    for number, (factor, kernel) in enumerate(layers.upsampling):
        x = net.op("LeakyRelu", x, alpha=0.1)
        pad = (kernel - factor) // 2
        weights = net.weight(channels, channels // 2, kernel, name=f"dec.ups.{number}.weight")
        channels //= 2
        bias = net.weight(channels, name=f"dec.ups.{number}.bias")
        x = net.op("ConvTranspose", x, weights, bias, strides=[factor], pads=[pad, pad])
        first = number * len(layers.blocks)
        results = [
            residual(net, x, channels, f"dec.resblocks.{first + place}", block, twice=layers.twice)
            for place, block in enumerate(layers.blocks)
        ]
        x = net.op("Mul", net.op("Sum", *results), net.constant(1 / 3, np.float32))
    x = net.conv(net.op("LeakyRelu", x, alpha=0.01), channels, 1, 7, layer="dec.conv_post")
    return net.op("Tanh", net.op("Mul", x, net.constant(4.0, np.float32)))


def residual(
    net: Network, x: str, channels: int, layer: str, block: tuple[int, tuple[int, ...]], *, twice: bool
) -> str:
    """One of the parallel residual blocks after an upsampling."""
    kernel, dilations = block
    for number, dilation in enumerate(dilations):
        y = net.op("LeakyRelu", x, alpha=0.1)
        y = net.conv(y, channels, channels, kernel, dilation, layer=f"{layer}.convs.{number}")
        if twice:
            y = net.conv(net.op("LeakyRelu", y, alpha=0.1), channels, channels, kernel)
        x = net.op("Add", x, y)
    return x


def model(layers: Decoder = MEDIUM, speakers: int = 1) -> onnx.ModelProto:
    net = Network()
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    x, _ = stretched(net, "input", encoder(net, "input"))
    speaker = ""
    if speakers > 1:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
        vector = net.op("Gather", net.weight(speakers, SPEAKER, name="emb_g.weight"), "sid")
        speaker = net.op("Unsqueeze", vector, net.constant([-1]))
        x = net.op("Add", x, net.conv(speaker, SPEAKER, HIDDEN, 1))
    last = decoder(net, flow(net, x), layers, speaker)
    net.nodes.append(helper.make_node("Identity", [last], ["output"]))
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "time"])]
    graph = helper.make_graph(net.nodes, "stub", inputs, outputs, net.weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def description(speakers: int = 1) -> dict[str, Any]:
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    return {
        "audio": {"sample_rate": 22_050, "quality": "medium"},
        "espeak": {"voice": "en-us"},
        "phoneme_type": "espeak",
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": 256,
        "num_speakers": speakers,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("voice", type=Path, help="the .onnx to write; its .onnx.json is put beside it")
    parser.add_argument("--high", action="store_true", help="high quality: eight times the work")
    parser.add_argument("--speakers", type=int, default=1, help="how many speakers it has")
    options = parser.parse_args()
    made = model(HIGH if options.high else MEDIUM, options.speakers)
    onnx.save(made, str(options.voice))
    Path(f"{options.voice}.json").write_text(json.dumps(description(options.speakers)), encoding="utf-8")
    parameters = sum(int(np.prod(weights.dims)) for weights in made.graph.initializer)
    print(f"{options.voice}: {parameters / 1e6:.1f} million parameters")


if __name__ == "__main__":
    main()
