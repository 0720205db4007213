"""How code says what has happened, so that programs can read it too: an event with a name and fields.

Fields are figures, names of parts and stable words: never what somebody said, typed or sent.
"""

import logging

Field = str | int | float | bool | None


def note(
    log: logging.Logger,
    level: int,
    event: str,
    message: str = "",
    /,
    **fields: Field,
) -> None:
    """Log an event.

    Args:
        log: the module's logger.
        level: of `logging`.
        event: stable, `part.what`: programs look for it.
        message: for people; empty where the name says it all.
        fields: what is known; `session` and `turn` say where it belongs.
    """
    if log.isEnabledFor(level):
        log.log(level, "%s", message or event, extra={"event": event, "fields": fields}, stacklevel=2)
