"""Paired comparison of two models on the same words."""

# SPDX-License-Identifier: BSD-3-Clause

import math
import warnings
from typing import Any, NamedTuple

import numpy as np

from sklearn_makemore.metrics._errors import ratio_of_sums
from sklearn_makemore.metrics._inputs import checked_weights, likelihoods, require_language_model


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
    TypeError
        If one ends in no language model.
    NotFittedError
        If one is not fitted.
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
    require_language_model(estimator_a)
    require_language_model(estimator_b)
    of_a, n_symbols, n_unknown = likelihoods(estimator_a.transform(X))
    of_b, n_symbols_b, n_unknown_b = likelihoods(estimator_b.transform(X))
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
    weights = checked_weights(sample_weight, len(of_a))
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
    difference = ratio_of_sums(of_a - of_b, n_symbols, weights)
    return Comparison(*difference, _z_score(*difference), difference.interval)


def _z_score(difference: float, error: float) -> float:
    if error == 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / error
