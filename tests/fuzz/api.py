"""Asks the box's API for everything that its own document promises, and for much that it does not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from requests.adapters import HTTPAdapter
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from appliance.web.identity import COOKIE
from tests.fuzz.live import LiveBox

PATIENCE_S = 20.0
"""s for an answer: a bound for a machine under load."""


@dataclass(frozen=True)
class Person:
    """Somebody who asks."""

    name: str
    """owner, guest or stranger."""
    headers: Mapping[str, str]
    """What they send with everything."""


class _From(HTTPAdapter):
    """Calls from an address of one's own: the box bounds what each may ask."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, source_address=(self._address, 0))


class Api:
    """Owns what is needed to ask: the certificate, the people, and the document."""

    def __init__(self, live: LiveBox, folder: Path) -> None:
        self._live = live
        port = live.box.server.ports[0]
        self._base = f"https://127.0.0.1:{port}"
        self._host = {"Host": f"voicebox.local:{port}"}
        self._authority = folder / "authority.pem"
        self._authority.write_bytes(live.box.server.authority or b"")
        self.people = {
            person.name: person
            for person in (self._paired("owner"), self._paired("guest"), Person("stranger", self._host))
        }
        with self._session() as session:
            got = self._ask(session, "GET", "/api/openapi.json", self.people["owner"].headers)
        self.schema = schemathesis.openapi.from_dict(got.json())
        self.schema.config.generation.update(with_security_parameters=False)
        refused = self.schema.config.checks.negative_data_rejection.expected_statuses
        self.schema.config.checks.negative_data_rejection.expected_statuses = [
            *refused,
            "413",
        ]  # too large is wrong too

    def operations(self) -> dict[str, Any]:
        """All rows of the document by name."""
        rows: list[Any] = [row.ok() for row in self.schema.get_all_operations()]  # type: ignore[union-attr]
        return {row.label: row for row in rows}

    def ask(self, person: Person, operation: Any, examples: int, seed: int = 20_26) -> None:
        """Ask one row in so many ways."""
        modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        strategies = [operation.as_strategy(generation_mode=mode) for mode in modes]

        @seeded(seed)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategies[0] | strategies[1])
        def once(case: Any) -> None:
            self._once(person, operation, case)

        once()

    def _once(self, person: Person, operation: Any, case: Any) -> None:
        # Whether it ignores who asks is seen below; a WebSocket is refused to whoever does not want to talk by one.
        excluded = [ignored_auth]
        if "426" in operation.definition.raw["responses"]:
            excluded.append(positive_data_acceptance)
        with self._session() as session:
            answer = case.call_and_validate(
                base_url=self._base,
                session=session,
                headers=dict(person.headers),
                verify=str(self._authority),
                timeout=PATIENCE_S,
                excluded_checks=excluded,
            )
        if person.name == "stranger" and operation.definition.raw["security"]:
            assert answer.status_code >= 400, f"a stranger is answered {answer.status_code}"
        if answer.status_code >= 400:
            told = answer.json()
            assert told["problem"], told
            assert "Traceback" not in answer.text

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", _From(self._live.somewhere()))
            yield session

    def _paired(self, name: str) -> Person:
        body = {"pin": self._live.digits(), "name": name}
        with self._session() as session:
            got = self._ask(session, "POST", "/api/pair", self._host, body)
        return Person(name, self._host | {"Authorization": f"Bearer {got.cookies[COOKIE]}"})

    def _ask(
        self,
        session: requests.Session,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Any = None,
    ) -> requests.Response:
        got = session.request(
            method,
            self._base + path,
            json=body,
            headers=headers,
            verify=str(self._authority),
            timeout=PATIENCE_S,
        )
        got.raise_for_status()
        return got
