import asyncio
import json
import logging
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from appliance.core.errors import ApplianceError, InputError
from appliance.web.contracts import Busy
from appliance.web.pairing import TooManyDevices, TooManyTries, WrongPin
from appliance.web.problems import Refusal, explain


def _told(error: Exception) -> tuple[int, dict[str, Any], web.StreamResponse]:
    async def fail(_: web.Request) -> web.StreamResponse:
        raise error

    response = asyncio.run(explain(make_mocked_request("GET", "/x"), fail))
    assert isinstance(response, web.Response)
    return response.status, json.loads(response.text or ""), response


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refusal(418, "teapot", "It is a teapot.", "Ask for tea."), 418, "teapot"),
        (WrongPin(3), 401, "wrong_pin"),
        (TooManyTries(12.3), 429, "too_many_tries"),
        (TooManyDevices(), 409, "too_many_devices"),
        (Busy(2, "Full.", "Wait."), 503, "busy"),
        (InputError("Nonsense.", "Speak clearly."), 400, "malformed"),
        (ApplianceError("Broken.", "Mend it."), 503, "unavailable"),
        (web.HTTPNotFound(), 404, "not_found"),
        (web.HTTPRequestEntityTooLarge(1, 2), 413, "too_large"),
        (web.HTTPGone(), 410, "refused"),
        (TimeoutError(), 408, "too_slow"),
    ],
)
def test_every_error_is_a_word_a_problem_and_a_remedy(error: Exception, status: int, code: str) -> None:
    told_status, body, _ = _told(error)
    assert (told_status, body["error"]) == (status, code)
    assert {"error", "problem", "remedy"} <= set(body)
    assert body["problem"]


def test_some_say_more() -> None:
    assert _told(WrongPin(3))[1]["tries_left"] == 3
    assert _told(Busy(2, "", ""))[1]["place"] == 2
    assert _told(TooManyTries(12.3))[2].headers["Retry-After"] == "13"
    assert _told(web.HTTPMethodNotAllowed("PUT", ["GET"]))[2].headers["Allow"] == "GET"


def test_a_mistake_of_ours_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        status, body, _ = _told(KeyError("the password is hunter2"))
    assert (status, body["error"]) == (500, "internal")
    assert "hunter2" not in json.dumps(body)
    assert "hunter2" in caplog.text


def test_redirects_and_hang_ups_are_none() -> None:
    with pytest.raises(web.HTTPFound):
        _told(web.HTTPFound("/"))
    with pytest.raises(ConnectionResetError):
        _told(ConnectionResetError())
