"""Bigram counts: one row of next-symbol probabilities for each symbol."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.models import (
    MOST_WORDS,
    STEPS_OF_A_WORD,
    AnyCodes,
    FiniteStates,
    FloatArray,
    Rows,
    States,
    WindowModel,
)
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes, narrowest_dtype


def dense_counts(table: ContextTable) -> FloatArray:
    """Return the counts of a table with block size 1 as an (n_symbols, n_symbols) array."""
    counts = np.zeros((table.n_symbols, table.n_symbols))
    counts[table.contexts[table.context_of_entry, 0], table.symbols] = table.counts
    return counts


def sparse_counts(counts: FloatArray) -> ContextTable:
    """Return the table of block size 1 with these counts; the inverse of `dense_counts`."""
    n_symbols = len(counts)
    last, following = np.nonzero(counts)
    contexts, sizes = np.unique(last, return_counts=True)
    dtype = narrowest_dtype(n_symbols)
    return ContextTable(
        contexts[:, np.newaxis].astype(dtype),
        np.concatenate([[0], np.cumsum(sizes)]),
        following.astype(dtype),
        counts[last, following],
        n_symbols,
    )


def additive_smoothing(
    counts: FloatArray, smoothing: float, unknown_code: int | None
) -> FloatArray:
    """Normalise rows of counts after adding `smoothing` to each.

    A row without counts gets the limit of vanishing smoothing: equal shares for all symbols but
    the unknown one. With ``smoothing=0`` a symbol without counts keeps probability 0.

    Parameters
    ----------
    counts : ndarray of shape (m, n_symbols), float64
        Non-negative, finite.
    smoothing : float
        Non-negative number added to every count (Lidstone; 1 is Laplace).
    unknown_code : int or None
        The last code, where there is an unknown symbol.

    Returns
    -------
    probabilities : ndarray of shape (m, n_symbols), float64
        Each row sums to 1.
    """
    smoothed = counts + smoothing
    largest = smoothed.max(axis=1, keepdims=True)
    smoothed[largest[:, 0] == 0, :unknown_code] = 1.0
    largest[largest == 0] = 1.0
    smoothed /= largest  # so that neither tiny nor huge weights under- or overflow the sum
    smoothed /= smoothed.sum(axis=1, keepdims=True)
    return smoothed


class BigramModel(WindowModel, FiniteStates):
    """Next-symbol probabilities that depend on the last symbol alone.

    Parameters
    ----------
    probabilities : ndarray of shape (n_symbols, n_symbols), float64
        Row ``i`` is the distribution after symbol ``i``.
    after_others : ndarray of shape (n_symbols,), float64, or None
        The distribution after what is no symbol; None means equal shares, as after a symbol that
        has not been seen.
    """

    def __init__(self, probabilities: FloatArray, after_others: FloatArray | None = None) -> None:
        WindowModel.__init__(self, n_symbols=len(probabilities), block_size=1)
        FiniteStates.__init__(self, self.n_symbols, self.n_symbols, start=BOUNDARY)
        n = self.n_symbols
        # A row and a column more than symbols, so that every code that may be read has its own.
        self._cells = np.zeros((n + 1, n + 1))
        self.table = self._cells[:, :n]
        with np.errstate(divide="ignore"):
            np.log(probabilities, out=self.table[:n])
            self.table[n] = np.log(1 / n if after_others is None else after_others)

    @property
    def finite_states(self) -> FiniteStates:
        return self

    @property
    def words_at_once(self) -> int:
        return max(MOST_WORDS, super().words_at_once)

    def context_log_probs(self, contexts: Codes) -> FloatArray:
        return self.table[contexts[:, 0]]

    def log_probs(self, words: CodedWords) -> FloatArray:
        cells = words.last_symbols.astype(np.int64)
        cells *= self.n_readable
        cells += words.targets
        return self._cells.ravel()[cells]

    def rows(self, states: States) -> FloatArray:
        return self.table[states]

    def following(self, states: States, codes: AnyCodes) -> States:
        return codes.astype(np.int64)

    def step(self, state: Codes, last_codes: Codes) -> tuple[FloatArray, Rows, Codes]:
        if len(last_codes) * STEPS_OF_A_WORD < self.n_symbols:
            return super().step(state, last_codes)
        return self.table, last_codes.astype(np.int64), state
