"""What waits for a channel that is slow, or not there yet."""

from appliance.transports.webrtc.control import LOW, MOST, Control


class SlowChannel:
    """A channel that sends when it is told to."""

    def __init__(self) -> None:
        self.readyState = "open"
        self.bufferedAmount = 0
        self.bufferedAmountLowThreshold = 0
        self.sent: list[str] = []

    def send(self, data: str) -> None:
        self.sent.append(data)
        self.bufferedAmount += len(data)


def test_what_is_sent_before_it_is_open_waits_in_order() -> None:
    control, channel = Control(lambda: None), SlowChannel()
    for text in "abc":
        control.send(text)
    assert control.open(channel)
    control.send("d")
    assert channel.sent == list("abcd")
    assert not control.open(SlowChannel()), "there is one channel"


def test_the_newest_state_wins_where_texts_wait() -> None:
    control, channel = Control(lambda: None), SlowChannel()
    control.open(channel)
    channel.bufferedAmount = LOW + 1
    for text, name in [("a", "state"), ("hello", ""), ("b", "state"), ("1", "levels"), ("c", "state")]:
        control.send(text, name)
    assert channel.sent == []
    channel.bufferedAmount = 0
    control.flush()
    assert channel.sent == ["c", "hello", "1"]


def test_nothing_is_sent_through_a_channel_that_is_closed() -> None:
    control, channel = Control(lambda: None), SlowChannel()
    control.open(channel)
    channel.readyState = "closed"
    control.send("a")
    assert channel.sent == []


def test_a_page_that_does_not_read_is_given_up() -> None:
    complaints: list[int] = []
    control, channel = Control(lambda: complaints.append(1)), SlowChannel()
    control.open(channel)
    sent = 0
    while not complaints:
        control.send("x" * 1000)
        sent += 1000
    assert MOST < sent <= MOST + 1000
    assert channel.bufferedAmount <= LOW + 1000
