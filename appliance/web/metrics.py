"""The server's own measurements, and the text in which Prometheus reads all of them."""

from collections import Counter
from collections.abc import Callable, Iterable

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.web.contracts import Metric
from appliance.web.guard import METHODS

CONTENT_TYPE = "text/plain; version=0.0.4"
"""Prometheus's text format."""


PLACE = web.RequestKey("place", str)
"""Key under which a request remembers its row."""


class Traffic:
    """Counts requests by what was asked and how it ended. Its size is bounded by the table of routes."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, str]] = Counter()

    @web.middleware
    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Middleware: count a request once it is answered; a WebSocket once it is closed."""
        resource = request.match_info.route.resource
        if resource is not None:
            request[PLACE] = resource.canonical
        status = 0
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            method = request.method if request.method in METHODS else "other"
            self._requests[method, place(request), str(status or "gone")] += 1
        return response

    def metrics(self) -> Iterable[Metric]:
        """All counts."""
        for (method, path, status), number in self._requests.items():
            labels = (("method", method), ("path", path), ("status", status))
            yield Metric("appliance_http_requests_total", "Requests answered.", number, labels, "counter")


def place(request: web.BaseRequest) -> str:
    """The row that answers a request, never what was filled in: ids stay out of logs and measurements."""
    return request[PLACE] if PLACE in request else "elsewhere"  # noqa: SIM401 - get is not typed


def gather(sources: Iterable[Callable[[], Iterable[Metric]]]) -> str:
    """All measurements in Prometheus's text format."""
    families: dict[str, list[Metric]] = {}
    for source in sources:
        for metric in source():
            families.setdefault(metric.name, []).append(metric)
    lines: list[str] = []
    for name, family in families.items():
        lines += [f"# HELP {name} {family[0].help}", f"# TYPE {name} {family[0].kind}"]
        lines += [f"{name}{metric.suffix}{_labels(metric)} {_number(metric.value)}" for metric in family]
    return "\n".join(lines) + "\n"


def _labels(metric: Metric) -> str:
    if not metric.labels:
        return ""
    written = (f'{name}="{_escape(value)}"' for name, value in metric.labels)
    return "{" + ",".join(written) + "}"


def _number(value: float) -> str:
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(written := repr(float(value)), written)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
