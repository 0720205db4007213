"""The numbers of Landlock. What it does is seen from within engines (test_confine)."""

import pytest

from appliance.inference.landlock import READ, USE, Access, all_of


@pytest.mark.parametrize(
    ("abi", "forbidden"), [(1, 13), (2, 14), (3, 15), (4, 15), (5, 16), (6, 16), (7, 16), (99, 16)]
)
def test_each_version_forbids_all_that_it_knows(abi: int, forbidden: int) -> None:
    ruleset = all_of(abi)
    assert ruleset.files == (1 << forbidden) - 1
    assert (ruleset.net, ruleset.scoped) == (3 if abi >= 4 else 0, 3 if abi >= 6 else 0)


def test_nothing_may_be_executed_and_no_file_written() -> None:
    assert Access.EXECUTE not in READ | USE
    assert Access.WRITE_FILE not in READ
