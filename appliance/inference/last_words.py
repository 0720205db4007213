"""What may be told of what an engine prints. An engine that has heard people may quote them: in a traceback, in a log.

So once it has been given work, only lines that look like parts of a crash dump are kept.
"""

import re
from typing import Final

DUMP: Final = re.compile(
    r"Fatal Python error: [\w ]+$|Current thread |Thread 0x|  File \"[^\"]*\", line \d+|Traceback \(most recent"
    r"|Extension modules:|\S*: ?GGML_ASSERT|GGML_ASSERT|terminate called after|double free|corrupted |free\(\): "
)
"""How lines of crash dumps begin: faulthandler's, Python's, ggml's, libstdc++'s and glibc's."""

KIND: Final = re.compile(r"([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)|Aborted)(?:[: ].*)?$")
"""The last line of a traceback, or of a shell's obituary: its first word counts."""


def harmless(line: str) -> str:
    """What may be kept of a line; "" for nothing."""
    if kind := KIND.match(line):
        return kind[1]
    return line if DUMP.match(line) else ""
