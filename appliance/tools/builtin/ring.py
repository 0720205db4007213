"""What is said when a timer, an alarm or a reminder falls due."""

from datetime import datetime

from appliance.tools.agenda import Due, Kind
from appliance.tools.builtin.timers import name
from appliance.tools.tool import Language
from appliance.tools.words import say


def told(due: Due, now: datetime, language: Language) -> str:
    """One sentence."""
    plan = due.plan
    moment = say.clock(datetime.fromtimestamp(plan.due, now.tzinfo).time(), language)
    if plan.kind is Kind.REMINDER:
        said = {"en": f"Reminder: {plan.words}.", "de": f"Erinnerung: {plan.words}."}
        late = {
            "en": f"I was to remind you at {moment}: {plan.words}.",
            "de": f"Erinnerung von {moment}: {plan.words}.",
        }
    elif plan.kind is Kind.ALARM:
        said = {"en": f"It is {moment}. Your alarm.", "de": f"Es ist {moment}. Dein Wecker."}
        late = {
            "en": f"I was off at {moment}, when your alarm was due.",
            "de": f"Um {moment}, als dein Wecker klingeln sollte, war ich aus.",
        }
    else:
        timer = name(plan, language)
        said = {"en": f"{timer} is up.", "de": f"{timer} ist abgelaufen."}
        late = {
            "en": f"while I was off, {timer} ran out.",
            "de": f"während ich aus war, ist {timer} abgelaufen.",
        }
    words = (late if due.missed else said)[language]
    return words[0].upper() + words[1:]
