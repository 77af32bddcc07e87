"""Best-first search for the likeliest words."""

# SPDX-License-Identifier: BSD-3-Clause

import heapq
import itertools
from bisect import insort
from typing import Any

import numpy as np

from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._text.coded_words import BOUNDARY, Codes, narrowest_dtype
from sklearn_makemore.exceptions import SamplingError

EXPANSIONS = 10_000
EXPANSIONS_PER_WORD = 1_000


def likeliest_words(
    model: NextSymbolModel,
    n_words: int,
    prefix: Codes,
    max_length: int,
    unknown_code: int | None,
) -> list[tuple[tuple[int, ...], float]]:
    """Return the most probable words that begin with `prefix`, best first.

    Beginnings of words are expanded in order of probability, so that a word comes out only when
    nothing unfinished is as likely: the result is exact. Equals come in order of their codes.

    Parameters
    ----------
    model : NextSymbolModel
    n_words : int
    prefix : ndarray of shape (n,), unsigned integer
    max_length : int
        Longest word in symbols, prefix included.
    unknown_code : int or None
        A code that no word may hold after the prefix.

    Returns
    -------
    words : list of (codes, log_proba)
        Fewer than `n_words` where the model has no more words.

    Raises
    ------
    SamplingError
        If the words are so unlikely that the search does not find them in bounded time.
    """
    dtype = narrowest_dtype(model.n_symbols)
    state, log_proba = model.init_state(1), 0.0
    read = np.concatenate([[BOUNDARY], prefix]).astype(dtype)
    for code, following in itertools.pairwise(read):
        log_probs, rows, state = model.step(state, code[np.newaxis])
        log_proba += log_probs[rows[0], following]
    # A beginning is (-log-probability, codes, state before the last code, is complete).
    frontier: list[tuple[float, tuple[int, ...], Any, bool]] = []
    if log_proba > -np.inf:
        frontier.append((-log_proba, tuple(prefix.tolist()), state, False))
    costs: list[float] = []  # of the best complete words so far, at most n_words, ascending
    found: list[tuple[tuple[int, ...], float]] = []
    n_expansions = 0
    while frontier and len(found) < n_words:
        cost, codes, state, complete = heapq.heappop(frontier)
        if complete:
            found.append((codes, -cost))
            continue
        n_expansions += 1
        if n_expansions > EXPANSIONS + EXPANSIONS_PER_WORD * n_words:
            raise SamplingError(
                f"Found {len(found)} of the {n_words} likeliest words after looking at "
                f"{n_expansions - 1} beginnings of words. Give a max_length, or ask for fewer."
            )
        last = np.array([codes[-1] if codes else BOUNDARY], dtype)
        log_probs, rows, state = model.step(state, last)
        child_costs = cost - log_probs[rows[0]]
        if len(codes) == max_length:
            child_costs[1:] = np.inf
        if unknown_code is not None:
            child_costs[unknown_code] = np.inf
        bound = costs[-1] if len(costs) == n_words else np.inf
        for code in np.flatnonzero((child_costs <= bound) & (child_costs < np.inf)).tolist():
            child_cost = float(child_costs[code])
            if code == BOUNDARY:
                insort(costs, child_cost)
                del costs[n_words:]
                heapq.heappush(frontier, (child_cost, codes, None, True))
            else:
                heapq.heappush(frontier, (child_cost, (*codes, code), state, False))
    return found
