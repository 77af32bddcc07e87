"""Best-first search for the likeliest words."""

# SPDX-License-Identifier: BSD-3-Clause

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.models import FloatArray, NextSymbolModel
from sklearn_makemore._text.coded_words import BOUNDARY, Codes, narrowest_dtype
from sklearn_makemore.exceptions import SamplingError

EXPANSIONS = 10_000
EXPANSIONS_PER_WORD = 1_000
CELLS = 2**25  # costs of next symbols held at the same time: about 400 MiB


@dataclass
class Continuations:
    """The symbols that may follow one beginning of a word, likeliest first.

    Parameters
    ----------
    beginning : tuple of int
    state : object
        The model's state after reading the beginning.
    codes : ndarray of shape (n,)
        Next symbols.
    costs : ndarray of shape (n,), float64
        Negative log-probability of the beginning and the symbol together, ascending.
    taken : int
        How many have been taken off.
    """

    beginning: tuple[int, ...]
    state: Any
    codes: NDArray[np.int64]
    costs: FloatArray
    taken: int = 0


def likeliest_words(
    model: NextSymbolModel,
    n_words: int,
    prefix: Codes,
    max_length: int,
    unknown_code: int | None,
    is_word: Callable[[tuple[int, ...]], bool] = lambda word: True,
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
    is_word : callable
        Whether symbols, as codes, make a word; others are left out.

    Returns
    -------
    words : list of (codes, log_proba)
        Fewer than `n_words` where the model has no more words.

    Raises
    ------
    SamplingError
        If the words are so unlikely that the search does not find them within bounds of time and
        memory.
    """
    budget = min(EXPANSIONS + EXPANSIONS_PER_WORD * n_words, max(1, CELLS // model.n_symbols))
    # An entry of the heap: (cost, codes read so far, code to read, whence).
    heap: list[tuple[float, tuple[int, ...], int, Continuations]] = []

    def push_next(continuations: Continuations) -> None:
        if continuations.taken < len(continuations.codes):
            code = int(continuations.codes[continuations.taken])
            cost = float(continuations.costs[continuations.taken])
            word = (*continuations.beginning, code) if code else continuations.beginning
            heapq.heappush(heap, (cost, word, code, continuations))
            continuations.taken += 1

    def expand(cost: float, word: tuple[int, ...], state: Any) -> None:
        push_next(_continue(model, cost, word, state, max_length, unknown_code))

    expand(*_read(model, prefix))
    found: list[tuple[tuple[int, ...], float]] = []
    n_expansions = 1
    while heap and len(found) < n_words:
        cost, word, code, continuations = heapq.heappop(heap)
        push_next(continuations)
        if code == BOUNDARY:
            if is_word(word):
                found.append((word, -cost))
            continue
        if n_expansions == budget:
            raise SamplingError(
                f"Found {len(found)} of the {n_words} likeliest words after looking at "
                f"{n_expansions} beginnings of words. Give a prefix or a max_length, or ask "
                "for fewer."
            )
        expand(cost, word, continuations.state)
        n_expansions += 1
    return found


def _read(model: NextSymbolModel, prefix: Codes) -> tuple[float, tuple[int, ...], Any]:
    """Return the cost of a prefix, its codes, and the state before its last symbol is read."""
    cost, state = 0.0, model.init_state(1)
    to_read = np.concatenate([[BOUNDARY], prefix]).astype(narrowest_dtype(model.n_symbols))
    for place in range(len(prefix)):
        log_probs, rows, state = model.step(state, to_read[place : place + 1])
        cost -= float(log_probs[rows[0], prefix[place]])
    return cost, tuple(prefix.tolist()), state


def _continue(
    model: NextSymbolModel,
    cost: float,
    word: tuple[int, ...],
    state: Any,
    max_length: int,
    unknown_code: int | None,
) -> Continuations:
    """Read the last symbol of a beginning and rank what may follow."""
    last = np.array([word[-1] if word else BOUNDARY], narrowest_dtype(model.n_symbols))
    log_probs, rows, state = model.step(state, last)
    costs = cost - log_probs[rows[0]]
    if len(word) == max_length:
        costs[1:] = np.inf
    if unknown_code is not None:
        costs[unknown_code] = np.inf
    order = np.argsort(costs, kind="stable")
    order = order[: np.count_nonzero(costs < np.inf)]
    return Continuations(word, state, order, costs[order])
