"""The table of routes as an OpenAPI 3.1 document."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from appliance.web.guard import MAX_BODY
from appliance.web.identity import COOKIE
from appliance.web.routes import Access, Route, adapter

ALWAYS = {
    400: "It cannot be understood.",
    403: "It came from another page, without https, or from somebody who may not.",
    408: "It took too long to arrive.",
    413: f"It is larger than {MAX_BODY // 1024} KB.",
    415: "It is not JSON.",
    421: "The box was called by a name that is not its own.",
    429: "Too often; `Retry-After` tells when again.",
    500: "The box made a mistake.",
}
"""Refusals that every row has, by status."""
SOME = {
    401: "The device is not paired, or the digits are wrong.",
    404: "There is no such thing.",
    409: "There is no room for it.",
    411: "It does not say how long it is.",
    426: "It was not asked for by a WebSocket.",
    503: "It is not possible now.",
}
"""Refusals that only some rows have."""
PROBLEM = {
    "type": "object",
    "required": ["error", "problem", "remedy"],
    "properties": {
        "error": {"type": "string", "description": "A word for programs."},
        "problem": {"type": "string", "description": "What is wrong, for people."},
        "remedy": {"type": "string", "description": "What mends it."},
    },
}
"""Every refusal."""


def describe(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The document.

    Args:
        routes: the table.
        version: of the program.
    """
    rows = [route for route in routes if route.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))]
    types = {
        kind for route in rows for kind in (route.body, route.gives) if kind and not isinstance(kind, str)
    }
    schemas, definitions = TypeAdapter.json_schemas(
        [(kind, "serialization", adapter(kind)) for kind in sorted(types, key=str)],
        ref_template="#/components/schemas/{model}",
    )
    known = {kind: schema for (kind, _), schema in schemas.items()}
    paths: dict[str, dict[str, Any]] = {}
    for route in rows:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Voice appliance",
            "version": version,
            "description": "Pair first (`POST /api/pair`); then send the cookie, or its value as a bearer token.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM, **definitions.get("$defs", {})},
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    open_to_all = route.access is Access.EVERYBODY
    operation: dict[str, Any] = {
        "summary": route.summary,
        "description": f"For {route.access}.",
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()} {route.path}").strip("_"),
        "security": [] if open_to_all else [{"cookie": []}, {"token": []}],
        "responses": _responses(route, schemas),
    }
    if names := re.findall(r"\{(\w+)\}", route.path):
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if route.method in {"POST", "PUT"}:
        schema = schemas[route.body] if route.body else {}  # whatever it is, nobody reads it
        kind = "application/octet-stream" if route.streams else "application/json"
        operation["requestBody"] = {"required": True, "content": {kind: {"schema": schema}}}
    return operation


def _responses(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    kind = route.gives if isinstance(route.gives, str) else "application/json"
    schema = {"type": "string"} if isinstance(route.gives, str) else schemas[route.gives]
    errors = {**ALWAYS, **{status: SOME[status] for status in route.errors}}
    if route.access is not Access.EVERYBODY:
        errors[401] = SOME[401]
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "200": {"description": "Done.", "content": {kind: {"schema": schema}}},
        **{str(status): {"description": text, "content": problem} for status, text in sorted(errors.items())},
    }
