"""Deterministic automata over codes: which words are wanted, decided symbol by symbol."""

# SPDX-License-Identifier: BSD-3-Clause

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from sklearn_makemore._core.grouping import group_rows
from sklearn_makemore._core.models import AnyCodes, States
from sklearn_makemore._text.coded_words import BOUNDARY

DEAD = -1
ANY = -1  # in place of a code
MOST_REDUCED = 2**11  # states


class Automaton(ABC):
    """Reads the symbols of a word and accepts it or not; state 0 is the first.

    Parameters
    ----------
    n_states : int
        Number of states, or more.
    """

    def __init__(self, n_states: int) -> None:
        self.n_states = n_states

    @abstractmethod
    def step(self, states: States, codes: AnyCodes) -> States:
        """Return the states after one more symbol each, -1 where no word goes on so.

        Parameters
        ----------
        states : ndarray of shape (n,), int64
        codes : ndarray of shape (n,), integer
        """

    @abstractmethod
    def accepts(self, states: States) -> NDArray[np.bool_]:
        """Tell which states (n,) accept a word that ends there."""

    def is_free(self, states: States) -> NDArray[np.bool_]:
        """Tell after which states (n,) every word is accepted, as far as that is known."""
        return np.zeros(len(states), bool)

    def fewest(self, states: States) -> NDArray[np.float64]:
        """Return how many symbols are still to come after each state (n,) at least."""
        return np.zeros(len(states))

    def read(self, codes: Sequence[int]) -> int:
        """Return the state after some symbols, -1 where no word begins with them."""
        state = np.zeros(1, np.int64)
        for code in codes:
            state = self.step(state, np.array([code]))
            if state[0] == DEAD:
                break
        return int(state[0])


class TableAutomaton(Automaton):
    """An automaton as a table of states and classes of symbols, reduced to the fewest states.

    Parameters
    ----------
    following : ndarray of shape (n_states, n_classes), integer
        The next state by the class of the symbol, -1 where there is none.
    class_of : ndarray of shape (n_symbols,), int64
        The class of each symbol; symbols of a class make no difference to each other.
    accepting : ndarray of shape (n_states,), bool
        Whether a word may end there.
    """

    def __init__(
        self, following: NDArray[Any], class_of: NDArray[np.int64], accepting: NDArray[np.bool_]
    ) -> None:
        n_to_come = _symbols_to_come(following, accepting)
        goes_on = (following != DEAD) & np.isfinite(n_to_come)[following]
        following = np.where(goes_on, following, DEAD)
        number_of = _equivalents(following, n_to_come)
        n_states = int(number_of.max()) + 1
        first = np.zeros(n_states, np.int64)  # of the old states of each new one
        first[number_of[::-1]] = np.arange(len(number_of))[::-1]
        super().__init__(n_states)
        targets = following[first]
        self._following = np.where(targets == DEAD, DEAD, number_of[targets])
        self._class_of = class_of
        self._accepting = accepting[first]
        self._fewest = n_to_come[first]
        stays = self._following == np.arange(n_states)[:, np.newaxis]
        self._free = self._accepting & stays[:, class_of[BOUNDARY + 1 :]].all(axis=1)

    def is_free(self, states: States) -> NDArray[np.bool_]:
        return np.asarray(self._free[states])

    def fewest(self, states: States) -> NDArray[np.float64]:
        return np.asarray(self._fewest[states])

    def step(self, states: States, codes: AnyCodes) -> States:
        return self._following[states, self._class_of[codes]]

    def accepts(self, states: States) -> NDArray[np.bool_]:
        return self._accepting[states]


def _symbols_to_come(following: NDArray[Any], accepting: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return of how many symbols the shortest accepted rest of a word is, infinity if of none."""
    states, classes = np.nonzero(following != DEAD)
    goal = len(following)  # a state more, to which those lead where a word may end
    ends = np.flatnonzero(accepting)
    sources = np.concatenate([following[states, classes], np.full(len(ends), goal)])
    backwards = csr_array(
        (np.ones(len(sources), np.int8), (sources, np.concatenate([states, ends]))),
        (goal + 1, goal + 1),
    )
    return np.asarray(dijkstra(backwards, indices=goal, unweighted=True)[:goal] - 1)


def _equivalents(following: NDArray[Any], n_to_come: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number the states, in order, so that those get one number that accept the same words.

    Groups are split until all states of one lead to the same groups (E. F. Moore, "Gedanken-
    experiments on sequential machines", 1956). They begin as those whose shortest words are of
    the same length, so that a chain does not take as many rounds as it has states.
    """
    n_states = len(following)
    if n_states > MOST_REDUCED:
        return np.arange(n_states)
    groups = np.minimum(n_to_come, n_states).astype(np.int64)
    n_groups = 0
    while True:
        of_targets = np.where(following == DEAD, n_states, groups[following])
        groups, representatives = group_rows([groups, *of_targets.T], n_states + 1, n_states)
        if len(representatives) == n_groups:
            _, first = np.unique(groups, return_index=True)
            return np.argsort(np.argsort(first))[groups]  # the first state stays the first
        n_groups = len(representatives)


def fixed_symbols(codes: Sequence[int], n_symbols: int) -> TableAutomaton:
    """Return what accepts the words that have these symbols, or any in place of -1."""
    following, class_of = _chain(codes, n_symbols)
    accepting = np.zeros(len(codes) + 1, bool)
    accepting[-1] = True
    return TableAutomaton(following, class_of, accepting)


def _chain(codes: Sequence[int], n_symbols: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the table that goes on by one state for each of these symbols."""
    distinct = sorted({int(code) for code in codes} - {ANY})
    class_of = np.zeros(n_symbols, np.int64)
    class_of[distinct] = np.arange(1, len(distinct) + 1)
    class_of[BOUNDARY] = len(distinct) + 1
    following = np.full((len(codes) + 1, len(distinct) + 2), DEAD)
    for place, code in enumerate(codes):
        following[place, : -1 if code == ANY else None] = DEAD
        if code == ANY:
            following[place, :-1] = place + 1
        else:
            following[place, class_of[code]] = place + 1
    return following, class_of


def ends_with(codes: Sequence[int], n_symbols: int) -> TableAutomaton:
    """Return what accepts the words that end with these symbols.

    State ``i`` is that the last ``i`` symbols are the first ``i`` of the ending (Knuth, Morris &
    Pratt, "Fast pattern matching in strings", 1977).
    """
    following, class_of = _chain(codes, n_symbols)
    n = len(codes)
    border = 0  # the state after the same symbols but the first
    for state in range(n + 1):
        missing = following[state] == DEAD
        following[state, missing] = following[border, missing] if state else 0
        if state and state < n:
            border = int(following[border, class_of[codes[state]]])
    accepting = np.arange(n + 1) == n
    following[:, class_of[BOUNDARY]] = DEAD
    return TableAutomaton(following, class_of, accepting)


class Excluded(Automaton):
    """Accepts all words but some: a trie of these, and a state for what has left it.

    Parameters
    ----------
    words : sequence of (sequence of int)
        AnyCodes of the words, none the boundary.
    n_symbols : int
    """

    def __init__(self, words: Sequence[Sequence[int]], n_symbols: int) -> None:
        longest = max(map(len, words), default=0)
        codes = np.full((len(words), longest), ANY)
        for row, word in enumerate(words):
            codes[row, : len(word)] = word
        lengths = np.array([len(word) for word in words], np.int64)
        nodes, n_nodes, keys = np.zeros(len(words), np.int64), 1, [np.empty(0, np.int64)]
        excluded = [np.zeros(len(words), np.int64)[lengths == 0]]
        for place in range(longest):
            going = lengths > place
            key = nodes[going] * n_symbols + codes[going, place]
            distinct, number = np.unique(key, return_inverse=True)
            keys.append(distinct)  # ascends from level to level, for the nodes do
            nodes[going] = n_nodes + number
            n_nodes += len(distinct)
            excluded.append(nodes[lengths == place + 1])
        super().__init__(n_nodes + 1)
        self._keys, self._n_symbols = np.concatenate(keys), n_symbols
        self._accepting = np.ones(n_nodes + 1, bool)
        self._accepting[np.concatenate(excluded)] = False
        self._outside = n_nodes

    def step(self, states: States, codes: AnyCodes) -> States:
        keys = states * self._n_symbols + codes
        places = np.searchsorted(self._keys, keys)
        places[places == len(self._keys)] = 0
        if not len(self._keys):
            return np.full(len(states), self._outside)
        # Nodes are numbered as the keys that lead to them are, from 1.
        return np.where(self._keys[places] == keys, places + 1, self._outside)

    def is_free(self, states: States) -> NDArray[np.bool_]:
        return np.asarray(states == self._outside)

    def accepts(self, states: States) -> NDArray[np.bool_]:
        return self._accepting[states]


class Both(Automaton):
    """Accepts what two automata accept."""

    def __init__(self, one: Automaton, other: Automaton) -> None:
        super().__init__(one.n_states * other.n_states)
        self._one, self._other = one, other

    def step(self, states: States, codes: AnyCodes) -> States:
        of_one, of_other = np.divmod(states, self._other.n_states)
        one, other = self._one.step(of_one, codes), self._other.step(of_other, codes)
        return np.where((one == DEAD) | (other == DEAD), DEAD, one * self._other.n_states + other)

    def fewest(self, states: States) -> NDArray[np.float64]:
        of_one, of_other = np.divmod(states, self._other.n_states)
        return np.maximum(self._one.fewest(of_one), self._other.fewest(of_other))

    def is_free(self, states: States) -> NDArray[np.bool_]:
        of_one, of_other = np.divmod(states, self._other.n_states)
        return self._one.is_free(of_one) & self._other.is_free(of_other)

    def accepts(self, states: States) -> NDArray[np.bool_]:
        of_one, of_other = np.divmod(states, self._other.n_states)
        return self._one.accepts(of_one) & self._other.accepts(of_other)


class Anything(Automaton):
    """Accepts every word."""

    def __init__(self) -> None:
        super().__init__(1)

    def is_free(self, states: States) -> NDArray[np.bool_]:
        return np.ones(len(states), bool)

    def step(self, states: States, codes: AnyCodes) -> States:
        return np.zeros(len(states), np.int64)

    def accepts(self, states: States) -> NDArray[np.bool_]:
        return np.ones(len(states), bool)


def all_of(automata: Sequence[Automaton]) -> Automaton:
    """Return what accepts the words that all of some automata accept."""
    return reduce(Both, automata) if automata else Anything()
