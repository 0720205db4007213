"""What is remembered of a conversation, and what of it the model reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.speech import Message, Outcome, Role, Turn
from appliance.turns.dialogue import SPOKEN_STYLE, Dialogue, DialogueSettings

BRIEF = DialogueSettings(system_prompt="Be brief.", cut_mark="—")
SYSTEM = Message(Role.SYSTEM, "Be brief.")


def user(text: str) -> Message:
    return Message(Role.USER, text)


def assistant(text: str) -> Message:
    return Message(Role.ASSISTANT, text)


def test_the_model_reads_who_it_is_before_everything_else() -> None:
    assert Dialogue(BRIEF).prompt() == [SYSTEM]
    assert Dialogue(DialogueSettings()).prompt() == [Message(Role.SYSTEM, SPOKEN_STYLE)]


def test_questions_and_answers_are_kept_in_order() -> None:
    dialogue = Dialogue(BRIEF)
    dialogue.asked("what is the time")
    dialogue.answered("Noon.")
    dialogue.asked("and the date")
    assert dialogue.prompt() == [SYSTEM, user("what is the time"), assistant("Noon."), user("and the date")]


def test_whoever_goes_on_before_the_answer_has_said_one_longer_thing() -> None:
    dialogue = Dialogue(BRIEF)
    dialogue.asked("i want a coffee")
    dialogue.answered("")
    dialogue.asked("with milk")
    dialogue.asked("and sugar")
    assert dialogue.prompt()[1:] == [user("i want a coffee with milk and sugar")]


def test_only_what_was_heard_of_a_reply_was_said() -> None:
    dialogue = Dialogue(BRIEF)
    dialogue.asked("count")
    dialogue.answered("One two")
    assert dialogue.prompt()[-1] == assistant("One two")


def test_the_oldest_exchange_is_forgotten_first_and_as_a_whole() -> None:
    dialogue = Dialogue(DialogueSettings(system_prompt="Be brief.", remembered_messages=4))
    for number in range(3):
        dialogue.asked(f"question {number}")
        dialogue.answered(f"answer {number}")
    assert [message.text for message in dialogue.prompt()[1:]] == [
        "question 1",
        "answer 1",
        "question 2",
        "answer 2",
    ]


def test_a_long_conversation_loses_its_older_half_at_once() -> None:
    dialogue = Dialogue(DialogueSettings(system_prompt="Be brief.", remembered_messages=8))
    for number in range(5):
        dialogue.asked(f"question {number}")
        dialogue.answered(f"answer {number}")
    assert [message.text for message in dialogue.prompt()[1::2]] == ["question 2", "question 3", "question 4"]


def test_the_next_speaker_starts_anew() -> None:
    dialogue = Dialogue(BRIEF)
    dialogue.asked("my name is ada")
    dialogue.forget()
    assert dialogue.prompt() == [SYSTEM]


def test_a_prompt_does_not_change_after_it_was_given() -> None:
    dialogue = Dialogue(BRIEF)
    prompt = dialogue.prompt()
    dialogue.asked("hello")
    assert prompt == [SYSTEM]


@given(
    st.lists(st.tuples(st.text("ab", min_size=1, max_size=3), st.text("ab", max_size=3)), max_size=30),
    st.integers(2, 9),
)
def test_the_model_always_reads_a_well_formed_dialogue(turns: list[tuple[str, str]], remembered: int) -> None:
    dialogue = Dialogue(DialogueSettings(system_prompt="Be brief.", remembered_messages=remembered))
    for question, heard in turns:
        dialogue.asked(question)
        system, *messages = dialogue.prompt()
        assert system == SYSTEM
        assert 1 <= len(messages) <= remembered
        assert messages[-1].text.endswith(question)
        # Chat templates demand it: user and assistant take turns, and the user begins.
        assert [message.role for message in messages[::2]] == [Role.USER] * len(messages[::2])
        assert [message.role for message in messages[1::2]] == [Role.ASSISTANT] * len(messages[1::2])
        dialogue.answered(heard)


def interrupted(heard: str = "Rome was not built") -> Dialogue:
    dialogue = Dialogue(BRIEF)
    dialogue.asked("tell me about rome")
    dialogue.answered(heard, cut=True)
    return dialogue


def test_the_model_sees_where_it_was_stopped_now_and_ever_after() -> None:
    dialogue = interrupted()
    marked = [user("tell me about rome"), assistant("Rome was not built—")]
    assert dialogue.prompt()[1:] == marked
    dialogue.asked("and paris")
    assert dialogue.prompt()[1:] == [*marked, user("and paris")]
    dialogue.answered("Neither.")
    assert dialogue.prompt()[1:] == [*marked, user("and paris"), assistant("Neither.")]


def test_without_a_mark_the_model_sees_just_what_was_heard() -> None:
    dialogue = Dialogue(DialogueSettings())
    dialogue.asked("tell me about rome")
    dialogue.answered("Rome was", cut=True)
    assert dialogue.prompt()[-1] == assistant("Rome was")


def test_whoever_wants_the_rest_hears_the_same_reply_go_on() -> None:
    dialogue = interrupted()
    dialogue.asked("Sorry, go on.")
    assert dialogue.prompt()[1:] == [user("tell me about rome"), assistant("Rome was not built")]
    dialogue.answered("in a day.")
    whole = [user("tell me about rome"), assistant("Rome was not built in a day.")]
    assert dialogue.prompt()[1:] == whole
    dialogue.asked("go on")
    assert dialogue.prompt()[1:] == [*whole, user("go on")], "there is no rest"


def test_the_rest_can_be_cut_off_too() -> None:
    dialogue = interrupted()
    dialogue.asked("go on")
    dialogue.answered("in", cut=True)
    assert dialogue.prompt()[-1] == assistant("Rome was not built in—")
    dialogue.asked("go on")
    assert dialogue.prompt()[-1] == assistant("Rome was not built in")


def test_a_rest_of_which_nothing_was_heard_is_still_to_come() -> None:
    dialogue = interrupted()
    dialogue.asked("go on")
    dialogue.answered("")
    assert dialogue.prompt()[-1] == assistant("Rome was not built—")
    dialogue.asked("and then?")
    assert dialogue.prompt()[-1] == assistant("Rome was not built")


def test_a_rest_may_begin_with_the_mark_of_what_was_heard() -> None:
    dialogue = interrupted("Rome")
    dialogue.asked("go on")
    dialogue.answered(", my friend.")
    assert dialogue.prompt()[-1] == assistant("Rome, my friend.")


def test_asking_for_the_rest_of_nothing_asks_the_same_again() -> None:
    dialogue = Dialogue(BRIEF)
    dialogue.asked("tell me about rome")
    dialogue.answered("", cut=True)
    dialogue.asked("go on")
    assert dialogue.prompt()[1:] == [user("tell me about rome")]


def test_nothing_heard_is_no_answer_to_a_later_question() -> None:
    dialogue = interrupted()
    dialogue.answered("")
    assert dialogue.prompt()[-1] == assistant("Rome was not built—")


def test_a_draft_is_the_prompt_to_be_and_leaves_no_trace() -> None:
    for dialogue in (Dialogue(BRIEF), interrupted()):
        for text in ("go on", "what about paris"):
            before = dialogue.prompt()
            draft = dialogue.drafted(text)
            assert dialogue.prompt() == before
            dialogue.asked(text)
            assert dialogue.prompt() == draft


@pytest.mark.parametrize(
    ("heard", "cut", "asks"),
    [
        ("Sure. (With “milk?”)", False, True),
        ("Anything else?", True, True),
        ("Milk? Fine.", False, False),
        ("", False, False),
    ],
)
def test_the_box_asks_when_the_last_thing_heard_of_it_is_a_question(
    heard: str, cut: bool, asks: bool
) -> None:
    dialogue = Dialogue(BRIEF)
    dialogue.asked("a coffee. or not?")
    dialogue.answered(heard, cut)
    assert dialogue.asks is asks


def test_the_box_does_not_ask_what_the_person_has_answered() -> None:
    dialogue = interrupted("Really?")
    dialogue.asked("yes")
    assert not dialogue.asks
    assert not Dialogue(BRIEF).asks


@given(
    st.lists(
        st.tuples(st.sampled_from(["who", "go on"]), st.sampled_from(["", "well", "so, yes"]), st.booleans()),
        max_size=20,
    )
)
def test_what_was_heard_is_never_lost_or_doubled(turns: list[tuple[str, str, bool]]) -> None:
    dialogue = Dialogue(BRIEF)
    said = []
    for question, heard, cut in turns:
        dialogue.asked(question)
        assert [m.role for m in dialogue.prompt()[1::2]] == [Role.USER] * len(dialogue.prompt()[1::2])
        dialogue.answered(heard, cut)
        said += heard.split()
    answers = " ".join(m.text for m in dialogue.prompt() if m.role is Role.ASSISTANT)
    assert answers.replace("—", "").split() == said


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "hi", "go on", "why"]), st.sampled_from(["", "a", "a b"]), st.booleans()
        )
    )
)
def test_what_was_remembered_before_a_restart_is_remembered_after_it(
    said: list[tuple[str, str, bool]],
) -> None:
    """Replayed turns leave what the turns themselves left."""
    before, after, turns = Dialogue(BRIEF), Dialogue(BRIEF), []
    for number, (you, heard, answered) in enumerate(said):
        if you:
            before.asked(you)
            before.answered(heard, cut=not answered and heard != "a b")
        outcome = Outcome.ANSWERED if answered else Outcome.INTERRUPTED
        turns.append(Turn(number, you, "a b", heard, outcome))
    after.replay(turns)
    assert after.prompt() == before.prompt()
    assert after.asks == before.asks


def test_an_answer_to_what_was_forgotten_meanwhile_is_forgotten_too() -> None:
    dialogue = Dialogue(BRIEF)
    dialogue.asked("who was Bach")
    dialogue.forget()
    dialogue.answered("A composer.")
    assert dialogue.prompt() == [SYSTEM]
