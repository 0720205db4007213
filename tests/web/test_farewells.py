"""Whoever has to go is told why, and what to do."""

import pytest

from appliance.web import farewells
from appliance.web.messages import Bye

ALL = {name: bye for name, bye in vars(farewells).items() if isinstance(bye, Bye)}


@pytest.mark.parametrize("bye", ALL.values(), ids=ALL.keys())
def test_a_farewell_is_a_sentence_a_remedy_and_a_known_reason(bye: Bye) -> None:
    assert bye.problem.endswith(".")
    assert bye.remedy
    assert bye.reason in {"idle", "duration", "replaced", "revoked", "restart", "ended"}
