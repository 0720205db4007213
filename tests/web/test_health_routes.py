import asyncio
from pathlib import Path

from tests.web.box import Browser, open_box


def test_it_lives_even_when_it_cannot_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            assert (await browser.get("/readyz")).body == {"status": "ok"}
            box.deeds.obstacle = "The language model is starting."
            answer = await browser.get("/readyz")
            assert (answer.status, answer.body["problem"]) == (503, "The language model is starting.")
            assert (await browser.get("/healthz")).body == {"status": "ok"}

    asyncio.run(story())


def test_measurements_are_for_those_nearby_unless_they_are_opened(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            assert (await browser.get("/metrics")).status == 401
            await browser.pair(box.server)
            answer = await browser.get("/metrics")
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4"
            for line in (
                "appliance_paired_devices 1.0",
                "appliance_pairings_refused_total 0.0",
                'appliance_http_requests_total{method="GET",path="/metrics",status="401"} 1.0',
                'appliance_http_requests_total{method="POST",path="/api/pair",status="200"} 1.0',
            ):
                assert line in answer.text.splitlines()
        async with open_box(tmp_path, open_metrics=True) as box, Browser(box.server) as browser:
            assert (await browser.get("/metrics")).status == 200

    asyncio.run(story())


def test_strange_paths_and_methods_do_not_fill_the_measurements(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path, open_metrics=True) as box, Browser(box.server) as browser:
            for number in range(20):
                await browser.get(f"/{number}")
            text = (await browser.get("/metrics")).text
            assert 'path="elsewhere",status="404"} 20.0' in text

    asyncio.run(story())
