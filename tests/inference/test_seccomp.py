"""The rules of the filter. What they do is seen from within engines (test_confine)."""

import ctypes

import pytest

from appliance.inference import confine, seccomp
from appliance.inference.seccomp import Argument, Compare


def test_a_mask_comes_before_its_value() -> None:
    native = Argument(0, Compare.MASKED_EQUALS, 2, 7).native()
    assert (native.first, native.second) == (7, 2)
    assert Argument(1, Compare.EQUALS, 5).native().first == 5


@pytest.mark.parametrize("gpu", [True, False])
def test_every_call_has_a_name_that_libseccomp_knows(gpu: bool) -> None:
    """A misspelt one would be passed over like one that the machine does not have."""
    try:
        library = ctypes.CDLL(seccomp.LIBRARY)
    except OSError:
        pytest.skip("no libseccomp")
    names = {refusal.call for refusal in confine._refusals(gpu=gpu)}
    unknown = {name for name in names if seccomp.resolve(library, name) == seccomp.ABSENT}
    assert not unknown


def test_a_gpu_is_allowed_local_sockets_and_nothing_else_more() -> None:
    with_gpu, without = (set(confine._refusals(gpu=gpu)) for gpu in (True, False))
    assert {refusal.call for refusal in with_gpu ^ without} == {"socket"}
    [socket] = with_gpu - without
    assert socket.when
