"""Files on the Hugging Face hub, or on a mirror of it.

`huggingface_hub` says where a file is, which commit it belongs to and what its digest is, with the
user's token, endpoint, proxies and offline switch. The bytes are read by our own code, because
`hf_hub_download` (2.4) throws away what it has when it is interrupted, sleeps between its retries,
and cannot be bounded while a name server is silent.
"""

import re
from contextlib import AbstractContextManager
from typing import Any

from appliance.engines.models.http import Patience, http_stream
from appliance.engines.models.manifest import HubSource
from appliance.engines.models.transfer import Located, SourceError, Stream, UnreachableError, within


class HubFile:
    """One file of one repository."""

    def __init__(self, source: HubSource, endpoint: str, patience: Patience) -> None:
        """Name a file.

        Args:
            source: repository, revision and path.
            endpoint: address of the hub; empty for the library's own choice (HF_ENDPOINT, or the hub).
            patience: how long the hub may take.
        """
        from huggingface_hub import constants

        self.site: str = endpoint.rstrip("/") or constants.ENDPOINT
        self.name = f"{source.repo}/{source.path}"
        self._source = source
        self._patience = patience

    def locate(self) -> Located:
        """Ask for commit, size and digest."""
        found = self._ask(self._url(self._source.revision))
        if not found.commit_hash:
            raise SourceError(f"{self.site} does not say which commit it gives: it is no model hub")
        # The tag of a large file is its sha256, that of a small one is something of git's.
        stated = found.etag if re.fullmatch(r"[0-9a-f]{64}", found.etag or "") else None
        return Located(found.commit_hash, found.size, stated)

    def open(self, located: Located, start: int) -> AbstractContextManager[Stream]:
        """Read it at the commit that was found, from `start` on."""
        from huggingface_hub.utils import build_hf_headers

        headers: dict[str, str] = build_hf_headers(library_name="voice-appliance")
        url = self._url(located.revision or self._source.revision)
        return http_stream(url, start, self._patience, headers)

    def _url(self, revision: str) -> str:
        from huggingface_hub import hf_hub_url

        url: str = hf_hub_url(self._source.repo, self._source.path, revision=revision, endpoint=self.site)
        return url

    def _ask(self, url: str) -> Any:
        """The hub's `HfFileMetadata` of a file."""
        from httpx2 import HTTPError
        from huggingface_hub import get_hf_file_metadata
        from huggingface_hub.errors import HfHubHTTPError

        limit = self._patience.answer_s
        try:
            return within(limit, lambda: get_hf_file_metadata(url, timeout=limit, endpoint=self.site))
        except TimeoutError:
            raise UnreachableError(f"{self.site} does not answer within {limit:g} s") from None
        except HfHubHTTPError as error:
            raise self._refusal(error.response.status_code) from None
        except (HTTPError, OSError) as error:  # OSError covers the library's offline mode
            raise UnreachableError(f"{self.site} cannot be reached: {error}") from None

    def _refusal(self, status: int) -> SourceError:
        if status >= 500 or status == 429:
            return UnreachableError(f"{self.site} is out of order (HTTP {status})")
        reason = {401: "it asks for a token", 403: "access is denied", 404: "it is not there"}
        return SourceError(f"{self.site} refuses: {reason.get(status, 'no reason given')} (HTTP {status})")
