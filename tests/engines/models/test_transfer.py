import threading

import pytest

from appliance.engines.models.transfer import megabytes, within


def test_a_result_in_time() -> None:
    assert within(10.0, lambda: 42) == 42


def test_an_error_in_time() -> None:
    with pytest.raises(ZeroDivisionError):
        within(10.0, lambda: 1 / 0)


def test_a_call_that_hangs_is_left_alone_and_its_late_result_cleaned_up() -> None:
    """As a name server that never answers: nothing can interrupt the call itself."""
    hang, cleaned = threading.Event(), threading.Event()
    with pytest.raises(TimeoutError):
        within(0.01, lambda: hang.wait(10.0), lambda _: cleaned.set())
    assert not cleaned.is_set()
    hang.set()
    assert cleaned.wait(10.0)


def test_a_late_error_is_nobodys() -> None:
    hang, over = threading.Event(), threading.Event()

    def call() -> None:
        hang.wait(10.0)
        over.set()
        raise OSError

    with pytest.raises(TimeoutError):
        within(0.01, call, lambda _: pytest.fail("there is nothing to clean"))
    hang.set()
    assert over.wait(10.0)


@pytest.mark.parametrize(
    ("size", "text"), [(1, "0.1 MB"), (98_362_432, "98.4 MB"), (5_027_783_488, "5.0 GB")]
)
def test_sizes_as_people_read_them(size: int, text: str) -> None:
    assert megabytes(size) == text
