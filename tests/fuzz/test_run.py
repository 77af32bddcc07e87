"""The runner, which must not miss what a property finds."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.run import counted, try_property


@settings(database=None)
@given(number=st.integers())
def broken(number):
    assert number < 5


@given(number=st.integers())
def sound(number):
    assert number == int(number)


def test_each_kind_of_error_is_found_once():
    findings, n_inputs = {}, [0]
    broken.hypothesis.inner_test = counted(broken.hypothesis.inner_test, n_inputs)
    for seed in (0, 1):
        try_property(broken, seed, findings)
    try_property(sound, 0, findings)
    (found,) = findings.values()
    assert found["error"].startswith("AssertionError")
    assert "number=5" in Path(found["file"]).read_text(encoding="utf-8")
    Path(found["file"]).unlink()
    assert n_inputs[0] > 2
