"""The tools that every box has."""

from appliance.tools.agenda import Agenda
from appliance.tools.builtin import calculator, calendar, converter, manners
from appliance.tools.builtin.alarms import Alarms
from appliance.tools.builtin.lists import Lists
from appliance.tools.builtin.reminders import Reminders
from appliance.tools.builtin.timers import Timers
from appliance.tools.shelf import Shelf
from appliance.tools.tool import Tool


def builtin(agenda: Agenda, shelf: Shelf) -> tuple[Tool, ...]:
    """All of them."""
    return (
        *calendar.TOOLS,
        *Timers(agenda).tools,
        *Alarms(agenda).tools,
        *Reminders(agenda).tools,
        *Lists(shelf).tools,
        *calculator.TOOLS,
        *converter.TOOLS,
        *manners.TOOLS,
    )
