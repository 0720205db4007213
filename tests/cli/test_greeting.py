"""What a new box says, when, and above all when not: digits are for whoever has just switched it on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.audio.settings import AudioSettings, EchoMode
from appliance.cli.check_echo import silence
from appliance.cli.greeting import SCREEN_S, SWITCHED_ON_S, Greeting, due, measure_once
from appliance.core import clock
from appliance.device.firsts import ATTEMPTS, Firsts
from appliance.device.memory import Status
from appliance.web.invitation import Invitation
from tests.virtual_time import run

DIGITS = "four one two, eight zero six"


@dataclass
class Door:
    """A `Door` whose digits are known."""

    owned: bool = False
    ports: tuple[int, int] = (8443, 8080)

    def invitation(self) -> Invitation:
        return Invitation("https://box.local:8443/", "", "412806", 600, "AB", "http://box.local:8080/")


@dataclass
class Box:
    """A box that was switched on some seconds ago."""

    folder: Path
    status: Status | None = field(default_factory=Status)
    age_s: float = 20.0
    screens: int = 0
    loud: Callable[[], bool] = lambda: True
    said: list[tuple[float, str]] = field(default_factory=list)

    def say(self, text: str) -> bool:
        if self.loud():
            self.said.append((clock.now(), text))
        return self.loud()

    def start(self, door: Door | None, *, fell: bool = False) -> list[str]:
        """Everything it says in a life."""
        self.said.clear()

        async def main() -> None:
            begun = clock.now()
            greeting = Greeting(
                Firsts(self.folder, self.status),
                "voicebox-1a2b",
                "en",
                self.say,
                lambda: self.screens,
                lambda: self.age_s + clock.now() - begun,
            )
            greeting.door = door
            await greeting.run(fell=fell)

        run(main())
        return [text for _, text in self.said]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_a_new_box_says_hello_and_its_digits(box: Box) -> None:
    hello, digits = box.start(Door())
    assert hello.startswith("Hello. I am voicebox 1, A, 2, B.")
    assert digits.count(DIGITS) == 2
    assert box.said[1][0] - box.said[0][0] >= SCREEN_S


def test_in_front_of_a_screen_no_digits_are_spoken(box: Box) -> None:
    box.screens = 1
    _, second = box.start(Door())
    assert "camera at my screen" in second
    assert DIGITS not in second


def test_hello_is_said_once_and_digits_at_every_switching_on_until_there_is_an_owner(box: Box) -> None:
    assert len(box.start(Door())) == 2
    (digits,) = box.start(Door())
    assert DIGITS in digits
    assert box.start(Door(owned=True)) == []


def test_a_box_that_has_an_owner_already_says_hello_alone(box: Box) -> None:
    (hello,) = box.start(Door(owned=True))
    assert DIGITS not in hello


def test_nobody_has_switched_it_on_that_fell_or_runs_for_long(box: Box) -> None:
    assert box.start(Door(), fell=True) == []
    box.age_s = SWITCHED_ON_S
    assert box.start(Door()) == []


def test_a_program_that_somebody_starts_says_nothing(box: Box) -> None:
    for status in (None, Status(welcome=False)):
        box.status = status
        assert box.start(Door()) == []


def test_it_waits_until_it_can_be_heard(box: Box) -> None:
    box.loud = lambda: clock.now() - begun[0] > 60
    begun = [0.0]
    hello, digits = box.start(Door())
    assert hello.startswith("Hello")
    assert DIGITS in digits
    assert box.said[0][0] > 60


def test_what_nobody_could_hear_is_said_at_the_next_start(box: Box) -> None:
    box.loud = lambda: False
    assert box.start(Door()) == []
    box.loud = lambda: True
    assert len(box.start(Door())) == 2


def test_without_a_network_there_is_nothing_to_pair(box: Box) -> None:
    assert len(box.start(None)) == 1


def test_somebody_who_pairs_while_it_waits_makes_digits_needless(box: Box) -> None:
    door = Door()

    def loud() -> bool:
        door.owned = door.owned or bool(box.said)
        return True

    box.loud = loud
    assert len(box.start(door)) == 1


def test_the_echo_is_measured_unless_somebody_has_chosen_what_to_do_about_it(tmp_path: Path) -> None:
    firsts = Firsts(tmp_path, Status())
    assert due(AudioSettings(), firsts)
    assert not due(AudioSettings(echo=EchoMode.NONE), firsts)


def test_without_sound_the_box_starts_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    for name in ("PULSE_SERVER", "PIPEWIRE_REMOTE"):
        monkeypatch.setenv(name, str(tmp_path / "nobody"))
    audio = AudioSettings(folder=str(tmp_path), microphone="no such device", loudspeaker="no such device")
    firsts = Firsts(tmp_path, Status())
    asyncio.run(measure_once(audio, firsts, silence))
    for _ in range(ATTEMPTS - 1):
        assert firsts.owes_echo
        firsts.measured(well=False)
    assert not firsts.owes_echo
