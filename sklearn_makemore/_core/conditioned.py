"""A model given what its words must be: each draw goes where the rest can still be accepted."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.models import LARGEST_TABLE_BYTES, MOST_WORDS, FloatArray, Rows, States
from sklearn_makemore._core.product import SMALLEST, Linear, Product, TooLarge
from sklearn_makemore._text.coded_words import BOUNDARY, Codes

LARGEST_RESCALED = 1e-100
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
        for self._equations in (product.plain, product.scaled):
            layers = _Layers.of(self._equations, product, shares, max_rest)
            if layers.are_in_range:
                break
        self._layers, self._log_scale = layers.sums, layers.log_scale

    @property
    def words_at_once(self) -> int:
        return MOST_WORDS

    @property
    def log_proba(self) -> float:
        """Log-probability that the rest is accepted."""
        with np.errstate(divide="ignore"):
            log_sum = np.log(self._layers[0][0])
        return float(log_sum + self._log_scale + self._equations.log_units[0])

    def init_state(self, n: int) -> State:
        return np.zeros(n, np.int64), -1

    def step(self, state: State, last_codes: Codes) -> tuple[FloatArray, Rows, State]:
        nodes, n_read = state = self._read(state, last_codes)
        distinct, rows = np.unique(nodes, return_inverse=True)
        masses = np.zeros((len(distinct), self.n_symbols))
        masses[:, BOUNDARY] = self._share(n_read) * self._equations.ends[distinct]
        places, edges = self.product.edges_of(distinct)
        chances = self._equations.matrix.data[edges]
        masses[places, self.product.codes[edges]] = chances * self._sums_after(edges, n_read)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(masses / masses.sum(axis=1, keepdims=True)), rows, state

    def to_go(self, state: State, last_codes: Codes) -> tuple[FloatArray, State]:
        """Read one symbol for each of n words; say how likely the rest is after each next one.

        Returns
        -------
        to_go : ndarray of shape (n, n_symbols), float64
            Probability that what follows the next symbol is accepted, each row in any unit.
        state : tuple
        """
        nodes, n_read = state = self._read(state, last_codes)
        result = np.zeros((len(nodes), self.n_symbols))
        units = self._equations.log_units
        may_end = self.product.log_ends[nodes] > -np.inf
        result[:, BOUNDARY] = np.where(may_end, self._share(n_read) * np.exp(-units[nodes]), 0.0)
        places, edges = self.product.edges_of(nodes)
        scale = np.exp(units[self.product.targets[edges]] - units[nodes[places]])
        result[places, self.product.codes[edges]] = scale * self._sums_after(edges, n_read)
        return result, state

    def _read(self, state: State, last_codes: Codes) -> State:
        nodes, n_read = state
        return (self.product.targets_of(nodes, last_codes) if n_read >= 0 else nodes), n_read + 1

    def _share(self, n_read: int) -> float:
        return float(self._shares[min(n_read, len(self._shares) - 1)])

    def _sums_after(self, edges: NDArray[np.int64], n_read: int) -> FloatArray:
        """Return the sums over what follows edges."""
        if n_read + 1 < len(self._layers):
            return self._layers[n_read + 1][self.product.targets[edges]]
        if self._is_bounded:
            return np.zeros(len(edges))
        return self._layers[-1][self.product.targets[edges]]

    def select(self, state: State, rows: NDArray[Any]) -> State:
        nodes, n_read = state
        return nodes[rows], n_read


@dataclass
class _Layers:
    """Sums from each node over words that end in time, by the number of symbols read so far.

    Parameters
    ----------
    equations : Linear
    sums : list of ndarray of shape (n_nodes,), float64
        From 0 symbols; the last is that of all later ones where there is no most. While no end
        counts yet they are in any unit.
    log_scale : float
        The unit of the first.
    are_in_range : bool
        Whether float64 holds them all.
    """

    equations: Linear
    sums: list[FloatArray]
    log_scale: float = 0.0
    are_in_range: bool = True

    @classmethod
    def of(
        cls, equations: Linear, product: Product, shares: FloatArray, max_rest: int | None
    ) -> Self:
        """Add up from the last layer to the first."""
        last = len(shares) - 1
        if max_rest is None:
            layers = cls(equations, [])
            layers._add(shares[last] * equations.solve(product.blocks, product.is_one))
        else:
            last = min(last, max_rest)
            layers = cls(equations, [])
            layers._add(shares[last] * equations.ends)
            layers._add_alike(shares[last], max_rest - last)
        for n_read in range(last - 1, -1, -1):
            layers._add(layers._onwards() + shares[n_read] * equations.ends)
            if shares[n_read] == 0:
                layers._rescale()
        layers.sums.reverse()
        return layers

    def _onwards(self) -> FloatArray:
        return np.asarray(self.equations.matrix @ self.sums[-1])

    def _add(self, sums: FloatArray) -> None:
        self.sums.append(sums)
        self.are_in_range = self.are_in_range and not ((sums > 0) & (sums < SMALLEST)).any()
        if len(self.sums) * sums.nbytes > LARGEST_TABLE_BYTES:
            raise TooLarge(
                f"Sums for {len(self.sums)} lengths of words and more would need more than 1 GiB: "
                "give a lower max_length, or none."
            )

    def _add_alike(self, share: float, n: int) -> None:
        """Add n layers in which ends count the same; they soon are all there is."""
        for n_added in range(n):
            before = self.sums[-1]
            longer = self._onwards() + share * self.equations.ends
            if not (longer - before > SAME * longer).any():
                self.sums += [longer] * (n - n_added)
                return
            self._add(longer)

    def _rescale(self) -> None:
        largest = self.sums[-1].max()
        if 0 < largest < LARGEST_RESCALED:
            self.sums[-1] = self.sums[-1] / largest
            self.log_scale += float(np.log(largest))
