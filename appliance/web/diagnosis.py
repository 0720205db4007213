"""What the owner may send to whoever helps: everything about the box, nothing that was said to it."""

import importlib.metadata
import io
import json
import platform
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import psutil

SECRET = re.compile(r"secret|token|passw|passphrase|credential|api_?key|pin$", re.IGNORECASE)
"""Names of settings whose values nobody else may see."""
IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+@")
"""Name and password in an address."""
MASK = "•••"
"""What stands in their place."""
MAX_FILE = 1_000_000
"""Characters of one file; the end of longer ones is kept."""


def mask(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Settings by section and key, without secrets."""
    return {
        section: {key: _masked(key, value) for key, value in keys.items()}
        for section, keys in settings.items()
    }


def bundle(files: Mapping[str, str], recordings: Mapping[str, bytes] | None = None) -> bytes:
    """A zip archive of texts and recordings by name. Compresses for tens of ms: not for the event loop."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(re.sub(r"[^\w.-]", "_", name), text[-MAX_FILE:])
        for name, sound in (recordings or {}).items():
            packed.writestr(re.sub(r"[^\w.-]", "_", name), sound, zipfile.ZIP_STORED)
    return archive.getvalue()


def as_json(value: Any) -> str:
    """Any value as text that people read too."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def machine() -> dict[str, Any]:
    """What the program runs on. Reads the list of packages: not for the event loop."""
    memory = psutil.virtual_memory()
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": psutil.cpu_count(),
        "load": psutil.getloadavg(),
        "memory_mb": {"total": memory.total >> 20, "available": memory.available >> 20},
        "packages": {found.name: found.version for found in importlib.metadata.distributions()},
    }


def _masked(key: str, value: Any) -> Any:
    if SECRET.search(key) and value not in (None, "") and isinstance(value, str):
        return MASK
    return IN_ADDRESS.sub(f"{MASK}@", value) if isinstance(value, str) else value
