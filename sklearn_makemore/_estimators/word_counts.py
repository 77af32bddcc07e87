"""Counts of words that add up: what is learnt from, in place of the words."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from numbers import Integral
from operator import or_
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sklearn_makemore._core.context_table import ContextTable, n_predictions
from sklearn_makemore._core.learnt import check_array, check_type
from sklearn_makemore._estimators.arguments import check_arguments
from sklearn_makemore._estimators.reading import UNKNOWN_ALLOWED, Reading, checked_shown
from sklearn_makemore._text.coded_words import Codes, narrowest_dtype
from sklearn_makemore._text.containers import as_column, check_counts, read_weighted
from sklearn_makemore._text.vocabulary import PENALTY, Vocabulary

ARGUMENTS = {
    "order": [Interval(Integral, 1, None, closed="left")],
    "handle_unknown": [UNKNOWN_ALLOWED],
}


@dataclass(frozen=True, eq=False, repr=False)
class WordCounts:
    """Weighted counts of the windows of some words; counts of parts add up to those of the whole.

    A window is a symbol that was predicted and the ``order - 1`` symbols before it. Every count
    model of at most that order, and every network over fewer symbols than `order`, is fitted to
    counts as to the words themselves: ``NGramCountLM().fit(counts)``. They are made with
    :meth:`count`, one part of the words at a time and wherever it is, and added with ``+`` or
    :meth:`merge`.

    Parameters
    ----------
    vocabulary : Vocabulary
        What codes stand for.
    table : ContextTable
        The windows and their weights, sorted.
    order : int
        Longest n-grams that are counted, in symbols.

    Attributes
    ----------
    length_counts : ndarray of shape (n_lengths,), float64
        Weight of the words of each length, from 0 symbols.
    symbols_ : ndarray of shape (n_symbols,), dtype object
        The boundary as shown, the symbols of the words in order, the unknown symbol if there is
        one.
    n_words : float
        Weight of all words.
    n_predictions : float
        Weight of all predicted symbols, the closing boundaries of words included.
    n_windows : int
        Number of different windows.
    nbytes : int
        Bytes that the counts take.

    See Also
    --------
    NGramCountLM : Learns from counts as from words.

    Notes
    -----
    Sums of whole weights below 2**53 are exact, so that the parts, their order and how they were
    added make no difference to a fitted model, to the bit; other weights make one of rounding.

    Examples
    --------
    >>> from sklearn_makemore import NGramCountLM, WordCounts
    >>> parts = [["emma", "olivia"], ["ava", "emma"]]
    >>> counts = WordCounts.merge(WordCounts.count(part, order=3) for part in parts)
    >>> counts
    WordCounts(order=3, n_words=4, n_windows=16, n_symbols=8)
    >>> whole = NGramCountLM(order=3).fit(parts[0] + parts[1])
    >>> bool((NGramCountLM(order=3).fit(counts).counts_ == whole.counts_).all())
    True
    """

    vocabulary: Vocabulary
    table: ContextTable
    order: int

    @classmethod
    def count(
        cls,
        X: Any,
        sample_weight: Any = None,
        *,
        order: int = 5,
        alphabet: Any = None,
        symbols: Any = "char",
        handle_unknown: str = PENALTY,
    ) -> Self:
        """Count the windows of words.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words; there may be none.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word: k counts as k repetitions, 0 as absence.
        order : int, default=5
            Longest n-grams to count, at least 1.
        alphabet : str or collection of str, default=None
            All symbols that may occur, known beforehand. None takes those of `X`.
        symbols : {"char", "grapheme", "split", "token"} or re.Pattern, default="char"
            What a symbol is, as the language models know it.
        handle_unknown : {"penalty", "unknown", "error"}, default="penalty"
            What happens to a symbol that is not in `alphabet`. "unknown": it is counted as the
            unknown symbol. "penalty", "error": a ValueError.

        Returns
        -------
        counts : WordCounts
            The counts.

        Raises
        ------
        ValueError
            If values are missing, weights are no weights, or symbols are not in `alphabet`.
        TypeError
            If `X` is a single string or a value is not a word.
        """
        given = {"order": order, "handle_unknown": handle_unknown}
        check_arguments(ARGUMENTS, given, "WordCounts.count")
        reading = Reading.of(symbols, alphabet, None, handle_unknown)
        text, weights = read_weighted(as_column(X), reading.kind, sample_weight)
        vocabulary = reading.vocabulary(text)
        words = vocabulary.encode(text, weights, to_learn=True)
        lengths = words.predictions_per_word - 1
        # No window is longer than the longest word and its two boundaries.
        table = ContextTable.from_words(words, min(int(order) - 1, int(lengths.max(initial=0)) + 1))
        with np.errstate(over="ignore"):
            check_counts(table.counts.sum(keepdims=True))
        vocabulary = vocabulary.having_seen(n_predictions(words))
        return cls(vocabulary, table, int(order))

    @classmethod
    def merge(cls, counts: Iterable["WordCounts"]) -> "WordCounts":
        """Add up counts.

        Parameters
        ----------
        counts : iterable of WordCounts
            At least one. Of different alphabets the union is taken, of different orders the lowest.

        Returns
        -------
        counts : WordCounts
            The counts of all their words together.

        Raises
        ------
        ValueError
            If there are none, or the sums overflow.
        TypeError
            If one is something else.
        """
        parts = list(counts)
        for part in parts:
            if not isinstance(part, WordCounts):
                raise TypeError(f"WordCounts.merge adds WordCounts, got a {type(part).__name__}.")
        if not parts:
            raise ValueError("WordCounts.merge needs at least one WordCounts, got none.")
        vocabulary = reduce(or_, (part.vocabulary for part in parts))
        order = min(part.order for part in parts)
        tables = (part._shortened(order)._recoded(vocabulary).table for part in parts)
        with np.errstate(over="ignore"):
            table = ContextTable.merge(tables)
            check_counts(table.counts.sum(keepdims=True))
        return cls(vocabulary, table, order)

    def __add__(self, other: Any) -> "WordCounts":
        return WordCounts.merge([self, other]) if isinstance(other, WordCounts) else NotImplemented

    def __radd__(self, other: Any) -> "WordCounts":
        """Begin ``sum(parts)``, which starts from 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __repr__(self) -> str:
        return (
            f"WordCounts(order={self.order}, n_words={self.n_words:g}, "
            f"n_windows={self.n_windows}, n_symbols={self.vocabulary.n_symbols})"
        )

    @property
    def symbols_(self) -> NDArray[np.object_]:
        return self.vocabulary.symbols

    @property
    def length_counts(self) -> NDArray[np.float64]:
        counts = self.table.length_counts
        assert counts is not None
        return counts

    @cached_property
    def n_words(self) -> float:
        return float(self.length_counts.sum())

    @cached_property
    def n_predictions(self) -> float:
        return float(self.table.counts.sum())

    @property
    def n_windows(self) -> int:
        return len(self.table.counts)

    @property
    def nbytes(self) -> int:
        table = self.table
        arrays = table.contexts, table.indptr, table.symbols, table.counts, self.length_counts
        return sum(array.nbytes for array in arrays)

    def over(self, reading: Reading, sample_weight: Any) -> "WordCounts":
        """Return the counts as a fit takes them.

        Parameters
        ----------
        reading : Reading
            How the words of the fit would be read.
        sample_weight : None
            Refused: the counts hold the weights.

        Returns
        -------
        counts : WordCounts
            Over these symbols.
        """
        rest = reading.boundary, reading.handle_unknown, reading.kind
        self.vocabulary.check_kind(reading.kind)
        symbols = self.vocabulary.alphabet if reading.alphabet is None else reading.alphabet
        vocabulary = checked_shown(Vocabulary.of_alphabet(symbols, *rest))
        return self.within(vocabulary.having_seen(self.n_predictions), sample_weight)

    def within(self, vocabulary: Vocabulary, sample_weight: Any = None) -> "WordCounts":
        """Return the counts over the symbols of a model.

        Parameters
        ----------
        vocabulary : Vocabulary
            The symbols.
        sample_weight : None
            Refused: the counts hold the weights.

        Returns
        -------
        counts : WordCounts
            Over these symbols.

        Raises
        ------
        ValueError
            If there are no counts, or symbols that the model does not know.
        """
        if sample_weight is not None:
            raise ValueError("The counts hold the weights already: leave sample_weight out.")
        if not self.n_windows:
            raise ValueError("A fit needs at least one word, got counts of none.")
        return self._recoded(vocabulary)

    def windows_of(self, block_size: int) -> ContextTable:
        """Return the counts of windows: so many symbols, or as many as words have, and one more.

        Parameters
        ----------
        block_size : int
            How many symbols.

        Returns
        -------
        table : ContextTable
            The counts.

        Raises
        ------
        ValueError
            If longer windows are needed than have been counted.
        """
        if self.order <= block_size:
            raise ValueError(
                f"The model looks at {block_size} symbols, which needs counts of order "
                f"{block_size + 1}; these have order {self.order}. Count with "
                f"WordCounts.count(..., order={block_size + 1})."
            )
        return self.table.resized(min(block_size, self.table.block_size))

    def _recoded(self, vocabulary: Vocabulary) -> "WordCounts":
        code_of = vocabulary.codes_of(self.vocabulary)
        return replace(
            self, vocabulary=vocabulary, table=self.table.recoded(code_of, vocabulary.n_symbols)
        )

    def _shortened(self, order: int) -> "WordCounts":
        shorter = min(order - 1, self.table.block_size)
        return replace(self, order=order, table=self.table.resized(shorter))

    def _stored_state(self) -> tuple[Vocabulary, "StoredCounts"]:
        """Return the symbols, and what else a file holds of the counts."""
        table = self.table
        return self.vocabulary, StoredCounts(
            self.order, table.windows, table.counts, self.length_counts
        )

    @classmethod
    def _learnt_from(cls, attributes: Mapping[str, Any]) -> "StoredCounts":
        return StoredCounts(**attributes)


@dataclass(frozen=True)
class StoredCounts:
    """Counts as a file holds them, beside the symbols."""

    order: int
    windows: Codes
    weights: NDArray[np.float64]
    length_counts: NDArray[np.float64]

    @property
    def attributes(self) -> dict[str, Any]:
        return dict(vars(self))

    def counts(self, vocabulary: Vocabulary) -> WordCounts:
        """Return the counts over the symbols of a vocabulary."""
        parts = self.windows, self.weights, vocabulary.n_symbols, self.length_counts
        return WordCounts(vocabulary, ContextTable.from_windows(*parts), self.order)

    def checked(self, vocabulary: Vocabulary) -> Self:
        """Return itself if words could have these counts.

        Raises
        ------
        ValueError
            Saying what is wrong.
        """
        windows, codes = self.windows, narrowest_dtype(vocabulary.n_symbols).name
        check_type("order", self.order, int)
        check_array("windows", windows, np.shape(windows)[:2], codes)
        check_array("weights", self.weights, windows.shape[:1])
        check_array("length_counts", self.length_counts, (None,))
        if not 1 <= windows.shape[1] <= self.order:
            raise ValueError("the windows are longer than the order")
        if (windows >= vocabulary.n_symbols).any():
            raise ValueError("a window has symbols that there are not")
        if not is_sorted(windows):
            raise ValueError("the windows are not in order")
        if (self.weights <= 0).any() or (self.length_counts < 0).any():
            raise ValueError("a count is not positive")
        return self


def is_sorted(windows: NDArray[np.integer[Any]]) -> bool:
    """Tell whether rows are distinct and in lexicographic order."""
    if len(windows) < 2:
        return True
    differ = windows[1:] != windows[:-1]
    first = differ.argmax(axis=1)
    rows = np.arange(len(first))
    return bool((windows[1:][rows, first] > windows[:-1][rows, first]).all())
