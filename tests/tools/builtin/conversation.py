"""Conversations for tests: what is said, and what is answered."""

from datetime import datetime

from appliance.tools.tool import Language
from tests.tools.home import SUNDAY, Home
from tests.virtual_time import run


def hold(language: Language, *lines: str, start: datetime = SUNDAY) -> Home:
    """Say every first line of two, and compare the answer with the second."""

    async def main() -> Home:
        home = Home(start)
        for said, answered in zip(lines[::2], lines[1::2], strict=True):
            assert await home.hear(said, language) == answered
        return home

    return run(main())
