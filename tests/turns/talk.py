"""A conversation with the turn machine, in words short enough for stories."""

from appliance.turns.commands import Action, Command
from appliance.turns.events import Event
from appliance.turns.machine import Machine, State, Table, TurnSettings


class Talk:
    """A conversation with a machine."""

    def __init__(self, table: Table) -> None:
        self._machine = Machine(TurnSettings(), 0.0, table)

    def tell(self, *events: Event) -> list[Command]:
        """Let these happen; returns what was done about them."""
        return [command for event in events for command in self._machine.handle(event, 0.0)]

    def does(self, *events: Event) -> list[Action]:
        """As `tell`, without the details."""
        return [command.action for command in self.tell(*events)]

    def is_in(self, state: State) -> bool:
        """Whether it stands there now."""
        return self._machine.state is state
