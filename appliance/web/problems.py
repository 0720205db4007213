"""How refusals and failures reach whoever asked: one JSON object, in words, with a remedy."""

import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.core.errors import ApplianceError, InputError
from appliance.web.contracts import Busy
from appliance.web.pairing import TooManyDevices, TooManyTries, WrongPin

log = logging.getLogger("appliance.web")

KNOWN = {
    404: ("not_found", "There is nothing at this address.", "Check the address."),
    405: ("wrong_method", "This cannot be done here.", "See /api/openapi.json."),
    413: ("too_large", "This is more than the box reads at once.", "Send less than 64 KB."),
}
"""What aiohttp refuses by itself, by status."""


CLOSING = frozenset({"too_large", "too_many_requests"})
"""Errors after which the connection is closed: who asks too much begins again at the door, where it is counted."""


class Refusal(Exception):  # noqa: N818 - nothing went wrong
    """A request that is not fulfilled, and why."""

    def __init__(
        self,
        status: int,
        error: str,
        problem: str,
        remedy: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(problem)
        self.status = status
        self.body = {"error": error, "problem": problem, "remedy": remedy, **more}
        self.headers = headers or {}

    def response(self) -> web.Response:
        """What is sent."""
        response = web.json_response(self.body, status=self.status, headers=self.headers)
        if self.body["error"] in CLOSING:
            response.force_close()
        return response


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Middleware: turn everything that is raised into its answer."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except ApplianceError as error:
        return _refusal(error).response()
    except web.HTTPException as error:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        if error.status < 400:
            raise
        return Refusal(
            error.status, *KNOWN.get(error.status, ("refused", error.reason)), headers=headers
        ).response()
    except TimeoutError:
        return Refusal(408, "too_slow", "The request took too long.", "Try again.").response()
    except ConnectionError:
        raise  # they have left, and nobody is there to be told
    except Exception:
        log.exception("%s %s failed", request.method, request.rel_url.raw_path[:100])
        remedy = "Try again. If it happens again, send the diagnosis bundle to the developers."
        return Refusal(500, "internal", "The box made a mistake.", remedy).response()


def _refusal(error: ApplianceError) -> Refusal:
    told = error.problem, error.remedy
    match error:
        case WrongPin():
            return Refusal(401, "wrong_pin", *told, tries_left=error.tries_left)
        case TooManyTries():
            return Refusal(429, "too_many_tries", *told, headers=retry_after(error.wait_s))
        case TooManyDevices():
            return Refusal(409, "too_many_devices", *told)
        case Busy():
            return Refusal(503, "busy", *told, place=error.place)
        case InputError():
            return Refusal(400, "malformed", *told)
        case _:
            return Refusal(503, "unavailable", *told)


def retry_after(seconds: float) -> dict[str, str]:
    """The header that says when to come back."""
    return {"Retry-After": str(int(seconds) + 1)}
