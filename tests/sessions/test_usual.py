from appliance.sessions.phases import Phase, Span
from appliance.sessions.usual import BOUNDS, ENOUGH, KEPT, Usual


def turns(usual: Usual, ms: float, count: int) -> None:
    for _ in range(count):
        usual.learn({Phase.READING: Span(1000, 1000 + ms)})


def test_until_the_box_knows_itself_it_is_lenient() -> None:
    usual = Usual()
    assert usual.ms(Phase.READING) == BOUNDS[Phase.READING][1]
    turns(usual, 300, ENOUGH - 1)
    assert usual.ms(Phase.READING) == BOUNDS[Phase.READING][1]
    turns(usual, 300, 1)
    assert usual.ms(Phase.READING) == 300


def test_one_slow_turn_changes_nothing() -> None:
    usual = Usual()
    turns(usual, 300, 10)
    turns(usual, 9000, 1)
    assert usual.ms(Phase.READING) == 300


def test_a_box_that_is_always_slow_is_slow() -> None:
    usual = Usual()
    turns(usual, 9000, KEPT)
    assert usual.ms(Phase.READING) == BOUNDS[Phase.READING][1]


def test_nothing_is_faster_than_anybody_notices() -> None:
    usual = Usual()
    turns(usual, 0, KEPT)
    assert usual.ms(Phase.READING) == BOUNDS[Phase.READING][0]


def test_what_was_usual_long_ago_is_forgotten() -> None:
    usual = Usual()
    turns(usual, 300, KEPT)
    turns(usual, 500, KEPT)
    assert usual.ms(Phase.READING) == 500
