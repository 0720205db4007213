"""The pages and what they are made of: a fixed table of small files, read once, never a path from outside."""

import hashlib
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from appliance.web.identity import at_the_box
from appliance.web.problems import Refusal
from appliance.web.routes import Access, Call, Route

STATIC = Path(__file__).parent / "static"
"""Where the pages are."""
INDEX, HELP, OWNER = "index.html", "help.html", "owner.html"
"""The page, the one that explains the certificate, and the owner's."""

TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""What is served, by suffix; other files are not."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What pages may say about the box: `{{name}}`, `{{address}}` and `{{fingerprint}}` stand for them."""

    name: str
    """What it is called."""
    address: str
    """Where it is found, by https."""
    fingerprint: str
    """SHA-256 of its certificate authority, or of its certificate when it has none of its own."""


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    kind: str

    @property
    def etag(self) -> str:
        return hashlib.sha256(self.data).hexdigest()[:16]


class Pages:
    """Serves the pages. Owns their files in memory."""

    def __init__(
        self, folder: Path, facts: Callable[[], Facts], authority: Callable[[], bytes | None]
    ) -> None:
        self._files = _load(folder)
        self._facts = facts
        self._authority = authority

    def routes(self) -> tuple[Route, ...]:
        """Its rows of the table."""
        rows = (
            ("/", self._front, "The page; without https the one that helps with the certificate."),
            ("/help", self._help, "The page that helps with the certificate."),
            ("/owner", self._owner, "The owner's page."),
            ("/static/{file:.+}", self._static, "What the pages are made of."),
            ("/ca.crt", self._root, "The box's certificate authority, to be installed."),
        )
        return tuple(
            Route("GET", path, answer, Access.EVERYBODY, text, gives="text/html")
            for path, answer, text in rows
        )

    async def _front(self, call: Call) -> web.Response:
        if call.request.secure or at_the_box(call.request):
            return self._serve(call, INDEX)
        if self._authority() is None:  # nothing needs explaining
            raise web.HTTPFound(self._facts().address)
        return self._serve(call, HELP)

    async def _help(self, call: Call) -> web.Response:
        return self._serve(call, HELP)

    async def _owner(self, call: Call) -> web.Response:
        return self._serve(call, OWNER)

    async def _static(self, call: Call) -> web.Response:
        return self._serve(call, call.request.match_info["file"])

    async def _root(self, _: Call) -> web.Response:
        pem = self._authority()
        if pem is None:
            raise Refusal(404, "not_found", "This box uses a certificate that browsers know already.")
        return web.Response(
            body=pem,
            content_type="application/x-x509-ca-cert",
            headers={"Content-Disposition": f'attachment; filename="{self._facts().name}-ca.crt"'},
        )

    def _serve(self, call: Call, name: str) -> web.Response:
        file = self._files.get(name)
        if file is None:
            raise web.HTTPNotFound
        if file.kind == "text/html":
            file = _File(_fill(file.data, self._facts()), file.kind)
        # Asking again costs a millisecond on a LAN, and a page that is half old after an update costs a day.
        headers = {"Cache-Control": "no-cache", "ETag": f'"{file.etag}"'}
        if file.etag in {tag.value for tag in call.request.if_none_match or ()}:
            return web.Response(status=304, headers=headers)
        text = file.kind.startswith("text/")
        return web.Response(
            body=file.data, content_type=file.kind, charset="utf-8" if text else None, headers=headers
        )


def _load(folder: Path) -> Mapping[str, _File]:
    return {
        path.relative_to(folder).as_posix(): _File(path.read_bytes(), TYPES[path.suffix])
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in TYPES
    }


def _fill(page: bytes, facts: Facts) -> bytes:
    for name in ("name", "address", "fingerprint"):
        page = page.replace(f"{{{{{name}}}}}".encode(), html.escape(getattr(facts, name)).encode())
    return page
