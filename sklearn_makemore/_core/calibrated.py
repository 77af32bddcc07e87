"""N-grams whose words are as long as those of the fit: each length gets the share it had."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_makemore._core.models import (
    LARGEST_TABLE_BYTES,
    MOST_WORDS,
    AnyCodes,
    FiniteStates,
    FloatArray,
    NextSymbolModel,
    Rows,
    States,
)
from sklearn_makemore._core.ngram import NGramModel
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes
from sklearn_makemore._text.flat_text import slices

OWN_WORDS = 20.0  # of the model's own, added to those of the fit
MOST_SUMS = 2**25  # one for each state and length: 256 MiB
RAREST = 1e-100  # probability of a length by the model, or of all longer ones
BYTES_PER_STEP = 16  # of a context and a symbol
State = tuple[States, States]


def length_factors(counts: FloatArray, own: FloatArray, own_longer: float) -> FloatArray:
    """Return what makes lengths as frequent as they were counted.

    Parameters
    ----------
    counts : ndarray of shape (n,), float64
        Weight of the words of the fit of each length.
    own : ndarray of shape (m,), float64
        Probability by the model of each length that is told apart.
    own_longer : float
        Probability of all longer ones.

    Returns
    -------
    factors : ndarray of shape (m + 1,), float64
        Of the probability of a word by its length; the last is of all longer ones.
    """
    told_apart = np.zeros(len(own) + 1)
    told_apart[: min(len(counts), len(own))] = counts[: len(own)]
    told_apart[-1] = counts[len(own) :].sum()
    own = np.append(own, own_longer)
    # What the model hardly ever makes would need factors beyond float64.
    known = np.divide(told_apart, own, out=np.zeros(len(own)), where=own >= RAREST)
    return np.asarray((known + OWN_WORDS) / (counts.sum() + OWN_WORDS))


def own_lengths(
    matrix: csr_array, ends: FloatArray, start: int, longest: int
) -> tuple[FloatArray, float]:
    """Return how likely each length is up to the longest, or to the rarest, and all longer ones."""
    onwards = matrix.T.tocsr()
    reached = np.zeros(len(ends))
    reached[start] = 1.0
    own: list[float] = []
    longer = 1.0
    while len(own) <= longest and longer >= RAREST:
        own.append(float(reached @ ends))
        reached = onwards @ reached
        longer = float(reached.sum())
    return np.array(own), longer


class LengthCalibratedModel(NextSymbolModel, FiniteStates):
    """An n-gram model whose words have the lengths of those of the fit.

    The probability of a word w is p(w) q(\\|w\\|) / p(\\|w\\|), with p that of the n-grams and q
    the distribution of lengths that is wanted. Next symbols follow from sums over all ends of a
    word: with B(s, t) for the sum over what follows context state s after t symbols of its
    probability times the factor of the length, p(a | s, t) = p(a | s) B(sa, t + 1) / B(s, t).

    Parameters
    ----------
    ngrams : NGramModel
    length_counts : ndarray of shape (n,), float64
        Weight of the words of the fit of each length. `OWN_WORDS` of the model's own are added.
        All lengths beyond the longest, or beyond what there is memory for, have one factor.
    """

    def __init__(self, ngrams: NGramModel, length_counts: FloatArray) -> None:
        matrix, ends = transitions(ngrams)
        longest = min(len(length_counts) - 1, MOST_SUMS // ngrams.n_states)
        own, longer = own_lengths(matrix, ends, ngrams.start, longest)
        factors = length_factors(length_counts, own, longer)
        sums = np.empty((len(factors), ngrams.n_states))
        sums[-1] = factors[-1]  # from there on the factor is the same, whatever follows
        for length in range(len(factors) - 2, -1, -1):
            sums[length] = ends * factors[length] + matrix @ sums[length + 1]
        NextSymbolModel.__init__(self, ngrams.n_symbols, None)
        FiniteStates.__init__(self, ngrams.n_symbols, sums.size, ngrams.start)
        self.ngrams = ngrams
        self._factors = factors
        self._log_factors, self._log_sums = np.log(factors), np.log(sums)
        self._latest = len(factors) - 1  # this time stands for all later ones

    @property
    def finite_states(self) -> FiniteStates:
        return self

    @property
    def words_at_once(self) -> int:
        return MOST_WORDS

    def by_length(self) -> tuple[FiniteStates, FloatArray]:
        return self.ngrams, self._factors

    def rows(self, states: States) -> FloatArray:
        times, contexts = np.divmod(states, self.ngrams.n_states)
        result = self.ngrams.rows(contexts) - self._log_sums[times, contexts][:, np.newaxis]
        result[:, BOUNDARY] += self._log_factors[times]
        n, n_others = len(states), self.n_symbols - 1
        codes = np.tile(np.arange(1, self.n_symbols), n)
        after = self.ngrams.following(np.repeat(contexts, n_others), codes).reshape(n, n_others)
        result[:, 1:] += self._log_sums[self._later(times)[:, np.newaxis], after]
        return result

    def _later(self, times: States) -> States:
        return np.minimum(times + 1, self._latest)

    def following(self, states: States, codes: AnyCodes) -> States:
        times, contexts = np.divmod(states, self.ngrams.n_states)
        after = self.ngrams.following(contexts, codes)
        return self._later(times) * self.ngrams.n_states + after

    def _states_of(self, words: CodedWords) -> States:
        """Return the state before every prediction."""
        times = np.minimum(words.positions, self._latest)
        return times * self.ngrams.n_states + self.ngrams.states_of(words.codes[:-1])

    def log_probs(self, words: CodedWords) -> FloatArray:
        states = self._states_of(words)
        log_sums = self._log_sums.ravel()[states]
        result = self.ngrams.log_probs(words) - log_sums
        is_end = words.targets == BOUNDARY
        result[~is_end] += np.append(log_sums[1:], 0.0)[~is_end]
        result[is_end] += self._log_factors[states[is_end] // self.ngrams.n_states]
        return result

    def next_log_probs(self, prefixes: CodedWords) -> FloatArray:
        return self.rows(self._states_of(prefixes)[prefixes.offsets[1:] - 1])

    def distributions(self, words: CodedWords) -> Iterator[FloatArray]:
        states = self._states_of(words)
        for part in slices(words.n_predictions, self.rows_at_once):
            yield self.rows(states[part])

    def init_state(self, n: int) -> State:
        return np.full(n, -1), self.ngrams.init_state(n)

    def step(self, state: State, last_codes: Codes) -> tuple[FloatArray, Rows, State]:
        times, contexts = state
        _, _, contexts = self.ngrams.step(contexts, last_codes)
        times = np.minimum(times + 1, self._latest)
        distinct, rows = np.unique(times * self.ngrams.n_states + contexts, return_inverse=True)
        return self.rows(distinct), rows, (times, contexts)

    def select(self, state: State, rows: NDArray[Any]) -> State:
        times, contexts = state
        return times[rows], self.ngrams.select(contexts, rows)


def transitions(ngrams: NGramModel) -> tuple[csr_array, FloatArray]:
    """Return the probabilities of going from state to state, and those of ending by state."""
    n, n_others = ngrams.n_states, ngrams.n_symbols - 1
    n_bytes = n * n_others * BYTES_PER_STEP
    if n_bytes > LARGEST_TABLE_BYTES:
        raise ValueError(
            f"length='calibrated' would need {n_bytes / 2**30:.1f} GiB for {n} contexts of "
            f"V={ngrams.n_symbols} symbols, more than 1 GiB: give a lower order, or min_count."
        )
    data, targets, ends = [], [], []
    for part in slices(n, ngrams.rows_at_once):
        states = np.arange(n)[part]
        probabilities = np.exp(ngrams.rows(states))
        codes = np.tile(np.arange(1, ngrams.n_symbols), len(states))
        targets.append(ngrams.following(np.repeat(states, n_others), codes))
        data.append(probabilities[:, 1:].ravel())
        ends.append(probabilities[:, BOUNDARY])
    indptr = np.arange(n + 1) * n_others
    matrix = csr_array((np.concatenate(data), np.concatenate(targets), indptr), (n, n))
    return matrix, np.concatenate(ends)
