"""How many words a model finds likelier: counted in its likeliest words, estimated from samples."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sklearn_makemore._core.scoring import log_likelihoods, scores_of
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, narrowest_dtype
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.vocabulary import Vocabulary
from sklearn_makemore.metrics._inputs import FloatArray

SAMPLE_CONSTRAINTS = {"n_samples": [Interval(Integral, 2, None, closed="left")]}
RANK_CONSTRAINTS = SAMPLE_CONSTRAINTS | {"n_exact": [Interval(Integral, 0, None, closed="left")]}
CODES_AT_ONCE = 2**22
SAME_LIKELIHOOD = 1e-5  # nats; what float32 and sums in another order may differ by


@dataclass(frozen=True)
class Ranks:
    """Log-probabilities from which the rank of every word follows.

    Parameters
    ----------
    of_likeliest : ndarray of shape (n_likeliest,), float64
        Of the likeliest words, in descending order.
    reach : float
        All words that are likelier are among these.
    of_samples : ndarray of shape (n_rest,), float64
        Of the samples that are not among these, in descending order.
    log_sums, log_squares : ndarray of shape (n_rest + 1,), float64
        Logarithms of the sums of what the first 0, 1, ... samples stand for, and of its square.
    n_samples : int
        How many were drawn.
    """

    of_likeliest: FloatArray
    reach: float
    of_samples: FloatArray
    log_sums: FloatArray
    log_squares: FloatArray
    n_samples: int

    @classmethod
    def of(
        cls,
        of_likeliest: FloatArray,
        reach: float,
        of_samples: FloatArray,
        of_draws: FloatArray,
        counted: NDArray[np.bool_],
    ) -> Self:
        """Sort samples by likelihood, and add up the inverse probabilities of their draws.

        Parameters
        ----------
        of_likeliest, reach
            As they are stored.
        of_samples : ndarray of shape (n_samples,), float64
            As the model scores them.
        of_draws : ndarray of shape (n_samples,), float64
            As they were drawn.
        counted : ndarray of shape (n_samples,), bool
            Which stand for words that are to be counted.
        """
        rest = np.flatnonzero(counted & (of_samples <= reach + SAME_LIKELIHOOD))
        order = rest[np.argsort(-of_samples[rest])]
        # In logarithms, because inverse probabilities of long words overflow; 0 samples first.
        log_sums = np.logaddexp.accumulate(np.append(-np.inf, -of_draws[order]))
        log_squares = np.logaddexp.accumulate(np.append(-np.inf, -2 * of_draws[order]))
        n_samples = len(of_samples)
        return cls(of_likeliest, reach, of_samples[order], log_sums, log_squares, n_samples)

    def of_words(self, log_probas: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return ranks and standard errors of words that have these log-probabilities (n,)."""
        limits = log_probas + SAME_LIKELIHOOD  # words above are likelier
        exact = np.searchsorted(-self.of_likeliest, -limits).astype(np.float64)
        n_before_samples = np.searchsorted(-self.of_likeliest, -(self.reach + SAME_LIKELIHOOD))
        of_rest, errors = self._estimated(np.searchsorted(-self.of_samples, -limits))
        # What is less likely than all the likeliest has at least these before it.
        estimated = np.maximum(n_before_samples + of_rest, len(self.of_likeliest))
        is_exact = limits >= self.reach
        ranks = np.where(is_exact, exact, estimated)
        errors = np.where(is_exact, 0.0, errors)
        impossible = np.isneginf(log_probas)
        ranks[impossible], errors[impossible] = np.inf, np.nan
        return ranks, errors

    def _estimated(self, n_likelier: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        """Return what the first samples stand for in the mean over all, and its standard error."""
        n = self.n_samples
        log_mean = self.log_sums[n_likelier] - math.log(n)
        log_mean_square = self.log_squares[n_likelier] - math.log(n)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            share = np.exp(np.minimum(2 * log_mean - log_mean_square, 0))
            log_variance = log_mean_square + np.log1p(-share) - math.log(n - 1)
            means, errors = np.exp(log_mean), np.exp(log_variance / 2)
        errors[n_likelier == 0] = 0.0
        return means, errors


@dataclass(frozen=True)
class OwnWords:
    """Words of a model: the likeliest ones, and samples.

    Parameters
    ----------
    likeliest : ndarray of shape (n_exact,), dtype object
        Fewer where the model has no more.
    of_likeliest : ndarray of shape (n_exact,), float64
        Their log-probabilities, in descending order.
    reach : float
        All words that are likelier are among these: infinity where none were asked for, minus
        infinity where they are all words.
    samples : ndarray of shape (n_samples,), dtype object
    of_samples : ndarray of shape (n_samples,), float64
        Their log-probabilities.
    of_draws : ndarray of shape (n_samples,), float64
        Those with which they were drawn.
    """

    likeliest: NDArray[np.object_]
    of_likeliest: FloatArray
    reach: float
    samples: NDArray[np.object_]
    of_samples: FloatArray
    of_draws: FloatArray

    @classmethod
    def of(cls, model: BaseCharLM, n_samples: int, n_exact: int, random_state: Any) -> Self:
        """Search and draw."""
        likeliest, of_likeliest, reach = np.empty(0, object), np.empty(0), np.inf
        if n_exact:
            likeliest, of_likeliest = model.most_likely(n_exact)
            reach = float(of_likeliest[-1]) if len(likeliest) == n_exact else -np.inf
        samples, of_samples = model.sample(
            n_samples, random_state=random_state, return_log_proba=True
        )
        of_draws = of_samples - log_share_kept(model, coded(model, samples))
        return cls(likeliest, of_likeliest, reach, samples, of_samples, of_draws)

    def ranks(self) -> Ranks:
        """Return the ranks among all words."""
        counted = np.ones(len(self.samples), bool)
        return Ranks.of(self.of_likeliest, self.reach, self.of_samples, self.of_draws, counted)

    def ranks_among(self, model: BaseCharLM, length: int, random_state: RandomState) -> Ranks:
        """Return the ranks among all words of so many symbols.

        Words that are as unlikely as random ones are seldom drawn from the model. So as many are
        drawn at random from all of that length, and each stands for the inverse of how likely
        either way is (the balance heuristic: Eric Veach and Leonidas Guibas, "Optimally Combining
        Sampling Techniques for Monte Carlo Rendering", SIGGRAPH 1995).
        """
        split, n_samples = model._vocabulary.kind.split, len(self.samples)
        of_likeliest, counted = (
            np.array([len(split(word)) == length for word in words], bool)
            for words in (self.likeliest, self.samples)
        )
        of_random, of_random_draws = random_words(model, n_samples, length, random_state)
        of_draws = np.append(self.of_draws, of_random_draws)
        return Ranks.of(
            self.of_likeliest[of_likeliest],
            self.reach,
            np.append(self.of_samples, of_random),
            np.logaddexp(of_draws, -log_n_words(model, length)) - math.log(2),
            np.append(counted, np.ones(n_samples, bool)),
        )


def log_n_words(model: BaseCharLM, length: int) -> float:
    """Return the logarithm of the number of all words of so many known symbols."""
    return length * math.log(max(1, model._vocabulary.n_known - 1))


def random_words(
    model: BaseCharLM, n_words: int, length: int, random_state: RandomState
) -> tuple[FloatArray, FloatArray]:
    """Draw from all words of so many known symbols, each equally likely.

    Returns
    -------
    of_words : ndarray of shape (n_words,), float64
        Their log-probabilities.
    of_draws : ndarray of shape (n_words,), float64
        Those with which `sample` draws them.
    """
    vocabulary, parts = model._vocabulary, []
    at_once = max(1, CODES_AT_ONCE // (length + 1))
    for start in range(0, n_words, at_once):
        size = min(at_once, n_words - start), length + 1
        codes = np.full(size, BOUNDARY, narrowest_dtype(vocabulary.n_symbols))
        codes[:, :-1] = random_state.randint(1, vocabulary.n_known, (size[0], length))
        flat, offsets = np.append(BOUNDARY, codes), np.arange(size[0] + 1) * size[1]
        words = CodedWords(
            flat.astype(codes.dtype), offsets, vocabulary.n_symbols, vocabulary.unknown_code, None
        )
        of_words = scores_of(model._model, words)
        parts.append((of_words, of_words - log_share_kept(model, words)))
    of_all, of_draws = map(np.concatenate, zip(*parts, strict=True))
    return of_all, of_draws


def log_share_kept(model: BaseCharLM, words: CodedWords) -> FloatArray:
    """Return by how much `sample` draws words likelier than they are, for the unknown symbol.

    It is never drawn, and what it would have had goes to the other symbols: the logarithm of the
    product over each word of 1 less its probability, of shape (n_words,).
    """
    unknown = model._vocabulary.unknown_code
    if unknown is None or not words.n_words:
        return np.zeros(words.n_words)
    shares = [
        np.log1p(-np.exp(log_probs[:, unknown])) for log_probs in model._model.distributions(words)
    ]
    return log_likelihoods(np.concatenate(shares), words)


def coded(model: BaseCharLM, words: Any) -> CodedWords:
    """Return words in the codes of a model."""
    vocabulary: Vocabulary = model._vocabulary
    return vocabulary.encode(vocabulary.kind.read_all(as_column(words)))
