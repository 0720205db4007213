"""What must hold in every situation that a conversation can get into.

Most tests take the table, so that test_mutants.py can hand them a wrong one and see them fail.
"""

import copy
from dataclasses import replace
from typing import get_args

import pytest

from appliance.core.speech import Stage
from appliance.turns.commands import Action
from appliance.turns.endpoint import EndpointSettings, Phase
from appliance.turns.events import (
    AnnouncementMade,
    Backchannel,
    Button,
    DeadlinePassed,
    FloorTaken,
    MutePressed,
    ReplyShown,
    SpeechConfirmed,
    StageFailed,
    StopPressed,
    TextTyped,
    UnmutePressed,
)
from appliance.turns.machine import BEGINNING, DUCKED, TABLE, Machine, State, Table, TurnSettings
from tests.turns.world import CLOSING, EVENTS, TURN_EVENTS, Sound, Step, World, make, steps, take

TURN_OPEN = {State.THINKING, State.STALLING, State.SPEAKING, *DUCKED, State.ASKING, State.APOLOGISING}


def rest(step: Step) -> Step:
    """Let nothing but time pass until the machine listens; never longer than through three states."""
    for _ in range(3):
        if step.state is State.LISTENING:
            break
        machine = copy.copy(step.machine)
        machine.handle(make(step.event, machine.turn), 0.0)
        _, step = take(machine, step.after, DeadlinePassed)
    return step


def test_every_state_is_reached_and_every_row_is_used(table: Table) -> None:
    taken = {(step.machine.state, step.event) for step in steps(table)}
    assert {state for state, _ in taken} == set(State)
    assert table.keys() <= taken


def test_every_row_says_something(table: Table) -> None:
    # One that leads nowhere and does nothing would still put off the deadline.
    assert all(target is not state or actions for (state, _), (target, actions) in table.items())


def test_every_action_makes_sense_where_it_is_taken(table: Table) -> None:
    assert not [f"{step.senseless} in {step}" for step in steps(table) if step.senseless]


def test_the_reply_is_ducked_exactly_while_yielding_or_weighing(table: Table) -> None:
    for anything in (False, True):
        for step in steps(table, anything=anything):
            assert step.after.ducked == (step.state in DUCKED), step


def test_an_answer_is_drafted_exactly_while_waiting(table: Table) -> None:
    for step in steps(table):
        assert step.after.drafted == (step.state is State.WAITING), step


def test_words_are_judged_exactly_while_weighing(table: Table) -> None:
    for step in steps(table):
        assert step.after.weighed == (step.state is State.WEIGHING), step


def test_a_turn_is_open_exactly_while_it_is_answered_and_closed_exactly_once(table: Table) -> None:
    for anything in (False, True):
        for step in steps(table, anything=anything):
            closed = sum(action in CLOSING for action in step.actions)
            opened = sum(action in BEGINNING for action in step.actions)
            assert step.after.open == (step.state in TURN_OPEN), step
            assert step.after.open - step.world.open == opened - closed, step


def test_the_loudspeaker_holds_what_the_state_says(table: Table) -> None:
    holds = {
        State.THINKING: Sound.QUEUED,
        State.STALLING: Sound.QUEUED,
        State.SPEAKING: Sound.REPLY,
        State.YIELDING: Sound.REPLY,
        State.WEIGHING: Sound.REPLY,
        State.ASKING: Sound.QUESTION,
        State.APOLOGISING: Sound.APOLOGY,
    }
    for step in steps(table):
        assert step.after.sound is holds.get(step.state, Sound.NONE), step


def test_somebody_waits_for_an_answer_and_was_asked_for_patience_exactly_while_stalling(table: Table) -> None:
    for step in steps(table):
        waits = step.after.bridged and step.after.sound is Sound.QUEUED
        assert waits == (step.state is State.STALLING), step


def test_whoever_was_asked_for_patience_is_not_left_in_silence_but_by_pressing_a_button(table: Table) -> None:
    for step in steps(table):
        if step.machine.state is State.STALLING and step.event not in {*get_args(Button), ReplyShown}:
            assert step.state not in {State.LISTENING, State.MUTED}, step


def test_the_machine_agrees_with_the_endpointer_about_confirmed_speech(table: Table) -> None:
    for step in steps(table):
        assert (step.after.ear is Phase.PAUSE) == (step.state in {State.WAITING, State.WEIGHING}), step
        assert (step.after.ear is not Phase.QUIET) or step.state not in {State.HEARING, State.YIELDING}, step
        assert (step.after.ear is not Phase.SPEECH) or step.state in {State.HEARING, State.YIELDING}, step
        assert step.after.followed == (step.after.ear in {Phase.SPEECH, Phase.PAUSE}), step


def test_confirmed_speech_wins_the_floor_unless_it_is_over_a_reply_and_must_be_judged(table: Table) -> None:
    for step in steps(table):
        if step.event is SpeechConfirmed:
            assert step.state is (State.YIELDING if step.world.ducked else State.HEARING), step
            assert step.after.followed, step
            assert step.world.ducked or step.after == World(ear=Phase.SPEECH, followed=True), step


def test_an_interruption_always_wins_the_floor(table: Table) -> None:
    for step in steps(table):
        if step.event is FloorTaken:
            paused = step.world.ear is Phase.PAUSE
            assert step.state is (State.WAITING if paused else State.HEARING), step
            assert step.after == World(ear=step.world.ear, followed=True, drafted=paused), step


def test_a_backchannel_costs_the_reply_nothing(table: Table) -> None:
    for step in steps(table):
        if step.event is Backchannel:
            assert step.state is State.SPEAKING, step
            assert step.after == replace(
                step.world, ear=Phase.QUIET, followed=False, ducked=False, weighed=False
            ), step


def test_even_confirmed_speech_that_makes_no_sense_ends_the_reply_or_is_judged(table: Table) -> None:
    for step in steps(table, anything=True):
        if step.event is SpeechConfirmed and step.machine.state not in {State.MUTED, *DUCKED}:
            assert step.state in {State.HEARING, State.WAITING}, step
            assert not step.after.open, step


def test_mute_works_everywhere_and_leaves_nothing_running(table: Table) -> None:
    for step in steps(table):
        if step.event is MutePressed:
            assert (step.state, step.after) == (State.MUTED, World()), step


def test_muted_the_box_obeys_nothing_but_unmute(table: Table) -> None:
    for step in steps(table, anything=True):
        if step.machine.state is State.MUTED:
            assert step.actions == (), step
            assert step.state is (State.LISTENING if step.event is UnmutePressed else State.MUTED), step


def test_stop_leaves_nothing_running_and_listens_on(table: Table) -> None:
    for step in steps(table):
        if step.event is StopPressed and step.machine.state is not State.MUTED:
            assert (step.state, step.after) == (State.LISTENING, World()), step


def test_what_is_typed_is_answered_and_nothing_else_goes_on(table: Table) -> None:
    for step in steps(table):
        if step.event is TextTyped and step.machine.state is not State.MUTED:
            answered = World(open=True, working=True, sound=Sound.QUEUED)
            assert (step.state, step.after) == (State.THINKING, answered), step


def test_an_announcement_waits_for_nobody_and_disturbs_nobody(table: Table) -> None:
    for step in steps(table):
        if step.event is AnnouncementMade:
            said = World(open=True, working=True, sound=Sound.QUEUED)
            quiet = step.machine.state is State.LISTENING
            assert (step.state, step.after) == (
                (State.THINKING, said) if quiet else (step.machine.state, step.world)
            )
            assert step.actions == ((Action.DISCARD, Action.ANNOUNCE) if quiet else ()), step


def test_nothing_but_mute_mutes(table: Table) -> None:
    for step in steps(table, anything=True):
        if step.state is State.MUTED and step.machine.state is not State.MUTED:
            assert step.event is MutePressed, step


def test_time_alone_brings_every_state_but_muted_to_listening(table: Table) -> None:
    for step in steps(table):
        if step.state is not State.MUTED:
            end = rest(step)
            assert end.state is State.LISTENING, step
            assert end.after == World(ear=end.after.ear), step


def test_a_failure_and_time_end_every_answer(table: Table) -> None:
    for step in steps(table, anything=True):
        if step.event is StageFailed:
            end = rest(step)
            assert end.state in {State.LISTENING, State.MUTED}, step
            assert not end.after.open, step


def test_a_reply_under_way_is_not_lost_to_unconfirmed_speech(table: Table) -> None:
    harmless = {Action.DUCK, Action.UNDUCK}
    for step in steps(table):
        unsure = step.event.__name__ in {"SpeechStarted", "SpeechDropped"}
        assert not unsure or harmless.issuperset(step.actions), step


def test_the_loudspeaker_falls_silent_before_its_gain_returns(table: Table) -> None:
    for step in steps(table):
        if {Action.HUSH, Action.UNDUCK} <= set(step.actions):
            assert step.actions.index(Action.HUSH) < step.actions.index(Action.UNDUCK), step


def test_what_is_not_in_the_table_changes_nothing(table: Table) -> None:
    for state in State:
        for kind in set(EVENTS) - {event for of, event in table if of is state}:
            machine = at(state, table)
            before = dict(vars(machine))
            assert machine.handle(make(kind, machine.turn), 99.0) == []
            assert vars(machine) == before, (state, kind)


@pytest.mark.parametrize("age", [1, 2, -1])
def test_events_of_another_turn_are_dropped(age: int, table: Table) -> None:
    for state in State:
        for kind in TURN_EVENTS:
            machine = at(state, table)
            before = dict(vars(machine))
            assert machine.handle(make(kind, machine.turn - age), 99.0) == []
            assert vars(machine) == before, (state, kind)


def test_every_turn_has_the_next_number_and_commands_carry_it(table: Table) -> None:
    for step in steps(table):
        machine = copy.copy(step.machine)
        machine.turn = 7
        commands = machine.handle(make(step.event, 7), 0.0)
        assert machine.turn == 7 + (not BEGINNING.isdisjoint(step.actions)), step
        turns = [command.turn for command in commands]
        assert turns == [
            8 if not BEGINNING.isdisjoint(step.actions[: place + 1]) else 7 for place in range(len(turns))
        ]


def test_every_state_but_muted_has_a_deadline_that_starts_when_it_is_entered(table: Table) -> None:
    settings = TurnSettings()
    for state, kind in table:
        machine = at(state, table)
        machine.handle(make(kind, machine.turn), 1000.0)
        allowed_s = settings.deadline_s(machine.state)
        assert (allowed_s is None) == (machine.state is State.MUTED)
        assert machine.deadline == (None if allowed_s is None else 1000.0 + allowed_s), (state, kind)


def test_each_deadline_is_the_setting_that_bears_its_name() -> None:
    settings = TurnSettings(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
    deadlines = {state: settings.deadline_s(state) for state in State}
    assert deadlines == {
        State.LISTENING: settings.conversation_idle_s,
        State.HEARING: settings.hearing_s,
        State.WAITING: settings.hearing_s,
        State.THINKING: settings.thinking_s,
        State.STALLING: settings.stalling_s,
        State.SPEAKING: settings.speaking_s,
        State.YIELDING: settings.yielding_s,
        State.WEIGHING: settings.yielding_s,
        State.ASKING: settings.phrase_s,
        State.APOLOGISING: settings.phrase_s,
        State.MUTED: None,
    }


def test_an_utterance_of_the_longest_length_is_no_lost_sound() -> None:
    assert TurnSettings().hearing_s > EndpointSettings().longest_s


def test_a_new_machine_listens_and_wants_to_be_woken() -> None:
    machine = Machine(TurnSettings(), 10.0)
    assert (machine.state, machine.turn, machine.failures) == (State.LISTENING, 0, 0)
    assert machine.deadline == 10.0 + TurnSettings().conversation_idle_s


def test_the_stage_that_broke_is_named_whichever_it_is() -> None:
    for stage in Stage:
        machine = at(State.THINKING)
        apologies = [c for c in machine.handle(StageFailed(machine.turn, stage), 0.0) if c.stage]
        assert apologies
        assert {command.stage for command in apologies} == {stage}


def test_the_command_carries_what_was_typed() -> None:
    (*_, command) = at(State.LISTENING).handle(TextTyped("what time is it"), 0.0)
    assert (command.action, command.text) == (Action.ANSWER_TYPED, "what time is it")


def at(state: State, table: Table = TABLE) -> Machine:
    """A machine in `state`, somewhere in a conversation."""
    machine = Machine(TurnSettings(), 0.0, table)
    machine.state, machine.turn, machine.failures = state, 5, 1
    return machine


def test_a_machine_recovers_from_whatever_broke_outside_of_it_and_stays_muted_if_it_was() -> None:
    for state in State:
        machine = at(state)
        machine.recover(100.0)
        assert machine.state is (State.MUTED if state is State.MUTED else State.LISTENING)
        assert (machine.turn, machine.failures) == (5, 2)
        assert (machine.deadline is None) == (state is State.MUTED)
