"""Would we notice? Every small mistake that one can make in the table must fail a test.

Mutants: a row left out; a row that leads to another state; an action left out, replaced by another
one, or taken in another order; a row that should not be there.
"""

from collections.abc import Callable, Iterator
from inspect import signature
from types import ModuleType

import pytest

from appliance.turns.commands import Action
from appliance.turns.events import Event
from appliance.turns.machine import TABLE, Row, State, Table
from tests.turns import test_machine, test_stories, test_stories_of_devices, test_stories_of_failures
from tests.turns.world import EVENTS

Key = tuple[State, type[Event]]


def proofs(*modules: ModuleType) -> Iterator[Callable[..., None]]:
    """All tests that need nothing but a table."""
    for module in modules:
        for name, test in vars(module).items():
            if name.startswith("test_") and list(signature(test).parameters) == ["table"]:
                yield test


PROOFS = list(proofs(test_stories, test_stories_of_failures, test_stories_of_devices, test_machine))
"""Stories first: each tries one path, and most mistakes lie on one."""


def noticed(table: Table) -> bool:
    """Whether any test fails on this table."""
    for proof in PROOFS:
        try:
            proof(table=table)
        except (AssertionError, KeyError):
            return True
    return False


def without(index: int, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    return actions[:index] + actions[index + 1 :]


def changed(key: Key, row: Row | None) -> Table:
    """The table with one row changed or, with None, without it."""
    rest = {k: v for k, v in TABLE.items() if k != key}
    return rest if row is None else {**rest, key: row}


def left_out() -> Iterator[tuple[Key, Row | None]]:
    yield from ((key, None) for key in TABLE)


def led_astray() -> Iterator[tuple[Key, Row | None]]:
    for key, (target, actions) in TABLE.items():
        yield from ((key, (state, actions)) for state in State if state is not target)


def action_left_out() -> Iterator[tuple[Key, Row | None]]:
    for key, (target, actions) in TABLE.items():
        yield from ((key, (target, without(index, actions))) for index in range(len(actions)))


def action_replaced() -> Iterator[tuple[Key, Row | None]]:
    for key, (target, actions) in TABLE.items():
        for index, right in enumerate(actions):
            for wrong in Action:
                if wrong is not right:
                    yield key, (target, (*actions[:index], wrong, *actions[index + 1 :]))


def action_added() -> Iterator[tuple[Key, Row | None]]:
    for key, (target, actions) in TABLE.items():
        yield from ((key, (target, (*actions, extra))) for extra in Action)


def actions_swapped() -> Iterator[tuple[Key, Row | None]]:
    for key, (target, actions) in TABLE.items():
        for index in range(len(actions) - 1):
            one, other = actions[index : index + 2]
            yield key, (target, (*actions[:index], other, one, *actions[index + 2 :]))


def row_added() -> Iterator[tuple[Key, Row | None]]:
    for state in State:
        for event in EVENTS:
            if (state, event) not in TABLE:
                yield from (((state, event), (target, ())) for target in {state, State.LISTENING})


@pytest.mark.parametrize(
    "mistakes",
    [left_out, led_astray, action_left_out, action_replaced, action_added, actions_swapped, row_added],
    ids=lambda mistakes: mistakes.__name__,
)
def test_a_mistake_in_the_table_is_noticed(mistakes: Callable[[], Iterator[tuple[Key, Row | None]]]) -> None:
    survivors = [(key, row) for key, row in mistakes() if not noticed(changed(key, row))]
    assert survivors == []


def test_the_right_table_is_not_accused() -> None:
    assert len(PROOFS) > 40
    assert not noticed(TABLE)
