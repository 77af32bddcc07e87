"""A model given what its words must be: each draw goes where the rest can still be accepted."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from sklearn_makemore._core.models import (
    LARGEST_TABLE_BYTES,
    MOST_WORDS,
    AnyCodes,
    FloatArray,
    Rows,
    States,
)
from sklearn_makemore._core.product import Arithmetic, Product, TooLarge
from sklearn_makemore._text.coded_words import BOUNDARY, Codes

SAME = 4 * np.finfo(np.float64).eps  # sums that grow no more than this are all there is
State = tuple[States, int]


class Conditioned:
    """The distribution of what follows a prefix, given an automaton and lengths.

    It is stepped as a model is, and reads the prefix as if it were the start of the word.

    Parameters
    ----------
    product : Product
        From the states after the prefix.
    shares : ndarray of shape (n,), float64
        What words that end after so many symbols count, the last of them those of all later ends:
        0 where that is too soon.
    max_rest : int or None
        Most symbols after the prefix; None for any number.

    Raises
    ------
    TooLarge
        If the sums would need more than 1 GiB.
    """

    def __init__(self, product: Product, shares: FloatArray, max_rest: int | None) -> None:
        self.n_symbols = product.n_symbols
        self.product = product
        self._shares = shares
        self._is_bounded = max_rest is not None
        for arithmetic in product.ways_to_add:
            layers = _Layers.of(product, arithmetic, shares, max_rest)
            if layers.are_held:
                break
        self._layers = layers

    @property
    def words_at_once(self) -> int:
        return MOST_WORDS

    @property
    def log_proba(self) -> float:
        """Log-probability that the rest is accepted."""
        return float(self._layers.log_sums(0, np.zeros(1, np.int64))[0])

    def init_state(self, n: int) -> State:
        return np.zeros(n, np.int64), -1

    def step(self, state: State, last_codes: Codes) -> tuple[FloatArray, Rows, State]:
        nodes, n_read = state = self._read(state, last_codes)
        distinct, rows = np.unique(nodes, return_inverse=True)
        log_masses = np.full((len(distinct), self.n_symbols), -np.inf)
        log_masses[:, BOUNDARY] = self.product.log_ends[distinct] + self._log_share(n_read)
        places, edges = self.product.edges_of(distinct)
        of_edges = self.product.log_probs[edges] + self._log_sums_after(edges, n_read)
        log_masses[places, self.product.codes[edges]] = of_edges
        with np.errstate(invalid="ignore"):  # a row of nothing but -inf is one that no word reaches
            return log_masses - logsumexp(log_masses, axis=1, keepdims=True), rows, state

    def to_go(self, state: State, last_codes: Codes) -> tuple[FloatArray, State]:
        """Read one symbol for each of n words; say how likely the rest is after each next one.

        Returns
        -------
        to_go : ndarray of shape (n, n_symbols), float64
            Probability that what follows the next symbol is accepted, each row in any unit.
        state : tuple
        """
        nodes, n_read = state = self._read(state, last_codes)
        log_to_go = np.full((len(nodes), self.n_symbols), -np.inf)
        may_end = self.product.log_ends[nodes] > -np.inf
        log_to_go[may_end, BOUNDARY] = self._log_share(n_read)
        places, edges = self.product.edges_of(nodes)
        log_to_go[places, self.product.codes[edges]] = self._log_sums_after(edges, n_read)
        largest = log_to_go.max(axis=1, keepdims=True)
        largest[largest == -np.inf] = 0.0
        return np.exp(log_to_go - largest), state

    def _read(self, state: State, last_codes: Codes) -> State:
        nodes, n_read = state
        return (self.product.targets_of(nodes, last_codes) if n_read >= 0 else nodes), n_read + 1

    def _log_share(self, n_read: int) -> float:
        with np.errstate(divide="ignore"):
            return float(np.log(self._shares[min(n_read, len(self._shares) - 1)]))

    def _log_sums_after(self, edges: NDArray[np.int64], n_read: int) -> FloatArray:
        """Return the logarithms of the sums over what follows edges."""
        if self._is_bounded and n_read + 1 == len(self._layers.sums):
            return np.full(len(edges), -np.inf)
        return self._layers.log_sums(n_read + 1, self.product.targets[edges])

    def select(self, state: State, rows: NDArray[Any]) -> State:
        nodes, n_read = state
        return nodes[rows], n_read


@dataclass
class _Layers:
    """Sums from each node over words that end in time, by the number of symbols read so far.

    Parameters
    ----------
    arithmetic : Arithmetic
    sums : list of ndarray of shape (n_nodes,), float64
        From 0 symbols; the last is that of all later ones where there is no most.
    are_held : bool
        Whether the arithmetic holds them all.
    n_different : int
        Number of different arrays.
    """

    arithmetic: Arithmetic
    sums: list[FloatArray]
    are_held: bool = True
    n_different: int = 0

    @classmethod
    def of(
        cls, product: Product, arithmetic: Arithmetic, shares: FloatArray, max_rest: int | None
    ) -> Self:
        """Add up from the last layer to the first."""
        layers, last = cls(arithmetic, []), len(shares) - 1
        if max_rest is None:
            sums = product.solve(arithmetic)
            layers._add(arithmetic.times(sums, shares[last]))
        else:
            last = min(last, max_rest)
            layers._add(arithmetic.ending(shares[last]))
            layers._add_alike(shares[last], max_rest - last)
        for n_read in range(last - 1, -1, -1):
            layers._add(layers._before(shares[n_read]))
        layers.sums.reverse()
        return layers

    def log_sums(self, n_read: int, nodes: AnyCodes) -> FloatArray:
        """Return the logarithms of the sums of some nodes after so many symbols."""
        return self.arithmetic.logs(self.sums[min(n_read, len(self.sums) - 1)][nodes])

    def _before(self, share: float) -> FloatArray:
        """Return the sums one symbol earlier than the latest, where ends count a share."""
        onwards = self.arithmetic.onwards(self.sums[-1])
        return self.arithmetic.plus(onwards, self.arithmetic.ending(share))

    def _add(self, sums: FloatArray) -> None:
        self.sums.append(sums)
        self.are_held = self.are_held and self.arithmetic.holds(sums)
        self.n_different += 1
        if self.n_different * sums.nbytes > LARGEST_TABLE_BYTES:
            raise TooLarge(
                f"Sums for {self.n_different} lengths of words and more would need more than 1 "
                "GiB: give a lower max_length, or none."
            )

    def _add_alike(self, share: float, n: int) -> None:
        """Add n layers in which ends count the same; they soon are all there is."""
        for n_added in range(n):
            longer = self._before(share)
            if (self.arithmetic.quotient(self.sums[-1], longer) >= 1 - SAME).all():
                self.sums += [longer] * (n - n_added)
                return
            self._add(longer)
