"""What is told of an engine's output, line by line."""

import pytest

from appliance.inference.last_words import harmless

WORD = "chrysanthemum"

DUMPS = """\
Fatal Python error: Segmentation fault
Current thread 0x00007f1c2d3e4f50 (most recent call first):
  File "/usr/lib/python3/site-packages/llama_cpp/_internals.py", line 308 in decode
Extension modules: numpy.core._multiarray_umath (total: 1)
Traceback (most recent call last):
/src/ggml/src/ggml.c:3188: GGML_ASSERT(a->ne[2] == b->ne[0]) failed
terminate called after throwing an instance of 'std::bad_alloc'
double free or corruption (out)"""


@pytest.mark.parametrize("line", DUMPS.splitlines())
def test_crash_dumps_are_kept(line: str) -> None:
    assert harmless(line) == line


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"KeyError: '{WORD}'", "KeyError"),
        (f"appliance.core.errors.EngineError: no {WORD}", "appliance.core.errors.EngineError"),
        ("ZeroDivisionError", "ZeroDivisionError"),
        (f"Aborted: {WORD}", "Aborted"),
        (f"    return self._words['{WORD}']", ""),
        (f"INFO: hypothesis: {WORD}", ""),
        (f"{WORD} Error: {WORD}", ""),
        ("", ""),
    ],
)
def test_whatever_may_quote_somebody_is_not(line: str, kept: str) -> None:
    assert harmless(line) == kept
