"""Reads and writes ONNX files without the package for it: they are one protobuf message, a list of numbered fields."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

# Field numbers of onnx.proto.
MODEL_GRAPH: Final = 7
GRAPH_NODE: Final = 1
GRAPH_NAME: Final = 2
GRAPH_INITIALIZER: Final = 5
GRAPH_INPUT: Final = 11
GRAPH_OUTPUT: Final = 12
NODE_INPUT: Final = 1
NODE_OUTPUT: Final = 2
NODE_NAME: Final = 3
NODE_TYPE: Final = 4
NODE_ATTRIBUTE: Final = 5
ATTRIBUTE_GRAPHS: Final = (6, 11)
TENSOR_NAME: Final = 8
VALUE_NAME: Final = 1
VALUE_TYPE: Final = 2


class Field(NamedTuple):
    """One field of a message."""

    number: int
    """What it is, by the message's own count."""
    content: memoryview
    """Of one that has a length: a text, or a message in its turn. Empty for plain numbers."""
    raw: memoryview
    """All of it, to be copied into another message."""


def fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message, in order.

    Raises:
        IndexError, ValueError: that is no message.
    """
    position = 0
    while position < len(message):
        start, content = position, message[:0]
        key, position = _varint(message, position)
        match key & 7:  # how the content is written
            case 0:
                _, position = _varint(message, position)
            case 1:
                position += 8
            case 2:
                length, position = _varint(message, position)
                content = message[position : position + length]
                position += length
            case 5:
                position += 4
            case other:
                raise ValueError(f"ONNX files do not use wire type {other}")
        yield Field(key >> 3, content, message[start:position])


def texts(message: Iterable[Field], number: int) -> list[str]:
    """The texts of all fields of one number."""
    return [bytes(field.content).decode("utf-8", "replace") for field in message if field.number == number]


def field(number: int, content: bytes) -> bytes:
    """A field that has a length, as it is written."""
    return field_of_size(number, len(content)) + content


def field_of_size(number: int, size: int) -> bytes:
    """What is written before the `size` bytes of a field that has a length."""
    return _number(number << 3 | 2) + _number(size)


def number_field(number: int, value: int) -> bytes:
    """A field that is a number, as it is written."""
    return _number(number << 3) + _number(value)


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """A number, seven bits per byte, lowest first, and the position after it."""
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
