"""N-grams with backoff: sparse in general, a table of all situations where that is small."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.models import (
    CELLS_PER_BATCH,
    MOST_WORDS,
    STEPS_OF_A_WORD,
    AnyCodes,
    FiniteStates,
    FloatArray,
    NextSymbolModel,
    Rows,
)
from sklearn_makemore._core.ngram_trie import NONE, ROOT, NGramTrie, Nodes
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes
from sklearn_makemore._text.flat_text import slices


@dataclass(frozen=True)
class Automaton:
    """What every situation knows: the next symbols and which situation each leads to.

    Parameters
    ----------
    log_probs : ndarray of shape (n_states, n_readable), float64
        The last column is of what is no symbol, and says nothing.
    next_cells : ndarray of shape (n_states * n_readable,), int64
        The first cell of the row of the next state, by cell: not its number, so that a step is an
        addition and a look-up.
    """

    log_probs: FloatArray
    next_cells: NDArray[np.int64]

    @cached_property
    def rows(self) -> FloatArray:
        """The distributions, of shape (n_states, n_symbols); always the same array."""
        return self.log_probs[:, :-1]


class NGramModel(NextSymbolModel, FiniteStates):
    """Next-symbol probabilities after the longest context that was seen.

    The state of a word is the longest n-gram shorter than the order that ends it; it follows from
    the state one symbol earlier and that symbol, as in the automaton of Aho & Corasick (1975).

    Parameters
    ----------
    trie : NGramTrie
    log_proba : ndarray of shape (n_nodes,), float64
        Log-probability of the last symbol of each n-gram after its others.
    log_backoff : ndarray of shape (n_nodes,), float64
        Added to the log-probability after the suffix of a context where an n-gram is not there; 0
        for node 0.
    """

    def __init__(self, trie: NGramTrie, log_proba: FloatArray, log_backoff: FloatArray) -> None:
        NextSymbolModel.__init__(self, trie.n_symbols, trie.order - 1)
        start = ROOT + 1 + BOUNDARY if trie.order > 1 else ROOT
        FiniteStates.__init__(self, trie.n_symbols, trie.levels[-1].start, start)
        self.trie = trie
        self.log_proba = log_proba
        self.log_backoff = log_backoff

    @property
    def finite_states(self) -> FiniteStates:
        return self

    @property
    def words_at_once(self) -> int:
        return MOST_WORDS if self._is_small else super().words_at_once

    @property
    def _is_small(self) -> bool:
        return bool(self.n_states * self.n_symbols <= CELLS_PER_BATCH)

    def _tabulated(self, n_steps: int) -> Automaton | None:
        """Return the automaton if it is there, or small and worth its making for `n_steps`."""
        is_there = "_automaton" in vars(self)
        return self._automaton if is_there or (self._is_small and n_steps > self.n_states) else None

    @cached_property
    def _automaton(self) -> Automaton:
        """All rows at once: those of a context are those of its suffix, changed where it knows."""
        trie = self.trie
        log_probs = np.zeros((self.n_states, self.n_readable))
        successors = np.full((self.n_states, self.n_readable), ROOT)
        for level, longer in zip(trie.levels, trie.levels[1:], strict=False):
            if level.start == ROOT:
                log_probs[ROOT, :-1] = self.log_proba[longer]
            else:
                suffixes = trie.suffixes[level]
                successors[level] = successors[suffixes]
                log_probs[level] = log_probs[suffixes]
                log_probs[level] += self.log_backoff[level, np.newaxis]
            at = trie.contexts[longer], trie.symbols[longer]
            log_probs[at] = self.log_proba[longer]
            successors[at] = self._as_state(np.arange(longer.start, longer.stop))
        # Whatever a word was, the next one begins the same.
        successors[:, BOUNDARY] = self.start
        successors[:, -1] = ROOT  # of what is no symbol no n-gram knows anything
        successors *= self.n_readable
        return Automaton(log_probs, successors.ravel())

    def _as_state(self, nodes: Nodes) -> Nodes:
        """Return the states of words that end in n-grams."""
        # Nothing goes on from the longest n-grams: all that matters is one symbol shorter.
        return np.where(nodes < self.n_states, nodes, self.trie.suffixes[nodes])

    def log_probs(self, words: CodedWords) -> FloatArray:
        automaton = self._tabulated(words.n_predictions)
        if automaton is None:
            return self._sparse_log_probs(words)
        cells = self._cells(automaton, words.last_symbols)
        cells += words.targets
        return automaton.log_probs.ravel()[cells]

    def _cells(self, automaton: Automaton, codes: Codes) -> NDArray[np.int64]:
        """Return the first cell of the row that holds after each code of words end to end.

        A state looks back ``order - 1`` symbols, so as many passes over all the codes bring every
        place to its state, wherever they begin. The first pass begins in the empty n-gram, whose
        row is the first, and each of the other ``order - 2`` lets one more symbol be seen.
        """
        cells = automaton.next_cells[codes]
        for _ in range(len(self.trie.levels) - 3):
            cells[1:] = automaton.next_cells[cells[:-1] + codes[1:]]
        return cells

    def _sparse_log_probs(self, words: CodedWords) -> FloatArray:
        result = np.empty(0)
        for contexts, nodes in self._matches(words.codes):
            # The longest n-gram decides; where it is missing, its context pays to back off.
            found = nodes[1:] != NONE
            known = self.log_proba[nodes[1:]]
            if not len(result):
                result = known
                continue
            has_context = contexts[1:] != NONE
            backoff = np.where(has_context, self.log_backoff[contexts[1:]], 0.0)
            result = np.where(found, known, result + backoff)
        return result

    def _matches(self, codes: Codes) -> Iterator[tuple[Nodes, Nodes]]:
        """Yield the contexts and the n-grams of each length that end in every place, -1 for none.

        Contexts are one symbol shorter, and end one place before.
        """
        nodes = ROOT + 1 + codes.astype(np.int64)
        is_symbol = codes < self.n_symbols
        nodes[~is_symbol] = NONE
        yield np.zeros_like(nodes), nodes
        for length in range(2, len(self.trie.levels)):
            contexts = np.full_like(nodes, NONE)
            contexts[1:] = nodes[:-1]
            if length > 2:  # what ends a word begins the next as a single boundary only
                contexts[1:][codes[:-1] == BOUNDARY] = NONE
            places = np.flatnonzero((contexts != NONE) & is_symbol)
            nodes = np.full_like(nodes, NONE)
            nodes[places] = self.trie.children(contexts[places], codes[places])
            yield contexts, nodes

    def next_log_probs(self, prefixes: CodedWords) -> FloatArray:
        return self.rows(self.states_of(prefixes.codes[:-1])[prefixes.offsets[1:] - 1])

    def states_of(self, codes: Codes) -> Nodes:
        """Return the state after each code of words end to end, boundaries between them."""
        automaton = self._tabulated(len(codes))
        if automaton is not None:
            return np.asarray(self._cells(automaton, codes) // self.n_readable)
        states = np.zeros(len(codes), np.int64)
        for _, nodes in self._matches(codes):
            longer = (nodes != NONE) & (nodes < self.n_states)
            states[longer] = nodes[longer]
        states[codes == BOUNDARY] = self.start
        return states

    def distributions(self, words: CodedWords) -> Iterator[FloatArray]:
        """Every place ends a beginning, of which the last ``order - 1`` symbols will do."""
        for part in slices(words.n_predictions, self.rows_at_once):
            first = max(0, part.start - self.trie.order)
            codes = words.codes[first : part.stop + 1]
            places = np.arange(part.start - first, len(codes))
            yield self.next_log_probs(CodedWords(codes, places, self.n_symbols, None, None))

    def rows(self, states: Nodes) -> FloatArray:
        automaton = self._tabulated(len(states) * STEPS_OF_A_WORD)
        return self._rows(states) if automaton is None else automaton.rows[states]

    def following(self, states: Nodes, codes: AnyCodes) -> Nodes:
        automaton = self._tabulated(len(states))
        if automaton is None:
            return self._advance(states, codes)
        cells = automaton.next_cells[states * self.n_readable + codes]
        return np.asarray(cells // self.n_readable)

    def _rows(self, states: Nodes) -> FloatArray:
        """Return the distributions after some states, of shape (n, n_symbols)."""
        # From the empty n-gram up, each longer context changes what it knows.
        chains = [states]
        while chains[-1].any():
            chains.append(self.trie.suffixes[chains[-1]])
        log_probs = np.tile(self.log_proba[self.trie.levels[1]], (len(states), 1))
        for nodes in reversed(chains):
            log_probs += self.log_backoff[nodes, np.newaxis]
            places = np.flatnonzero(nodes != ROOT)  # what that knows is there already
            rows, children = self.trie.all_children(nodes[places])
            log_probs[places[rows], self.trie.symbols[children]] = self.log_proba[children]
        return log_probs

    def init_state(self, n: int) -> Nodes:
        return np.zeros(n, np.int64)

    def step(self, state: Nodes, last_codes: Codes) -> tuple[FloatArray, Rows, Nodes]:
        automaton = self._tabulated(len(last_codes) * STEPS_OF_A_WORD)
        if automaton is not None:
            cells = automaton.next_cells[state * self.n_readable + last_codes]
            state = cells // self.n_readable
            if len(state) * STEPS_OF_A_WORD > self.n_states:
                return automaton.rows, state, state
            distinct, rows = np.unique(state, return_inverse=True)
            return automaton.rows[distinct], rows, state
        state = self._advance(state, last_codes)
        distinct, rows = np.unique(state, return_inverse=True)
        return self._rows(distinct), rows, state

    def _advance(self, states: Nodes, codes: AnyCodes) -> Nodes:
        """Return the states after reading one more symbol each."""
        states, result = states.copy(), np.full(len(states), self.start)
        result[codes == self.n_symbols] = ROOT
        waiting = np.flatnonzero((codes != BOUNDARY) & (codes != self.n_symbols))
        while len(waiting):
            nodes = self.trie.children(states[waiting], codes[waiting])
            found = nodes != NONE
            result[waiting[found]] = self._as_state(nodes[found])
            waiting = waiting[~found]
            states[waiting] = self.trie.suffixes[states[waiting]]
        return result

    def select(self, state: Nodes, rows: NDArray[Any]) -> Nodes:
        selected: Nodes = state[rows]
        return selected
