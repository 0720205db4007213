"""The table of all readers."""

from tests.fuzz.door_targets import DOOR
from tests.fuzz.file_targets import FILES
from tests.fuzz.record_targets import RECORDS
from tests.fuzz.talk_targets import TALK
from tests.fuzz.target import Target
from tests.fuzz.word_targets import WORDS

TARGETS: dict[str, Target] = {target.name: target for target in (*DOOR, *TALK, *FILES, *RECORDS, *WORDS)}
"""By name."""
