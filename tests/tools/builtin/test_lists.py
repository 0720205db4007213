"""Lists, as people use them."""

from appliance.tools.builtin.lists import MOST, READ
from appliance.tools.tool import Problem
from tests.tools.builtin.conversation import hold
from tests.tools.home import Home
from tests.virtual_time import run


def test_in_english() -> None:
    hold(
        "en",
        "what's on my shopping list",
        "There is nothing on your shopping list.",
        "add milk to the list",
        "Done: milk is on your shopping list.",
        "add milk, some eggs and bread to my shopping list",
        "Done: eggs and bread are on your shopping list.",
        "add milk to my shopping list",
        "That is on your shopping list already.",
        "put taxes on my to do list",
        "Done: taxes is on your to-do list.",
        "add rope to my camping list",
        "Done: rope is on your camping list.",
        "read me the shopping list",
        "On your shopping list: milk, eggs and bread.",
        "remove eggs and bread from the shopping list",
        "Done: eggs and bread removed from your shopping list.",
        "remove eggs from the shopping list",
        "That is not on your shopping list.",
        "clear the shopping list",
        "Done: nothing is left on your shopping list.",
        "clear the shopping list",
        "There is nothing on your shopping list.",
    )


def test_in_german() -> None:
    hold(
        "de",
        "setz milch und eier auf die einkaufsliste",
        "Fertig: milch und eier stehen auf deiner Einkaufsliste.",
        "setz brot auf die einkaufsliste",
        "Fertig: brot steht auf deiner Einkaufsliste.",
        "was steht auf der einkaufsliste",
        "Auf deiner Einkaufsliste: milch, eier und brot.",
        "streich milch von der einkaufsliste",
        "Fertig: milch von deiner Einkaufsliste gestrichen.",
        "leere die einkaufsliste",
        "Fertig: auf deiner Einkaufsliste steht nichts mehr.",
    )


def test_there_is_an_end_to_lists() -> None:
    async def main() -> None:
        home = Home()
        for batch in range(MOST // 20):
            await home.do("add_to_list", list="shopping", items=[f"a{batch} b{n}" for n in range(20)])
        full = await home.do("add_to_list", list="shopping", items=["one more"])
        assert full.problem is Problem.REFUSED
        read = await home.do("read_list", list="shopping")
        assert read.said.endswith(f"and {MOST - READ} more.")
        assert len(read.data) == MOST

    run(main())
