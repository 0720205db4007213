"""Makes a Piper voice tell how long it speaks each phoneme, by making a value it computes an output.

The published voices only return sound. Adding an output takes no tools: an ONNX file is one protobuf message,
and messages written one after the other are read as one, their lists joined.
"""

from collections.abc import Iterator
from typing import Final

# Field numbers of onnx.proto.
MODEL_GRAPH: Final = 7
GRAPH_NODE: Final = 1
GRAPH_OUTPUT: Final = 12
NODE_OUTPUT: Final = 2
NODE_TYPE: Final = 4
VALUE_NAME: Final = 1


def with_durations(model: bytes) -> bytes:
    """The model with its durations as second output; unchanged when it has them, or has none that is plain.

    A voice rounds the frames of each phoneme up to whole ones, and rounds nothing else: the durations are
    what its only Ceil node returns. They are frames per phoneme id, in the order of the input.
    """
    try:
        graphs = [payload for number, payload in _fields(memoryview(model)) if number == MODEL_GRAPH]
        outputs, rounded = _outputs_and_rounded(graphs)
    except (IndexError, ValueError):
        return model  # not a model; the runtime says it better
    if outputs != 1 or len(rounded) != 1:
        return model
    value = _field(VALUE_NAME, rounded[0])
    return model + _field(MODEL_GRAPH, _field(GRAPH_OUTPUT, value))


def _outputs_and_rounded(graphs: list[memoryview]) -> tuple[int, list[bytes]]:
    """How many outputs there are, and the names of all results of Ceil nodes."""
    outputs, rounded = 0, []
    for graph in graphs:
        for number, payload in _fields(graph):
            if number == GRAPH_OUTPUT:
                outputs += 1
            elif number == GRAPH_NODE:
                node = [(field, bytes(content)) for field, content in _fields(payload)]
                if (NODE_TYPE, b"Ceil") in node:
                    rounded += [name for field, name in node if field == NODE_OUTPUT]
    return outputs, rounded


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The number and content of every field that has a length; numbers are skipped."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        match key & 7:  # how the content is written
            case 0:
                _, position = _varint(message, position)
            case 1:
                position += 8
            case 2:
                length, position = _varint(message, position)
                yield key >> 3, message[position : position + length]
                position += length
            case 5:
                position += 4
            case other:
                raise ValueError(f"ONNX files do not use wire type {other}")


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """A number, seven bits per byte, lowest first, and the position after it."""
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def _field(number: int, payload: bytes) -> bytes:
    return _number(number << 3 | 2) + _number(len(payload)) + payload


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
