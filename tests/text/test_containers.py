"""Words come out of every container as they went in."""

import decimal
import subprocess
import sys
from collections import UserList
from io import BytesIO, StringIO

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._text import flat_text
from sklearn_makemore._text.containers import as_column
from sklearn_makemore.utils._checks.inputs import containers
from tests.instances import nameable

ANY_TEXT = st.text(st.characters(), max_size=6)  # lone surrogates too
UTF8_TEXT = st.text(st.characters(codec="utf-8"), max_size=6)


@given(st.lists(ANY_TEXT))
def test_python_strings_round_trip(words):
    text = as_column(words).read_all()
    assert text.to_strings() == words
    assert text.offsets.tolist() == [0, *np.cumsum([len(word) + 1 for word in words]).tolist()]


@given(st.lists(UTF8_TEXT), st.data())
def test_arrow_buffers_round_trip(words, data):
    start = data.draw(st.integers(0, len(words)))
    stop = data.draw(st.integers(start, len(words)))
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        array = pa.array(words, kind)
        assert as_column(array).read_all().to_strings() == words
        assert as_column(array[start:stop]).read_all().to_strings() == words[start:stop]
    chunks = pa.chunked_array([words[:start], words[start:stop], words[stop:]], pa.string())
    assert as_column(chunks).read_all().to_strings() == words


@given(words=st.lists(UTF8_TEXT.filter(lambda word: not word.endswith("\0")), min_size=1))
def test_every_container_round_trips(words):
    for kind, container in containers(words).items():
        column = as_column(container)
        assert len(column) == len(words), kind
        assert column.read_all().to_strings() == words, kind


def test_long_columns_are_read_in_pieces(monkeypatch):
    monkeypatch.setattr(flat_text, "WORDS_PER_PIECE", 3)
    words = ["ab", "", "é", "日本", "x", "\U0001f600", "yz"]
    for container in (words, pa.array(words), pl.Series(words), pd.Series(words)):
        column = as_column(container)
        assert [piece.n_words for piece in column.pieces()] == [3, 3, 1]
        assert [list(piece.positions) for piece in column.pieces()] == [[0, 1, 2], [3, 4, 5], [6]]
        assert column.read_all().to_strings() == words


def test_positions_of_offenders_count_from_the_start_of_the_column(monkeypatch):
    monkeypatch.setattr(flat_text, "WORDS_PER_PIECE", 2)
    words = ["a", "b", "c", None, "d"]
    for container in (words, pa.array(words), pl.Series(words), pd.Series(words, dtype="str")):
        with pytest.raises(ValueError, match=r"missing values: (None|nan) at position 3\."):
            as_column(container).read_all()


def test_one_word_is_no_column():
    with pytest.raises(TypeError, match=r"got a single str\. For one word, pass \['ab'\]"):
        as_column("ab")


@pytest.mark.parametrize(
    "numbers",
    [
        pd.read_csv(StringIO("code\n0007\n0012")),
        pd.read_csv(StringIO("code\n0007\n0012"))["code"],
        pd.Series([7, 12], dtype="Int64"),
        pd.Series([7, 12], dtype=pd.ArrowDtype(pa.int64())),
        pd.Series([7, 12], dtype="category"),
        pd.Index([7, 12]),
        np.array([7, 12]),
        np.array([[7], [12]], dtype=np.uint8),
        pl.read_csv(BytesIO(b"code\n0007\n0012")),
        pl.Series([7, 12]),
        pa.array([7, 12]),
        pa.chunked_array([[7], [12]]),
        [7, 12],
        [decimal.Decimal(7), 12.0],
        [True, False],
    ],
    ids=lambda numbers: f"{type(numbers).__name__} {getattr(numbers, 'dtype', '')}",
)
def test_words_that_were_read_as_numbers_are_to_be_read_as_text(numbers):
    remedy = r"'0007' as 7, .*dtype=str in pandas\.read_csv, .* str afterwards has lost the zeros"
    with pytest.raises(
        TypeError, match=rf"X must hold str only, got .* positions 0, 1\. .*{remedy}"
    ):
        as_column(numbers).read_all()


def test_other_values_are_no_numbers():
    for value, remedy in ((b"a", "decode it"), (pd.Timestamp(0), "convert it"), (["a"], "join it")):
        with pytest.raises(TypeError, match=f"If this is meant as a word, {remedy}"):
            as_column([value]).read_all()


def test_words_that_were_read_as_missing_may_stay_words():
    names = StringIO("name\nanna\nnull\n")
    with pytest.raises(ValueError, match=r"position 1\. .* keep_default_na=False"):
        as_column(pd.read_csv(names)).read_all()
    with pytest.raises(ValueError, match=r"position 1\. .* replace them by words\.$"):
        as_column(["anna", None]).read_all()
    names.seek(0)
    again = as_column(pd.read_csv(names, keep_default_na=False))
    assert again.to_strings() == ["anna", "null"]


def test_only_the_first_offenders_are_named():
    with pytest.raises(TypeError, match=r"positions 0, 1, 2, 3, 4 and 95 more"):
        as_column(list(range(100))).read_all()


@pytest.mark.parametrize(
    "container",
    [
        {"a", "b"},
        {"a": 1},
        (word for word in "ab"),
        42,
        None,
        np.array("a", dtype=object),
        np.array([[["a"]]], dtype=object),
    ],
    ids=nameable,
)
def test_what_holds_no_column_of_words_is_refused(container):
    with pytest.raises((TypeError, ValueError), match=r"X must be|Words must be"):
        as_column(container).read_all()


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": ["b"], "c": ["d"]}),
        pl.DataFrame({"a": ["b"], "c": ["d"]}),
        pa.table({"a": ["b"], "c": ["d"]}),
        np.array([["b", "d"]]),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_wider_frames_are_refused(frame):
    with pytest.raises(ValueError, match=r"2 columns.*Select one"):
        as_column(frame)


def test_one_column_of_a_table_and_other_sequences():
    class Words(pd.Series):
        """A subclass outside pandas."""

    assert as_column(pa.table({"a": ["b"]})).read_all().to_strings() == ["b"]
    assert as_column(UserList(["b"])).read_all().to_strings() == ["b"]
    assert as_column(pd.array(["b"])).read_all().to_strings() == ["b"]
    subclass = Words(["b"], index=["row"])
    assert as_column(subclass).read_all().to_strings() == ["b"]
    assert as_column(subclass).index.tolist() == ["row"]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 2]),
        pa.array([["a"], ["b"]]),
        pa.array([{"a": "x"}]),
        pl.Series([["a"]]),
        pd.Series([["a"]], dtype=pd.ArrowDtype(pa.list_(pa.string()))),
        pd.MultiIndex.from_tuples([("a", "b")]),
        [["a"], ["b"]],
        pa.array([1, 2]).dictionary_encode(),
    ],
    ids=lambda column: f"{type(column).__name__} {getattr(column, 'type', '')}",
)
def test_other_types_are_refused_by_name_and_position(column):
    with pytest.raises(TypeError, match=r"X must hold str only, got .* at positions? 0"):
        as_column(column).read_all()


@pytest.mark.parametrize(
    "column",
    [
        pa.scalar("ab"),
        pa.py_buffer(b"ab"),
        pl.LazyFrame({"a": ["b"]}),
        b"ab",
        pd.NA,
        pd.Timestamp("2020-01-01"),
        pd.StringDtype(),
        pd.Series(["a"]).str,
        pd.Series(["a"]).groupby([0]),
    ],
    ids=lambda column: type(column).__name__,
)
def test_what_is_no_column_is_refused_by_name(column):
    with pytest.raises(TypeError, match="X must be a sequence of words"):
        as_column(column)


def test_strings_in_other_arrow_types():
    words = ["ab", "c", "c"]
    assert as_column(pc.run_end_encode(pa.array(words))).read_all().to_strings() == words
    assert as_column(pl.Series(words, dtype=pl.Object)).read_all().to_strings() == words
    json = pa.ExtensionArray.from_storage(pa.json_(), pa.array(words))
    assert as_column(json).read_all().to_strings() == words


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", None]),
        pa.array(["a", None]).dictionary_encode(),
        pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None])),
        np.ma.masked_array(["a", "b"], mask=[False, True]),
        ["a", decimal.Decimal("nan")],
        ["a", np.datetime64("NaT")],
        pd.Series(["a", pd.NaT], dtype=object),
    ],
)
def test_missing_values_of_every_kind_are_named(column):
    with pytest.raises(ValueError, match=r"missing values: .* at position 1\."):
        as_column(column).read_all()


@pytest.mark.parametrize(
    ("data", "ends", "position"),
    [(b"a\xff", [0, 1, 2], 1), (b"a\xc3\xa9", [0, 2, 3], 1), (b"\xed\xa0\x80b", [0, 3, 4], 0)],
)
def test_invalid_utf8_is_named(data, ends, position):
    buffers = [None, pa.py_buffer(np.array(ends, np.int32).tobytes()), pa.py_buffer(data)]
    array = pa.Array.from_buffers(pa.string(), 2, buffers)
    with pytest.raises(ValueError, match=f"not valid UTF-8 in the word at position {position}"):
        as_column(array).read_all()


def test_what_cannot_be_compared_or_shown_is_named():
    class Unlike:
        def __ne__(self, other):
            raise RuntimeError

        __hash__ = None
        __repr__ = __ne__

    for value, kind in ((Unlike(), "Unlike"), (decimal.Decimal("sNaN"), "Decimal")):
        with pytest.raises(TypeError, match=f"X must hold str only, got {kind} .* at position 1"):
            as_column(["a", value]).read_all()


def test_large_offenders_are_shown_short():
    with pytest.raises(TypeError) as error:
        as_column([b"x" * 10**6]).read_all()
    assert len(str(error.value)) < 300


def test_index_labels_are_no_attributes():
    labels = ["columns", "array", "nlevels", "index", "iloc"]
    column = as_column(pd.Series(labels, index=labels))
    assert column.read_all().to_strings() == labels
    assert column.index.tolist() == labels


def test_polars_without_pyarrow_goes_through_strings():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import polars as pl\n"
        "from sklearn_makemore._text.containers import as_column\n"
        "print(as_column(pl.Series(['é', 'b'])).read_all().to_strings())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "['é', 'b']"
