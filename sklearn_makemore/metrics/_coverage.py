"""Which share of some words is among the likeliest words of a model."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from sklearn_makemore._estimators.arguments import check_arguments
from sklearn_makemore.metrics._inputs import (
    FloatArray,
    distinct,
    fitted_model,
    log_probas_of_words,
    read_words,
)
from sklearn_makemore.metrics._samples import RANK_CONSTRAINTS, OwnWords

# 1, 2, 5, 10, ... ten million
DEFAULT_N_WORDS = np.array([1, 2, 5]) * 10 ** np.arange(8)[:, np.newaxis]
DEFAULT_N_WORDS = DEFAULT_N_WORDS.ravel()[:-2]
NORMAL_QUANTILES = norm.ppf((np.arange(24) + 0.5) / 24)


class Shares(NamedTuple):
    """Shares and their standard errors, both of shape (n_points,)."""

    values: FloatArray
    standard_errors: FloatArray


def coverage_curve(
    estimator: Any,
    X: Any,
    n_words: Any = None,
    *,
    n_exact: int = 100_000,
    n_samples: int = 10_000,
    random_state: Any = None,
) -> pd.DataFrame:
    """Return which share of words is among the likeliest words of a model, by how many these are.

    Somebody who lists the words of the model in the order of their probability meets so many of
    the words in the first `n_words` of the list. Of held-out words it says how well the model
    knows what else there is, without regard to how the probability is spread.

    Parameters
    ----------
    estimator : fitted language model
        Whose words they are.
    X : container of words of shape (n,)
        The words, at least one; repeats count once.
    n_words : int or array-like of int of shape (n_points,), default=None
        How many of the likeliest words. None means 1, 2, 5, 10, 20, ... 10,000,000.
    n_exact : int, default=100_000
        How many of the likeliest words to search for. Shares are exact up to there, and estimated
        beyond. Models that count find these in a second or so; for networks, whose search may take
        a minute, fewer will do.
    n_samples : int, default=10_000
        Words to draw for the estimates, at least 2.
    random_state : int, RandomState instance or None, default=None
        Seed of the samples; None falls back to the estimator's own.

    Returns
    -------
    curve : DataFrame of shape (n_points, 3)
        `n_words` (int64); `share`, the share of the words of `X` than which fewer than `n_words`
        words are likelier, so that of equally likely words all are covered or none; and
        `standard_error`, that of the Monte-Carlo estimate of ranks, 0 where the share is exact. It
        says nothing of how much `X` itself is a matter of chance.

    Raises
    ------
    TypeError
        If it is no language model.
    NotFittedError
        If it is not fitted.
    ValueError
        If `X` has no words, `n_words` are no whole numbers from 1 on, or a symbol is unknown and
        ``handle_unknown="error"``.
    SamplingError
        If the likeliest words are not found in bounded time: ask for fewer by `n_exact`.

    See Also
    --------
    RankEstimator : The ranks of the words.
    sklearn_makemore.inspection.CoverageDisplay : Draws it.

    Notes
    -----
    A word of probability 0, or with a symbol that the model does not know, is never covered.

    Examples
    --------
    >>> from sklearn_makemore import NGramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.metrics import coverage_curve
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> model = NGramCountLM(order=3).fit(words[::2])
    >>> coverage_curve(model, words[1::2], [100, 10_000, 1_000_000], random_state=0).round(3)
       n_words  share  standard_error
    0      100  0.018           0.000
    1    10000  0.248           0.000
    2  1000000  0.695           0.003
    """
    arguments = {"n_samples": n_samples, "n_exact": n_exact}
    check_arguments(RANK_CONSTRAINTS, arguments, "coverage_curve")
    model = fitted_model(estimator, "coverage_curve")
    numbers = DEFAULT_N_WORDS if n_words is None else _whole_numbers(n_words)
    words = distinct(read_words(X, model._vocabulary.kind, "X"))
    n_exact = min(int(n_exact), int(numbers.max(initial=0)))
    own = OwnWords.of(model, int(n_samples), n_exact, random_state)
    ranks, errors = own.ranks().of_words(log_probas_of_words(model, words))
    shares, errors = shares_covered(ranks, errors, numbers)
    errors[numbers <= n_exact] = 0.0  # no other word is among the first n_exact
    return pd.DataFrame({"n_words": numbers, "share": shares, "standard_error": errors})


def shares_covered(ranks: FloatArray, errors: FloatArray, n_words: NDArray[np.int64]) -> Shares:
    """Return the shares of ranks (n,) below numbers of words (n_points,).

    The ranks rest on the same samples and err together: the standard error is the spread of the
    shares if all are off by the same multiple of theirs, which is normally distributed.
    """
    n_below = [_n_below(ranks + multiple * errors, n_words) for multiple in NORMAL_QUANTILES]
    return Shares(_n_below(ranks, n_words) / len(ranks), np.std(n_below, axis=0) / len(ranks))


def _n_below(ranks: FloatArray, n_words: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(np.sort(ranks), n_words)


def _whole_numbers(n_words: Any) -> NDArray[np.int64]:
    """Return numbers of words as an array."""
    numbers = np.atleast_1d(np.asarray(n_words))
    if numbers.ndim == 1 and numbers.dtype.kind in "iuf":
        bad = np.flatnonzero(~((numbers >= 1) & (numbers < 2**63) & (np.floor(numbers) == numbers)))
        if not len(bad):
            return numbers.astype(np.int64)
        got = f"{numbers[bad[0]]} at position {bad[0]}"
    else:
        got = f"{n_words!r:.60}"
    raise ValueError(
        f"n_words must be a whole number of words, at least 1, or a list of such, got {got}."
    )
