"""N-gram models from parts: n-grams in any order with probabilities made elsewhere."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.models import CELLS_PER_BATCH
from sklearn_makemore._core.ngram_trie import NONE, ROOT, Floats, NGramTrie, Nodes
from sklearn_makemore._text.coded_words import Codes, narrowest_dtype
from sklearn_makemore._text.flat_text import slices

LARGE_WEIGHT = 1e3  # times the sum: then 1e-16 of rounding in it is 1e-13 of the sum
MOST_TERMS = 2**31  # of sums that must be exact: some seconds


def trie_of_symbols(n_symbols: int) -> NGramTrie:
    """Return the trie of the empty n-gram and all single symbols."""
    every_symbol = np.arange(n_symbols, dtype=narrowest_dtype(n_symbols))
    contexts = np.append(NONE, np.full(n_symbols, ROOT))
    symbols = np.concatenate([every_symbol[:1], every_symbol])
    return NGramTrie(contexts, symbols, np.zeros(n_symbols + 1, np.int64), n_symbols)


def find(trie: NGramTrie, codes: Codes) -> Nodes:
    """Return the node of each row of `codes` (n, length), -1 where the trie has none."""
    nodes = np.full(len(codes), ROOT)
    for column in codes.T:
        nodes = np.where(nodes == NONE, NONE, trie.children(nodes, column.astype(np.int64)))
    return nodes


def add_level(
    trie: NGramTrie, contexts: Nodes, symbols: Codes
) -> tuple[NGramTrie, NDArray[np.intp]]:
    """Add n-grams one symbol longer than the longest so far.

    Parameters
    ----------
    trie : NGramTrie
    contexts : ndarray of shape (n,), int64
        Nodes of the last level.
    symbols : ndarray of shape (n,), integer
        The symbols that follow; no n-gram comes twice.

    Returns
    -------
    trie : NGramTrie
    order : ndarray of shape (n,), int64
        Which of the n-grams each new node is.
    """
    order = np.lexsort((symbols, contexts))
    contexts, symbols = contexts[order], symbols[order].astype(trie.symbols.dtype)
    suffixes, _ = look_up(trie, trie.suffixes[contexts], symbols, np.zeros(trie.n_nodes))
    longer = NGramTrie(
        np.concatenate([trie.contexts, contexts]),
        np.concatenate([trie.symbols, symbols]),
        np.concatenate([trie.suffixes, suffixes]),
        trie.n_symbols,
    )
    return longer, order


def look_up(
    trie: NGramTrie, contexts: Nodes, symbols: Codes, log_backoff: Floats
) -> tuple[Nodes, Floats]:
    """Return the longest n-grams of symbols after the ends of contexts, and the backoff to them.

    Returns
    -------
    nodes : ndarray of shape (n,), int64
    backoff : ndarray of shape (n,), float64
        Sum of the logarithms of the weights of the contexts without that n-gram.
    """
    contexts, backoff = contexts.copy(), np.zeros(len(contexts))
    nodes = np.full(len(contexts), NONE)
    waiting = np.arange(len(contexts))
    while len(waiting):
        found = trie.children(contexts[waiting], symbols[waiting].astype(np.int64))
        nodes[waiting] = found
        waiting = waiting[found == NONE]
        backoff[waiting] += log_backoff[contexts[waiting]]
        contexts[waiting] = trie.suffixes[contexts[waiting]]
    return nodes, backoff


def normalise(
    trie: NGramTrie, log_proba: Floats, log_backoff: Floats
) -> tuple[Floats, Floats, Floats]:
    """Scale probabilities and weights so that the symbols after every context sum to 1.

    Parameters
    ----------
    trie : NGramTrie
    log_proba : ndarray of shape (n_nodes,), float64
    log_backoff : ndarray of shape (n_nodes,), float64
        0 for node 0.

    Returns
    -------
    log_proba, log_backoff : ndarray of shape (n_nodes,), float64
        A context after which nothing is listed has a weight of 1.
    sums : ndarray of shape (n_nodes,), float64
        What the probabilities after each context did sum to.

    Raises
    ------
    ValueError
        If weights are large after so many contexts that exact sums would take too long.
    """
    log_proba, log_backoff = log_proba.copy(), log_backoff.copy()
    sums = np.ones(trie.n_nodes)
    for level, longer in zip(trie.levels, [*trie.levels[1:], slice(0, 0)], strict=True):
        contexts, size = trie.contexts[longer] - level.start, level.stop - level.start
        seen: Any = np.bincount(contexts, np.exp(log_proba[longer]), size)
        if level.start == ROOT:
            sums[level] = seen
        else:
            sums[level] = _sums_with_backoff(trie, level, longer, seen, log_proba, log_backoff)
            with np.errstate(divide="ignore", invalid="ignore"):
                log_backoff[level] -= np.log(sums[level])
            log_backoff[level][np.bincount(contexts, minlength=size) == 0] = 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            log_proba[longer] -= np.log(sums[trie.contexts[longer]])
    return log_proba, log_backoff, sums


def _sums_with_backoff(
    trie: NGramTrie,
    level: slice,
    longer: slice,
    seen: Floats,
    log_proba: Floats,
    log_backoff: Floats,
) -> Floats:
    """Return the sums after the contexts of a level, whose children are `longer`.

    Parameters
    ----------
    trie : NGramTrie
    level, longer : slice
        Nodes.
    seen : ndarray of shape (n_contexts,), float64
        The sums over what is listed.
    log_proba, log_backoff : ndarray of shape (n_nodes,), float64
        Normalised for what is shorter.
    """
    contexts = trie.contexts[longer]
    after_suffix = trie.suffixes[contexts]
    nodes, backoff = look_up(trie, after_suffix, trie.symbols[longer], log_backoff)
    lower = np.bincount(contexts - level.start, np.exp(log_proba[nodes] + backoff), len(seen))
    left, weights = np.maximum(1.0 - lower, 0.0), np.exp(log_backoff[level])
    # The rounding of a difference shows where a large weight multiplies it.
    large = np.flatnonzero(weights > LARGE_WEIGHT * (seen + weights * left))
    left[large] = _unseen(trie, level.start + large, log_proba, log_backoff)
    sums: Floats = seen + weights * left
    return sums


def _unseen(trie: NGramTrie, contexts: Nodes, log_proba: Floats, log_backoff: Floats) -> Floats:
    """Return how much the suffix of each context gives to symbols not listed after the context.

    Term by term: what is left of 1 would be rounding where almost everything is listed.

    Parameters
    ----------
    trie : NGramTrie
    contexts : ndarray of shape (n,), int64
    log_proba, log_backoff : ndarray of shape (n_nodes,), float64
        Normalised for what is shorter than the contexts and one symbol.
    """
    if len(contexts) * trie.n_symbols > MOST_TERMS:
        raise ValueError(
            f"{len(contexts)} contexts have backoff weights so large that the sums over "
            f"{trie.n_symbols} symbols after each would take too long"
        )
    unseen = np.empty(len(contexts))
    for part in slices(len(contexts), max(1, CELLS_PER_BATCH // trie.n_symbols)):
        unseen[part] = _sums_over_unseen(trie, contexts[part], log_proba, log_backoff)
    return unseen


def _sums_over_unseen(
    trie: NGramTrie, contexts: Nodes, log_proba: Floats, log_backoff: Floats
) -> Floats:
    """Return what `_unseen` does, with a cell for each context and symbol."""
    is_known = np.zeros((len(contexts), trie.n_symbols), bool)
    rows, children = trie.all_children(contexts)
    is_known[rows, trie.symbols[children]] = True
    of_symbols = np.exp(log_proba[trie.levels[1]])
    sums, weights = np.zeros(len(contexts)), np.zeros(len(contexts))
    places, nodes = np.arange(len(contexts)), trie.suffixes[contexts]
    while len(places):  # from each suffix to a shorter one, down to the empty n-gram
        ends = nodes == ROOT
        with np.errstate(divide="ignore"):
            log_rest = np.log(~is_known[places[ends]] @ of_symbols)
        sums[places[ends]] += np.exp(weights[ends] + log_rest)
        places, nodes, weights = places[~ends], nodes[~ends], weights[~ends]
        rows, children = trie.all_children(nodes)
        symbols = trie.symbols[children]
        is_new = ~is_known[places[rows], symbols]
        rows, children, symbols = rows[is_new], children[is_new], symbols[is_new]
        is_known[places[rows], symbols] = True
        terms = np.exp(weights[rows] + log_proba[children])
        sums[places] += np.bincount(rows, terms, len(places))
        weights = weights + log_backoff[nodes]
        nodes = trie.suffixes[nodes]
    return sums
