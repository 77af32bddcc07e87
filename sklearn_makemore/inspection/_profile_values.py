"""The different values of a column, the most frequent first, and rows about some of them."""

# SPDX-License-Identifier: BSD-3-Clause

import reprlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import starmap
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_makemore._text.arrow import ArrowColumn
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.flat_text import WORDS_PER_PIECE, FlatText, WordColumn
from sklearn_makemore.inspection._profile_characters import CLASSES, flags_of, table_of, united

EXAMPLES = 3
LONGEST_SHOWN = 40  # characters of a shape
MOST_ROWS = 5  # of the groups of a check, the others not counted
CHARACTERS_PER_PIECE = 2**20
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """One row of a check: what was found, in how many rows of the column, and examples."""

    value: str
    count: int
    examples: list[str]


@dataclass(frozen=True)
class Values:
    """The different values of a column.

    Parameters
    ----------
    words : list of str of length n
        The different strings, the most frequent first, then the first to occur.
    counts : ndarray of shape (n,), int64
        In how many rows each stands.
    n_rows : int
        Rows of the column, missing values included.
    n_missing : int
        Rows without a value.
    """

    words: list[str]
    counts: NDArray[np.int64]
    n_rows: int
    n_missing: int

    @classmethod
    def of(cls, X: Any) -> Self:
        """Count the values of a container, piece by piece.

        Raises
        ------
        TypeError
            If a value is neither a string nor missing.
        """
        column = as_column(X)
        counter: Counter[str] = Counter()
        for start, stop in column.cuts():
            values = _read(column, start, stop)
            if set(map(type, values)) != {str}:
                values = _strings(values, start, column)
            counter.update(values)
        counts = np.fromiter(counter.values(), np.int64, len(counter))
        ranked = np.argsort(-counts, kind="stable")
        occurring = list(counter)
        words = [occurring[place] for place in ranked.tolist()]
        return cls(words, counts[ranked], len(column), len(column) - int(counts.sum()))

    def keep(self, mask: NDArray[np.bool_]) -> Self:
        """Return the values of a mask alone."""
        words = [self.words[place] for place in np.flatnonzero(mask).tolist()]
        return replace(self, words=words, counts=self.counts[mask])

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Number of code points of each value."""
        return np.fromiter(map(len, self.words), np.int64, len(self.words))

    @cached_property
    def alphabet(self) -> list[str]:
        """The different characters of the values, sorted."""
        return sorted(set().union(*self.words))

    @cached_property
    def flags(self) -> NDArray[np.unsignedinteger[Any]]:
        """The united bits of the characters of each value."""
        return self.united(table_of(self.alphabet, flags_of, np.uint16))

    @property
    def classes(self) -> NDArray[np.unsignedinteger[Any]]:
        """Those of the bits that are classes of characters."""
        return self.flags & np.uint16(sum(CLASSES))

    @cached_property
    def folded(self) -> list[str]:
        """Each value as it is compared with others: case, compatible forms and spaces folded."""
        return list(map(fold, self.words))

    @cached_property
    def numbers_of_folded(self) -> dict[str, int]:
        """A number for each different folded value, ascending from 0."""
        return {word: number for number, word in enumerate(dict.fromkeys(self.folded))}

    @cached_property
    def spellings(self) -> NDArray[np.int64]:
        """The number of each value when folded, the same for what differs in spelling alone."""
        numbers = map(self.numbers_of_folded.__getitem__, self.folded)
        return np.fromiter(numbers, np.int64, len(self.words))

    def united(self, table: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.unsignedinteger[Any]]:
        """Return the bits that the characters of each value have by a table of code points."""
        pieces = [united(text, table) for text in texts_of(self.words, self.lengths)]
        return np.concatenate([np.zeros(0, table.dtype), *pieces])

    def where(self, mask: NDArray[np.bool_], rule: Callable[[str], object]) -> Places:
        """Return the places of the values of a mask for which a rule is true."""
        return np.array([i for i in np.flatnonzero(mask).tolist() if rule(self.words[i])], np.int64)

    def row(self, value: str, places: Places) -> Row:
        """Return the row about the values at some places, ascending."""
        examples = [self.words[place] for place in places[:EXAMPLES].tolist()]
        return Row(value, int(self.counts[places].sum()), examples)

    def rows(self, named: Iterable[tuple[str, Places]]) -> Iterator[Row]:
        """Yield a row for each name and the values at its places, where there are any."""
        return (row for row in starmap(self.row, named) if row.count)

    def rows_of_groups(
        self,
        groups: NDArray[np.integer[Any]],
        name_of: Callable[[int], str],
        others: str | None = None,
        most: int = MOST_ROWS,
    ) -> Iterator[Row]:
        """Yield a row for each of the most frequent groups, and one for the others.

        Parameters
        ----------
        groups : ndarray of shape (n,), integer
            The group of each value; negative for none.
        name_of : callable
            Names a group.
        others : str or None, default=None
            Names all other groups together; None for no row about them.
        most : int, default=5
            How many groups have a row of their own.
        """
        places = np.flatnonzero(groups >= 0)
        distinct, firsts, group_of = np.unique(
            groups[places], return_index=True, return_inverse=True
        )
        totals = np.bincount(group_of, self.counts[places])
        largest = np.lexsort((firsts, -totals))
        if others is None or len(largest) > most + 1:  # a row of one other says less than its own
            largest = largest[:most]
        for group in largest.tolist():
            yield self.row(name_of(int(distinct[group])), places[group_of == group])
        if others is not None:
            yield from self.rows([(others, places[~np.isin(group_of, largest)])])


def texts_of(words: list[str], lengths: NDArray[np.int64]) -> Iterator[FlatText]:
    """Lay out words in consecutive pieces of bounded size; a longer word is one piece."""
    ends = np.cumsum(lengths)
    start = 0
    while start < len(words):
        before = int(ends[start] - lengths[start])
        stop = int(np.searchsorted(ends, before + CHARACTERS_PER_PIECE, side="right"))
        stop = min(max(stop, start + 1), start + WORDS_PER_PIECE)
        yield FlatText.from_strings(words[start:stop], start)
        start = stop


def fold(word: str) -> str:
    """Return a word without what case, compatible forms and white space make of it."""
    if word.isascii():
        folded = word.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return folded if folded.isalnum() else " ".join(folded.split())


def shown(text: str) -> str:
    """Return a text as it can be read: with escapes, and in quotes where spaces would be missed."""
    text = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."
    readable = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return readable if text == " ".join(text.split()) else f"'{readable}'"


def quoted(word: str) -> str:
    """Return a word in quotes, cut in the middle where it is long."""
    return reprlib.repr(word)


def _read(column: WordColumn, start: int, stop: int) -> list[Any]:
    """Return values as Python objects, be they words or not."""
    if isinstance(column, ArrowColumn):
        values = column._to_arrow(column._array.slice(start, stop - start))
        return values.to_pylist()  # type: ignore[no-any-return]
    return list(column._between(start, stop))  # type: ignore[attr-defined]


def _strings(values: list[Any], start: int, column: WordColumn) -> list[str]:
    """Return the strings among some values, the others of which must be missing."""
    known = ["" if _is_missing(value) else value for value in values]
    if not all(isinstance(value, str) for value in known):
        raise column.not_words(known, start)
    return [str.__str__(value) for value in values if isinstance(value, str)]


def _is_missing(value: Any) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))
