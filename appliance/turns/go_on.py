"""Tells when somebody wants nothing but to hear the rest of what was cut off."""

import re
from typing import Final


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in text.split("|"))


GO_ON: Final = _phrases(
    "go on | continue | carry on | keep going | keep talking | go ahead | proceed | resume | more | tell me more"
    " | and | and then | then what | what then | and then what | what next | what happened next | what happened then"
    " | you were saying | what were you saying | where were you | finish what you were saying | listening"
    " | weiter | mach weiter | red weiter | rede weiter | sprich weiter | erzähl weiter | fahr fort | und | und dann"
    " | und weiter | was dann"
)
"""What people say to somebody they have interrupted, in English and German."""

POLITE: Final = _phrases(
    "please | sorry | okay | ok | yes | yeah | yep | no | well | oh | ah | um | uh | right | alright | do | just | so"
    " | but | now | i'm | i | am | with | that | bitte | entschuldigung | ja | nein | gut | doch | also | na | jetzt"
)
"""What people put around it."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def wants_more(text: str) -> bool:
    """Whether `text` asks to go on, and for nothing else."""
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    while words and words[0] in POLITE:
        del words[0]
    while words and words[-1] in POLITE:
        del words[-1]
    return " ".join(words) in GO_ON
