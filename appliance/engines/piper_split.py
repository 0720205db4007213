"""Cuts a Piper voice in two, so that its sound can be made piece by piece.

A voice (VITS) makes of a text one vector per frame, of all frames at once: the latent. A decoder of convolutions
(HiFi-GAN) makes 256 samples of each vector and its neighbours, and takes most of the time; it can be given a few frames
at a time. Both are in the one file that is published. It is the graph that is cut: nodes and weights stay as they are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as entry
from typing import Final

from appliance.engines.onnx_bytes import (
    ATTRIBUTE_GRAPHS,
    GRAPH_INITIALIZER,
    GRAPH_INPUT,
    GRAPH_NAME,
    GRAPH_NODE,
    GRAPH_OUTPUT,
    MODEL_GRAPH,
    NODE_ATTRIBUTE,
    NODE_INPUT,
    NODE_NAME,
    NODE_OUTPUT,
    NODE_TYPE,
    TENSOR_NAME,
    VALUE_NAME,
    VALUE_TYPE,
    Field,
    field,
    field_of_size,
    fields,
    number_field,
    texts,
)

FIRST_LAYER: Final = "/dec/conv_pre/Conv"
FIRST_WEIGHTS: Final = "dec.conv_pre.weight"
"""How the decoder's first convolution and its weights are called in what Piper's own tools export."""

SPEAKER: Final = "sid"
"""The only input that the decoder may read besides the latent: each speaker of a voice adds a vector of theirs."""

NAME_IN: Final = {GRAPH_INITIALIZER: TENSOR_NAME, GRAPH_INPUT: VALUE_NAME, GRAPH_OUTPUT: VALUE_NAME}
"""Which field holds the name of a weight, an input, an output."""

FLOAT: Final = 1
"""onnx.proto's number for float32."""


Bytes = bytes | memoryview
"""Some of a file. Weights are views of the voice that was given: they are large, and need no copies."""


@dataclass(frozen=True, slots=True)
class Halves:
    """A voice in two models, each to be written piece by piece."""

    text: list[Bytes]
    """Takes what the voice takes. Returns the latent first, then what the voice returns besides sound."""
    decoder: list[Bytes]
    """Takes a latent, and `sid` where its speakers differ in it. Returns sound."""
    latent: str
    """What the decoder calls its input."""


@dataclass(frozen=True, slots=True)
class _Node:
    raw: memoryview
    reads: frozenset[str]
    """Values, weights and inputs, also those that graphs within it read."""
    makes: frozenset[str]
    latent: str | None
    """For the decoder's first layer: what it reads first."""


@dataclass(slots=True)
class _Graph:
    nodes: list[_Node] = entry(default_factory=list)
    """Each after those whose results it reads, as ONNX demands."""
    named: dict[int, dict[str, memoryview]] = entry(default_factory=lambda: {kind: {} for kind in NAME_IN})
    """Weights, inputs and outputs by name."""
    names: list[memoryview] = entry(default_factory=list)


def split(model: bytes) -> Halves | None:
    """Cut where the decoder begins; None for a voice in which that is not plain."""
    try:
        message = list(fields(memoryview(model)))
        graph = _read(part.content for part in message if part.number == MODEL_GRAPH)
    except (IndexError, ValueError):
        return None  # not a model; the runtime says it better
    latents = [node.latent for node in graph.nodes if node.latent]
    outputs = graph.named[GRAPH_OUTPUT]
    if len(latents) != 1 or not outputs:
        return None
    latent, (sound, *others) = latents[0], outputs
    decoder, decoder_reads = _needed(graph.nodes, {sound}, latent)
    if latent not in decoder_reads or not decoder_reads & graph.named[GRAPH_INPUT].keys() <= {SPEAKER}:
        return None
    rest = [part.raw for part in message if part.number != MODEL_GRAPH]
    text = _needed(graph.nodes, {latent, *others})
    text_ends: list[Bytes] = [_result(latent), *(outputs[name] for name in others)]
    decoder_ends: list[Bytes] = [_vectors(latent), outputs[sound]]
    return Halves(
        _written(rest, graph, *text, text_ends),
        _written(rest, graph, decoder, decoder_reads, decoder_ends),
        latent,
    )


def _read(pieces: Iterable[memoryview]) -> _Graph:
    """A message may be written in several pieces."""
    graph = _Graph()
    for part in (part for piece in pieces for part in fields(piece)):
        if part.number == GRAPH_NODE:
            graph.nodes.append(_node(part))
        elif part.number == GRAPH_NAME:
            graph.names.append(part.raw)
        elif part.number in NAME_IN:
            name = texts(fields(part.content), NAME_IN[part.number])[0]
            graph.named[part.number][name] = part.raw
    return graph


def _node(part: Field) -> _Node:
    parts = list(fields(part.content))
    inputs = texts(parts, NODE_INPUT)
    named = texts(parts, NODE_NAME) + inputs
    first = texts(parts, NODE_TYPE) == ["Conv"] and any(
        name.endswith((FIRST_LAYER, FIRST_WEIGHTS)) for name in named
    )
    within = frozenset(_read_within(parts))
    outputs = frozenset(texts(parts, NODE_OUTPUT))
    return _Node(part.raw, within | frozenset(inputs), outputs, inputs[0] if first else None)


def _read_within(node: Iterable[Field]) -> Iterator[str]:
    """What the graphs in a node's attributes read: branches and loops see what is around them."""
    for attribute in node:
        if attribute.number != NODE_ATTRIBUTE:
            continue
        for graph in fields(attribute.content):
            if graph.number not in ATTRIBUTE_GRAPHS:
                continue
            for part in fields(graph.content):
                if part.number == GRAPH_NODE:
                    yield from _node(part).reads
                elif part.number == GRAPH_OUTPUT:
                    yield from texts(fields(part.content), VALUE_NAME)


def _needed(nodes: list[_Node], results: set[str], given: str = "") -> tuple[list[_Node], set[str]]:
    """The nodes without which there are no `results`, in their order, and all that they read; one value is `given`."""
    kept, read = list[_Node](), set[str]()
    for node in reversed(nodes):
        if any(name in results or name in read for name in node.makes if name != given):
            kept.append(node)
            read |= node.reads
    return kept[::-1], read


def _written(
    rest: list[memoryview], graph: _Graph, nodes: list[_Node], read: set[str], ends: list[Bytes]
) -> list[Bytes]:
    """A model of some of the nodes, with the weights and inputs that they read."""
    kinds = (GRAPH_INITIALIZER, GRAPH_INPUT)
    used = [raw for kind in kinds for name, raw in graph.named[kind].items() if name in read]
    parts = [*graph.names, *(node.raw for node in nodes), *used, *ends]
    return [*rest, field_of_size(MODEL_GRAPH, sum(map(len, parts))), *parts]


def _result(name: str) -> bytes:
    """An output whose kind the runtime finds out."""
    return field(GRAPH_OUTPUT, field(VALUE_NAME, name.encode()))


def _vectors(name: str) -> bytes:
    """An input of floats with three dimensions: one, as many as a vector has, and as many as there are frames."""
    kind = number_field(1, FLOAT) + field(2, 3 * field(1, b""))  # TypeProto.Tensor: elem_type, shape of dims
    return field(GRAPH_INPUT, field(VALUE_NAME, name.encode()) + field(VALUE_TYPE, field(1, kind)))
