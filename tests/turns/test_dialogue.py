"""What is remembered of a conversation, and what of it the model reads."""

from hypothesis import given
from hypothesis import strategies as st

from appliance.core.speech import Message, Role
from appliance.turns.dialogue import SPOKEN_STYLE, Dialogue, DialogueSettings

BRIEF = DialogueSettings(system_prompt="Be brief.")
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
