"""What every request must satisfy before anybody looks at what it wants, and what every answer carries."""

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.web.addresses import normal
from appliance.web.identity import at_the_box, host_name, peer
from appliance.web.limits import RateLimit
from appliance.web.problems import Refusal, retry_after

MAX_BODY = 64 * 1024
"""Bytes of a request's body."""
SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""
METHODS = SAFE | {"POST", "PUT", "DELETE"}
"""Methods that mean something to the box."""
PLAIN = ("/", "/help", "/ca.crt", "/healthz", "/readyz")
"""What is served without TLS to the network, beside all below /static/."""

STREAMED = frozenset({"/api/update"})
"""Where a file may be posted: no more of it than a piece is held in memory, and its reader knows how long it may be."""

SIGN_OF_LIFE = "/healthz"
"""What the kiosk's waiting page, a file that belongs to no server, may ask for: without being told anything, it learns
that somebody answers (systemd/kiosk/starting.html)."""

BURST, EVERY_S = 200, 0.02
"""Requests of one address at once, and s until it has another: one costs a third of a millisecond."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; img-src 'self' data:; worker-src 'self'; font-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "microphone=(self), autoplay=(self), camera=(), geolocation=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer. No Strict-Transport-Security: it would hold for all ports of the name, and the page that
helps with the certificate must be reachable without it."""


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: add the security headers, and keep answers out of caches."""
    response.headers.update(HEADERS)
    if request.path == SIGN_OF_LIFE and at_the_box(request):
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.secure:  # elsewhere browsers ignore it, with an error on their console
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "appliance"  # no versions


class Guard:
    """Knows under which names the box may be called."""

    def __init__(self, names: Callable[[], frozenset[str]], address: Callable[[], str]) -> None:
        self._names = names
        self._address = address
        self._rate = RateLimit(BURST, EVERY_S)

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Middleware: refuse what no honest browser or program sends."""
        self._check_rate(request)
        self._check_host(request)
        if not request.secure and not at_the_box(request):
            self._check_plain(request)
        check_origin(request)
        if request.method not in METHODS:
            raise Refusal(405, "wrong_method", "The box does not know this method.", "See /api/openapi.json.")
        if request.method in {"POST", "PUT"} or request.body_exists:
            check_body(request)
        return await handler(request)

    def _check_rate(self, request: web.Request) -> None:
        if wait_s := self._rate.take(peer(request)):
            raise Refusal(
                429,
                "too_many_requests",
                "These are too many requests.",
                "Ask less often.",
                headers=retry_after(wait_s),
            )

    def _check_host(self, request: web.Request) -> None:
        """A page elsewhere may have its name resolve to the box (DNS rebinding): it is called by that name then."""
        host = host_name(request)
        address = normal(host)
        names = self._names()
        wanted = str(address) if address else host
        if wanted not in names and f"*.{host.partition('.')[2]}" not in names:
            raise Refusal(421, "wrong_host", "This box goes by another name.", f"Open {self._address()}")

    def _check_plain(self, request: web.Request) -> None:
        if request.path not in PLAIN and not request.path.startswith("/static/"):
            raise Refusal(
                403,
                "insecure",
                "Without https anybody could listen in, and no browser lends its microphone.",
                f"Open {self._address()}",
            )


def check_origin(request: web.Request) -> None:
    """Refuse what a page of somebody else has sent.

    Browsers name their page on everything that could change something, and on WebSockets; programs do not.
    """
    origin = request.headers.get("Origin")
    own = f"{'https' if request.secure else 'http'}://{request.headers.get('Host', '').lower()}"
    foreign = origin is not None and origin.lower() != own
    if foreign or (
        request.path.startswith("/api/") and request.headers.get("Sec-Fetch-Site") == "cross-site"
    ):
        raise Refusal(
            403, "foreign_origin", "Another page asked for this.", "Open the page of the box itself."
        )


def check_body(request: web.Request) -> None:
    """Refuse bodies that are too large or not JSON, before they are read."""
    if request.path in STREAMED and request.method == "POST":
        check_file(request)
        return
    if (request.content_length or 0) > MAX_BODY:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY, request.content_length or 0)
    if request.content_type != "application/json":
        raise Refusal(415, "not_json", "The box reads only JSON.", "Send Content-Type: application/json.")


def check_file(request: web.Request) -> None:
    """Refuse what no page of ours sends as a file: a form of somebody else's could post one without asking."""
    if request.content_type != "application/octet-stream":
        raise Refusal(
            415, "not_a_file", "The box expects a file.", "Send Content-Type: application/octet-stream."
        )
