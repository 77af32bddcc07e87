"""Scorers of language models, for scikit-learn's searches and cross-validation."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any, Self

from sklearn.metrics._scorer import _BaseScorer, _cached_call

from sklearn_makemore._core.scoring import perplexity_of
from sklearn_makemore.metrics._inputs import checked_weights, likelihoods, require_language_model


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
        require_language_model(estimator)
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


def _totals(features: Any, sample_weight: Any) -> tuple[float, float, float]:
    """Return the weighted sums of log-likelihoods, of symbols, and of words."""
    of_words, n_symbols, _ = likelihoods(features)
    weights = checked_weights(sample_weight, len(n_symbols))
    weights = weights / weights.max()  # so that sums neither over- nor underflow
    counted = weights > 0  # not 0 times infinity
    by = weights[counted]
    return (float(by @ of_words[counted]), float(by @ n_symbols[counted]), float(by.sum()))


mean_log_likelihood_scorer = _WordScorer(_mean_log_likelihood, "mean_log_likelihood_scorer")
neg_bits_per_symbol_scorer = _WordScorer(_neg_bits_per_symbol, "neg_bits_per_symbol_scorer")
neg_perplexity_scorer = _WordScorer(_neg_perplexity, "neg_perplexity_scorer")
