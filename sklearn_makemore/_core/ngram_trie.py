"""The n-grams of some words as a trie: which there are, what each begins with and ends with."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.grouping import rank
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes

Nodes = NDArray[np.int64]
Floats = NDArray[np.float64]
ROOT = 0
NONE = -1


@dataclass(frozen=True)
class NGramTrie:
    """N-grams numbered shorter ones first, those of one length in lexicographic order.

    Node 0 is the empty n-gram and nodes ``1 .. n_symbols`` are the single symbols. A boundary that
    begins an n-gram is the start of a word, one that ends it is the end: the node of the single
    boundary stands for the end as a prediction and for the start as a context.

    Parameters
    ----------
    contexts : ndarray of shape (n_nodes,), int64
        The n-gram without its last symbol; -1 for node 0. It ascends, so the n-grams that go on
        from one context are neighbours, in order of their last symbols.
    symbols : ndarray of shape (n_nodes,), unsigned integer
        The last symbol; 0 for node 0.
    suffixes : ndarray of shape (n_nodes,), int64
        The longest n-gram in the trie among those left when symbols are taken off the front; 0
        for node 0. It is where a model backs off to: stored, because found from the symbols it
        would be a walk down from the root at every step.
    n_symbols : int
        Number of symbols.
    """

    contexts: Nodes
    symbols: Codes
    suffixes: Nodes
    n_symbols: int

    @property
    def n_nodes(self) -> int:
        return len(self.contexts)

    @property
    def order(self) -> int:
        """Length of the longest n-grams."""
        return len(self.levels) - 1

    @cached_property
    def levels(self) -> list[slice]:
        """The nodes of each length, from 0."""
        levels, start, stop = [], 0, 1
        while start < self.n_nodes:
            # Contexts ascend, so the next level begins where they reach the end of this one.
            levels.append(slice(start, stop))
            start, stop = stop, int(np.searchsorted(self.contexts, stop))
        return levels

    @cached_property
    def first_children(self) -> Nodes:
        """Node ``i`` is the context of ``first_children[i]`` up to ``first_children[i + 1]``."""
        return np.searchsorted(self.contexts, np.arange(self.n_nodes + 1))

    @cached_property
    def _keys(self) -> Nodes:
        # Ascending, for so are contexts, and symbols after one context: they can be searched.
        return self.contexts * self.n_symbols + self.symbols

    def children(self, nodes: Nodes, codes: NDArray[np.integer[Any]]) -> Nodes:
        """Return the node of each context followed by each symbol, -1 where there is none."""
        keys = nodes * self.n_symbols + codes
        places = np.searchsorted(self._keys, keys)
        places[places == self.n_nodes] = 0  # past the end; the key of node 0 is nobody's
        return np.where(self._keys[places] == keys, places, NONE)

    def all_children(self, nodes: Nodes) -> tuple[Nodes, Nodes]:
        """Return the n-grams that go on from some contexts, and the places of these in `nodes`.

        Returns
        -------
        rows : ndarray of shape (n,), int64
        children : ndarray of shape (n,), int64
        """
        begins = self.first_children[nodes]
        sizes = self.first_children[nodes + 1] - begins
        rows = np.repeat(np.arange(len(nodes)), sizes)
        return rows, np.arange(len(rows)) + np.repeat(begins - np.cumsum(sizes) + sizes, sizes)

    def begins_word(self) -> NDArray[np.bool_]:
        """Tell which n-grams of two symbols and more begin at the start of a word."""
        begins = np.zeros(self.n_nodes, bool)
        for length, level in enumerate(self.levels[2:], 2):
            # As a context, a single boundary is the start of a word: nothing follows the end.
            start = ROOT + 1 + BOUNDARY
            contexts = self.contexts[level]
            begins[level] = contexts == start if length == 2 else begins[contexts]
        return begins

    def keep(self, kept: NDArray[np.bool_]) -> "NGramTrie":
        """Return the trie of the nodes where `kept` is true.

        With a node, those of all its parts must be kept.
        """
        # What is left keeps its order, so the new arrays ascend as the old ones do.
        number = np.cumsum(kept) - 1
        contexts = number[self.contexts[kept]]
        contexts[ROOT] = NONE
        return NGramTrie(contexts, self.symbols[kept], number[self.suffixes[kept]], self.n_symbols)


def frequent(trie: NGramTrie, counts: Floats, thresholds: Floats) -> NDArray[np.bool_]:
    """Tell which n-grams occur often enough, of shape (n_nodes,).

    Parameters
    ----------
    trie : NGramTrie
    counts : ndarray of shape (n_nodes,), float64
    thresholds : ndarray of shape (n,), float64
        Fewest occurrences by length from 1; the last stands for all longer n-grams.
    """
    kept = np.ones(trie.n_nodes, bool)
    for length, level in enumerate(trie.levels[2:], 2):
        enough = counts[level] >= thresholds[min(length, len(thresholds)) - 1]
        # The parts of an n-gram are as frequent but for the rounding of sums of weights.
        kept[level] = enough & kept[trie.contexts[level]] & kept[trie.suffixes[level]]
    return kept


def window_size(words: CodedWords, order: int) -> int:
    """Return the length of the windows that hold all n-grams: at most `order`.

    No n-gram is longer than the longest word and its two boundaries.
    """
    return min(order, int(words.predictions_per_word.max()) + 1)


def trie_of_table(table: ContextTable) -> tuple[NGramTrie, Floats]:
    """Find all n-grams that the windows of a table hold.

    Returns
    -------
    trie : NGramTrie
        All symbols and all n-grams of 2 to ``block_size + 1`` symbols that end in a prediction.
    counts : ndarray of shape (n_nodes,), float64
        How often each occurs; node 0 has the number of predictions.
    """
    windows, weights, n_symbols = table.windows, table.counts, table.n_symbols
    every_symbol = np.arange(n_symbols, dtype=windows.dtype)
    contexts = [np.array([NONE]), np.full(n_symbols, ROOT)]
    symbols: list[Any] = [every_symbol[:1], every_symbol]
    suffixes = [np.array([ROOT]), np.full(n_symbols, ROOT)]
    counts = [weights.sum(keepdims=True), np.bincount(windows[:, -1], weights, n_symbols)]
    start = 1  # the first node of the last level so far
    number = windows[:, -1].astype(np.int64)  # of the n-gram of that level that ends each window
    for length in range(2, windows.shape[1] + 1):
        if length > 2:
            # A boundary in second place is padding: all of that n-gram is in a shorter one. Such
            # windows come first, for they begin with nothing but boundaries.
            n_padded = np.count_nonzero(windows[:, 1 - length] == BOUNDARY)
            windows, weights, number = windows[n_padded:], weights[n_padded:], number[n_padded:]
        n_before = len(symbols[-1])
        first = windows[:, -length].astype(np.int64)
        if length == windows.shape[1]:  # every window is an n-gram of its own, in order
            suffix = number
            counts.append(weights)
        else:
            number, first, suffix = _distinct_pairs(first, number, n_symbols, n_before)
            counts.append(np.bincount(number, weights, len(suffix)))
        contexts.append(_contexts_of(first, suffix, contexts[-1], symbols[-1], start))
        symbols.append(symbols[-1][suffix])
        # The rest of an n-gram ends the same windows, so it is in the level before.
        suffixes.append(start + suffix)
        start += n_before
    trie = NGramTrie(_joined(contexts), _joined(symbols), _joined(suffixes), n_symbols)
    return trie, _joined(counts)


def _joined(arrays: list[Any]) -> Any:
    """Concatenate arrays and forget them: all of them twice would be the most memory of a fit."""
    joined = np.concatenate(arrays)
    arrays.clear()
    return joined


def _distinct_pairs(
    first: Nodes, number: Nodes, n_symbols: int, n_numbers: int
) -> tuple[Nodes, Nodes, Nodes]:
    """Return the rank of each pair among the distinct ones, and these in order."""
    # Numbers are ranks of n-grams in order, so these small keys sort as the n-grams themselves do.
    keys = first * n_numbers + number
    ranks, n_distinct = rank(keys[np.newaxis], n_symbols * n_numbers)
    distinct = np.empty(n_distinct, np.int64)
    distinct[ranks] = keys
    return ranks, *np.divmod(distinct, n_numbers)


def _contexts_of(
    first: Nodes, suffix: Nodes, contexts_before: Nodes, symbols_before: Codes, start: int
) -> Nodes:
    """Return the nodes of the contexts of a level.

    All n-grams one symbol shorter but those that end a word have something after them. So the
    contexts of a level, in order, are those nodes, in order.

    Parameters
    ----------
    first, suffix : ndarray of shape (n,), int64
        First symbol of each n-gram, and the place in the level before of the rest of it.
    contexts_before, symbols_before : ndarray of shape (m,)
        The level before.
    start : int
        Its first node.
    """
    if start == 1:  # here a boundary has something after it, for it is the start of a word
        return start + first
    rest = contexts_before[suffix]
    changes = np.zeros(len(first), bool)
    changes[1:] = (first[1:] != first[:-1]) | (rest[1:] != rest[:-1])
    going_on = start + np.flatnonzero(symbols_before != BOUNDARY)
    return np.asarray(going_on[np.cumsum(changes)])


def check_trie(trie: NGramTrie) -> None:
    """Hold arrays that come from a file to what `NGramTrie` says of them.

    Raises
    ------
    ValueError
        Saying what is wrong.
    """
    contexts, symbols, suffixes = trie.contexts, trie.symbols, trie.suffixes
    nodes = np.arange(trie.n_nodes)
    singles = slice(ROOT + 1, trie.n_symbols + 1)
    if contexts[ROOT] != NONE or (contexts[1:] < ROOT).any() or (contexts >= nodes).any():
        raise ValueError("an n-gram does not follow its context")
    if suffixes[ROOT] != ROOT or (suffixes < ROOT).any() or (suffixes[1:] >= nodes[1:]).any():
        raise ValueError("an n-gram does not follow its suffix")
    if not np.array_equal(symbols[singles], np.arange(trie.n_symbols)):
        raise ValueError("the first n-grams are not the symbols")
    if (symbols >= trie.n_symbols).any():
        raise ValueError("an n-gram ends in a symbol that there is not")
    steps = np.diff(contexts)
    if (steps < 0).any() or ((steps == 0) & (symbols[1:] <= symbols[:-1])).any():
        raise ValueError("the n-grams are not in order")
    if any((suffixes[level] >= level.start).any() for level in trie.levels[1:]):
        raise ValueError("an n-gram is no longer than its suffix")
