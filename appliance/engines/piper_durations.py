"""Makes a Piper voice tell how long it speaks each phoneme, by making a value it computes an output.

The published voices only return sound. Adding an output takes no tools: protobuf messages written one after the
other are read as one, their lists joined.
"""

from appliance.engines.onnx_bytes import (
    GRAPH_NODE,
    GRAPH_OUTPUT,
    MODEL_GRAPH,
    NODE_OUTPUT,
    NODE_TYPE,
    VALUE_NAME,
    field,
    fields,
    texts,
)


def with_durations(model: bytes) -> bytes:
    """The model with its durations as second output; unchanged when it has them, or has none that is plain.

    A voice rounds the frames of each phoneme up to whole ones, and rounds nothing else: the durations are
    what its only Ceil node returns. They are frames per phoneme id, in the order of the input.
    """
    try:
        graphs = [found.content for found in fields(memoryview(model)) if found.number == MODEL_GRAPH]
        outputs, rounded = _outputs_and_rounded(graphs)
    except (IndexError, ValueError):
        return model  # not a model; the runtime says it better
    if outputs != 1 or len(rounded) != 1:
        return model
    value = field(VALUE_NAME, rounded[0].encode())
    return model + field(MODEL_GRAPH, field(GRAPH_OUTPUT, value))


def _outputs_and_rounded(graphs: list[memoryview]) -> tuple[int, list[str]]:
    """How many outputs there are, and the names of all results of Ceil nodes."""
    outputs, rounded = 0, list[str]()
    for graph in graphs:
        for part in fields(graph):
            if part.number == GRAPH_OUTPUT:
                outputs += 1
            elif part.number == GRAPH_NODE:
                node = list(fields(part.content))
                if texts(node, NODE_TYPE) == ["Ceil"]:
                    rounded += texts(node, NODE_OUTPUT)
    return outputs, rounded
