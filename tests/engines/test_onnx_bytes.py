import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from appliance.engines.onnx_bytes import (
    NODE_INPUT,
    NODE_NAME,
    NODE_TYPE,
    field,
    field_of_size,
    fields,
    number_field,
    texts,
)


@given(st.lists(st.tuples(st.integers(1, 2**28), st.integers(0, 2**63) | st.binary(max_size=300))))
def test_what_is_written_is_read(parts: list[tuple[int, int | bytes]]) -> None:
    raws = [number_field(n, v) if isinstance(v, int) else field(n, v) for n, v in parts]
    read = list(fields(memoryview(b"".join(raws))))
    assert [part.number for part in read] == [number for number, _ in parts]
    assert [bytes(part.raw) for part in read] == raws
    contents = [b"" if isinstance(value, int) else value for _, value in parts]
    assert [bytes(part.content) for part in read] == contents


def test_a_node_of_onnx() -> None:
    node = helper.make_node("Conv", ["x", "ünï"], ["y"], "/a/Conv", alpha=0.5, dilations=[1, 300])
    read = list(fields(memoryview(node.SerializeToString())))
    assert texts(read, NODE_INPUT) == ["x", "ünï"]
    assert texts(read, NODE_NAME) == ["/a/Conv"]
    assert texts(read, NODE_TYPE) == ["Conv"]


def test_onnx_reads_what_is_written() -> None:
    node = onnx.NodeProto.FromString(field(NODE_INPUT, b"x" * 1000) + field_of_size(NODE_TYPE, 4) + b"Ceil")
    assert node == helper.make_node("Ceil", ["x" * 1000], [])


@pytest.mark.parametrize("content", [b"\x3a\xff\xff\xff", b"\x0b", b"\x80"])
def test_what_is_no_message_is_refused(content: bytes) -> None:
    with pytest.raises((IndexError, ValueError)):
        list(fields(memoryview(content)))
