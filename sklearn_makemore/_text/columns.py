"""A column of words, read piece by piece into flat text."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.flat_text import (
    CodePoints,
    FlatText,
    code_points_of,
    concatenate,
    slots_for,
)

WORDS_PER_PIECE = 65_536  # bounds the working memory of everything that streams
OFFENDERS_SHOWN = 5


class WordColumn(ABC):
    """A validated container of words.

    Parameters
    ----------
    index : pandas.Index or None
        Labels of the rows where the caller's container has them.
    """

    def __init__(self, index: Any = None) -> None:
        self.index = index

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def read(self, start: int, stop: int) -> FlatText:
        """Return words ``start:stop``; a value that is not a word raises and is named."""

    def pieces(self) -> Iterator[FlatText]:
        """Read the column in consecutive pieces of bounded size; none for no words."""
        for start in range(0, len(self), WORDS_PER_PIECE):
            yield self.read(start, min(start + WORDS_PER_PIECE, len(self)))

    def read_all(self) -> FlatText:
        """Return the whole column."""
        return concatenate(self.pieces()) if len(self) else self.read(0, 0)


class PythonColumn(WordColumn):
    """Words held as Python objects in a list, tuple or NumPy array."""

    def __init__(self, values: Sequence[Any] | NDArray[Any], index: Any = None) -> None:
        super().__init__(index)
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def read(self, start: int, stop: int) -> FlatText:
        values = self._values[start:stop]
        if isinstance(values, np.ndarray):
            values = values.tolist()
        try:
            return FlatText.from_strings(values, start)
        except TypeError:
            raise _not_words(values, start) from None


class ArrowColumn(WordColumn):
    """Words held in Arrow buffers, which are read without making Python strings.

    Parameters
    ----------
    array : pyarrow.Array, pyarrow.ChunkedArray or polars.Series
        Whatever slices cheaply into something that ``to_arrow`` turns into Arrow.
    to_arrow : callable
        Turns a slice of `array` into a pyarrow Array or ChunkedArray.
    """

    def __init__(self, array: Any, to_arrow: Any, index: Any = None) -> None:
        super().__init__(index)
        self._array = array
        self._to_arrow = to_arrow

    def __len__(self) -> int:
        return len(self._array)

    def read(self, start: int, stop: int) -> FlatText:
        piece = self._to_arrow(self._array.slice(start, stop - start))
        kind = str(piece.type)
        if kind != "null" and "string" not in kind:
            raise _not_words(piece.to_pylist(), start)
        if kind not in ("string", "large_string"):
            piece = piece.cast("large_string")
        if hasattr(piece, "combine_chunks"):
            piece = piece.combine_chunks()
        if piece.null_count:
            raise _not_words(piece.to_pylist(), start)
        return _text_of_buffers(piece, start)


def _text_of_buffers(array: Any, first_position: int) -> FlatText:
    """Return the text of a pyarrow string array without nulls."""
    _, offset_buffer, data_buffer = array.buffers()
    dtype = np.int64 if str(array.type) == "large_string" else np.int32
    n_words = len(array)
    ends = np.zeros(n_words + 1, np.int64)
    if n_words:  # without words there may be no buffers
        ends[:] = np.frombuffer(offset_buffer, dtype)[array.offset : array.offset + n_words + 1]
    utf8 = np.frombuffer(data_buffer or b"", np.uint8)[ends[0] : ends[-1]]
    ends -= ends[0]
    characters: CodePoints = utf8
    if utf8.max(initial=0) >= 0x80:
        characters = code_points_of(utf8.tobytes().decode())
        ends = _per_character(utf8, ends)
    offsets = slots_for(np.diff(ends))
    code_points = np.zeros(len(characters) + n_words + 1, characters.dtype)
    is_character = np.ones(len(code_points), bool)
    is_character[offsets] = False
    code_points[is_character] = characters
    return FlatText(code_points, offsets, range(first_position, first_position + n_words))


def _per_character(utf8: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Turn byte offsets into UTF-8 data into character offsets."""
    begins = np.zeros(len(utf8) + 1, np.int64)
    np.cumsum((utf8 & 0xC0) != 0x80, out=begins[1:])
    return begins[offsets]


def _not_words(values: Sequence[Any], start: int) -> TypeError | ValueError:
    """Describe what stands in `values` where a word should, naming the first positions."""
    bad = [i for i, value in enumerate(values) if not isinstance(value, str)]
    missing = [i for i in bad if _is_missing(values[i])]
    where = missing or bad
    shown = ", ".join(str(start + i) for i in where[:OFFENDERS_SHOWN])
    more = f" and {len(where) - OFFENDERS_SHOWN} more" if len(where) > OFFENDERS_SHOWN else ""
    plural = "s" if len(where) > 1 else ""
    if missing:
        return ValueError(
            f"X has missing values: {values[missing[0]]!r} at position{plural} {shown}{more}. "
            "Drop them (pandas: X.dropna()) or replace them by words."
        )
    offender = values[bad[0]]
    remedy = "decode them to str" if isinstance(offender, bytes) else "convert X with .astype(str)"
    return TypeError(
        f"Words must be str, got {type(offender).__name__} ({offender!r}) "
        f"at position{plural} {shown}{more}. If these are meant to be words, {remedy}."
    )


def _is_missing(value: Any) -> bool:
    """Tell None, any NaN, pandas.NA and pandas.NaT from other values."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and math.isnan(value)
