from appliance.web.histogram import Histogram
from appliance.web.metrics import gather


def test_buckets_count_all_below_them_too() -> None:
    histogram = Histogram((0.1, 0.5))
    for value in (0.05, 0.1, 0.3, 7.0):
        histogram.observe(value)
    assert gather((lambda: histogram.metrics("a_seconds", "How long.", (("phase", "pause"),)),)) == (
        "# HELP a_seconds How long.\n"
        "# TYPE a_seconds histogram\n"
        'a_seconds_bucket{phase="pause",le="0.1"} 2.0\n'
        'a_seconds_bucket{phase="pause",le="0.5"} 3.0\n'
        'a_seconds_bucket{phase="pause",le="+Inf"} 4.0\n'
        'a_seconds_sum{phase="pause"} 7.45\n'
        'a_seconds_count{phase="pause"} 4.0\n'
    )


def test_what_took_no_time_is_counted() -> None:
    histogram = Histogram((0.1,))
    histogram.observe(0.0)
    assert [metric.value for metric in histogram.metrics("a_seconds", "")] == [1, 1, 0, 1]
