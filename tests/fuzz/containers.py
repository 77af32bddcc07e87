"""Words, what is none, and every container that may hold them."""

import collections
import decimal
import itertools
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from hypothesis import strategies as st


class Case(NamedTuple):
    """A container and, where it must be accepted, the words it holds."""

    container: Any
    words: list[str] | None


class Unlike:
    """A value that cannot be compared or shown."""

    def __ne__(self, other):
        raise RuntimeError("no comparison")

    __hash__ = None

    def __repr__(self):
        raise RuntimeError("no text")


class Word(str):
    """A string that is no plain one."""


CHARACTERS = st.characters() | st.sampled_from("ab.\0\n\r\t \ufeff\ufffd\ud800\udfff\u0301")
WORD = st.text(CHARACTERS, max_size=6) | st.sampled_from(["", "nan", "None", "<NA>", "a" * 300])
MISSING = [None, float("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), np.float32("nan")]
ODD = [
    0, -1, 10**400, 1.5, float("inf"), True, b"ab", bytearray(b"ab"), 1j, ["a"], ("a",), {"a": 1},
    {"a"}, decimal.Decimal("sNaN"), np.array(["a"]), np.array([]), np.str_, Unlike(), object(),
    pd.Series(["a"]), pd.Timestamp("2020-01-01"), range(3), memoryview(b"ab"), str,
]  # fmt: skip
NO_CONTAINERS = [
    None, "", "ab", np.str_("ab"), b"ab", bytearray(b"ab"), memoryview(b"ab"), 3, 10**400, 1.5,
    float("nan"), {"ab": 1}, {"ab": 1}.values(), {"ab"}, frozenset("ab"), range(2), object(), list,
    pd.NA, pd.NaT, pd.Timestamp("2020-01-01"), pd.Interval(0, 1), pd.Series, pd.StringDtype(),
    pd.DataFrame({"a": ["x"]}).groupby("a"), pd.Series(["a"]).str, pd.Series([1.0]).rolling(1),
    pd.Series(["a"]).groupby([0]), pd.Series(["a"]).flags, pd.DataFrame(index=[0]),
    pd.DataFrame({"a": ["x"], "b": ["y"]}), np.array("ab"), np.ma.masked, np.array([[["a"]]]),
    np.array([["a", "b"]]), np.empty((1, 0), object), np.array([("a",)], dtype=[("x", "O")]),
    pl.col("a"), pl.LazyFrame({"a": ["b"]}), pl.DataFrame(), pl.DataFrame({"a": ["x"], "b": ["y"]}),
    pa.py_buffer(b"ab"), pa.scalar("ab"), pa.scalar(["ab"]), pa.table({}), pa.string(),
    pa.schema([("a", pa.string())]), pa.field("a", pa.string()),
]  # fmt: skip

PYTHON_KINDS = {
    "list": list,
    "tuple": tuple,
    "deque": collections.deque,
    "UserList": collections.UserList,
    "object array": lambda values: _object_array(values),
    "column of an array": lambda values: _object_array(values)[:, np.newaxis],
    "masked array": lambda values: np.ma.array(_object_array(values), mask=np.zeros(len(values))),
    "every second": lambda values: _object_array([v for v in values for _ in "12"])[::2],
    "Series": lambda values: pd.Series(_object_array(values), dtype=object),
    "labelled Series": lambda values: pd.Series(
        _object_array(values), ["x"] * len(values), dtype=object
    ),
    "Index": lambda values: pd.Index(_object_array(values), dtype=object),
    "DataFrame": lambda values: pd.DataFrame({"ndim": pd.Series(values, dtype=object)}),
    "polars objects": lambda values: pl.Series(values, dtype=pl.Object),
}
STRING_KINDS = {
    "U": lambda words: np.array(words, np.str_),
    "StringDType": lambda words: np.array(words, np.dtypes.StringDType(na_object=None)),
    "str": lambda words: pd.Series(words, dtype="str"),
    "string[python]": lambda words: pd.Series(words, dtype="string[python]"),
    "string[pyarrow]": lambda words: pd.Series(words, dtype="string[pyarrow]"),
    "ArrowDtype": lambda words: pd.Series(words, dtype=pd.ArrowDtype(pa.large_string())),
    "category": lambda words: pd.Series(words, dtype="category"),
    "string Index": lambda words: pd.Index(words, dtype="str"),
    "polars": lambda words: pl.Series(words, dtype=pl.String),
    "polars category": lambda words: pl.Series(words, dtype=pl.Categorical),
    "polars frame": lambda words: pl.DataFrame({"a": pl.Series(words, dtype=pl.String)}),
    "arrow": lambda words: pa.array(words, pa.string()),
    "large arrow": lambda words: pa.array(words, pa.large_string()),
    "view": lambda words: pa.array(words, pa.string_view()),
    "dictionary": lambda words: pa.array(words, pa.string()).dictionary_encode(),
    "sliced": lambda words: pa.array(["x", *words, "y"], pa.string())[1:-1],
    "chunks": lambda words: pa.chunked_array([words[:1], words[1:]], pa.string()),
    "table": lambda words: pa.table({"a": pa.array(words, pa.string())}),
}


def _object_array(values):
    array = np.empty(len(values), object)
    array[:] = values if not values else [*values]
    return array


@st.composite
def python_cases(draw):
    """Containers of Python objects, words and others."""
    values = draw(st.lists(WORD | WORD.map(Word) | WORD.map(np.str_), max_size=5))
    for other in draw(st.lists(st.sampled_from(MISSING + ODD), max_size=2)):
        values.insert(draw(st.integers(0, len(values))), other)
    kind = draw(st.sampled_from(sorted(PYTHON_KINDS)))
    try:
        container = PYTHON_KINDS[kind](values)
    except (ValueError, TypeError, RuntimeError):  # NumPy spreads what is nested
        container = values
    all_words = all(isinstance(value, str) for value in values)
    # str() of a string of NumPy loses NULs at its end.
    words = ["".join(["", value]) for value in values] if all_words else None
    return Case(container, words)


@st.composite
def string_cases(draw):
    """Containers that hold strings only, some of them missing."""
    words = draw(st.lists(WORD, max_size=5))
    kind = draw(st.sampled_from(sorted(STRING_KINDS)))
    missing = draw(st.booleans()) and kind != "U"
    if missing:
        words.insert(draw(st.integers(0, len(words))), None)
    try:
        container = STRING_KINDS[kind](words)
    except UnicodeError:  # only NumPy and Python hold lone surrogates
        container = words
    kept = [word.rstrip("\0") if kind == "U" else word for word in words if word is not None]
    return Case(container, None if missing else kept)


@st.composite
def broken_utf8(draw):
    """Arrow arrays over bytes that need not be UTF-8."""
    data = draw(st.binary(max_size=12))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=4)))
    ends = np.array([0, *cuts, len(data)], np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(data)]
    container = pa.StringArray.from_buffers(len(ends) - 1, *buffers[1:])
    pieces = [data[start:stop] for start, stop in itertools.pairwise(ends)]
    try:
        return Case(container, [piece.decode() for piece in pieces])
    except UnicodeDecodeError:
        return Case(container, None)


CASES = (
    python_cases()
    | string_cases()
    | broken_utf8()
    | st.sampled_from(NO_CONTAINERS).map(lambda container: Case(container, None))
    | st.builds(lambda: Case((word for word in ["ab"]), None))
)
WEIGHT = (
    st.floats(0, 1e300)
    | st.sampled_from([0, 1, 2, True, 5e-324, -0.0, np.float32(0.5), decimal.Decimal("0.5")])
    | st.floats()
    | st.sampled_from(["x", "1", b"1", None, pd.NA, 1j, 10**400, -1, [1], object(), Unlike()])
    | st.sampled_from(
        [np.longdouble("1e4000"), np.datetime64("2020-01-01"), decimal.Decimal("sNaN")]
    )
)
WEIGHT_KINDS = [list, tuple, np.array, pd.Series, np.ma.masked_invalid, iter]
COLUMN_KINDS = [pd.Series, pl.Series, pa.array]  # others may crash on what is no number


@st.composite
def weights(draw, n_words):
    """Weights of any kind, mostly one for each of `n_words` words."""
    if draw(st.booleans()):
        return draw(st.none() | st.just(np.ones(n_words)) | st.sampled_from([3, "a", {}, object()]))
    size = n_words if draw(st.integers(0, 5)) else draw(st.integers(0, 5))
    if draw(st.booleans()):
        numbers = draw(st.lists(st.floats(0, 1e300), min_size=size, max_size=size))
        return draw(st.sampled_from(COLUMN_KINDS))(numbers)
    numbers = draw(st.lists(WEIGHT, min_size=size, max_size=size))
    try:
        return draw(st.sampled_from(WEIGHT_KINDS))(numbers)
    except Exception:  # most containers hold one type only
        return numbers
