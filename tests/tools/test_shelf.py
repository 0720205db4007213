"""The shelf that forgets when the program ends."""

from appliance.tools.shelf import MemoryShelf
from tests.virtual_time import run


def test_things_are_kept_by_kind_and_key() -> None:
    async def main() -> None:
        shelf = MemoryShelf()
        await shelf.put("a", "1", {"x": 1})
        await shelf.put("a", "2", {"x": 2})
        await shelf.put("a", "1", {"x": 3})
        await shelf.put("b", "1", {})
        assert await shelf.all("a") == {"1": {"x": 3}, "2": {"x": 2}}
        await shelf.drop("a", "1")
        await shelf.drop("a", "9")
        assert await shelf.all("a") == {"2": {"x": 2}}

    run(main())
