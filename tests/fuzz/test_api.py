"""The API is what its own document says, for everybody who may come. `scripts/fuzz.py` asks for longer."""

from collections.abc import Iterator

import pytest

from tests.fuzz.api import Api
from tests.fuzz.live import LiveBox, live_box

EXAMPLES = 5
"""Ways in which each of three people asks for each row."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    with live_box(tmp_path_factory.mktemp("box")) as live:
        yield live


@pytest.fixture(scope="module")
def api(live: LiveBox, tmp_path_factory: pytest.TempPathFactory) -> Api:
    return Api(live, tmp_path_factory.mktemp("api"))


@pytest.mark.parametrize("who", ["owner", "guest", "stranger"])
def test_the_api_is_what_its_document_says(api: Api, live: LiveBox, who: str) -> None:
    for operation in api.operations().values():
        api.ask(api.people[who], operation, EXAMPLES)
    live.check_well()
