"""The likeliest words of a model in order: all within a bound on their cost, bound after bound.

All beginnings of words are followed, many side by side, from which a word may still cost no more
than the bound. The next bound follows from how fast the number of words has grown. Each pass begins
anew, so that memory is that of the words between two bounds.
"""

# SPDX-License-Identifier: BSD-3-Clause

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.automata import DEAD
from sklearn_makemore._core.conditions import Condition
from sklearn_makemore._core.models import AnyCodes, FloatArray, NextSymbolModel, States
from sklearn_makemore._core.product import Product
from sklearn_makemore._core.sampling import state_before
from sklearn_makemore._text.coded_words import BOUNDARY, Codes, narrowest_dtype

FOLLOWED_AT_ONCE = 2**15  # beginnings of words
MOST_IN_BAND = 2**20  # words, which are sorted together
FEWEST_IN_BAND = 10
FIRST_WIDTH, WIDEST, NARROWEST = 1.0, 20.0, 1e-6  # nats between two bounds
FIRST_GROWTH, GROWTHS = 2.0, (0.05, 5.0)  # of the logarithm of the number of words, per nat
ROUNDING = 1e-9  # nats; what the cost of a word and the sum of its parts may differ by


class CodedBand(NamedTuple):
    """Some words in order.

    codes : ndarray of shape (n_codes,), unsigned integer
        The symbols of all words, a boundary after each.
    costs : ndarray of shape (n_words,), float64
        Negative log-probabilities, ascending.
    """

    codes: Codes
    costs: FloatArray


class Ways(NamedTuple):
    """How some beginnings of words may go on.

    log_ends : ndarray of shape (n,), float64
        Log-probability that the word ends there, by beginning.
    places : ndarray of shape (n_ways,), int64
        Which beginning goes on so, ascending.
    codes : ndarray of shape (n_ways,), integer
        With which symbol.
    log_probs : ndarray of shape (n_ways,), float64
        Log-probability of the symbol.
    to_come : ndarray of shape (n_ways,), float64, or 0
        What follows costs at least so much.
    """

    log_ends: FloatArray
    places: NDArray[np.int64]
    codes: AnyCodes
    log_probs: FloatArray
    to_come: FloatArray | float


class Beginnings(ABC):
    """Beginnings of words, from a prefix on; handles stand for n of them.

    Parameters
    ----------
    n_symbols : int
    at_once : int
        How many are followed side by side.
    cost : float
        Negative log-probability of the prefix.
    least : float
        What words cost at least, infinity where there are none.
    """

    def __init__(self, n_symbols: int, at_once: int, cost: float, least: float) -> None:
        self.n_symbols, self.at_once, self.cost, self.least = n_symbols, at_once, cost, least

    @abstractmethod
    def first(self) -> Any:
        """Return the handle of the prefix alone."""

    @abstractmethod
    def part(self, handle: Any, rows: slice) -> Any:
        """Return the handle of some beginnings."""

    @abstractmethod
    def ways(self, handle: Any, n_read: int) -> tuple[Ways, Any]:
        """Return how beginnings of so many symbols may go on, and what `after` makes handles of."""

    @abstractmethod
    def after(self, handle: Any, ways: Ways, kept: NDArray[np.int64]) -> Any:
        """Return the handle of the beginnings that some ways lead to."""


class BeginningsOfProduct(Beginnings):
    """Beginnings as nodes of a product, which knows what the rest costs at least.

    Parameters
    ----------
    product : Product
        From the states after the prefix.
    cost : float
        Negative log-probability of the prefix.
    shares : ndarray of shape (n,), float64
        What words that end after so many symbols count; the last, those of all later ends.
    """

    def __init__(self, product: Product, cost: float, shares: FloatArray) -> None:
        self._product = product
        with np.errstate(divide="ignore"):
            self._log_shares = np.log(shares)
        # The likeliest rest from each node, by the symbols read; the last, of all later ones.
        self._log_best = [product.log_best + self._log_shares[-1]]
        for log_share in self._log_shares[-2::-1]:
            ends = product.log_ends + log_share
            self._log_best.append(product.best_of(ends, self._log_best[-1]))
        self._log_best.reverse()
        least = cost - float(self._log_best[0][0])
        super().__init__(product.n_symbols, FOLLOWED_AT_ONCE, cost, least)

    def first(self) -> States:
        return np.zeros(1, np.int64)

    def part(self, handle: States, rows: slice) -> States:
        return handle[rows]

    def ways(self, handle: States, n_read: int) -> tuple[Ways, NDArray[np.int64]]:
        product, last = self._product, len(self._log_shares) - 1
        places, edges = product.edges_of(handle)
        log_ends = product.log_ends[handle] + self._log_shares[min(n_read, last)]
        to_come = -self._log_best[min(n_read + 1, last)][product.targets[edges]]
        ways = Ways(log_ends, places, product.codes[edges], product.log_probs[edges], to_come)
        return ways, edges

    def after(self, handle: NDArray[np.int64], ways: Ways, kept: NDArray[np.int64]) -> States:
        return self._product.targets[handle[kept]].astype(np.int64)


class BeginningsOfModel(Beginnings):
    """Beginnings as states of any model and of an automaton; what the rest costs is not known.

    Parameters
    ----------
    model : NextSymbolModel
    condition : Condition
    """

    def __init__(self, model: NextSymbolModel, condition: Condition) -> None:
        self._model, self._condition = model, condition
        self._first_of_automaton = condition.automaton.read(condition.prefix.tolist())
        cost = _cost_of(model, condition.prefix)
        least = cost if self._first_of_automaton != DEAD else np.inf
        super().__init__(model.n_symbols, min(FOLLOWED_AT_ONCE, model.words_at_once), cost, least)

    def first(self) -> tuple[Any, Codes, States]:
        state, last_codes = state_before(self._model, self._condition.prefix, 1)
        return state, last_codes, np.array([self._first_of_automaton])

    def part(self, handle: tuple[Any, Codes, States], rows: slice) -> tuple[Any, Codes, States]:
        state, last_codes, of_automaton = handle
        numbers = np.arange(len(last_codes))[rows]
        return self._model.select(state, numbers), last_codes[rows], of_automaton[rows]

    def ways(self, handle: tuple[Any, Codes, States], n_read: int) -> tuple[Ways, Any]:
        state, last_codes, of_automaton = handle
        automaton = self._condition.automaton
        table, rows, state = self._model.step(state, last_codes)
        log_probs = table[rows]
        log_ends = np.where(automaton.accepts(of_automaton), log_probs[:, BOUNDARY], -np.inf)
        possible = log_probs > -np.inf
        possible[:, BOUNDARY] = False
        if self._condition.unknown_code is not None:
            possible[:, self._condition.unknown_code] = False
        places, codes = np.nonzero(possible)
        after = automaton.step(of_automaton[places], codes)
        alive = np.flatnonzero(after != DEAD)
        if self._condition.max_rest is not None:
            n_left = self._condition.max_rest - (n_read + 1)
            alive = alive[automaton.fewest(after[alive]) <= n_left]
        places, codes, after = places[alive], codes[alive], after[alive]
        ways = Ways(log_ends, places, codes, log_probs[places, codes], 0.0)
        return ways, (state, after, last_codes.dtype)

    def after(self, handle: Any, ways: Ways, kept: NDArray[np.int64]) -> tuple[Any, Codes, States]:
        state, after, dtype = handle
        last_codes = ways.codes[kept].astype(dtype)
        return self._model.select(state, ways.places[kept]), last_codes, after[kept]


def _cost_of(model: NextSymbolModel, prefix: Codes) -> float:
    """Return the negative log-probability of a prefix."""
    cost, state = 0.0, model.init_state(1)
    to_read = np.concatenate([[BOUNDARY], prefix]).astype(narrowest_dtype(model.n_symbols))
    for place in range(len(prefix)):
        log_probs, rows, state = model.step(state, to_read[place : place + 1])
        cost -= float(log_probs[rows[0], prefix[place]])
    return cost


class TooFar(Exception):
    """So many beginnings have been followed that the search is given up.

    Parameters
    ----------
    floor : float
        Words that cost no more have been found.
    n_found : int
        So many.
    n_followed : int
        Beginnings that have been followed.
    """

    def __init__(self, floor: float, n_found: int, n_followed: int) -> None:
        super().__init__(floor, n_found, n_followed)
        self.floor, self.n_found, self.n_followed = floor, n_found, n_followed


def likeliest_first(
    beginnings: Beginnings,
    max_rest: int,
    n_words: int | None = None,
    most_followed: float = np.inf,
    begun: TooFar | None = None,
) -> Iterator[CodedBand]:
    """Yield all words, likeliest first, equals in order of their codes.

    Parameters
    ----------
    beginnings : Beginnings
    max_rest : int
        Most symbols after the prefix.
    n_words : int or None
        How many will be taken, if that is known.
    most_followed : float
        How many beginnings may be followed.
    begun : TooFar or None
        What a search has found that was given up, to go on from there.

    Yields
    ------
    band : CodedBand
        Without the prefix.

    Raises
    ------
    TooFar
        If more beginnings would have to be followed.
    """
    if beginnings.least == np.inf:
        return
    floor, n_found = (-np.inf, 0) if begun is None else (begun.floor, begun.n_found)
    growth, n_left, is_all = FIRST_GROWTH, most_followed, False
    bound = max(floor, beginnings.least) + _width(n_found, n_words, growth)
    while not is_all:
        below = max(floor, beginnings.least)
        # Words that are equally likely are found together however many they are.
        most = MOST_IN_BAND if bound - below > NARROWEST else np.inf
        band = _Band(beginnings, floor, bound, max_rest, most, n_left)
        if not band.follow():
            if band.n_followed > n_left:
                raise TooFar(floor, n_found, int(most_followed - n_left) + band.n_followed)
            bound = (below + bound) / 2
            continue
        n_left, is_all, n_new = n_left - band.n_followed, band.is_all, band.n_found
        if n_new:
            yield band.in_order()
        if n_found and n_new:
            growth = float(np.clip(np.log1p(n_new / n_found) / (bound - floor), *GROWTHS))
        n_found += n_new
        floor, bound = bound, bound + _width(n_found, n_words, growth)


def _width(n_found: int, n_words: int | None, growth: float) -> float:
    """Return how much farther a bound is to go for about as many words as are wanted."""
    if not n_found:
        return FIRST_WIDTH
    wanted = n_found if n_words is None else (n_words - n_found) * 1.05
    wanted = min(max(wanted, FEWEST_IN_BAND), MOST_IN_BAND / 2)
    return min(float(np.log1p(wanted / n_found) / growth), WIDEST)


class _Found(NamedTuple):
    """Words of one length: their symbols (n_words, length) and costs (n_words,)."""

    codes: Codes
    costs: FloatArray


@dataclass
class _Band:
    """The words that cost more than one bound and at most another.

    Parameters
    ----------
    beginnings : Beginnings
    floor, bound : float
    max_rest : int
    most_words, most_followed : float
        Where it is given up.
    """

    beginnings: Beginnings
    floor: float
    bound: float
    max_rest: int
    most_words: float
    most_followed: float
    n_found: int = 0
    n_followed: int = 0
    is_all: bool = True  # whether no word costs more
    _found: list[_Found] = field(default_factory=list)

    def follow(self) -> bool:
        """Find the words, the longest beginnings first; tell whether they were not too many."""
        dtype = narrowest_dtype(self.beginnings.n_symbols)
        at_once = self.beginnings.at_once
        costs = np.array([self.beginnings.cost])
        stack = [(self.beginnings.first(), costs, np.empty((1, 0), dtype))]
        while stack:
            handle, costs, codes = stack.pop()
            if len(costs) > at_once:
                rest = slice(at_once, None)
                stack.append((self.beginnings.part(handle, rest), costs[rest], codes[rest]))
                now = slice(at_once)
                handle, costs, codes = self.beginnings.part(handle, now), costs[now], codes[now]
            self.n_followed += len(costs)
            if self.n_followed > self.most_followed:
                return False
            ways, handle = self.beginnings.ways(handle, codes.shape[1])
            self._keep(costs - ways.log_ends, codes)
            if self.n_found > self.most_words:
                return False
            if codes.shape[1] == self.max_rest or not len(ways.places):
                continue
            costs = costs[ways.places] - ways.log_probs
            reaches = costs + ways.to_come
            kept = np.flatnonzero(reaches <= self.bound + ROUNDING)
            if len(kept) < len(reaches) and self.is_all:
                self.is_all = not (reaches[reaches > self.bound + ROUNDING] < np.inf).any()
            if len(kept):
                longer = np.empty((len(kept), codes.shape[1] + 1), dtype)
                longer[:, :-1] = codes[ways.places[kept]]
                longer[:, -1] = ways.codes[kept]
                stack.append((self.beginnings.after(handle, ways, kept), costs[kept], longer))
        return True

    def _keep(self, costs: FloatArray, codes: Codes) -> None:
        """Keep the beginnings that are words between the bounds."""
        here = np.flatnonzero((costs > self.floor) & (costs <= self.bound))
        self.is_all = self.is_all and not ((costs > self.bound) & (costs < np.inf)).any()
        if len(here):
            self._found.append(_Found(codes[here], costs[here]))
            self.n_found += len(here)

    def in_order(self) -> CodedBand:
        """Sort the words by cost, equals by their codes, and put them end to end."""
        found = self._found
        costs = np.concatenate([some.costs for some in found])
        lengths = np.repeat([some.codes.shape[1] for some in found], [len(s.costs) for s in found])
        order = np.argsort(costs, kind="stable")
        _sort_equals(order, costs, found)
        sizes = lengths[order] + 1
        begins = np.empty(len(order), np.int64)
        begins[order] = np.cumsum(sizes) - sizes
        dtype = narrowest_dtype(self.beginnings.n_symbols)
        flat = np.full(int(sizes.sum()), BOUNDARY, dtype)
        first = 0
        for some in found:
            of_some = begins[first : first + len(some.costs)]
            for place in range(some.codes.shape[1]):
                flat[of_some + place] = some.codes[:, place]
            first += len(some.costs)
        return CodedBand(flat, costs[order])


def _sort_equals(order: NDArray[np.int64], costs: FloatArray, found: list[_Found]) -> None:
    """Sort words of the same cost by their codes, in place."""
    ascending = costs[order]
    same = np.flatnonzero(ascending[1:] == ascending[:-1])
    if not len(same):
        return
    firsts = np.cumsum([0, *(len(some.costs) for some in found)])
    for run in np.split(same, np.flatnonzero(np.diff(same) > 1) + 1):
        begin, stop = run[0], run[-1] + 2
        groups = np.searchsorted(firsts, order[begin:stop], side="right") - 1
        words = [
            (tuple(found[group].codes[word - firsts[group]].tolist()), word)
            for group, word in zip(groups, order[begin:stop], strict=True)
        ]
        order[begin:stop] = [word for _, word in sorted(words)]
