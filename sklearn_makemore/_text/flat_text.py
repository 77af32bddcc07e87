"""A column of words, read piece by piece into one flat array of code points."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CodePoints = NDArray[np.unsignedinteger[Any]]
WORDS_PER_PIECE = 65_536  # bounds the working memory of everything that streams
OFFENDERS_SHOWN = 5
SLICE = 2**15


@dataclass(frozen=True)
class FlatText:
    """Consecutive words, their characters laid end to end with a slot before, between and after.

    The slots hold 0, which is a character too (NUL): only `offsets` say where words end.

    Parameters
    ----------
    code_points : ndarray of shape (n_characters + n_words + 1,), unsigned integer
        Unicode code points; the dtype is only as wide as the text needs.
    offsets : ndarray of shape (n_words + 1,), int64
        Where the slots are: word ``i`` is ``code_points[offsets[i] + 1:offsets[i + 1]]``.
    positions : sequence of int of length n_words
        Where each word stands in the caller's column, for error messages.
    """

    code_points: CodePoints
    offsets: NDArray[np.int64]
    positions: Sequence[int] | NDArray[np.int64]

    @classmethod
    def from_strings(cls, words: Sequence[str], first_position: int) -> "FlatText":
        """Lay out Python strings; ``TypeError`` from ``str.join`` for anything else."""
        code_points = code_points_of("\0".join(["", *words, ""]))
        offsets = np.flatnonzero(code_points == 0)
        if len(offsets) != len(words) + 1:  # a word has a NUL of its own
            offsets = slots_for(np.fromiter(map(len, words), np.int64, len(words)))
        return cls(code_points, offsets, range(first_position, first_position + len(words)))

    @property
    def n_words(self) -> int:
        return len(self.offsets) - 1

    def distinct_characters(self) -> NDArray[np.integer[Any]]:
        """Return the sorted distinct code points of the words."""
        largest = int(self.code_points.max())
        if largest < 2**16:
            present = np.zeros(largest + 1, bool)
            for part in slices(len(self.code_points)):
                present[self.code_points[part]] = True
            distinct = np.flatnonzero(present)
        else:
            distinct = np.unique(self.code_points)
        n_zeros = len(self.code_points) - np.count_nonzero(self.code_points)
        only_slots = n_zeros == len(self.offsets)
        return distinct[1:] if only_slots else distinct

    def to_strings(self) -> list[str]:
        """Return the words as Python strings."""
        whole = string_of(self.code_points)
        return [whole[slot + 1 : end] for slot, end in itertools.pairwise(self.offsets.tolist())]

    def keep(self, mask: NDArray[np.bool_]) -> "FlatText":
        """Return the words where `mask` (n_words,) is true."""
        sizes = np.diff(self.offsets)
        kept = np.repeat(mask, sizes)
        return FlatText(
            np.concatenate([self.code_points[:1], self.code_points[1:][kept]]),
            slots_for(sizes[mask] - 1),
            np.asarray(self.positions, np.int64)[mask],
        )


def concatenate(texts: Iterable[FlatText]) -> FlatText:
    """Join consecutive pieces of one column, at least one."""
    pieces = list(texts)
    if len(pieces) == 1:
        return pieces[0]
    first, *rest = pieces
    starts = np.cumsum([0, *(piece.offsets[-1] for piece in pieces[:-1])])
    return FlatText(
        np.concatenate([first.code_points, *(piece.code_points[1:] for piece in rest)]),
        np.concatenate(
            [[0], *(piece.offsets[1:] + start for piece, start in zip(pieces, starts, strict=True))]
        ),
        range(first.positions[0], int(pieces[-1].positions[-1]) + 1),
    )


def slots_for(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the slots around words of these lengths are, of shape (n_words + 1,)."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths + 1, out=offsets[1:])
    return offsets


def code_points_of(text: str) -> CodePoints:
    """Return the code points of `text` in the narrowest unsigned dtype, lone surrogates too."""
    try:
        return np.frombuffer(text.encode("latin-1"), np.uint8)
    except UnicodeEncodeError:
        wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        return wide.astype(np.min_scalar_type(int(wide.max())))


def string_of(code_points: CodePoints) -> str:
    """Return the string with these code points, lone surrogates too."""
    return code_points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


class WordColumn(ABC):
    """A container of words.

    Parameters
    ----------
    name : str
        What errors call the container.
    index : pandas.Index or None
        Labels of the rows where the caller's container has them.
    """

    def __init__(self, name: str, index: Any = None) -> None:
        self.name = name
        self.index = index

    @property
    def labels(self) -> "pd.Index[Any]":
        """Labels of the rows; positions where the container has none."""
        return pd.RangeIndex(len(self)) if self.index is None else self.index

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

    def to_strings(self) -> list[str]:
        """Return the words as Python strings."""
        return [word for text in self.pieces() for word in text.to_strings()]

    def flat_text(self, words: Sequence[Any], start: int) -> FlatText:
        """Lay out Python strings, the first of which is word `start` of the column."""
        try:
            return FlatText.from_strings(words, start)
        except TypeError:
            raise self.not_words(words, start) from None

    def not_words(self, values: Sequence[Any], start: int) -> TypeError | ValueError:
        """Describe what stands in `values` where a word should, naming the first positions."""
        bad = [i for i, value in enumerate(values) if not isinstance(value, str)]
        missing = [i for i in bad if _is_missing(values[i])]
        where = missing or bad
        shown = ", ".join(str(start + i) for i in where[:OFFENDERS_SHOWN])
        more = f" and {len(where) - OFFENDERS_SHOWN} more" if len(where) > OFFENDERS_SHOWN else ""
        place = f"at position{'s' if len(where) > 1 else ''} {shown}{more}"
        offender = reprlib.repr(values[where[0]])
        if missing:
            return ValueError(
                f"{self.name} has missing values: {offender} {place}. Drop them (pandas: "
                "dropna()) or replace them by words."
            )
        kind = type(values[where[0]]).__name__
        remedy = "decode it" if kind == "bytes" else "convert it to str"
        return TypeError(
            f"{self.name} must hold str only, got {kind} ({offender}) {place}. If this is meant "
            f"as a word, {remedy}."
        )


class PythonColumn(WordColumn):
    """Words held as Python objects in a list, tuple or NumPy array."""

    def __init__(self, values: Sequence[Any] | NDArray[Any], name: str, index: Any = None) -> None:
        super().__init__(name, index)
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def read(self, start: int, stop: int) -> FlatText:
        values = self._values[start:stop]
        if isinstance(values, np.ndarray):
            values = values.tolist()
        return self.flat_text(values, start)


def _is_missing(value: Any) -> bool:
    """Tell None, pandas.NA and whatever is unlike itself (NaN, NaT) from other values."""
    if value is None or type(value).__name__ == "NAType":
        return True
    try:
        return bool(value != value)
    except Exception:  # of whatever cannot be compared
        return False


def slices(n: int, size: int = SLICE) -> Iterator[slice]:
    """Cut ``0 .. n`` into slices of `size`.

    An operation that indexes or converts makes a temporary array of 8 bytes an element; in slices
    it stays in cache, and memory is not asked of the system each time.
    """
    for start in range(0, n, size):
        yield slice(start, start + size)
