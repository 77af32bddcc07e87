"""Choosing the next symbol: restricted distributions and reproducible draws from them."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.models import FloatArray, Rows


@dataclass(frozen=True)
class Restriction:
    """How a distribution is changed before a draw: temperature, then top_k, then top_p.

    Parameters
    ----------
    temperature : float
        Divides the log-probabilities; 0 leaves the most likely symbols, equally likely.
    top_k : int or None
        How many of the most likely symbols stay; of equals, those with the lower codes.
    top_p : float or None
        The fewest most likely symbols whose probabilities reach this sum stay.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    @property
    def changes_nothing(self) -> bool:
        return self.temperature == 1 and self.top_k is None and self.top_p in (None, 1)

    def apply(self, log_probs: FloatArray, banned: Sequence[int]) -> FloatArray:
        """Return restricted probabilities.

        Parameters
        ----------
        log_probs : ndarray of shape (m, n_symbols), float64
        banned : sequence of int
            Codes that get probability 0 before anything else.

        Returns
        -------
        probabilities : ndarray of shape (m, n_symbols), float64
            Each row sums to 1, or to 0 where no symbol is possible.
        """
        logits = log_probs.copy()
        logits[:, list(banned)] = -np.inf
        best = logits.max(axis=1, keepdims=True)
        logits -= np.where(np.isneginf(best), 0.0, best)
        if self.temperature == 0:
            logits[logits < 0] = -np.inf
        elif self.temperature != 1:
            with np.errstate(over="ignore"):
                logits /= self.temperature
        if self.top_k is not None:
            order = np.argsort(-logits, axis=1, kind="stable")
            np.put_along_axis(logits, order[:, self.top_k :], -np.inf, axis=1)
        probabilities = _normalise(np.exp(logits))
        if self.top_p is not None and self.top_p < 1:
            order = np.argsort(-probabilities, axis=1, kind="stable")
            descending = np.take_along_axis(probabilities, order, axis=1)
            reached = np.cumsum(descending, axis=1) - descending >= self.top_p
            descending[reached] = 0.0
            np.put_along_axis(probabilities, order, descending, axis=1)
            probabilities = _normalise(probabilities)
        return probabilities


def _normalise(masses: FloatArray) -> FloatArray:
    """Divide rows by their sums; rows of zeros stay."""
    totals = masses.sum(axis=1, keepdims=True)
    totals[totals == 0] = 1.0
    return np.asarray(masses / totals)


class Draw(Protocol):
    """A way to choose symbols: one code for each word from its row of probabilities.

    ``words_at_once`` limits how many words may be drawn side by side (None: any number). A row
    of zeros gives the code ``n_symbols``.
    """

    @property
    def words_at_once(self) -> int | None: ...

    def __call__(
        self, probabilities: FloatArray, rows: Rows, candidates: NDArray[np.int64], step: int
    ) -> NDArray[np.int64]: ...


class OfTables:
    """What is made of tables, remembered for the latest and for the latest that came twice.

    A model returns one table at many steps, in every batch of words, and at those between others
    that never come again. Tables are known by identity.
    """

    def __init__(self) -> None:
        self._latest: tuple[FloatArray | None, Any, FloatArray] = (None, None, np.empty(0))
        self._twice: tuple[FloatArray | None, Any, FloatArray] = self._latest

    def of(self, table: FloatArray, how: Any, make: Callable[[], FloatArray]) -> FloatArray:
        """Return what `make` makes of a table, `how` being all else that it depends on."""
        for known in (self._twice, self._latest):
            if known[0] is table and known[1] == how:
                self._twice = known
                return known[2]
        self._latest = (table, how, make())
        return self._latest[2]


class InverseCDFDraw:
    """Draws by the inverse cumulative distribution at one uniform number for each word and step.

    Which number that is depends on (seed, candidate, step) alone, so words are the same however
    many are drawn and in whatever batches.

    Parameters
    ----------
    seed : int
        From 0 to 2**63 - 1.
    """

    words_at_once = None

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._cdfs = OfTables()

    def __call__(
        self, probabilities: FloatArray, rows: Rows, candidates: NDArray[np.int64], step: int
    ) -> NDArray[np.int64]:
        cdf = self._cdfs.of(probabilities, None, lambda: cumulative(probabilities))
        return invert(cdf, rows, uniforms(self._seed, candidates, step))


def cumulative(probabilities: FloatArray) -> FloatArray:
    """Return cumulative sums along rows, ending at exactly 1 (or at 0 in a row of zeros)."""
    cdf = np.cumsum(probabilities, axis=1)
    totals = cdf[:, -1:].copy()
    totals[totals == 0] = 1.0
    return np.asarray(cdf / totals)


def invert(cdf: FloatArray, rows: Rows, u: FloatArray) -> NDArray[np.int64]:
    """Return the first symbol of each row whose cumulative probability exceeds `u`.

    A binary search in all rows at once.

    Parameters
    ----------
    cdf : ndarray of shape (m, n_symbols), float64
    rows : ndarray of shape (n,), int64
        Which row to search for each draw.
    u : ndarray of shape (n,), float64
        In [0, 1).

    Returns
    -------
    codes : ndarray of shape (n,), int64
        ``n_symbols`` where no entry of the row exceeds `u`.
    """
    n_symbols = cdf.shape[1]
    flat = cdf.ravel()
    begins = rows * n_symbols
    places = begins.copy()
    size = n_symbols
    while size > 1:
        half = size // 2
        places += half * (flat[places + (half - 1)] <= u)
        size -= half
    places += flat[places] <= u
    return np.asarray(places - begins)


GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)


def uniforms(seed: int, candidates: NDArray[np.int64], step: int) -> FloatArray:
    """Return uniform numbers in [0, 1) with 53 bits, a function of the arguments alone.

    Each candidate has a SplitMix64 stream of its own, begun at the output of a SplitMix64 stream
    over the candidates (Steele, Lea & Flood, "Fast splittable pseudorandom number generators",
    2014), and takes its number `step` from it.

    Parameters
    ----------
    seed : int
        From 0 to 2**63 - 1.
    candidates : ndarray of shape (n,), int64
    step : int

    Returns
    -------
    u : ndarray of shape (n,), float64
    """
    states = _mix(np.uint64(seed) + (candidates + 1).astype(np.uint64) * GOLDEN_GAMMA)
    states += np.array([step + 1], np.uint64) * GOLDEN_GAMMA
    return (_mix(states) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Apply the output function of SplitMix64, in place."""
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z
