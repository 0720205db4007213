"""Schemas of arguments, short enough to be read."""

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

WORDS: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 200}
CLOCK: Final[Schema] = {
    "type": "string",
    "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
    "description": "HH:MM, 24 hours",
}
TWELVE: Final[Schema] = {"type": "boolean", "description": "morning or afternoon was not said"}
DAY: Final[Schema] = {
    "type": "string",
    "maxLength": 10,
    "description": "YYYY-MM-DD, MM-DD, a weekday in English, +0 for today, +1 for tomorrow",
}
DAYS: Final[Schema] = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0, "maximum": 6},
    "minItems": 1,
    "maxItems": 7,
    "description": "it returns on these days, 0 is Monday",
}
SECONDS: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 31 * 86400}
YES: Final[Schema] = {"type": "boolean"}


def given(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }
