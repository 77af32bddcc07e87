"""A column of words, read piece by piece into flat text."""

# SPDX-License-Identifier: BSD-3-Clause

import reprlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_makemore._text.flat_text import FlatText, concatenate

WORDS_PER_PIECE = 65_536  # bounds the working memory of everything that streams
OFFENDERS_SHOWN = 5


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
