"""How many cores there are to give out."""

import os

from appliance.inference.cores import spare_cores


def test_one_is_kept_and_one_is_given_out_at_least() -> None:
    cores = spare_cores()
    assert cores >= 1
    assert cores <= max(1, len(os.sched_getaffinity(0)) - 1)
