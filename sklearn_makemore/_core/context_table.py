"""Distinct contexts and how often each symbol follows them: what every count model is made of."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.window_keys import Packing, Run, begins_of, total
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes, narrowest_dtype
from sklearn_makemore._text.flat_text import SLICE, slices

COUNTED_AT_ONCE = 2**20  # predictions, where every possible window has a cell
SORTED_AT_ONCE = 2**29  # bytes


@dataclass(frozen=True)
class ContextTable:
    """Weighted counts of the next symbol after each distinct context, as sparse rows.

    Training on the table is the same mathematics as training on single predictions, on far fewer
    rows: the 182,625 predictions of the lectures' names have 5,438 distinct contexts of 3 symbols.

    Parameters
    ----------
    contexts : ndarray of shape (n_contexts, block_size) of codes
        Distinct contexts in lexicographic order, oldest symbol first.
    indptr : ndarray of shape (n_contexts + 1,), int64
        Context ``i`` owns entries ``indptr[i]:indptr[i + 1]``.
    symbols : ndarray of shape (n_entries,) of codes
        The symbols that follow, in order of code within a context.
    counts : ndarray of shape (n_entries,), float64
        Sum of the weights of the predictions of that symbol in that context, above 0.
    n_symbols : int
        Number of symbols.
    length_counts : ndarray of shape (n_lengths,), float64, or None
        Weight of the words of each length, from 0 symbols; None where that is not known.

    See Also
    --------
    sklearn_makemore.base.BaseCountLM : Estimates from one.
    sklearn_makemore.WordCounts : Counts of words, from which tables are made.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_makemore.base import ContextTable
    >>> windows = np.array([[0, 1], [1, 0], [1, 1]], np.uint8)  # .a a. aa
    >>> table = ContextTable.from_windows(windows, np.array([5.0, 5.0, 2.0]), n_symbols=2)
    >>> table.contexts.tolist(), table.totals
    ([[0], [1]], array([5., 7.]))
    """

    contexts: Codes
    indptr: NDArray[np.int64]
    symbols: Codes
    counts: NDArray[np.float64]
    n_symbols: int
    length_counts: NDArray[np.float64] | None = None

    @classmethod
    def from_words(cls, words: CodedWords, block_size: int) -> "ContextTable":
        """Count every prediction of words by the symbols before it.

        Parameters
        ----------
        words : CodedWords
            The words.
        block_size : int
            Symbols of a context.

        Returns
        -------
        table : ContextTable
            The counts.
        """
        lengths = words.predictions_per_word - 1
        with np.errstate(over="ignore"):
            by_length = np.bincount(lengths, words.weights, minlength=1).astype(np.float64)
        return replace(cls._windows_of(words, block_size), length_counts=by_length)

    @classmethod
    def _windows_of(cls, words: CodedWords, block_size: int) -> "ContextTable":
        if not words.n_words:
            nothing = np.empty((0, block_size + 1), words.codes.dtype)
            return cls.from_windows(nothing, np.empty(0), words.n_symbols)
        packing = Packing(words.n_symbols, block_size + 1)
        if packing.n_keys <= min(words.n_predictions, COUNTED_AT_ONCE):
            return cls._from_run(_count_in_cells(words, packing), packing)
        runs = (
            Run.of_keys(
                packing.keys(_columns(piece, packing), piece.n_predictions),
                piece.prediction_weights(),
            )
            for piece in words.pieces(SORTED_AT_ONCE // packing.bytes_of_window)
        )
        return cls._from_run(total(runs), packing)

    @classmethod
    def from_windows(
        cls,
        windows: Codes,
        counts: NDArray[np.float64],
        n_symbols: int,
        length_counts: NDArray[np.float64] | None = None,
    ) -> "ContextTable":
        """Return the table of distinct windows: contexts and the symbol after each.

        Parameters
        ----------
        windows : ndarray of shape (n_entries, block_size + 1) of codes
            In lexicographic order.
        counts : ndarray of shape (n_entries,), float64
            Of each window.
        n_symbols : int
            Number of symbols.
        length_counts : ndarray of shape (n_lengths,), float64, or None
            Weight of the words of each length, if that is known.

        Returns
        -------
        table : ContextTable
            The counts.
        """
        begins = np.zeros(len(windows), bool)
        begins[:1] = True
        for column in windows.T[:-1]:
            begins[1:] |= column[1:] != column[:-1]
        indptr = np.append(np.flatnonzero(begins), len(windows))
        contexts, symbols = windows[begins, :-1], windows[:, -1].copy()
        return cls(contexts, indptr, symbols, counts, n_symbols, length_counts)

    @classmethod
    def _from_run(cls, run: Run, packing: Packing) -> "ContextTable":
        contexts, symbols = packing.without_last(run.keys)
        begins = begins_of(contexts)
        indptr = np.append(np.flatnonzero(begins), len(symbols))
        distinct = packing.of_contexts.windows(contexts[:, begins])
        return cls(distinct, indptr, symbols, run.counts, packing.n_symbols)

    def _as_run(self, packing: Packing) -> Run:
        contexts = packing.of_contexts.keys(list(self.contexts.T), self.n_contexts)
        at_entry = np.repeat(contexts, np.diff(self.indptr), axis=1)
        return Run(packing.with_last(at_entry, self.symbols), self.counts)

    @classmethod
    def merge(cls, tables: Iterable["ContextTable"]) -> "ContextTable":
        """Add up tables over the same symbols: the table of all their words.

        It has the largest block size that all tables can be brought to (`resized`): the smallest
        of those that cannot be longer, or the largest of all.

        Parameters
        ----------
        tables : iterable of ContextTable
            At least one.

        Returns
        -------
        table : ContextTable
            The sum.

        Raises
        ------
        ValueError
            If the tables differ in symbols.
        """
        parts = list(tables)
        alphabets = {part.n_symbols for part in parts}
        if len(alphabets) != 1:
            raise ValueError(
                f"Tables to merge must share symbols, got n_symbols = {sorted(alphabets)}."
            )
        if len(parts) == 1:
            return parts[0]
        limits = [part.block_size for part in parts if not part.holds_words]
        block_size = min(limits) if limits else max(part.block_size for part in parts)
        packing = Packing(parts[0].n_symbols, block_size + 1)
        runs = (part.resized(block_size)._as_run(packing) for part in parts)
        merged = cls._from_run(Run.merge(runs), packing)
        return replace(merged, length_counts=_summed([part.length_counts for part in parts]))

    def resized(self, block_size: int) -> "ContextTable":
        """Return the table of the same words for contexts of another length.

        Parameters
        ----------
        block_size : int
            The length.

        Returns
        -------
        table : ContextTable
            Itself where the length is the same.

        Raises
        ------
        ValueError
            If contexts would become longer, and there are some that do not begin with their word.
        """
        missing = block_size - self.block_size
        if missing == 0:
            return self
        if missing > 0:
            if not self.holds_words:
                raise ValueError(
                    f"Contexts of {self.block_size} symbols cannot become {block_size} long: some "
                    "words are longer than what was counted of them."
                )
            # What comes before the start of a word is boundaries, so nothing changes its place.
            windows = np.pad(self.windows, ((0, 0), (missing, 0)), constant_values=BOUNDARY)
            return self.from_windows(windows, self.counts, self.n_symbols, self.length_counts)
        packing = Packing(self.n_symbols, block_size + 1)
        keys = packing.keys(list(self.windows[:, -missing:].T), self.n_entries)
        resized = self._from_run(Run.of_keys(keys, self.counts), packing)
        return replace(resized, length_counts=self.length_counts)

    def recoded(self, code_of: Codes, n_symbols: int) -> "ContextTable":
        """Return the table with other codes for the same symbols.

        Parameters
        ----------
        code_of : ndarray of shape (self.n_symbols,) of codes
            The new code of each symbol, the boundary's the same. Where it ascends, as where symbols
            are put among others, the order of windows remains and nothing is sorted. Symbols of one
            new code are counted together.
        n_symbols : int
            Number of symbols, those without old code included.

        Returns
        -------
        table : ContextTable
            The same counts.
        """
        codes = np.asarray(code_of).astype(narrowest_dtype(n_symbols))
        if (codes[1:] > codes[:-1]).all():
            contexts, symbols = codes[self.contexts], codes[self.symbols]
            return replace(self, contexts=contexts, symbols=symbols, n_symbols=n_symbols)
        packing = Packing(n_symbols, self.block_size + 1)
        keys = packing.keys(list(codes[self.windows].T), self.n_entries)
        recoded = self._from_run(Run.of_keys(keys, self.counts), packing)
        return replace(recoded, length_counts=self.length_counts)

    def without_symbol(self, code: int) -> "ContextTable":
        """Leave out all predictions of a symbol, and all in whose context it stands.

        Parameters
        ----------
        code : int
            The symbol.

        Returns
        -------
        table : ContextTable
            The other counts.
        """
        windows = self.windows
        kept = (windows != code).all(axis=1)
        return self.from_windows(windows[kept], self.counts[kept], self.n_symbols)

    @property
    def n_contexts(self) -> int:
        return len(self.contexts)

    @property
    def block_size(self) -> int:
        return int(self.contexts.shape[1])

    @property
    def n_entries(self) -> int:
        return len(self.symbols)

    @property
    def context_of_entry(self) -> NDArray[np.int64]:
        """The row of `contexts` that each entry belongs to, of shape (n_entries,)."""
        return np.repeat(np.arange(self.n_contexts), np.diff(self.indptr))

    @property
    def windows(self) -> Codes:
        """The contexts with the symbol after each, of shape (n_entries, block_size + 1).

        They are distinct and in lexicographic order.
        """
        windows = np.empty((self.n_entries, self.block_size + 1), self.symbols.dtype)
        sizes = np.diff(self.indptr)
        for place, column in enumerate(self.contexts.T):
            windows[:, place] = np.repeat(column, sizes)
        windows[:, -1] = self.symbols
        return windows

    @property
    def holds_words(self) -> bool:
        """Whether every window begins at the start of a word or before: none is longer."""
        oldest = self.contexts[:, 0] if self.block_size else self.symbols
        return not (oldest != BOUNDARY).any()

    @property
    def totals(self) -> NDArray[np.float64]:
        """Weighted number of predictions from each context, of shape (n_contexts,)."""
        totals = np.bincount(self.context_of_entry, self.counts, self.n_contexts)
        return totals.astype(np.float64)


Source = CodedWords | ContextTable  # what a model may learn from


def n_predictions(words: Source) -> float:
    """Return the weighted number of predictions, infinite where it is beyond float64."""
    with np.errstate(over="ignore"):
        if isinstance(words, ContextTable):
            return float(words.counts.sum())
        if words.weights is None:
            return float(words.n_predictions)
        return float(words.weights @ words.predictions_per_word)


def _summed(parts: list[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
    """Add up counts by length, None where some are not known."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    total = np.zeros(max(map(len, known)))
    with np.errstate(over="ignore"):
        for part in known:
            total[: len(part)] += part
    return total


def _columns(words: CodedWords, packing: Packing) -> list[Codes]:
    """Return the windows that end in each prediction as columns, oldest symbol first."""
    return [*words.context_columns(packing.length - 1), words.targets]


def _count_in_cells(words: CodedWords, packing: Packing) -> Run:
    """Count in an array with a cell for every possible window, which is quickest where it fits."""
    cells = np.zeros(packing.n_keys)
    for piece in words.pieces(COUNTED_AT_ONCE):
        columns, weights = _columns(piece, packing), piece.prediction_weights()
        for part in slices(piece.n_predictions, max(SLICE, packing.n_keys)):
            here = [column[part] for column in columns]
            keys = packing.keys(here, len(here[0]))[0]
            cells += np.bincount(keys, None if weights is None else weights[part], len(cells))
    keys = np.flatnonzero(cells)
    return Run(keys.astype(packing.dtype)[np.newaxis], cells[keys])
