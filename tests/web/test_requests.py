"""What pages may say, and what anybody else may try."""

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.web.requests import BadMessage, Mute, Ping, Played, Request, Stop, Text, parse


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ('{"type":"text","text":"what time is it"}', Text("what time is it")),
        ('{"type":"text","text":"  grüß\\tdich \\u001b[2J "}', Text("grüß dich [2J")),
        ('{"type":"text","text":"🙂"}', Text("🙂")),
        ('{"type":"mute","on":true}', Mute(True)),
        ('{"type":"stop"}', Stop()),
        ('{"type":"ping","t":1700000000000.5}', Ping(1700000000000.5)),
        ('{"type":"ping","t":0}', Ping(0.0)),
        ('{"type":"played","delay_ms":120}', Played(120.0)),
        ('{"type":"played","delay_ms":120,"rtt_ms":8.4}', Played(120.0, 8.4)),
    ],
)
def test_what_pages_say_is_understood(text: str, request_: Request) -> None:
    assert parse(text) == request_


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "null",
        "[]",
        '"text"',
        "{}",
        '{"type":null}',
        '{"type":["text"]}',
        '{"type":"shout"}',
        '{"type":"text"}',
        '{"type":"text","text":7}',
        '{"type":"text","text":["a"]}',
        '{"type":"text","text":""}',
        '{"type":"text","text":" \\n\\u0000 "}',
        '{"type":"text","text":"\\ud83d"}',
        '{"type":"text","text":"a","turn":1}',
        '{"type":"mute"}',
        '{"type":"mute","on":1}',
        '{"type":"stop","now":true}',
        '{"type":"ping"}',
        '{"type":"ping","t":true}',
        '{"type":"ping","t":NaN}',
        '{"type":"ping","t":1e999}',
        '{"type":"ping","t":"0"}',
        '{"type":"played","delay_ms":-1}',
        '{"type":"played","delay_ms":1,"rtt_ms":null}',
        '{"type":"played","delay_ms":1,"rtt_ms":-1}',
        '{"type":"played","delay_ms":1e9}',
        '{"type":"ping","t":' + "9" * 4000 + "}",
        json.dumps({"type": "text", "text": "a" * 1001}),
        json.dumps({"type": "text", "text": "ä" * 3000}, ensure_ascii=False),
        "[" * 4000,
        '{"type":' * 500,
        "x" * 5000,
    ],
    ids=lambda text: text[:30],
)
def test_everything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadMessage) as bad:
        parse(text)
    assert bad.value.problem.endswith(".")
    assert bad.value.remedy


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.text() | json_values.map(json.dumps))
@example('{"type":"text","text":"\udfff"}')
def test_nothing_that_arrives_does_anything_but_be_refused(text: str) -> None:
    with suppress(BadMessage):
        parse(text)


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["text", "mute", "ping", "played"])},
        optional={
            "text": json_values,
            "on": json_values,
            "t": json_values,
            "delay_ms": json_values,
        },
    )
)
def test_messages_with_wrong_contents_are_refused_or_right(fields: dict[str, object]) -> None:
    try:
        request = parse(json.dumps(fields))
    except BadMessage:
        return
    assert type(request) in {Text, Mute, Ping, Played}
