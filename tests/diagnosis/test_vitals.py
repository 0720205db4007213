import asyncio
import logging

import pytest

from appliance.diagnosis.vitals import keep_noting, own
from tests.virtual_time import run


def test_how_it_is_every_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        noting = asyncio.create_task(keep_noting(lambda: {"waiting": 3}))
        await asyncio.sleep(35)
        noting.cancel()

    with caplog.at_level(logging.DEBUG):
        run(story())
    vitals = [vars(record)["fields"] for record in caplog.records if vars(record).get("event") == "vitals"]
    assert len(vitals) == 3
    assert vitals[0]["waiting"] == 3
    assert vitals[0]["loop_late_ms"] < 1


def test_what_is_known_of_this_process() -> None:
    found = own()
    assert isinstance(found["rss_mb"], float)
    assert found["rss_mb"] > 1
    assert set(found) == {"rss_mb", "threads", "files", "load"}
