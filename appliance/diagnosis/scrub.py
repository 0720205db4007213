"""Takes out of a line what no log may hold: addresses of others, tokens, PINs. Speech must never get this far."""

import ipaddress
import re
import secrets
from hashlib import blake2s
from typing import Final

LONGEST: Final = 2000
"""Characters of a message that are kept: its beginning."""

_KEY: Final = secrets.token_bytes(16)

_ADDRESS: Final = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%\w+)?)(?!\w|\.\d)",
    re.IGNORECASE,
)
_PIN: Final = re.compile(r"(?<![\w.])\d{6}(?!\w|\.\d)")
_TOKEN: Final = re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{20,}(?![\w-])")

HIDDEN: Final = "•••"
"""Stands where something was."""


def alias(kind: str, value: str) -> str:
    """A short name for something that must not be named: the same until the program ends, and another one then."""
    return f"{kind}-{blake2s(value.encode(), key=_KEY, digest_size=3).hexdigest()}"


def scrub(text: str) -> str:
    """The text as a log may hold it."""
    text = _TOKEN.sub(HIDDEN, _PIN.sub(HIDDEN, text[:LONGEST]))
    return _ADDRESS.sub(_address, text)


def _address(match: re.Match[str]) -> str:
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:  # a time of day, a version
        return match[0]
    return match[0] if address.is_loopback or address.is_unspecified else alias("address", str(address))
