"""Every message as the pages expect it: the plan of all that is sent, in one table."""

import json
from dataclasses import fields, is_dataclass

import pytest

from appliance.core.cause import Cause, Why
from appliance.core.speech import Stage
from appliance.web import messages
from appliance.web.messages import (
    Bye,
    Failed,
    Fault,
    Flush,
    Full,
    Hello,
    Levels,
    Line,
    Message,
    Muted,
    PartlyHeard,
    Pong,
    Saying,
    SoundFaults,
    StateChanged,
    Timing,
    TurnOver,
    Understood,
    encode,
)

QUEUED = Cause(Why.QUEUE, 900, 1800, Stage.LLM)

PLAN: list[tuple[Message, str]] = [
    (
        Hello("id", "box", "listening", False, (Line(1, "hi", "hello", "answered"),)),
        '{"type":"hello","session":"id","box":"box","state":"listening","muted":false,'
        '"conversation":[{"turn":1,"you":"hi","heard":"hello","outcome":"answered"}]}',
    ),
    (StateChanged("thinking"), '{"type":"state","state":"thinking"}'),
    (PartlyHeard("grüß dich", 4), '{"type":"partial","text":"grüß dich","stable":4}'),
    (Understood(2, "hi"), '{"type":"understood","turn":2,"text":"hi"}'),
    (Saying(2, "hel"), '{"type":"saying","turn":2,"text":"hel"}'),
    (
        TurnOver(2, "hi", "hello you", "hello", "interrupted", Timing(320.5, None), QUEUED),
        '{"type":"turn","turn":2,"you":"hi","said":"hello you","heard":"hello","outcome":"interrupted",'
        '"timing":{"endpoint_ms":320.5,"first_audio_ms":null},"cause":{"why":"queue","ms":900,"wait_ms":1800,'
        '"stage":"llm","failure":null,"count":null}}',
    ),
    (
        Failed(2, "llm", "broke", "mend", "died"),
        '{"type":"failed","turn":2,"stage":"llm","problem":"broke","remedy":"mend","failure":"died"}',
    ),
    (
        SoundFaults((Fault("p", "r", "faint"),)),
        '{"type":"sound","faults":[{"problem":"p","remedy":"r","fault":"faint"}]}',
    ),
    (Levels(0.1, 0.0), '{"type":"levels","you":0.1,"box":0.0}'),
    (Muted(True), '{"type":"muted","on":true}'),
    (Flush(), '{"type":"flush"}'),
    (Pong(12.5), '{"type":"pong","t":12.5}'),
    (Bye("idle", "p", "r"), '{"type":"bye","reason":"idle","problem":"p","remedy":"r"}'),
    (Full(2, "p", "r"), '{"type":"busy","place":2,"problem":"p","remedy":"r"}'),
]


@pytest.mark.parametrize(("message", "text"), PLAN, ids=[message.type for message, _ in PLAN])
def test_messages_are_encoded_as_planned(message: Message, text: str) -> None:
    assert encode(message) == text


def test_the_plan_is_complete() -> None:
    classes = {each for each in vars(messages).values() if isinstance(each, type) and hasattr(each, "type")}
    assert classes == {type(message) for message, _ in PLAN}


def test_a_message_is_json_with_its_type_first() -> None:
    for message, _ in PLAN:
        decoded = json.loads(encode(message))
        assert is_dataclass(message)
        assert list(decoded) == ["type", *(field.name for field in fields(message))]
