"""A model given what its words must be: each draw goes where the rest can still be accepted."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.models import LARGEST_TABLE_BYTES, MOST_WORDS, FloatArray, Rows, States
from sklearn_makemore._core.product import SMALLEST, Linear, Product, TooLarge
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
    min_rest : int
        Fewest symbols after the prefix.
    max_rest : int or None
        Most symbols after it; None for any number.

    Raises
    ------
    TooLarge
        If the sums would need more than 1 GiB.
    """

    def __init__(self, product: Product, min_rest: int, max_rest: int | None) -> None:
        self.n_symbols = product.n_symbols
        self.product = product
        self.min_rest = min_rest
        if max_rest is None:
            self._equations, sums = product.solved
            sums_in_time = [sums]
        else:
            self._equations, sums_in_time = (
                product.plain,
                _in_time(product.plain, max_rest - min_rest),
            )
            if not product.is_in_range(sums_in_time[-1]):
                self._equations = product.scaled
                sums_in_time = _in_time(product.scaled, max_rest - min_rest)
        self._is_bounded = max_rest is not None
        self._layers, self._log_scale = _longer(self._equations, sums_in_time, min_rest)

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
        if n_read >= self.min_rest:
            masses[:, BOUNDARY] = self._equations.ends[distinct]
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
        if n_read >= self.min_rest:
            may_end = self.product.log_ends[nodes] > -np.inf
            result[:, BOUNDARY] = np.where(may_end, np.exp(-units[nodes]), 0.0)
        places, edges = self.product.edges_of(nodes)
        scale = np.exp(units[self.product.targets[edges]] - units[nodes[places]])
        result[places, self.product.codes[edges]] = scale * self._sums_after(edges, n_read)
        return result, state

    def _read(self, state: State, last_codes: Codes) -> State:
        nodes, n_read = state
        return (self.product.targets_of(nodes, last_codes) if n_read >= 0 else nodes), n_read + 1

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


def _in_time(equations: Linear, most: int) -> list[FloatArray]:
    """Return the sums over words of at most 0, 1, 2, ... `most` symbols more."""
    sums = [equations.ends]
    for n_symbols in range(1, most + 1):
        longer = equations.matrix @ sums[-1] + equations.ends
        if not (longer - sums[-1] > SAME * longer).any():
            sums += [longer] * (most + 1 - n_symbols)
            break
        sums.append(longer)
        _check_size(sums)
    return sums


def _longer(
    equations: Linear, sums: list[FloatArray], min_rest: int
) -> tuple[list[FloatArray], float]:
    """Put before sums, by symbols left, those of nodes where no word may end yet.

    Returns
    -------
    layers : list of ndarray of shape (n_nodes,), float64
        By symbols read; where no end is allowed yet, in any unit.
    log_scale : float
        The unit of the first.
    """
    layers, log_scale = sums.copy(), 0.0
    for _ in range(min_rest):
        shorter = equations.matrix @ layers[-1]
        largest = shorter.max()
        if 0 < largest < SMALLEST:
            shorter, log_scale = shorter / largest, log_scale + float(np.log(largest))
        layers.append(shorter)
        _check_size(layers)
    return layers[::-1], log_scale


def _check_size(layers: list[FloatArray]) -> None:
    if len(layers) * layers[0].nbytes > LARGEST_TABLE_BYTES:
        raise TooLarge(
            f"Sums for {len(layers)} lengths of words and more would need more than 1 GiB."
        )
