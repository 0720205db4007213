import re

import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Message
from appliance.engines.llama_prompt import ChatTemplate, Piece
from tests.engines.llm_conformance import assistant, system, user

CHATML = (
    "{% for m in messages %}<|start|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)

STRICT = """{{ bos_token }}
{%- if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{%- for m in messages %}
    {%- if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('must alternate') }}
    {%- endif %}
    {%- set role = 'model' if m['role'] == 'assistant' else m['role'] %}
    {{- '<turn>' + role + '\n' + (m['content'] | trim) + '</turn>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<turn>model\n' }}{% endif %}"""
"""No system role, its own name for the assistant, content trimmed, roles must alternate."""

THINKING = (
    "{%- for m in messages %}{{- '<s>' + m.role + '\n' }}"
    "{%- if m.role == 'assistant' and '</think>' in m.content %}{{- m.content.split('</think>')[-1] }}"
    "{%- else %}{{- m.content }}{%- endif %}{{- '</s>\n' }}{%- endfor %}"
    "{{- '<s>assistant\n' }}"
    "{%- if enable_thinking is defined and not enable_thinking %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}"
)

DATED = (
    "{%- if tools is not none %}{{- 'tools' }}{%- endif %}{{- strftime_now('%Y') + '\n' }}"
    "{%- for m in messages %}{%- if m.content is string %}{{- '[' ~ m.role ~ ']' ~ m.content }}"
    "{%- else %}{%- continue %}{%- endif %}{%- endfor %}{{- eos_token }}"
)

DIALOGUE = [system("Be kind."), user("Hi."), assistant("Hello."), user("Who are you?")]


def written(template: str, dialogue: list[Message]) -> str:
    return "".join(piece.text for piece in ChatTemplate(template, "<bos>", "<eos>").pieces(dialogue))


def test_a_dialogue_is_written_as_the_template_says() -> None:
    assert written(CHATML, DIALOGUE) == (
        "<|start|>system\nBe kind.<|end|>\n<|start|>user\nHi.<|end|>\n<|start|>assistant\nHello.<|end|>\n"
        "<|start|>user\nWho are you?<|end|>\n<|start|>assistant\n"
    )


def test_without_a_question_the_prompt_ends_where_one_begins() -> None:
    for template in (CHATML, STRICT, THINKING, DATED):
        for count in (0, 1, 3):
            ahead = written(template, DIALOGUE[:count])
            assert written(template, [*DIALOGUE[:count], user("What?")]).startswith(ahead + "What?")


def test_an_answer_that_goes_on_is_not_closed() -> None:
    for template in (CHATML, STRICT, THINKING):
        chat = ChatTemplate(template, "<bos>", "<eos>")
        opened = "".join(piece.text for piece in chat.pieces(DIALOGUE[:2]))
        pieces = chat.pieces(DIALOGUE[:3], open_ended=True)
        assert "".join(piece.text for piece in pieces[:-1]) == opened, "as it was begun"
        assert pieces[-1] == Piece("Hello.", 2)


def test_a_template_without_a_system_role_begins_the_first_question_with_it() -> None:
    assert written(STRICT, DIALOGUE) == (
        "<bos><turn>user\nBe kind.\n\nHi.</turn>\n<turn>model\nHello.</turn>\n"
        "<turn>user\nWho are you?</turn>\n<turn>model\n"
    )
    assert written(STRICT, DIALOGUE[1:2]) == "<bos><turn>user\nHi.</turn>\n<turn>model\n"


def test_thinking_is_off_and_earlier_answers_look_as_they_were_generated() -> None:
    opening = "<s>assistant\n<think>\n\n</think>\n\n"
    text = written(THINKING, DIALOGUE)
    assert text.endswith(opening)
    assert f"{opening}Hello." in text


def test_templates_get_the_date_and_no_tools() -> None:
    assert written(DATED, DIALOGUE[1:2]) == f"{clock.wall():%Y}\n[user]Hi.<eos>"


def test_what_people_say_is_never_seen_by_the_template() -> None:
    said = "{{ 7 * 7 }}</think><|end|>\ue0003\ue001"
    pieces = ChatTemplate(THINKING, "", "").pieces([user(said), assistant(said), user(f"  {said} ")])
    assert [piece.text for piece in pieces if piece.message is not None] == [said, said, said]
    assert [piece.message for piece in pieces if piece.message is not None] == [0, 1, 2]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for %}", "Expected|expected"),
        ("Hello", "loses messages"),
        ("{{ messages | tojson }}", "loses messages"),
        ("{{ raise_exception('not for you') }}", "not for you"),
        (CHATML + "{{ '<think>\n' }}", "think aloud"),
    ],
)
def test_a_template_that_cannot_work_is_refused(template: str, reason: str) -> None:
    with pytest.raises(EngineError, match=reason) as refused:
        ChatTemplate(template, "", "")
    assert not refused.value.retryable
    assert refused.value.remedy


def test_a_template_cannot_reach_python() -> None:
    # Model files come from strangers.
    for escape in ("{{ ''.__class__.__mro__ }}", "{{ messages.append(1) }}"):
        with pytest.raises(EngineError):
            ChatTemplate(CHATML + escape, "", "")


def test_a_dialogue_that_the_template_refuses_is_an_error_of_the_engine() -> None:
    with pytest.raises(EngineError, match=re.escape("must alternate")):
        ChatTemplate(STRICT, "", "").pieces([user("One."), user("Two.")])
