"""Opens a small ONNX network for one core."""

from pathlib import Path
from typing import Any

from appliance.core.errors import ModelError


def open_session(model: Path, name: str) -> Any:
    """An `onnxruntime.InferenceSession` of a network so small that more threads would only wait for each other.

    Args:
        model: its file.
        name: what it is, in words that continue “The …”.

    Raises:
        ModelError: the file is absent, or onnxruntime cannot read it.
    """
    import onnxruntime

    if not model.is_file():
        raise ModelError(f"The {name} is missing: {model}", "Run: appliance models pull")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # onnxruntime's waiting is a busy loop unless told otherwise.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        problem = f"The {name} cannot be read: {model} ({error})"
        raise ModelError(problem, "Run: appliance models verify") from error
