"""What is written down of a conversation names nobody."""

from appliance.records.conversation import Conversation, fingerprint


def test_a_fingerprint_is_the_same_for_the_same_session_alone() -> None:
    assert fingerprint("a") == fingerprint("a") != fingerprint("b")
    assert "secret" not in fingerprint("secret")


def test_conversations_of_one_session_have_keys_of_their_own() -> None:
    one, two = (Conversation.new("session", "phone", 5.0) for _ in range(2))
    assert one.session == two.session
    assert one.key != two.key


def test_the_age_is_never_negative() -> None:
    told = Conversation.new("session", None, 100.0)
    assert told.age_s(160.0) == 60.0
    assert told.age_s(40.0) == 0.0  # the clock was set back
