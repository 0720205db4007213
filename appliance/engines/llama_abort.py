"""How a cancelled job stops native code that is in the middle of a calculation."""

import ctypes

from appliance.core.interfaces import CancelToken


class AbortFlag:
    """Owns one byte of text that llama.cpp reads between operations: "0" is go on, "1" is stop.

    The reader is libc's `atoi`, so the check needs neither the interpreter's lock nor compiled code
    of ours; a Python callback doubled the time per token while another thread was busy. One flag
    serves one call of the engine: a token cancelled late only ever stops its own, finished, call.
    """

    def __init__(self, cancel: CancelToken | None = None) -> None:
        """Follow `cancel`; without one, never stop."""
        self.text = ctypes.create_string_buffer(b"0")
        self._cancel = cancel
        if cancel is not None:
            cancel.on_cancel(self._stop)

    @property
    def raised(self) -> bool:
        """Whether it says stop."""
        return self.text.value == b"1"

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when cancelled."""
        if self._cancel is not None:
            self._cancel.raise_if_cancelled()

    def _stop(self) -> None:
        self.text.value = b"1"
