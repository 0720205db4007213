"""Opens ONNX networks: small ones for one core, and larger ones where there is a GPU for them."""

import hashlib
import os
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from appliance.core.errors import ModelError


class Provider(StrEnum):
    """What calculates."""

    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"


_NATIVE: Final = {
    Provider.CPU: ("CPUExecutionProvider",),
    Provider.CUDA: ("CUDAExecutionProvider", "CPUExecutionProvider"),
    Provider.TENSORRT: ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"),
}
"""What onnxruntime calls them. It takes the first that can do a part of the network, so the processor comes last."""


def native(provider: Provider) -> list[str]:
    """Names for onnxruntime of what can be tried of it here: what this build of it lacks is left out."""
    import onnxruntime

    built_in = set(onnxruntime.get_available_providers())
    return [name for name in _NATIVE[provider] if name in built_in]


def at_hand() -> tuple[Provider, ...]:
    """What this build of onnxruntime has; whether there is a GPU for it, nobody has asked."""
    return tuple(provider for provider in Provider if native(provider)[:1] == [_NATIVE[provider][0]])


def fallback(provider: Provider, session: Any) -> str:
    """A sentence for people where a session does not use what was wanted; empty where it does."""
    wanted, used = _NATIVE[provider][0], session.get_providers()[0]
    return "" if used == wanted else f"It was to run on {provider.upper()}, and runs on {used} instead."


def open_session(model: Path, name: str, sha256: str = "") -> Any:
    """An `onnxruntime.InferenceSession` of a network so small that more threads would only wait for each other.

    Args:
        model: its file.
        name: what it is, in words that continue “The …”.
        sha256: that the file must have; empty where somebody else has seen to it.

    Raises:
        ModelError: the file is absent or another one, or onnxruntime cannot read it.
    """
    import onnxruntime

    try:
        network = model.read_bytes()  # at once: what is parsed is then what was compared
    except OSError:
        raise ModelError(f"The {name} is missing: {model}", "Run: appliance models pull") from None
    if sha256 and (found := hashlib.sha256(network).hexdigest()) != sha256:
        problem = f"The {name} is damaged or another one: the sha256 of {model} is {found}, not {sha256}"
        raise ModelError(problem, "Run: appliance models verify")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # onnxruntime's waiting is a busy loop unless told otherwise.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        # Through a file in memory: a session that is given the bytes themselves keeps them.
        with os.fdopen(os.memfd_create(model.name), "wb") as file:
            file.write(network)
            file.flush()
            path = f"/proc/self/fd/{file.fileno()}"
            return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        problem = f"The {name} cannot be read: {model} ({error})"
        raise ModelError(problem, "Run: appliance models verify") from error
