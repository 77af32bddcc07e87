"""From counts of n-grams to interpolated probabilities: Kneser-Ney, Witten-Bell, additive."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.ngram_trie import NONE, ROOT, Floats, NGramTrie
from sklearn_makemore._text.coded_words import BOUNDARY

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)
LARGEST_DISCOUNT_OF = 3  # counts from here on share the last discount
ROUNDING = 1e-12  # of an estimate that is exactly 0


@dataclass(frozen=True)
class NGramCounts:
    """All that a smoothing may look at.

    Parameters
    ----------
    trie : NGramTrie
    counts : ndarray of shape (n_nodes,), float64
    order : int
        The highest order, above that of the trie where no word is so long.
    unknown_code : int or None
        The last code, where there is an unknown symbol.
    """

    trie: NGramTrie
    counts: Floats
    order: int
    unknown_code: int | None


@dataclass(frozen=True)
class Shares:
    """What n-grams have of the mass of their contexts, and what contexts leave to shorter ones.

    With h the context of an n-gram hw and h' its suffix,
    ``p(w | h) = (mass[hw] + reserve[h] * p(w | h')) / total[h]``.

    Parameters
    ----------
    mass : ndarray of shape (n_nodes,), float64
        By n-gram.
    reserve : ndarray of shape (n_nodes,), float64
        By context; it and the masses of the n-grams that go on from the context make its total.
    total : ndarray of shape (n_nodes,), float64
        By context; 0 where nothing goes on from it.
    floor : ndarray of shape (n_symbols,), float64
        What stands for the shorter context of the empty one.
    estimates : dict of str to ndarray
        What else was estimated, by the name under which a fitted model shows it.
    """

    mass: Floats
    reserve: Floats
    total: Floats
    floor: Floats
    estimates: Mapping[str, Floats] = field(default_factory=dict)

    def without(self, trie: NGramTrie, kept: NDArray[np.bool_]) -> "Shares":
        """Give the masses of pruned n-grams to the reserves of their contexts."""
        pruned = np.where(kept, 0.0, self.mass)
        reserve = self.reserve + sum_by_context(trie, pruned)
        return replace(self, mass=self.mass - pruned, reserve=reserve)

    def log_probas(self, trie: NGramTrie) -> tuple[Floats, Floats]:
        """Interpolate, shorter n-grams first.

        Returns
        -------
        log_proba : ndarray of shape (n_nodes,), float64
            Natural logarithm of the probability of the last symbol after the others.
        log_backoff : ndarray of shape (n_nodes,), float64
            What the log-probability of a symbol after the suffix of a context is changed by where
            the context was never seen with that symbol.
        """
        goes_on = self.total > 0
        # Where nothing goes on, all is left to shorter contexts: a backoff of 1.
        total = np.where(goes_on, self.total, 1.0)
        backoff = np.where(goes_on, self.reserve, 1.0)
        backoff /= total
        proba = np.ones(trie.n_nodes)
        # Suffixes are shorter, so their probabilities are there by then.
        for length, level in enumerate(trie.levels[1:], 1):
            contexts = trie.contexts[level]
            lower = self.floor if length == 1 else proba[trie.suffixes[level]]
            proba[level] = self.mass[level] / total[contexts]
            proba[level] += backoff[contexts] * lower
        backoff[ROOT] = 1.0  # the floor is already in the probabilities of the symbols
        with np.errstate(divide="ignore"):
            return np.log(proba, out=proba), np.log(backoff, out=backoff)


def sum_by_context(trie: NGramTrie, values: Floats) -> Floats:
    """Add up values of n-grams by context, of shape (n_nodes,)."""
    return np.bincount(trie.contexts[1:], values[1:], trie.n_nodes).astype(np.float64, copy=False)


def uniform(n_symbols: int) -> Floats:
    """Return equal probabilities, of shape (n_symbols,)."""
    return np.full(n_symbols, 1 / n_symbols)


def kneser_ney(ngrams: NGramCounts) -> Shares:
    """Interpolated modified Kneser-Ney (Chen & Goodman 1999), as KenLM's lmplz estimates it.

    The count of an n-gram below the highest order is the number of different symbols before it,
    unless it begins a word. A count c that is not whole is treated as a random whole number with
    mean c next to it: its discount and what it adds to the counts of counts are expectations.

    Among the estimates are the `discounts`, of shape (trie.order, 3): what is taken off counts of
    1, 2, and 3 and more, by the length of n-grams.
    """
    trie, counts = ngrams.trie, ngrams.counts
    adjusted = counts.copy()
    begins = trie.begins_word()
    for level, longer in zip(trie.levels[1:], trie.levels[2:], strict=False):
        n_before = np.bincount(
            trie.suffixes[longer] - level.start, minlength=level.stop - level.start
        )
        # Nothing stands before the start of a word, so what begins there keeps its count.
        adjusted[level] = np.where(begins[level], counts[level], n_before)
    counted = np.ones(trie.n_nodes, bool)
    counted[last_of_lengths(ngrams, adjusted)] = False
    taken = np.zeros(trie.n_nodes)
    discounts = np.empty((trie.order, LARGEST_DISCOUNT_OF))
    for length, level in enumerate(trie.levels[1:], 1):
        discounts[length - 1] = discounts_of(adjusted[level][counted[level]])
        of_count = np.concatenate([[0.0], discounts[length - 1]])
        # Linear between whole counts, which is the expectation, and constant from 3 on.
        taken[level] = np.interp(adjusted[level], np.arange(len(of_count)), of_count)
    return Shares(
        adjusted - taken,
        sum_by_context(trie, taken),
        sum_by_context(trie, adjusted),
        uniform(trie.n_symbols),
        {"discounts": discounts},
    )


def last_of_lengths(ngrams: NGramCounts, adjusted: Floats) -> list[int]:
    """Return the n-grams, one of a length, that lmplz does not see in its counts of counts.

    Of each length below `order` it is the last when n-grams are sorted by their last symbols,
    then by those before. lmplz sorts symbols as they first occur; here those come first that have
    the most different symbols before them, then those that are the most frequent, which is much
    the same and does not depend on the order of the words.
    """
    trie, counts = ngrams.trie, ngrams.counts
    # lmplz adds an n-gram to its counts of counts as the next one of its length comes. The last has
    # none after it, and is treated apart.
    if ngrams.order == 1:
        return []
    single = trie.levels[1]
    sorted_symbols = np.lexsort((np.arange(trie.n_symbols), -counts[single], -adjusted[single]))
    rank = np.empty(trie.n_symbols, np.int64)
    rank[sorted_symbols] = np.arange(trie.n_symbols)
    rank[BOUNDARY] = NONE  # lmplz has the start of a word, and the end, before all symbols
    occurring = np.flatnonzero(counts[single] > 0)
    last = [single.start + int(occurring[rank[occurring].argmax()])]
    first = trie.symbols.copy()  # each n-gram has the first symbol of its context
    for level in trie.levels[2 : ngrams.order]:
        if level.start > single.stop:
            first[level] = first[trie.contexts[level]]
        else:
            first[level] = trie.contexts[level] - single.start
        longer = level.start + np.flatnonzero(trie.suffixes[level] == last[-1])
        if not len(longer):
            break  # it begins a word
        last.append(int(longer[rank[first[longer]].argmax()]))
    return last


def discounts_of(counts: Floats) -> Floats:
    """Estimate the discounts of counts of 1, 2, and 3 and more.

    Equation 26 of the technical report of Chen & Goodman (TR-10-98, Harvard, 1998).

    Parameters
    ----------
    counts : ndarray of shape (n,), float64

    Returns
    -------
    discounts : ndarray of shape (3,), float64
        0.5, 1 and 1.5, as lmplz has them, where no n-gram has a count of 1, of 2 or of 3, or an
        estimate is not above 0 and at most the count.
    """
    # The estimate asks how many have counts of 1 to 4. A count between whole numbers is one of the
    # two around it, each with the probability that makes it the mean.
    small = counts[counts < LARGEST_DISCOUNT_OF + 2]
    whole = np.floor(small)
    above = np.bincount(whole.astype(np.int64) + 1, small - whole, LARGEST_DISCOUNT_OF + 3)
    n = np.bincount(whole.astype(np.int64), whole + 1 - small, LARGEST_DISCOUNT_OF + 3) + above
    k = np.arange(1, LARGEST_DISCOUNT_OF + 1)
    if n[k].all():
        # A denormal number of n-grams, of denormal weights, gives no estimate that is finite.
        with np.errstate(over="ignore", invalid="ignore"):
            discounts = k - (k + 1) * (n[1] / (n[1] + 2 * n[2])) * (n[k + 1] / n[k])
        if (discounts > ROUNDING).all() and (discounts <= k).all():
            return np.asarray(discounts)
    return np.array(FALLBACK_DISCOUNTS)


def witten_bell(ngrams: NGramCounts) -> Shares:
    """Interpolated Witten-Bell (Witten & Bell 1991): shorter contexts count as once a type.

    A context leaves to shorter ones as much as it has different symbols after it.
    """
    trie, counts = ngrams.trie, ngrams.counts
    types = sum_by_context(trie, (counts > 0).astype(np.float64))
    return Shares(counts, types, types + sum_by_context(trie, counts), uniform(trie.n_symbols))


def additive(ngrams: NGramCounts, added: float) -> Shares:
    """Add a number to the counts after every context of ``order - 1`` symbols.

    Contexts that begin a word are shorter; all other shorter ones know nothing. If nothing is
    added, the unknown symbol has no share in what is not known either.
    """
    trie, order = ngrams.trie, ngrams.order
    begins = trie.begins_word()
    if order > 1:
        begins[ROOT + 1] = True
    counted = np.zeros(trie.n_nodes, bool)
    for length, level in enumerate(trie.levels):
        # A shorter context in the middle of a word is not one that the model has: it passes on.
        counted[level] = length == order - 1 or begins[level]
    unit = max(1.0, added)  # so that huge numbers do not overflow
    mass = np.where(counted[trie.contexts], ngrams.counts / unit, 0.0)
    sums = sum_by_context(trie, mass)
    reserve = np.where(counted, added / unit * trie.n_symbols, 1.0)
    floor = uniform(trie.n_symbols)
    if added == 0 and ngrams.unknown_code is not None:
        floor = np.append(uniform(trie.n_symbols - 1), 0.0)
    return Shares(mass, reserve, sums + reserve, floor)


SMOOTHINGS: dict[str, Callable[[NGramCounts], Shares]] = {
    "kneser_ney": kneser_ney,
    "witten_bell": witten_bell,
}


def smoothing_of(name_or_number: str | float) -> Callable[[NGramCounts], Shares]:
    """Return the smoothing of a name, or the one that adds a number to counts."""
    if isinstance(name_or_number, str):
        return SMOOTHINGS[name_or_number]
    return partial(additive, added=float(name_or_number))
