"""The sampling loop: candidates drawn symbol by symbol, many side by side."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.draws import Draw, OfTables, Restriction
from sklearn_makemore._core.models import FloatArray, Rows
from sklearn_makemore._text.coded_words import BOUNDARY, Codes, narrowest_dtype

FINISHED, TOO_LONG, DEAD_END = range(3)
MOST_AT_ONCE = 2**15
CODES_AT_ONCE = 2**25  # symbols that the candidates drawn side by side may reach together


class Steps(Protocol):
    """What is stepped as a `NextSymbolModel` is."""

    n_symbols: int

    @property
    def words_at_once(self) -> int: ...

    def init_state(self, n: int) -> Any: ...

    def step(self, state: Any, last_codes: Codes) -> tuple[FloatArray, Rows, Any]: ...

    def select(self, state: Any, rows: NDArray[Any]) -> Any: ...


@dataclass
class CandidateSampler:
    """Draws candidate words from a model.

    Parameters
    ----------
    model : NextSymbolModel, or what is stepped as one
    draw : Draw
    restriction : Restriction
    prefix : ndarray of shape (n,), unsigned integer
        Codes with which every word begins.
    min_length, max_length : int
        Length of words in symbols, prefix included, boundary not. The boundary is banned below
        the one; a word still open at the other is TOO_LONG.
    unknown_code : int or None
        A code never drawn.
    """

    model: Steps
    draw: Draw
    restriction: Restriction
    prefix: Codes
    min_length: int
    max_length: int
    unknown_code: int | None
    _restricted: OfTables = field(default_factory=OfTables, init=False)

    @property
    def most_at_once(self) -> int:
        """How many candidates may be drawn side by side within bounded memory."""
        by_length = CODES_AT_ONCE // (self.max_length + 1)
        limit = max(1, min(MOST_AT_ONCE, by_length, self.model.words_at_once))
        return min(limit, self.draw.words_at_once or limit)

    def candidates(self, first: int, n: int) -> tuple[Codes, NDArray[np.int8]]:
        """Draw candidates ``first .. first + n - 1``.

        Returns
        -------
        codes : ndarray of shape (n_codes,), unsigned integer
            The symbols after the prefix, a boundary after every word.
        outcome : ndarray of shape (n,), int8
            FINISHED, TOO_LONG or DEAD_END (no symbol was possible).
        """
        state, last_codes = state_before(self.model, self.prefix, n)
        outcome = np.full(n, TOO_LONG, np.int8)
        alive = np.arange(n)
        drawn: list[tuple[NDArray[np.int64], Codes]] = []
        for step in range(self.max_length - len(self.prefix) + 1):
            log_probs, rows, state = self.model.step(state, last_codes)
            probabilities = self._restrict(log_probs, len(self.prefix) + step < self.min_length)
            codes = self.draw(probabilities, rows, first + alive, step)
            outcome[alive[codes == BOUNDARY]] = FINISHED
            outcome[alive[codes == self.model.n_symbols]] = DEAD_END
            going_on = (codes != BOUNDARY) & (codes != self.model.n_symbols)
            alive = alive[going_on]
            if not len(alive):
                break
            last_codes = codes[going_on].astype(last_codes.dtype)
            state = self.model.select(state, going_on)
            drawn.append((alive, last_codes))
        return lay_out(drawn, n, last_codes.dtype), outcome

    def _restrict(self, log_probs: FloatArray, too_short: bool) -> FloatArray:
        """Restrict the distributions; a table that models return at every step only once."""
        banned = [BOUNDARY] if too_short else []
        if self.unknown_code is not None:
            banned.append(self.unknown_code)
        apply = self.restriction.apply
        return self._restricted.of(log_probs, too_short, lambda: apply(log_probs, banned))


def state_before(model: Steps, prefix: Codes, n: int) -> tuple[Any, Codes]:
    """Return the state of n words that have read all but the last symbol of a prefix, and that."""
    to_read = np.concatenate([[BOUNDARY], prefix]).astype(narrowest_dtype(model.n_symbols))
    state = model.init_state(1)
    for code in to_read[:-1]:
        _, _, state = model.step(state, code[np.newaxis])
    return model.select(state, np.zeros(n, np.int64)), np.repeat(to_read[-1:], n)


def lay_out(
    drawn: list[tuple[NDArray[np.int64], Codes]], n: int, dtype: np.dtype[np.unsignedinteger]
) -> Codes:
    """Turn symbols by step into words end to end, a boundary after each."""
    lengths = np.zeros(n, np.int64)
    for step, (alive, _) in enumerate(drawn):
        lengths[alive] = step + 1
    starts = np.cumsum(lengths + 1) - (lengths + 1)
    flat = np.full(int(lengths.sum()) + n, BOUNDARY, dtype)
    for step, (alive, codes) in enumerate(drawn):
        flat[starts[alive] + step] = codes
    return flat
