"""Words as flat symbol codes, the form in which every model sees them."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.unsignedinteger[Any]]
BOUNDARY = 0


@dataclass(frozen=True)
class CodedWords:
    """Words over symbols ``0 .. n_symbols - 1``, one boundary between neighbours.

    The flat array begins with a boundary, and a boundary follows every word, so that the end of
    one word is the start of the next: ``codes[i]`` predicts ``codes[i + 1]`` for every ``i``, and
    there are no other predictions.

    Parameters
    ----------
    codes : ndarray of shape (n_predictions + 1,), unsigned integer
        Symbol codes; 0 is the boundary and stands nowhere inside a word.
    offsets : ndarray of shape (n_words + 1,), int64
        ``offsets[w]`` is the index of the boundary before word ``w``; the last entry is the
        index of the closing boundary.
    n_symbols : int
        Number of symbols, the boundary and an unknown symbol included.
    unknown_code : int or None
        The code that stands for symbols without one of their own, if there may be any: the last
        one, or `n_symbols` where no symbol of the model stands for them.
    weights : ndarray of shape (n_words,), float64, or None
        Positive weight of each word; None means 1 for all.
    unknown_cost : float
        What each symbol costs, in nats, that is none of the model's.
    """

    codes: Codes
    offsets: NDArray[np.int64]
    n_symbols: int
    unknown_code: int | None
    weights: NDArray[np.float64] | None
    unknown_cost: float = 0.0

    @property
    def n_known(self) -> int:
        """Number of symbols without the unknown one, which has the last code."""
        return min(
            self.n_symbols, self.n_symbols if self.unknown_code is None else self.unknown_code
        )

    @property
    def n_words(self) -> int:
        return len(self.offsets) - 1

    @property
    def n_predictions(self) -> int:
        return len(self.codes) - 1

    @property
    def predictions_per_word(self) -> NDArray[np.int64]:
        """Symbols predicted for each word: its length and the closing boundary."""
        return np.diff(self.offsets)

    @property
    def positions(self) -> NDArray[np.int64]:
        """Place of each prediction in its word, from 0, of shape (n_predictions,)."""
        starts = np.repeat(self.offsets[:-1], self.predictions_per_word)
        return np.arange(self.n_predictions) - starts

    @property
    def last_symbols(self) -> Codes:
        """The symbol that precedes each prediction, of shape (n_predictions,)."""
        return self.codes[:-1]

    @property
    def targets(self) -> Codes:
        """The predicted symbols, of shape (n_predictions,)."""
        return self.codes[1:]

    @property
    def known_targets(self) -> Codes:
        """The predicted symbols, a boundary in place of each that is none of the model's."""
        if not self.n_strangers:
            return self.targets
        return np.where(self.targets == self.n_symbols, BOUNDARY, self.targets)

    @cached_property
    def n_strangers(self) -> int:
        """Number of symbols that are none of the model's."""
        if self.unknown_code != self.n_symbols or self.codes.max() < self.n_symbols:
            return 0
        return int(np.count_nonzero(self.codes == self.n_symbols))

    def prediction_weights(self) -> NDArray[np.float64] | None:
        """Weight of every prediction, of shape (n_predictions,), or None for all 1."""
        if self.weights is None:
            return None
        return np.repeat(self.weights, self.predictions_per_word)

    def context_columns(self, block_size: int) -> list[Codes]:
        """Return the `block_size` symbols before every prediction, oldest first.

        Places before the start of the word hold the boundary. Each column has shape
        (n_predictions,).
        """
        columns: list[Codes] = []
        starts = self.offsets[:-1]
        for _ in range(block_size):
            if not columns:
                columns.append(self.last_symbols)
                continue
            older = np.empty_like(columns[0])
            older[1:] = columns[0][:-1]
            older[starts] = BOUNDARY
            columns.insert(0, older)
        return columns

    def keep(self, mask: NDArray[np.bool_]) -> "CodedWords":
        """Return the words where `mask` (n_words,) is true."""
        sizes = self.predictions_per_word
        return replace(
            self,
            codes=np.concatenate([self.codes[:1], self.targets[np.repeat(mask, sizes)]]),
            offsets=np.concatenate([[0], np.cumsum(sizes[mask])]),
            weights=None if self.weights is None else self.weights[mask],
        )

    def numbered(self) -> NDArray[np.int64]:
        """Return a number for each word, of shape (n_words,), the same for equal words.

        Numbers do not depend on the order of the words.
        """
        ends = itertools.pairwise(self.offsets.tolist())
        words = [self.codes[start:stop].tobytes() for start, stop in ends]
        number_of = {word: number for number, word in enumerate(sorted(set(words)))}
        return np.fromiter(map(number_of.__getitem__, words), np.int64, self.n_words)

    def words(self, start: int, stop: int) -> "CodedWords":
        """Return words ``start:stop``, sharing memory."""
        offsets = self.offsets[start : stop + 1]
        return replace(
            self,
            codes=self.codes[offsets[0] : offsets[-1] + 1],
            offsets=offsets - offsets[0],
            weights=None if self.weights is None else self.weights[start:stop],
        )

    def pieces(self, max_predictions: int) -> Iterator["CodedWords"]:
        """Cut into runs of whole words of at most `max_predictions` (a longer word is one run)."""
        start = 0
        while start < self.n_words:
            limit = self.offsets[start] + max_predictions
            stop = max(int(np.searchsorted(self.offsets, limit, side="right")) - 1, start + 1)
            yield self.words(start, stop)
            start = stop


def narrowest_dtype(largest: int) -> np.dtype[Any]:
    """Return the smallest unsigned dtype that holds `largest`."""
    return np.min_scalar_type(largest)
