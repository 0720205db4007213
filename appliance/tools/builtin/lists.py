"""Lists: shopping, things to do, and any other that somebody names."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from appliance.core.errors import ApplianceError
from appliance.tools.builtin.schema import WORDS, given
from appliance.tools.shelf import Shelf
from appliance.tools.tool import Context, Language, Result, Tool
from appliance.tools.words import say

MOST: Final = 200
"""Items on all lists."""
READ: Final = 20
"""Items that are read aloud; the others are counted."""
_SHELF: Final = "item"

_NAMES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"shopping": "your shopping list", "to-do": "your to-do list"},
    "de": {"shopping": "deiner Einkaufsliste", "to-do": "deiner Aufgabenliste"},
}
_ITEMS: Final = {"type": "array", "items": {**WORDS, "maxLength": 80}, "minItems": 1, "maxItems": 20}


def spoken(name: str, language: Language) -> str:
    """A list's name, in German as the dative wants it."""
    fallback = {"en": f"your {name} list", "de": f"deiner Liste „{name}“"}[language]
    return _NAMES[language].get(name, fallback)


class Lists:
    """What can be done with them."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        name = {**WORDS, "maxLength": 40, "description": 'in lower case: "shopping", "to-do" or another name'}
        items = given({"list": name, "items": _ITEMS})
        self.tools = (
            Tool("add_to_list", "Put items on a list.", self._add, items, changes=True),
            Tool("read_list", "What is on a list.", self._read, given({"list": name})),
            Tool("remove_from_list", "Take items off a list.", self._remove, items, changes=True),
            Tool(
                "clear_list", "Take everything off a list.", self._clear, given({"list": name}), changes=True
            ),
        )

    async def _add(self, arguments: Mapping[str, Any], context: Context) -> Result:
        name, language = arguments["list"], context.language
        there = await self._items(name)
        new = [item for item in dict.fromkeys(arguments["items"]) if item.casefold() not in there.values()]
        if len(await self._shelf.all(_SHELF)) + len(new) > MOST:
            return Result.refused({"en": "The lists are full.", "de": "Die Listen sind voll."}[language])
        if not new:
            said = {"en": f"That is on {spoken(name, language)} already.", "de": "Das steht schon darauf."}
            return Result(said[language], {"added": []})
        try:
            for item in new:
                await self._shelf.put(_SHELF, secrets.token_hex(8), {"list": name, "item": item})
        except ApplianceError:
            return _unwritten(language)
        things = say.listing(new, language)
        verb = {"en": "is" if len(new) == 1 else "are", "de": "steht" if len(new) == 1 else "stehen"}[
            language
        ]
        said = {
            "en": f"Done: {things} {verb} on {spoken(name, 'en')}.",
            "de": f"Fertig: {things} {verb} auf {spoken(name, 'de')}.",
        }
        return Result(said[language], {"added": new})

    async def _read(self, arguments: Mapping[str, Any], context: Context) -> Result:
        name, language = arguments["list"], context.language
        items = [str(thing["item"]) for thing in await self._things(name)]
        if not items:
            return _empty(name, language)
        rest = len(items) - READ
        more = {"en": f"{rest} more", "de": f"{rest} weitere"}[language]
        things = say.listing([*items[:READ], *([more] if rest > 0 else [])], language)
        on = {"en": f"On {spoken(name, 'en')}: ", "de": f"Auf {spoken(name, 'de')}: "}[language]
        return Result(f"{on}{things}.", items)

    async def _remove(self, arguments: Mapping[str, Any], context: Context) -> Result:
        name, language = arguments["list"], context.language
        wanted = {item.casefold() for item in arguments["items"]}
        found = {key: item for key, item in (await self._items(name)).items() if item in wanted}
        if not found:
            said = {
                "en": f"That is not on {spoken(name, 'en')}.",
                "de": f"Das steht nicht auf {spoken(name, 'de')}.",
            }
            return Result.refused(said[language])
        try:
            await self._drop(list(found))
        except ApplianceError:
            return _unwritten(language)
        things = say.listing(list(found.values()), language)
        said = {
            "en": f"Done: {things} removed from {spoken(name, 'en')}.",
            "de": f"Fertig: {things} von {spoken(name, 'de')} gestrichen.",
        }
        return Result(said[language], {"removed": list(found.values())})

    async def _clear(self, arguments: Mapping[str, Any], context: Context) -> Result:
        name, language = arguments["list"], context.language
        there = await self._items(name)
        if not there:
            return _empty(name, language)
        try:
            await self._drop(list(there))
        except ApplianceError:
            return _unwritten(language)
        said = {
            "en": f"Done: nothing is left on {spoken(name, 'en')}.",
            "de": f"Fertig: auf {spoken(name, 'de')} steht nichts mehr.",
        }
        return Result(said[language], {"removed": len(there)})

    async def _things(self, name: str) -> list[Mapping[str, Any]]:
        return [thing for thing in (await self._shelf.all(_SHELF)).values() if thing.get("list") == name]

    async def _items(self, name: str) -> dict[str, str]:
        """By key, as they are compared."""
        things = (await self._shelf.all(_SHELF)).items()
        return {key: str(thing["item"]).casefold() for key, thing in things if thing.get("list") == name}

    async def _drop(self, keys: Sequence[str]) -> None:
        for key in keys:
            await self._shelf.drop(_SHELF, key)


def _empty(name: str, language: Language) -> Result:
    said = {
        "en": f"There is nothing on {spoken(name, 'en')}.",
        "de": f"Auf {spoken(name, 'de')} steht nichts.",
    }
    return Result(said[language], [])


def _unwritten(language: Language) -> Result:
    said = {
        "en": "I can't write that down: there is something wrong with the disk.",
        "de": "Das kann ich nicht aufschreiben: mit der Platte stimmt etwas nicht.",
    }
    return Result.refused(said[language])
