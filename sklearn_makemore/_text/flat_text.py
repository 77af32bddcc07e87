"""A column of words, read piece by piece into one flat array of symbols."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SymbolIds = NDArray[np.unsignedinteger[Any]]
WORDS_PER_PIECE = 65_536  # bounds the working memory of everything that streams
OFFENDERS_SHOWN = 5
SLICE = 2**15
LARGEST_BYTE = 2**8 - 1
# What readers of files make of words, unless they are told otherwise.
READ_AS_NUMBERS = (
    "If words were read as numbers, '0007' as 7, read the column as text (dtype=str in "
    "pandas.read_csv, infer_schema=False in polars.read_csv): str afterwards has lost the zeros. "
    "If these are numbers, convert them to str."
)
READ_AS_MISSING = (
    " If words such as 'nan' or 'null' were read so, give keep_default_na=False to pandas.read_csv."
)


@dataclass(frozen=True)
class FlatText:
    """Consecutive words, their symbols laid end to end with a slot before, between and after.

    The slots hold 0, which is a character too (NUL): only `offsets` say where words end.

    Parameters
    ----------
    ids : ndarray of shape (n_symbols + n_words + 1,), unsigned integer
        What the symbols are: Unicode code points where there is no `table`, else places in it, from
        1. The dtype is only as wide as code points need.
    offsets : ndarray of shape (n_words + 1,), int64
        Where the slots are: word ``i`` is ``ids[offsets[i] + 1:offsets[i + 1]]``.
    positions : sequence of int of length n_words
        Where each word stands in the caller's column, for error messages.
    table : SymbolTable or None
        The different symbols of the column as far as it has been read.
    """

    ids: SymbolIds
    offsets: NDArray[np.int64]
    positions: Sequence[int] | NDArray[np.int64]
    table: "SymbolTable | None" = None

    @classmethod
    def from_strings(cls, words: Sequence[str], first_position: int) -> "FlatText":
        """Lay out Python strings; ``TypeError`` from ``str.join`` for anything else."""
        code_points = code_points_of("\0".join(["", *words, ""]))
        offsets = np.flatnonzero(code_points == 0)
        if len(offsets) != len(words) + 1:  # a word has a NUL of its own
            offsets = slots_for(np.fromiter(map(len, words), np.int64, len(words)))
        return cls(code_points, offsets, range(first_position, first_position + len(words)))

    @classmethod
    def of_symbols(
        cls, ids: SymbolIds, lengths: NDArray[np.int64], first_position: int, table: "SymbolTable"
    ) -> "FlatText":
        """Lay out symbols that stand end to end, so many to a word."""
        offsets = slots_for(lengths)
        positions = range(first_position, first_position + len(lengths))
        return cls(with_slots(ids, offsets), offsets, positions, table)

    @property
    def n_words(self) -> int:
        return len(self.offsets) - 1

    def distinct_ids(self) -> NDArray[np.integer[Any]]:
        """Return the sorted distinct ids of the symbols of the words."""
        largest = int(self.ids.max())
        if largest < 2**16:
            present = np.zeros(largest + 1, bool)
            for part in slices(len(self.ids)):
                present[self.ids[part]] = True
            distinct = np.flatnonzero(present)
        else:
            distinct = np.unique(self.ids)
        n_zeros = len(self.ids) - np.count_nonzero(self.ids)
        only_slots = n_zeros == len(self.offsets)
        return distinct[1:] if only_slots else distinct

    def to_strings(self) -> list[str]:
        """Return words of code points as Python strings."""
        whole = string_of(self.ids)
        return [whole[slot + 1 : end] for slot, end in itertools.pairwise(self.offsets.tolist())]

    def to_lists(self) -> list[list[str]]:
        """Return the words as lists of symbols."""
        if self.table is None:
            return list(map(list, self.to_strings()))
        whole = np.array([None, *self.table], object)[self.ids].tolist()
        return [whole[slot + 1 : end] for slot, end in itertools.pairwise(self.offsets.tolist())]

    def words(self, start: int, stop: int) -> "FlatText":
        """Return words ``start:stop``, sharing memory."""
        offsets = self.offsets[start : stop + 1]
        ids = self.ids[offsets[0] : offsets[-1] + 1]
        return FlatText(ids, offsets - offsets[0], self.positions[start:stop], self.table)

    def keep(self, mask: NDArray[np.bool_]) -> "FlatText":
        """Return the words where `mask` (n_words,) is true."""
        sizes = np.diff(self.offsets)
        kept = np.repeat(mask, sizes)
        return FlatText(
            np.concatenate([self.ids[:1], self.ids[1:][kept]]),
            slots_for(sizes[mask] - 1),
            np.asarray(self.positions, np.int64)[mask],
            self.table,
        )


def concatenate(texts: Iterable[FlatText]) -> FlatText:
    """Join consecutive pieces of one column, at least one."""
    pieces = list(texts)
    if len(pieces) == 1:
        return pieces[0]
    first, *rest = pieces
    starts = np.cumsum([0, *(piece.offsets[-1] for piece in pieces[:-1])])
    return FlatText(
        np.concatenate([first.ids, *(piece.ids[1:] for piece in rest)]),
        np.concatenate(
            [[0], *(piece.offsets[1:] + start for piece, start in zip(pieces, starts, strict=True))]
        ),
        range(first.positions[0], int(pieces[-1].positions[-1]) + 1),
        first.table,
    )


def slots_for(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the slots around words of these lengths are, of shape (n_words + 1,)."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths + 1, out=offsets[1:])
    return offsets


def with_slots(symbols: SymbolIds, offsets: NDArray[np.int64]) -> SymbolIds:
    """Return symbols that stand end to end with a slot at each offset."""
    ids = np.zeros(len(symbols) + len(offsets), symbols.dtype)
    is_symbol = np.ones(len(ids), bool)
    is_symbol[offsets] = False
    ids[is_symbol] = symbols
    return ids


def code_points_of(text: str) -> SymbolIds:
    """Return the code points of `text` in the narrowest unsigned dtype, lone surrogates too."""
    try:
        return np.frombuffer(text.encode("latin-1"), np.uint8)
    except UnicodeEncodeError:
        wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        return wide.astype(np.min_scalar_type(int(wide.max())))


def string_of(code_points: SymbolIds) -> str:
    """Return the string with these code points, lone surrogates too."""
    return code_points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


class NotASymbol(TypeError):
    """What stands in a word where a symbol should; whoever knows the place names it."""


class SymbolTable(dict[str, int]):
    """The different symbols of a column and their ids, from 1, in order of first occurrence."""

    def __missing__(self, symbol: Any) -> int:
        """Give a symbol that is looked up for the first time the next id."""
        if not isinstance(symbol, str) or not symbol:
            raise NotASymbol
        if type(symbol) is not str:  # NumPy's strings are found as Python's are
            return self[str.__str__(symbol)]
        self[symbol] = len(self) + 1
        return len(self)

    def ids_of(self, words: Sequence[Iterable[Any]], n_symbols: int) -> SymbolIds:
        """Return the ids of all symbols of some words, end to end, of shape (n_symbols,)."""
        if len(self) <= LARGEST_BYTE:
            with suppress(ValueError):  # a larger id: bytes take two thirds of the time of numbers
                symbols = itertools.chain.from_iterable(words)
                return np.frombuffer(bytes(map(self.__getitem__, symbols)), np.uint8)
        symbols = itertools.chain.from_iterable(words)
        return np.fromiter(map(self.__getitem__, symbols), np.uint32, n_symbols)


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

    @abstractmethod
    def read_lists(self, start: int, stop: int, table: SymbolTable) -> FlatText:
        """Return words ``start:stop`` of which each is a sequence of symbols."""

    @property
    def holds_lists(self) -> bool:
        """Whether the first word is a sequence of symbols rather than a string."""
        return False

    def cuts(self) -> Iterator[tuple[int, int]]:
        """Yield the ends of consecutive pieces of bounded size; none for no words."""
        for start in range(0, len(self), WORDS_PER_PIECE):
            yield start, min(start + WORDS_PER_PIECE, len(self))

    def pieces(self) -> Iterator[FlatText]:
        """Read the column of strings in consecutive pieces of bounded size."""
        return (self.read(start, stop) for start, stop in self.cuts())

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

    def flat_lists(self, words: Sequence[Any], start: int, table: SymbolTable) -> FlatText:
        """Lay out sequences of symbols, the first of which is word `start` of the column."""
        if not all(map(is_sequence_of_symbols, set(map(type, words)))):
            raise self.not_lists(words, start)
        try:
            lengths = np.fromiter(map(len, words), np.int64, len(words))
        except TypeError:  # of an array of no dimension
            raise self.not_lists(words, start) from None
        try:
            ids = table.ids_of(words, int(lengths.sum()))
        except TypeError:  # what is no symbol, or cannot be looked up
            raise self._not_symbols(words, start) from None
        return FlatText.of_symbols(ids, lengths, start, table)

    def not_words(self, values: Sequence[Any], start: int) -> TypeError | ValueError:
        """Describe what stands in `values` where a string should, naming the first positions."""
        bad = [i for i, value in enumerate(values) if not isinstance(value, str)]
        return self._not(values, bad, start, "str", _remedy_for_word)

    def not_lists(self, values: Sequence[Any], start: int) -> TypeError | ValueError:
        """Describe what stands in `values` where a sequence of symbols should."""
        bad = [
            i
            for i, value in enumerate(values)
            if not is_sequence_of_symbols(type(value)) or np.ndim(value) == 0
        ]
        return self._not(values, bad, start, "lists of symbols (symbols='token')", _remedy_for_list)

    def _not(
        self,
        values: Sequence[Any],
        bad: list[int],
        start: int,
        wanted: str,
        remedy: Callable[[Any], str],
    ) -> TypeError | ValueError:
        missing = [i for i in bad if _is_missing(values[i])]
        where = missing or bad
        shown = ", ".join(str(start + i) for i in where[:OFFENDERS_SHOWN])
        more = f" and {len(where) - OFFENDERS_SHOWN} more" if len(where) > OFFENDERS_SHOWN else ""
        place = f"at position{'s' if len(where) > 1 else ''} {shown}{more}"
        first = values[where[0]]
        offender = reprlib.repr(first)
        if missing:
            read = "" if self.index is None else READ_AS_MISSING
            return ValueError(
                f"{self.name} has missing values: {offender} {place}. Drop them (pandas: "
                f"dropna()) or replace them by words.{read}"
            )
        return TypeError(
            f"{self.name} must hold {wanted} only, got {type(first).__name__} ({offender}) "
            f"{place}. {remedy(first)}"
        )

    def _not_symbols(self, words: Sequence[Any], start: int) -> TypeError | ValueError:
        """Name the first item of some sequences that is no symbol."""
        for position, word in enumerate(words, start):
            for place, symbol in enumerate(word):
                if isinstance(symbol, str) and symbol:
                    continue
                what = f"{type(symbol).__name__} ({reprlib.repr(symbol)})"
                empty = isinstance(symbol, str) or _is_missing(symbol)
                remedy = "Leave it out" if empty else "Leave it out, or make it a str"
                return (ValueError if empty else TypeError)(
                    f"{self.name} must hold lists of non-empty str, got {what} as item {place} of "
                    f"the word at position {position}. {remedy}."
                )
        raise AssertionError("every item is a symbol")


class PythonColumn(WordColumn):
    """Words held as Python objects in a list, tuple or NumPy array."""

    def __init__(self, values: Sequence[Any] | NDArray[Any], name: str, index: Any = None) -> None:
        super().__init__(name, index)
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    @property
    def holds_lists(self) -> bool:
        return len(self) > 0 and is_sequence_of_symbols(type(self._values[0]))

    def read(self, start: int, stop: int) -> FlatText:
        return self.flat_text(self._between(start, stop), start)

    def read_lists(self, start: int, stop: int, table: SymbolTable) -> FlatText:
        return self.flat_lists(self._between(start, stop), start, table)

    def _between(self, start: int, stop: int) -> Sequence[Any]:
        values = self._values[start:stop]
        return values.tolist() if isinstance(values, np.ndarray) else values


def is_sequence_of_symbols(kind: type) -> bool:
    """Tell lists, tuples, arrays and other sequences from strings and from what has no order."""
    if issubclass(kind, (str, bytes, bytearray, memoryview)):
        return False
    is_array = hasattr(kind, "__array__") and not hasattr(kind, "columns")
    return is_array or issubclass(kind, Sequence)


def _remedy_for_word(value: Any) -> str:
    """Say how what stands in place of a string becomes one."""
    if isinstance(value, Number):
        return READ_AS_NUMBERS
    remedy = "convert it to str"
    if isinstance(value, bytes):
        remedy = "decode it"
    elif is_sequence_of_symbols(type(value)):
        remedy = (
            "join it, or give symbols='token' to the language model (to a mixture itself) for "
            "words that are lists"
        )
    return f"If this is meant as a word, {remedy}."


def _remedy_for_list(value: Any) -> str:
    """Say how what stands in place of a sequence of symbols becomes one."""
    remedy = (
        "make it a list of its symbols; a single word of several symbols is [X]; for words that "
        "are strings give another symbols="
    )
    return f"If this is meant as a word, {'decode it' if isinstance(value, bytes) else remedy}."


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
