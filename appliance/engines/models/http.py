"""Reads a file over HTTP from any byte on, and never waits longer than told."""

import contextlib
import http.client
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from appliance.engines.models.transfer import SourceError, Stream, UnreachableError, WrongBytesError, within

NOTHING_LEFT = 416
"""The status for a range that begins at or behind the end."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take."""

    answer_s: float
    """Seconds until it answers: name, connection, redirections and headers together."""
    stall_s: float
    """Seconds without a byte."""


@contextlib.contextmanager
def http_stream(
    url: str, start: int, patience: Patience, secret: Mapping[str, str] | None = None
) -> Iterator[Stream]:
    """Read `url` from byte `start` on.

    Args:
        url: http or https.
        start: in bytes; a server that cannot begin there begins at 0.
        patience: how long it may take.
        secret: headers for this very host, which no redirection carries elsewhere.

    Raises:
        SourceError: the server does not have it.
        UnreachableError: the server does not answer.
    """
    try:
        request = Request(url, headers={"Accept-Encoding": "identity"})  # noqa: S310 - the caller looked at it
    except ValueError as error:
        raise SourceError(f"{url} is no address: {error}") from None
    if start:
        request.add_header("Range", f"bytes={start}-")
    for name, value in (secret or {}).items():
        request.add_unredirected_header(name, value)
    with contextlib.closing(_open(request, patience)) as response:
        yield _stream(response, start)


def _open(request: Request, patience: Patience) -> http.client.HTTPResponse:
    try:
        return within(
            patience.answer_s, lambda: _answer(request, patience.stall_s), http.client.HTTPResponse.close
        )
    except TimeoutError:
        raise UnreachableError(f"{request.host} does not answer within {patience.answer_s:g} s") from None


def _answer(request: Request, stall_s: float) -> http.client.HTTPResponse:
    try:
        response: http.client.HTTPResponse = urlopen(request, timeout=stall_s)  # noqa: S310 - as above
    except HTTPError as error:
        error.close()
        kind = UnreachableError if error.code >= 500 else SourceError
        kind = WrongBytesError if error.code == NOTHING_LEFT else kind
        raise kind(f"{request.host} answers {error.code} {error.reason}") from None
    except URLError as error:
        raise UnreachableError(f"{request.host} cannot be reached: {_reason(error)}") from None
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{request.host} does not answer properly: {error!r}") from None
    return response


def _reason(error: URLError) -> str:
    return (error.reason.strerror if isinstance(error.reason, OSError) else None) or str(error.reason)


def _stream(response: http.client.HTTPResponse, start: int) -> Stream:
    if response.status != http.client.PARTIAL_CONTENT:
        length = response.headers.get("Content-Length")
        return Stream(response, 0, int(length) if length and length.isdigit() else None)
    given = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    if not given or int(given[1]) != start:
        raise WrongBytesError(f"asked for the bytes from {start}, it gives something else")
    return Stream(response, start, int(given[2]) if given[2] != "*" else None)
