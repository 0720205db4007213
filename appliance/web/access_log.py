"""One line per request in the log: who asked which row of the table, and how it ended. Never what they sent."""

import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from appliance.core import clock
from appliance.web.guard import METHODS
from appliance.web.identity import peer
from appliance.web.limits import RateLimit
from appliance.web.metrics import place

BURST, EVERY_S = 50, 10.0
"""Lines about refused requests at once, and s until there may be another: whoever attacks fills no disk."""
SUSPICIOUS = frozenset({400, 403, 408, 413, 415, 421, 429})
"""Statuses of requests that no page of ours sends."""

ROUTINE = frozenset({"/healthz", "/readyz", "/metrics"})
"""What programs ask every few seconds: worth a line only when it fails."""

log = logging.getLogger("appliance.web.access")


class AccessLog:
    """Writes the lines. Neither query strings nor headers, cookies, ids or bodies are among them."""

    def __init__(self) -> None:
        self._refusals = RateLimit(BURST, EVERY_S)

    @web.middleware
    async def write(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Middleware: write a line once the request is answered; quietly about what went well."""
        begun = clock.now()
        response = await handler(request)
        level = _level(response.status)
        well = level == logging.DEBUG
        if (well and place(request) in ROUTINE) or (not well and self._refusals.take()):
            return response
        method = request.method if request.method in METHODS else "?"
        took_ms = (clock.now() - begun) * 1000
        log.log(level, "%s %s %s %d %.0f ms", peer(request), method, place(request), response.status, took_ms)
        return response

    def shorten(self, record: logging.LogRecord) -> bool:
        """Filter for aiohttp's own log: a request that is no HTTP is worth a line, not a traceback."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):
            return True
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        return not self._refusals.take()


def _level(status: int) -> int:
    if status in SUSPICIOUS:
        return logging.WARNING
    return logging.INFO if status >= 400 else logging.DEBUG
