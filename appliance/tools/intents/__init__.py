"""Closed intents: requests that need no model to be understood, and are understood in a millisecond."""

from appliance.tools.intents import english, german
from appliance.tools.tool import Call, Language


def understand(text: str, language: Language) -> Call | None:
    """The call that somebody asks for with all of what they said; None: that is for the model."""
    if language == "de":
        return german.GRAMMAR.read(german.normal(text))
    return english.GRAMMAR.read(english.normal(text))
