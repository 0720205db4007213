"""One line per request in the log: who asked which row of the table, and how it ended. Never what they sent."""

import logging

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import HttpProcessingError

from appliance.web.identity import peer
from appliance.web.limits import RateLimit
from appliance.web.metrics import place

BURST, EVERY_S = 50, 10.0
"""Lines about refused requests at once, and s until there may be another: whoever attacks fills no disk."""
SUSPICIOUS = frozenset({400, 403, 408, 413, 415, 421, 429})
"""Statuses of requests that no page of ours sends."""


class AccessLog(AbstractAccessLogger):
    """Writes the lines. Neither query strings nor headers, cookies, ids or bodies are among them."""

    def __init__(self, logger: logging.Logger, log_format: str) -> None:
        super().__init__(logger, log_format)
        self._refusals = RateLimit(BURST, EVERY_S)

    @property
    def enabled(self) -> bool:
        """Whether anybody reads it."""
        return self.logger.isEnabledFor(logging.WARNING)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write one line: quietly about what went well."""
        refused = response.status >= 400
        if refused and self._refusals.take():
            return
        level = (
            logging.WARNING if response.status in SUSPICIOUS else logging.INFO if refused else logging.DEBUG
        )
        self.logger.log(
            level,
            "%s %s %s %d %d bytes %.0f ms",
            peer(request),
            request.method[:7],
            place(request),
            response.status,
            response.body_length,
            time * 1000,
        )


def expected(record: logging.LogRecord) -> bool:
    """Filter for aiohttp's own log: a request that is no HTTP is worth a line, not a traceback."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
