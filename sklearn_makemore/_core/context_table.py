"""Distinct contexts and how often each symbol follows them: what every count model is made of."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.grouping import count_rows, rows_of
from sklearn_makemore._text.coded_words import CodedWords, Codes

COUNTED_AT_ONCE = 2**20  # predictions; bounds the working memory of counting


@dataclass(frozen=True)
class ContextTable:
    """Weighted counts of the next symbol after each distinct context, as sparse rows.

    Training on the table is the same mathematics as training on single predictions, on far fewer
    rows: the 182,625 predictions of the lectures' names have 5,438 distinct contexts of 3 symbols.

    Parameters
    ----------
    contexts : ndarray of shape (n_contexts, block_size), unsigned integer
        Distinct contexts in lexicographic order, oldest symbol first.
    indptr : ndarray of shape (n_contexts + 1,), int64
        Context ``i`` owns entries ``indptr[i]:indptr[i + 1]``.
    symbols : ndarray of shape (n_entries,), unsigned integer
        The symbols that follow, in order of code within a context.
    counts : ndarray of shape (n_entries,), float64
        Sum of the weights of the predictions of that symbol in that context, above 0.
    n_symbols : int
        Number of symbols.
    """

    contexts: Codes
    indptr: NDArray[np.int64]
    symbols: Codes
    counts: NDArray[np.float64]
    n_symbols: int

    @classmethod
    def from_words(cls, words: CodedWords, block_size: int) -> "ContextTable":
        """Count every prediction of `words` by the `block_size` symbols before it."""
        pieces = words.pieces(COUNTED_AT_ONCE)
        return cls.merge(
            _count(
                piece.context_columns(block_size),
                piece.targets,
                piece.prediction_weights(),
                words.n_symbols,
            )
            for piece in pieces
        )

    @classmethod
    def merge(cls, tables: Iterable["ContextTable"]) -> "ContextTable":
        """Add up tables over the same symbols and block size: the table of all their words.

        Parameters
        ----------
        tables : iterable of ContextTable
            At least one.

        Raises
        ------
        ValueError
            If the tables differ in symbols or block size.
        """
        parts = list(tables)
        if len(parts) == 1:
            return parts[0]
        shapes = {(part.n_symbols, part.block_size) for part in parts}
        if len(shapes) != 1:
            raise ValueError(
                "Tables to merge must share symbols and block size, got "
                f"(n_symbols, block_size) = {sorted(shapes)}."
            )
        contexts = np.concatenate([part.contexts[part.context_of_entry] for part in parts])
        return _count(
            list(contexts.T),
            np.concatenate([part.symbols for part in parts]),
            np.concatenate([part.counts for part in parts]),
            parts[0].n_symbols,
        )

    def without_symbol(self, code: int) -> "ContextTable":
        """Leave out all predictions of a symbol, and all in whose context it stands."""
        kept = (self.symbols != code) & ~(self.contexts == code).any(axis=1)[self.context_of_entry]
        contexts = self.contexts[self.context_of_entry[kept]]
        return _count(list(contexts.T), self.symbols[kept], self.counts[kept], self.n_symbols)

    @property
    def n_contexts(self) -> int:
        return len(self.contexts)

    @property
    def block_size(self) -> int:
        return int(self.contexts.shape[1])

    @property
    def context_of_entry(self) -> NDArray[np.int64]:
        """The row of `contexts` that each entry belongs to, of shape (n_entries,)."""
        return np.repeat(np.arange(self.n_contexts), np.diff(self.indptr))

    @property
    def totals(self) -> NDArray[np.float64]:
        """Weighted number of predictions from each context, of shape (n_contexts,)."""
        totals = np.bincount(self.context_of_entry, self.counts, self.n_contexts)
        return totals.astype(np.float64)


def _count(
    columns: list[Codes],
    targets: Codes,
    weights: NDArray[np.float64] | None,
    n_symbols: int,
) -> ContextTable:
    """Sum the weights of equal (context, target) pairs."""
    rows = [*columns, targets]
    (*at_entry, symbols), counts = count_rows(rows, n_symbols, len(targets), weights)
    begins = np.zeros(len(counts), bool)
    begins[:1] = True
    for column in at_entry:
        begins[1:] |= column[1:] != column[:-1]
    first = np.flatnonzero(begins)
    indptr = np.append(first, len(counts))
    return ContextTable(rows_of(at_entry, first), indptr, symbols, counts, n_symbols)
