"""How well models predict words: scorers, paired comparison of two models, ranks of words."""

# SPDX-License-Identifier: BSD-3-Clause

import math
import warnings
from collections.abc import Callable
from copy import copy
from functools import partial
from numbers import Integral
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics._scorer import _BaseScorer, _cached_call
from sklearn.utils import get_tags
from sklearn.utils._param_validation import Interval, validate_params

from sklearn_makemore._core.scoring import log_likelihoods, perplexity_of
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._text.containers import as_column, check_sample_weight

__all__ = [
    "Comparison",
    "compare",
    "mean_log_likelihood_scorer",
    "neg_bits_per_symbol_scorer",
    "neg_perplexity_scorer",
    "rank_estimate",
]

FloatArray = NDArray[np.float64]
SAME_LIKELIHOOD = 1e-5  # nats; what float32 and sums in another order may differ by
CONFIDENCE = 0.95


class Comparison(NamedTuple):
    """The paired difference of two models' scores.

    It is positive where the first model predicts better; standard errors are over words.

    Parameters
    ----------
    difference : float
        Score of the first less that of the second, in nats per symbol: positive where the first
        predicts better.
    standard_error : float
        Its standard error over words; nan where words weigh no more than one together.
    z : float
        ``difference / standard_error``.
    confidence_interval : tuple of (float, float)
        Bounds of the normal 95% interval of the difference.

    See Also
    --------
    compare : Make one.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.metrics import compare
    >>> words = ["emma", "olivia", "ava", "isabella", "sophia"]
    >>> compare(BigramCountLM().fit(words), BigramCountLM().fit(words), words).difference
    0.0
    """

    difference: float
    standard_error: float
    z: float
    confidence_interval: tuple[float, float]


def compare(estimator_a: Any, estimator_b: Any, X: Any, sample_weight: Any = None) -> Comparison:
    """Compare the scores of two models on the same words.

    Both are asked for every word, so that what makes words hard for any model drops out of the
    difference. Words are the sampling units and symbols the denominator: the difference is a ratio
    of sums over words, and its standard error that of the linearised ratio (delta method).

    Parameters
    ----------
    estimator_a, estimator_b : fitted estimators
        Language models, or pipelines and searches that end in one.
    X : container of words of shape (n,)
        The words, at least one; a sample of those the models are for, fitted by neither.
    sample_weight : array-like of shape (n,), default=None
        Non-negative weight of each word: k counts as k words. The scale matters for the standard
        error.

    Returns
    -------
    comparison : Comparison
        Difference of the scores in nats per symbol (positive: `estimator_a` is better), standard
        error, z, 95% confidence interval. Where only one model gives a word probability 0, the
        difference is infinite and nothing else is known.

    Raises
    ------
    ValueError
        If there are no words, both models give probability 0 to some, or pipelines leave words of
        different lengths.

    See Also
    --------
    sklearn.model_selection.cross_validate : Scores of one model on several folds.

    References
    ----------
    William G. Cochran, "Sampling Techniques", 3rd edition, Wiley, 1977, chapter 6.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.metrics import compare
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> a, b = (BigramCountLM(smoothing=s) for s in (0.1, 1))
    >>> result = compare(a.fit(words[::2]), b.fit(words[::2]), words[1::2])
    >>> round(result.difference, 3), round(result.standard_error, 3)
    (0.057, 0.004)
    """
    _require_language_model(estimator_a)
    _require_language_model(estimator_b)
    of_a, n_symbols, n_unknown = _likelihoods(estimator_a.transform(X))
    of_b, n_symbols_b, n_unknown_b = _likelihoods(estimator_b.transform(X))
    if not np.array_equal(n_unknown, n_unknown_b):
        warnings.warn(
            "The estimators do not know the same symbols: what is unknown to one of them has the "
            "same price there, whatever it is. Fit both with the same alphabet=.",
            UserWarning,
            stacklevel=2,
        )
    if not np.array_equal(n_symbols, n_symbols_b):
        raise ValueError(
            "The estimators see words of different lengths: scores per symbol can only be compared "
            "after the same preprocessing."
        )
    weights = _weights(sample_weight, len(of_a))
    counted = weights > 0
    of_a, of_b, n_symbols, weights = (v[counted] for v in (of_a, of_b, n_symbols, weights))
    impossible_a, impossible_b = (int(np.isneginf(of_one).sum()) for of_one in (of_a, of_b))
    if impossible_a and impossible_b:
        raise ValueError(
            f"The first model gives probability 0 to {impossible_a} of the words and the second to "
            f"{impossible_b}: neither has a score. Fit with smoothing, or leave those words out."
        )
    if impossible_a or impossible_b:
        infinite = -math.inf if impossible_a else math.inf
        return Comparison(infinite, math.nan, math.nan, (math.nan, math.nan))
    return _ratio_of_sums(of_a - of_b, n_symbols, weights)


def _ratio_of_sums(
    differences: FloatArray, n_symbols: FloatArray, weights: FloatArray
) -> Comparison:
    """Return the ratio of two weighted sums over words with its linearised standard error."""
    n_words, total = float(weights.sum()), float(weights @ n_symbols)
    difference = float(weights @ differences) / total
    residuals = differences - difference * n_symbols
    error = math.nan
    if n_words > 1:
        variance = float(weights @ residuals**2) * n_words / (n_words - 1)
        error = math.sqrt(variance) / total
    if error == 0:
        z = math.copysign(math.inf, difference) if difference else 0.0
    else:
        z = difference / error
    margin = float(norm.ppf((1 + CONFIDENCE) / 2)) * error
    return Comparison(difference, error, z, (difference - margin, difference + margin))


@validate_params(
    {"n_samples": [Interval(Integral, 2, None, closed="left")]}, prefer_skip_nested_validation=True
)
def rank_estimate(
    estimator: Any, X: Any, n_samples: int = 10_000, random_state: Any = None
) -> pd.DataFrame:
    """Estimate how many words a model finds likelier than each of these.

    The rank of a word is the number of guesses that somebody who tries words in the order of their
    probability needs before it: a measure of rarity, and of the strength of a password. It is
    estimated by Monte Carlo from the model's own samples, each of which stands for the inverse of
    its probability. Words whose likelihoods differ by less than 1e-5 nats count as equally likely.

    Parameters
    ----------
    estimator : fitted language model
        It draws the samples.
    X : container of words of shape (n,)
        The words.
    n_samples : int, default=10_000
        Words to draw, at least 2. The standard error falls with the square root.
    random_state : int, RandomState instance or None, default=None
        Seed of the samples; None falls back to the estimator's own.

    Returns
    -------
    ranks : DataFrame of shape (n, 2), float64
        `rank`, the estimated number of likelier words, and `standard_error`, both in words, with
        the index of a pandas `X`. A word of probability 0 has rank infinity, standard error nan,
        and so has one with a symbol that the model does not know.

    Raises
    ------
    ValueError
        If a symbol is unknown and ``handle_unknown="error"``.
    SamplingError
        If the model hardly ever ends a word.

    See Also
    --------
    sklearn_makemore.BigramCountLM.most_likely : The likeliest words themselves.

    Notes
    -----
    The estimate is unbiased among words that `sample` can draw: of known symbols, and of at most
    1,000 symbols. Of a model that often goes on for longer it is too high by the share of words
    that are redrawn for their length. Ranks far beyond the least likely sample rest on few samples:
    there the standard error is as large as the rank, and too small itself.

    References
    ----------
    Matteo Dell'Amico and Maurizio Filippone, "Monte Carlo Strength Evaluation: Fast and Reliable
    Password Checking", ACM Conference on Computer and Communications Security, 2015.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.metrics import rank_estimate
    >>> names = load_names()
    >>> model = BigramCountLM().fit(names.data[names.target == "Italian"])
    >>> rank_estimate(model, ["rossi", "krysia"], random_state=0).round(-4)
              rank  standard_error
    0     330000.0         10000.0
    1  382150000.0      19670000.0
    """
    features = np.asarray(estimator.transform(X))
    log_proba, n_unknown = features[:, 0], features[:, 4]
    if not estimator._vocabulary.has_unknown:  # then a word with such is none of the model's
        log_proba = np.where(n_unknown > 0, -np.inf, log_proba)
    index = as_column(X).index
    ranks, errors = np.empty((2, len(log_proba)))
    if len(log_proba):
        words, own = estimator.sample(n_samples, random_state=random_state, return_log_proba=True)
        ranks, errors = _ranks(log_proba, own, own - _log_share_kept(estimator, words))
    return pd.DataFrame({"rank": ranks, "standard_error": errors}, index=index)


def _ranks(
    log_proba: FloatArray, of_samples: FloatArray, of_draws: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the mean of the inverse probabilities of likelier samples, and its standard error.

    Parameters
    ----------
    log_proba : ndarray of shape (n,)
        Of the words to rank.
    of_samples : ndarray of shape (m,)
        Of the samples, as the model scores them.
    of_draws : ndarray of shape (m,)
        Of the samples, as they were drawn.
    """
    order = np.argsort(-of_samples)
    n_likelier = np.searchsorted(-of_samples[order], -(log_proba + SAME_LIKELIHOOD))
    # In logarithms, because inverse probabilities of long words overflow; 0 samples first.
    log_sums = np.concatenate([[-np.inf], np.logaddexp.accumulate(-of_draws[order])])
    log_squares = np.concatenate([[-np.inf], np.logaddexp.accumulate(-2 * of_draws[order])])
    n = len(of_samples)
    log_mean = log_sums[n_likelier] - math.log(n)
    log_mean_square = log_squares[n_likelier] - math.log(n)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.exp(np.minimum(2 * log_mean - log_mean_square, 0))
        log_variance = log_mean_square + np.log1p(-share) - math.log(n - 1)
        ranks, errors = np.exp(log_mean), np.exp(log_variance / 2)
    errors[n_likelier == 0] = 0.0
    impossible = np.isneginf(log_proba)
    ranks[impossible], errors[impossible] = np.inf, np.nan
    return ranks, errors


def _log_share_kept(estimator: BaseCharLM, samples: NDArray[np.object_]) -> FloatArray:
    """Return by how much `sample` draws words likelier than they are, for the unknown symbol.

    It is never drawn, and what it would have had goes to the other symbols: the logarithm of the
    product over each word of 1 less its probability, of shape (n_words,).
    """
    unknown = estimator._vocabulary.unknown_code
    if unknown is None:
        return np.zeros(len(samples))
    vocabulary = estimator._vocabulary
    words = vocabulary.encode(vocabulary.kind.read_all(as_column(samples)))
    shares = [
        np.log1p(-np.exp(log_probs[:, unknown]))
        for log_probs in estimator._model.distributions(words)
    ]
    return log_likelihoods(np.concatenate(shares), words)


class _WordScorer(_BaseScorer):
    """A scorer of the log-likelihoods and lengths of words, which `transform` gives.

    As scikit-learn's own scorers it is called with ``(estimator, X, y=None)``, takes
    `sample_weight`, takes part in metadata routing, and shares the model's answer with the other
    scorers of a dict.
    """

    def __init__(self, score_func: Callable[..., float], name: str) -> None:
        super().__init__(score_func, 1, {}, "transform")
        self._name = name
        self.__name__ = name.removesuffix("_scorer")  # scikit-learn's displays show it
        self.__doc__ = score_func.__doc__

    def __call__(
        self, estimator: Any, X: Any, y: Any = None, *, sample_weight: Any = None
    ) -> float:
        call = partial(_cached_call, None)
        return self._score(call, estimator, X, y, sample_weight=sample_weight)

    def _score(
        self,
        method_caller: Callable[..., Any],
        estimator: Any,
        X: Any,
        y: Any = None,
        **kwargs: Any,
    ) -> float:
        _require_language_model(estimator)
        return float(self._score_func(method_caller(estimator, "transform", X), **kwargs))

    def set_score_request(self, **kwargs: Any) -> Self:
        """Return a scorer with these metadata requests; this one, which all share, stays."""
        return super(_WordScorer, copy(self)).set_score_request(**kwargs)

    def __repr__(self) -> str:
        return self._name


def _mean_log_likelihood(y_pred: Any, *, sample_weight: Any = None) -> float:
    """Score by the mean log-likelihood per word, in nats; a scorer for ``scoring=``.

    Parameters
    ----------
    estimator : fitted estimator
        A language model, or a pipeline or search that ends in one.
    X : container of words of shape (n,)
        The words, at least one.
    y : Ignored
        Not used, present for API consistency by convention.
    sample_weight : array-like of shape (n,), default=None
        Non-negative weight of each word.

    Returns
    -------
    score : float
        Nats per word, the closing boundary included; higher is better.

    Raises
    ------
    ValueError
        As the estimator's `score`.

    See Also
    --------
    neg_perplexity_scorer : Per symbol instead of per word.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.metrics import mean_log_likelihood_scorer
    >>> model = BigramCountLM().fit(["ab", "ba"])
    >>> bool(mean_log_likelihood_scorer(model, ["ab"]) == model.score_samples(["ab"])[0])
    True
    """
    log_likelihood, _, weight = _totals(y_pred, sample_weight)
    return log_likelihood / weight


def _neg_bits_per_symbol(y_pred: Any, *, sample_weight: Any = None) -> float:
    """Score by the bits per symbol, negated so that higher is better; a scorer for ``scoring=``.

    Parameters
    ----------
    estimator : fitted estimator
        A language model, or a pipeline or search that ends in one.
    X : container of words of shape (n,)
        The words, at least one.
    y : Ignored
        Not used, present for API consistency by convention.
    sample_weight : array-like of shape (n,), default=None
        Non-negative weight of each word.

    Returns
    -------
    score : float
        Minus the bits per predicted symbol.

    Raises
    ------
    ValueError
        As the estimator's `score`.

    See Also
    --------
    neg_perplexity_scorer : 2 to the power of it.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.metrics import neg_bits_per_symbol_scorer
    >>> words = ["emma", "ava", "mia", "eva"]
    >>> cross_val_score(BigramCountLM(), words, cv=2, scoring=neg_bits_per_symbol_scorer).round(2)
    array([-2.34, -2.16])
    """
    log_likelihood, n_symbols, _ = _totals(y_pred, sample_weight)
    return log_likelihood / n_symbols / math.log(2)


def _neg_perplexity(y_pred: Any, *, sample_weight: Any = None) -> float:
    """Score by the perplexity, negated so that higher is better; a scorer for ``scoring=``.

    Parameters
    ----------
    estimator : fitted estimator
        A language model, or a pipeline or search that ends in one.
    X : container of words of shape (n,)
        The words, at least one.
    y : Ignored
        Not used, present for API consistency by convention.
    sample_weight : array-like of shape (n,), default=None
        Non-negative weight of each word.

    Returns
    -------
    score : float
        Minus the perplexity: from minus infinity to -1.

    Raises
    ------
    ValueError
        As the estimator's `score`.

    See Also
    --------
    neg_bits_per_symbol_scorer : Its logarithm to the base 2.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.metrics import mean_log_likelihood_scorer, neg_perplexity_scorer
    >>> search = GridSearchCV(
    ...     BigramCountLM(),
    ...     {"smoothing": [0.1, 1, 10]},
    ...     cv=2,
    ...     scoring={"perplexity": neg_perplexity_scorer, "word": mean_log_likelihood_scorer},
    ...     refit="perplexity",
    ... )
    >>> search.fit(["emma", "ava", "mia", "eva"]).best_params_
    {'smoothing': 1}
    """
    log_likelihood, n_symbols, _ = _totals(y_pred, sample_weight)
    return -perplexity_of(log_likelihood / n_symbols)


def _require_language_model(estimator: Any) -> None:
    """Refuse what does not end in a language model: its `transform` means something else."""
    is_estimator = hasattr(estimator, "__sklearn_tags__")
    if not is_estimator or get_tags(estimator).estimator_type != "density_estimator":
        raise TypeError(
            f"{type(estimator).__name__} is no language model, and does not end in one: it has no "
            "likelihoods of words to compare or score."
        )


def _likelihoods(features: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return log-likelihoods, numbers of symbols and of unknown ones, as `transform` gives them."""
    columns = np.asarray(features, dtype=np.float64)
    if not len(columns):
        raise ValueError("A score needs at least one word, got none.")
    return columns[:, 0], columns[:, 3], columns[:, 4]


def _weights(sample_weight: Any, n_words: int) -> FloatArray:
    weights = check_sample_weight(sample_weight, n_words)
    return np.ones(n_words) if weights is None else weights


def _totals(features: Any, sample_weight: Any) -> tuple[float, float, float]:
    """Return the weighted sums of log-likelihoods, of symbols, and of words."""
    log_likelihoods, n_symbols, _ = _likelihoods(features)
    weights = _weights(sample_weight, len(n_symbols))
    weights = weights / weights.max()  # so that sums neither over- nor underflow
    counted = weights > 0  # not 0 times infinity
    by = weights[counted]
    return (float(by @ log_likelihoods[counted]), float(by @ n_symbols[counted]), float(by.sum()))


mean_log_likelihood_scorer = _WordScorer(_mean_log_likelihood, "mean_log_likelihood_scorer")
neg_bits_per_symbol_scorer = _WordScorer(_neg_bits_per_symbol, "neg_bits_per_symbol_scorer")
neg_perplexity_scorer = _WordScorer(_neg_perplexity, "neg_perplexity_scorer")
