"""Random lives of the file against a simple model: what it says is always what it was told, or what it had copied."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from appliance.core.speech import Outcome, Turn
from appliance.records.conversation import Conversation, Ended, Said
from appliance.records.database import whole
from appliance.records.opening import open_store
from tests.records.said import NOW, damage, file

TEXTS = st.text(max_size=40)
DAY_S = 86_400.0

Model = dict[str, dict[int, tuple[Turn, float]]]
"""Turns and when they were said, by number, by conversation."""


class Lives(RuleBasedStateMachine):
    """Owns a file, and what should be in it."""

    conversations = Bundle("conversations")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(self.folder)
        self.told: Model = {}
        self.ended: set[str] = set()
        self.changes: dict[tuple[str, str], object] = {}
        self.copies: list[tuple[Model, set[str], dict[tuple[str, str], object]]] = []
        self.now = NOW

    @rule(target=conversations, session=st.sampled_from(["local", "a", "b"]), device=TEXTS)
    def begin(self, session: str, device: str) -> Conversation:
        return Conversation.new(session, device or None, self.now)

    @rule(told=conversations, number=st.integers(1, 5), texts=st.tuples(TEXTS, TEXTS, TEXTS),
          outcome=st.sampled_from(Outcome))  # fmt: skip
    def say(self, told: Conversation, number: int, texts: tuple[str, str, str], outcome: Outcome) -> None:
        self.now += 1
        turn = Turn(number, *texts, outcome)
        self.store.write([Said(told, turn, self.now)])
        self.told.setdefault(told.key, {})[number] = (turn, self.now)

    @rule(told=conversations)
    def end(self, told: Conversation) -> None:
        self.store.write([Ended(told, self.now)])
        if told.key in self.told:
            self.ended.add(told.key)

    @rule(days=st.integers(0, 3))
    def wait_and_forget(self, days: int) -> None:
        self.now += days * DAY_S
        before = self.now - 2 * DAY_S
        self.store.forget(before, 10**9)
        kept = {
            key: {number: row for number, row in turns.items() if row[1] >= before}
            for key, turns in self.told.items()
        }
        self.told = {key: turns for key, turns in kept.items() if turns}
        self.ended &= self.told.keys()

    @rule(key=st.sampled_from(["x", "y"]), value=st.one_of(st.none(), st.integers(), st.booleans(), TEXTS))
    def change(self, key: str, value: object) -> None:
        self.store.change("section", key, value)
        self.changes.pop(("section", key), None)
        if value is not None:
            self.changes["section", key] = value

    @rule()
    def copy(self) -> None:
        self.store.back_up()
        self.copies = [self._remember(), *self.copies[:2]]

    @rule()
    def forget_all(self) -> None:
        self.store.forget_all()
        self.told, self.ended = {}, set()
        self.copies = [self._remember()]

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = open_store(self.folder)

    @rule()
    def be_killed(self) -> None:
        """What is on the disk at that moment, the log not folded in, is all there is."""
        after = Path(tempfile.mkdtemp())
        for path in self.folder.iterdir():
            shutil.copyfile(path, after / path.name)
        self.store.close()
        shutil.rmtree(self.folder)
        self.folder, self.store = after, open_store(after)

    @rule()
    def break_the_file(self) -> None:
        self.store.close()
        damage(file(self.folder))
        self.store = open_store(self.folder)
        told, ended, changes = self.copies[0] if self.copies else ({}, set(), {})
        self.told = {key: dict(turns) for key, turns in told.items()}
        self.ended, self.changes = set(ended), dict(changes)

    @invariant()
    def it_says_what_it_was_told(self) -> None:
        found = {past.conversation.key: past for past in self.store.newest(10_000)}
        assert {key: {turn.number: turn for turn in past.turns} for key, past in found.items()} == {
            key: {number: row[0] for number, row in turns.items()} for key, turns in self.told.items()
        }
        assert {key for key, past in found.items() if past.ended} == self.ended
        going_on = {past.conversation.key for past in self.store.going_on(0)}
        assert going_on == self.told.keys() - self.ended

    def teardown(self) -> None:
        self.store.close()
        assert whole(file(self.folder))
        shutil.rmtree(self.folder)

    def _remember(self) -> tuple[Model, set[str], dict[tuple[str, str], object]]:
        told = {key: dict(turns) for key, turns in self.told.items()}
        return told, set(self.ended), dict(self.changes)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
