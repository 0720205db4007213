from appliance.web.contracts import Metric
from appliance.web.metrics import gather


def test_families_stay_together_and_are_explained_once() -> None:
    def first() -> list[Metric]:
        return [
            Metric("a_seconds", "How long.", 0.25, (("stage", "stt"),)),
            Metric("b_total", "How many.", 3, kind="counter"),
        ]

    def second() -> list[Metric]:
        return [Metric("a_seconds", "How long.", 1.5, (("stage", "tts"),))]

    assert gather((first, second)) == (
        "# HELP a_seconds How long.\n"
        "# TYPE a_seconds gauge\n"
        'a_seconds{stage="stt"} 0.25\n'
        'a_seconds{stage="tts"} 1.5\n'
        "# HELP b_total How many.\n"
        "# TYPE b_total counter\n"
        "b_total 3.0\n"
    )


def test_labels_are_escaped() -> None:
    odd = Metric("a", "", 1, (("x", 'say "hi"\\\n'),))
    assert gather((lambda: [odd],)).splitlines()[2] == 'a{x="say \\"hi\\"\\\\\\n"} 1.0'


def test_odd_values_have_names() -> None:
    values = [Metric("a", "", value) for value in (float("inf"), float("-inf"), float("nan"))]
    assert gather((lambda: values,)).splitlines()[2:] == ["a +Inf", "a -Inf", "a NaN"]
