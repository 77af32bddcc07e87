"""The states of a model and of an automaton side by side: sums and best paths over all words.

Everything that is known exactly of a model that counts is a sum over the words that an automaton
accepts. With Z(s, q) for the probability that what follows state s of the model is accepted from
state q of the automaton, Z(s, q) = [q accepts] p(end | s) + sum over a of p(a | s) Z(sa, qa)
(Mehryar Mohri, "Weighted automata algorithms", 2009). Words drawn with probabilities
p(a | s) Z(sa, qa) / Z(s, q) are those of the model given that they are accepted.
"""

# SPDX-License-Identifier: BSD-3-Clause

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sklearn_makemore._core.automata import DEAD, Automaton
from sklearn_makemore._core.models import (
    CELLS_PER_BATCH,
    LARGEST_TABLE_BYTES,
    AnyCodes,
    FiniteStates,
    FloatArray,
    States,
)
from sklearn_makemore._text.coded_words import BOUNDARY, narrowest_dtype
from sklearn_makemore._text.flat_text import slices

BYTES_PER_EDGE = 24  # log-probability, probability, target and symbol, about
MOST_KEYS = 2**62  # pairs of states, so that their numbers fit into int64
MOST_NUMBERED = 2**24  # keys that have a cell each
TOLERANCE = 3e-13  # of sums, relative
ROUNDING = 64 * np.finfo(np.float64).eps
LEAST_LOG_PROBABILITY = -230.0  # about 1e-100: products of a few such are below float64
SMALLEST = 1e-200  # a sum below it may have lost others that float64 does not hold
MOST_SWEEPS = 1_000_000
MOST_TERMS = 2**36  # added in all sweeps: about a minute
SWEEPS_BETWEEN_LOOKS = 4


class TooLarge(ValueError):
    """A product that would not fit into memory."""


class NotConverged(ValueError):
    """Sums over words so long that they cannot be added up."""


class Arithmetic(ABC):
    """How sums over what follows some nodes are made of those over what follows all.

    Sums are arrays of numbers or of their logarithms.

    Attributes
    ----------
    one : float
        What stands for the number 1.
    """

    one: float

    @abstractmethod
    def of(self, nodes: States) -> "Arithmetic":
        """Return the same for some nodes."""

    @abstractmethod
    def onwards(self, sums: FloatArray) -> FloatArray:
        """Return the sums over what goes on, of shape (n,), from those of all nodes."""

    @abstractmethod
    def ending(self, share: float) -> FloatArray:
        """Return the probabilities to end, of shape (n,), times a share."""

    @abstractmethod
    def times(self, sums: FloatArray, share: float) -> FloatArray: ...

    @abstractmethod
    def plus(self, one: FloatArray, other: FloatArray) -> FloatArray: ...

    @abstractmethod
    def quotient(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Return one by the other as numbers, 1 where both are 0."""

    @abstractmethod
    def logs(self, sums: FloatArray) -> FloatArray: ...

    @abstractmethod
    def holds(self, sums: FloatArray) -> bool:
        """Tell whether sums are far enough from the smallest number."""


class Numbers(Arithmetic):
    """Sums as numbers: quick, and right where none is too small for float64."""

    one = 1.0

    def __init__(self, matrix: csr_array, ends: FloatArray) -> None:
        self.matrix, self.ends = matrix, ends

    def of(self, nodes: States) -> "Numbers":
        return Numbers(self.matrix[nodes], self.ends[nodes])

    def onwards(self, sums: FloatArray) -> FloatArray:
        return np.asarray(self.matrix @ sums)

    def ending(self, share: float) -> FloatArray:
        return self.times(self.ends, share)

    def times(self, sums: FloatArray, share: float) -> FloatArray:
        return sums * share

    def plus(self, one: FloatArray, other: FloatArray) -> FloatArray:
        return one + other

    def quotient(self, one: FloatArray, other: FloatArray) -> FloatArray:
        return np.divide(one, other, out=np.ones(len(one)), where=other > 0)

    def logs(self, sums: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.log(sums)

    def holds(self, sums: FloatArray) -> bool:
        return not ((sums > 0) & (sums < SMALLEST)).any()


class Logarithms(Arithmetic):
    """Sums as logarithms: right for all, and some ten times slower."""

    one = 0.0

    def __init__(
        self,
        indptr: NDArray[np.int64],
        targets: NDArray[np.int32],
        log_probs: FloatArray,
        log_ends: FloatArray,
    ) -> None:
        self._indptr, self._targets = indptr, targets
        self._log_probs, self._log_ends = log_probs, log_ends
        self._with_edges = np.flatnonzero(np.diff(indptr))

    def of(self, nodes: States) -> "Logarithms":
        _, edges = edges_of(self._indptr, nodes)
        indptr = np.concatenate([[0], np.cumsum(np.diff(self._indptr)[nodes])])
        of_edges = self._targets[edges], self._log_probs[edges]
        return Logarithms(indptr, *of_edges, self._log_ends[nodes])

    def onwards(self, sums: FloatArray) -> FloatArray:
        result = np.full(len(self._log_ends), -np.inf)
        if len(self._with_edges):
            begins = self._indptr[self._with_edges]
            terms = self._log_probs + sums[self._targets]
            largest = np.maximum.reduceat(terms, begins)
            largest[largest == -np.inf] = 0.0
            sizes = np.diff(self._indptr)[self._with_edges]
            with np.errstate(divide="ignore"):
                shares = np.add.reduceat(np.exp(terms - np.repeat(largest, sizes)), begins)
                result[self._with_edges] = largest + np.log(shares)
        return result

    def ending(self, share: float) -> FloatArray:
        return self.times(self._log_ends, share)

    def times(self, sums: FloatArray, share: float) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.asarray(sums + np.log(share))

    def plus(self, one: FloatArray, other: FloatArray) -> FloatArray:
        return np.logaddexp(one, other)

    def quotient(self, one: FloatArray, other: FloatArray) -> FloatArray:
        is_sum = other > -np.inf
        return np.exp(np.subtract(one, other, out=np.zeros(len(one)), where=is_sum))

    def logs(self, sums: FloatArray) -> FloatArray:
        return sums

    def holds(self, sums: FloatArray) -> bool:
        return True


def edges_of(
    indptr: NDArray[np.int64], nodes: States
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the edges of some nodes, and before them the places of these in `nodes`."""
    begins = indptr[nodes]
    sizes = indptr[nodes + 1] - begins
    rows = np.repeat(np.arange(len(nodes)), sizes)
    return rows, np.arange(len(rows)) + np.repeat(begins - np.cumsum(sizes) + sizes, sizes)


def _solve_block(
    arithmetic: Arithmetic, nodes: States, sums: FloatArray, n_edges: int, tolerance: float
) -> None:
    """Add up the sums of some nodes, in place; others that they lead to are known.

    They grow from sweep to sweep. What is missing of one is at most the last relative growth times
    the symbols that are still to come on average, which the sums so far say.
    """
    of_block = arithmetic.of(nodes)
    ends, total = of_block.ending(1.0), of_block.ending(0.0)
    most = min(MOST_SWEEPS, MOST_TERMS // max(1, n_edges))
    for n_sweeps in range(most):
        before = sums[nodes]
        total = of_block.plus(total, before)
        after = sums[nodes] = of_block.plus(of_block.onwards(sums), ends)
        if n_sweeps % SWEEPS_BETWEEN_LOOKS == 1:
            growth = np.abs(1 - of_block.quotient(before, after)).max(initial=0.0)
            to_come = 1 + n_sweeps - of_block.quotient(total, after).min(initial=n_sweeps)
            if growth * to_come <= tolerance:
                return
    raise NotConverged(
        f"The words of the model are so long that sums over them are not exact after {most} steps: "
        "give max_length."
    )


@dataclass(frozen=True)
class Product:
    """The pairs of states that words can reach, numbered from the first on, and what joins them.

    Parameters
    ----------
    states : ndarray of shape (n_nodes,), int64
        Of the model.
    indptr : ndarray of shape (n_nodes + 1,), int64
        Node ``i`` has the edges ``indptr[i]:indptr[i + 1]``, in order of their symbols.
    codes : ndarray of shape (n_edges,), integer
        The symbol of each edge.
    targets : ndarray of shape (n_edges,), int32
        The node that it leads to.
    log_probs : ndarray of shape (n_edges,), float64
        Log-probability of the symbol.
    log_ends : ndarray of shape (n_nodes,), float64
        Log-probability that the word ends there; -inf where the automaton does not accept it.
    phases : ndarray of shape (n_nodes,), int64
        The states of the automaton.
    is_free : ndarray of shape (n_nodes,), bool
        Whether the automaton accepts whatever follows.
    n_symbols : int
    """

    states: States
    indptr: NDArray[np.int64]
    codes: AnyCodes
    targets: NDArray[np.int32]
    log_probs: FloatArray
    log_ends: FloatArray
    phases: States
    is_free: NDArray[np.bool_]
    n_symbols: int

    @property
    def n_nodes(self) -> int:
        return len(self.log_ends)

    @cached_property
    def ways_to_add(self) -> list[Arithmetic]:
        """The ways to add up, the quickest first."""
        logarithms = Logarithms(self.indptr, self.targets, self.log_probs, self.log_ends)
        if self.log_probs.min(initial=0.0) < LEAST_LOG_PROBABILITY:
            return [logarithms]
        return [self.numbers, logarithms]

    @cached_property
    def numbers(self) -> Numbers:
        shape = (self.n_nodes, self.n_nodes)
        data, indptr = np.exp(self.log_probs), self.indptr.astype(np.int32)
        return Numbers(csr_array((data, self.targets, indptr), shape), np.exp(self.log_ends))

    @property
    def log_sums(self) -> FloatArray:
        """Log-probability from each node that the word is accepted, of shape (n_nodes,).

        Raises
        ------
        NotConverged
            If words hardly ever end.
        """
        for arithmetic in self.ways_to_add:
            sums = self.solve(arithmetic)
            if arithmetic.holds(sums):
                break
        return arithmetic.logs(sums)

    def solve(self, arithmetic: Arithmetic) -> FloatArray:
        """Return the sums over all accepted words from each node, within a relative 1e-12.

        Raises
        ------
        NotConverged
            If words hardly ever end.
        """
        sums = arithmetic.ending(0.0)
        sums[self.is_one] = arithmetic.one
        tolerance = max(TOLERANCE / len(self.blocks), ROUNDING)
        for nodes in self.blocks:
            if not self.is_one[nodes[0]]:
                n_edges = int(np.diff(self.indptr)[nodes].sum())
                _solve_block(arithmetic, nodes, sums, n_edges, tolerance)
        return sums

    @cached_property
    def is_one(self) -> NDArray[np.bool_]:
        """Nodes from which a word is accepted for certain, as far as that is known."""
        # Where all is accepted from here on, and may end at every place, it does end.
        ends = (self.log_ends[self.is_free] > -np.inf).all()
        return np.asarray(self.is_free & ends)

    @cached_property
    def blocks(self) -> list[States]:
        """All nodes, in an order in which steps lead to nodes of the same block or of one before.

        States of the automaton that lead to each other, and so many nodes, are in one; those in
        which the same number of such steps is left are, too, for they do not lead to each other.
        """
        distinct, phase = np.unique(self.phases, return_inverse=True)
        n = len(distinct)
        all_steps = np.repeat(phase, np.diff(self.indptr)) * n + phase[self.targets]
        steps = _distinct(all_steps, n * n)
        before, after = np.divmod(steps, n)
        graph = csr_array((np.ones(len(steps), np.int8), (before, after)), (n, n))
        n_groups, group = connected_components(graph, connection="strong")
        before, after = group[before], group[after]
        leaves = before != after
        before, after = before[leaves], after[leaves]
        n_left = np.zeros(n_groups, np.int64)
        while (n_left[before] <= n_left[after]).any():
            np.maximum.at(n_left, before, n_left[after] + 1)
        # Where all is accepted the sums are known, so that these stand alone.
        of_node = 2 * n_left[group[phase]] + ~self.is_free
        order = np.argsort(of_node, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(of_node[order])) + 1)

    @cached_property
    def log_best(self) -> FloatArray:
        """Log-probability of the likeliest accepted word from each node, of shape (n_nodes,)."""
        best = self.log_ends
        for _ in range(self.n_nodes):
            after = self.best_of(self.log_ends, best)
            if np.array_equal(after, best):
                break
            best = after
        return best

    def best_of(self, log_ends: FloatArray, log_best_after: FloatArray) -> FloatArray:
        """Return the most that each node has by ending, or by one of its edges and what follows."""
        has_edges = np.flatnonzero(np.diff(self.indptr))
        best = log_ends.copy()
        if len(has_edges):
            onwards = self.log_probs + log_best_after[self.targets]
            likeliest = np.maximum.reduceat(onwards, self.indptr[has_edges])
            best[has_edges] = np.maximum(log_ends[has_edges], likeliest)
        return best

    @cached_property
    def _edge_keys(self) -> NDArray[np.int64]:
        """Node and symbol of each edge in one number; they ascend."""
        sources = np.repeat(np.arange(self.n_nodes), np.diff(self.indptr))
        return sources * self.n_symbols + self.codes

    def targets_of(self, nodes: States, codes: NDArray[np.integer]) -> States:
        """Return the node that each symbol leads to from each node; there must be one."""
        edges = np.searchsorted(self._edge_keys, nodes * self.n_symbols + codes)
        return self.targets[edges].astype(np.int64)

    def edges_of(self, nodes: States) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the edges of some nodes, and before them the places of these in `nodes`."""
        return edges_of(self.indptr, nodes)


def _distinct(keys: States, n_keys: int) -> States:
    """Return distinct keys below `n_keys` in order."""
    if n_keys > MOST_NUMBERED:
        return np.unique(keys)
    present = np.zeros(n_keys, bool)
    present[keys] = True
    return np.flatnonzero(present)


class _Numbers:
    """Numbers for keys, in the order in which they come."""

    def __init__(self, n_keys: int) -> None:
        self.n = 0
        self._cells = np.full(n_keys, -1, np.int32) if n_keys <= MOST_NUMBERED else None
        self._keys, self._numbers = np.empty(0, np.int64), np.empty(0, np.int32)

    def of(self, keys: States) -> NDArray[np.int32]:
        """Return the number of each key, -1 where it has none."""
        if self._cells is not None:
            return self._cells[keys]
        if not self.n:
            return np.full(len(keys), -1, np.int32)
        places = np.minimum(np.searchsorted(self._keys, keys), self.n - 1)
        return np.where(self._keys[places] == keys, self._numbers[places], -1).astype(np.int32)

    def add(self, keys: States) -> States:
        """Number those keys that have none, and return them in order."""
        new = self._distinct(keys[self.of(keys) < 0])
        numbers = np.arange(self.n, self.n + len(new), dtype=np.int32)
        self.n += len(new)
        if self._cells is not None:
            self._cells[new] = numbers
            return new
        joined = np.concatenate([self._keys, new])
        order = np.argsort(joined, kind="stable")  # two ascending runs: merged
        self._keys = joined[order]
        self._numbers = np.concatenate([self._numbers, numbers])[order]
        return new

    def _distinct(self, keys: States) -> States:
        """Return distinct keys, none of which has a number, in order."""
        if self._cells is None:
            return np.unique(keys)
        places = np.arange(len(keys), dtype=np.int32)
        self._cells[keys] = places  # of equal keys, one place stays
        return np.sort(keys[self._cells[keys] == places])


def product_of(
    states: FiniteStates,
    automaton: Automaton,
    first: tuple[int, int],
    unknown_code: int | None = None,
) -> Product:
    """Return what words can reach from the first state of a model and that of an automaton.

    Raises
    ------
    TooLarge
        If it would need more than 1 GiB.
    """
    n_q = automaton.n_states
    if states.n_states * n_q > MOST_KEYS:
        raise TooLarge("There are more than 2**62 pairs of states of the model and what is asked.")
    numbers = _Numbers(states.n_states * n_q)
    frontier = numbers.add(np.array([first[0] * n_q + first[1]]))
    parts: list[tuple[NDArray[Any], ...]] = []
    targets: list[NDArray[np.int32]] = []
    n_edges, at_once = 0, max(1, CELLS_PER_BATCH // states.n_symbols)
    reached: list[States] = []
    while len(frontier):
        for part in slices(len(frontier), at_once):
            expanded, keys = _expand(states, automaton, frontier[part], unknown_code)
            parts.append(expanded)
            reached.append(keys)
            n_edges += len(keys)
            if (n_edges + numbers.n) * BYTES_PER_EDGE > LARGEST_TABLE_BYTES:
                raise TooLarge(
                    f"The model has more than {n_edges} steps that fit what is asked for, which "
                    "would need more than 1 GiB: ask for less, with smaller repeats and fewer "
                    "words to exclude, or fit a model of lower order."
                )
        frontier = numbers.add(np.concatenate(reached))
        targets += map(numbers.of, reached)
        reached.clear()
    columns = map(np.concatenate, zip(*parts, strict=True))
    of_model, phases, is_free, log_ends, sizes, codes, log_probs = columns
    return Product(
        of_model,
        np.concatenate([[0], np.cumsum(sizes)]),
        codes,
        np.concatenate(targets),
        log_probs,
        log_ends,
        phases,
        is_free,
        states.n_symbols,
    )


def _expand(
    states: FiniteStates, automaton: Automaton, keys: States, unknown_code: int | None
) -> tuple[tuple[NDArray[Any], ...], States]:
    """Return what a product holds of some nodes and their edges, and the keys these lead to."""
    of_model, of_automaton = np.divmod(keys, automaton.n_states)
    distinct, row_of = np.unique(of_model, return_inverse=True)
    log_probs = states.rows(distinct)[row_of]
    log_ends = np.where(automaton.accepts(of_automaton), log_probs[:, BOUNDARY], -np.inf)
    possible = log_probs > -np.inf
    possible[:, BOUNDARY] = False
    if unknown_code is not None:
        possible[:, unknown_code] = False
    cells = np.flatnonzero(possible)
    rows, codes = np.divmod(cells, states.n_symbols)
    after = automaton.step(of_automaton[rows], codes)
    goes_on = after != DEAD
    if not goes_on.all():
        cells, rows, codes, after = cells[goes_on], rows[goes_on], codes[goes_on], after[goes_on]
    targets = states.following(of_model[rows], codes) * automaton.n_states + after
    sizes = np.bincount(rows, minlength=len(keys))
    # Where a symbol is none of any word, not all that follows is accepted.
    is_free = automaton.is_free(of_automaton) & (unknown_code is None)
    codes = codes.astype(narrowest_dtype(states.n_symbols))
    of_edges = sizes, codes, log_probs.ravel()[cells]
    return (of_model, of_automaton, is_free, log_ends, *of_edges), targets
