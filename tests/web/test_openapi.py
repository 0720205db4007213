import json
from typing import Any

from aiohttp import web

from appliance.web.api import PairBody
from appliance.web.openapi import describe
from appliance.web.routes import Access, Call, Route


async def _nothing(_: Call) -> web.StreamResponse:
    raise web.HTTPNotFound


ROUTES = (
    Route("GET", "/", _nothing, Access.EVERYBODY, "A page.", gives="text/html"),
    Route("POST", "/api/pair", _nothing, Access.EVERYBODY, "Pair.", body=PairBody, gives=dict[str, Any]),
    Route("DELETE", "/api/sessions/{id}", _nothing, Access.OWNER, "End.", errors=(404,)),
    Route("GET", "/metrics", _nothing, Access.NEAR, "Measure.", gives="text/plain"),
)


def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(describe(ROUTES, "1.2.3")))
    return document


def test_it_holds_the_interface_and_not_the_pages() -> None:
    assert set(_document()["paths"]) == {"/api/pair", "/api/sessions/{id}", "/metrics"}
    assert _document()["info"]["version"] == "1.2.3"


def test_bodies_are_described_as_they_are_read() -> None:
    document = _document()
    sent = document["paths"]["/api/pair"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    name = sent["$ref"].rpartition("/")[2]
    pin = document["components"]["schemas"][name]["properties"]["pin"]
    assert pin["pattern"] == "^[0-9]{6}$"


def test_every_reference_leads_somewhere() -> None:
    document = _document()
    text = json.dumps(document)
    for piece in text.split('"$ref": "#/components/schemas/')[1:]:
        assert piece.partition('"')[0] in document["components"]["schemas"]


def test_who_may_and_what_may_go_wrong_is_said() -> None:
    paths = _document()["paths"]
    assert paths["/api/pair"]["post"]["security"] == []
    end = paths["/api/sessions/{id}"]["delete"]
    assert end["security"] == [{"cookie": []}, {"token": []}]
    assert {"200", "401", "403", "404"} <= set(end["responses"])
    assert end["parameters"][0]["name"] == "id"
    assert "text/plain" in paths["/metrics"]["get"]["responses"]["200"]["content"]
