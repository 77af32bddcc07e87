"""Does a model leak: whether it tells words of the fit from others, and knows canaries."""

# SPDX-License-Identifier: BSD-3-Clause

import math
import reprlib
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sklearn.utils import check_random_state

from sklearn_makemore._estimators.arguments import check_arguments
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._text.symbols import Word
from sklearn_makemore.metrics._errors import NORMAL_QUANTILE, Estimate
from sklearn_makemore.metrics._inputs import (
    FloatArray,
    distinct,
    fitted_model,
    log_probas_of_words,
    read_words,
)
from sklearn_makemore.metrics._samples import (
    RANK_CONSTRAINTS,
    SAME_LIKELIHOOD,
    OwnWords,
    log_n_words,
)

FEWEST_WORDS = 2  # of which a variance is known
MOST_WORDS = 700.0  # that float64 can count, as a logarithm
RULE_OF_THREE = 3.0


def memorisation(
    lm: Any,
    X_train: Any,
    X_test: Any,
    *,
    canaries: Any = None,
    n_exact: int = 1_000,
    n_samples: int = 10_000,
    random_state: Any = None,
) -> pd.DataFrame:
    """Measure how much a model gives away about which words it was fitted to.

    Parameters
    ----------
    lm : fitted language model
        The model.
    X_train : container of words of shape (n,)
        The words of the fit.
    X_test : container of words of shape (m,)
        Words of the same source that were not in the fit.
    canaries : container of words of shape (n_canaries,), default=None
        Words that were put among those of the fit to be looked for now, each of their symbols drawn
        at random from all that the model knows; repeats count once.
    n_exact : int, default=1000
        How many of the likeliest words to search for: the exposure of a canary among these is
        exact.
    n_samples : int, default=10_000
        Words to draw for the exposure of other canaries, at least 2.
    random_state : int, RandomState instance or None, default=None
        Seed of the samples; None falls back to the estimator's own.

    Returns
    -------
    measures : DataFrame of shape (1 + n_canaries, 4)
        Columns `measure`, `value`, and `lower` and `upper`, the bounds of a 95% interval. The
        measures:

        - `membership_auc`: the probability that a word of the fit has a higher log-likelihood than
          one that was not in it, ties counted half: 0.5 tells nothing, 1 tells all. Words count
          once, and those that are in both lists not at all. The interval is DeLong's, over words.
        - `exposure_of_<canary>` for each canary: by how many bits it is easier to guess than a
          random word of as many symbols. It is the logarithm to the base 2 of the number of all
          words of as many known symbols, less that of the canary's rank among these. Of a
          canary that the model has not seen it is above b with probability ``2**-b``; at most it
          is the logarithm of the number of words. The interval is that of the rank, and has no
          width where that is exact. Minus infinity for a word with an unknown symbol.

    Raises
    ------
    TypeError
        If it is no language model.
    NotFittedError
        If it is not fitted.
    ValueError
        If `X_train` or `X_test` has less than two words that the other has not, `canaries` has no
        words, or a symbol is unknown and ``handle_unknown="error"``.
    SamplingError
        If the model hardly ever ends a word.

    See Also
    --------
    generation_report : The share of samples that are words of the fit, or nearly.
    RankEstimator : Ranks among words of any length.

    Notes
    -----
    That both are low does not show that nothing can be got out of a model: they are two attacks
    of many. A held-out word with a symbol that the model does not know has a low log-likelihood for
    that alone, and is told from words of the fit, too.

    References
    ----------
    Nicholas Carlini, Chang Liu, Úlfar Erlingsson, Jernej Kos and Dawn Song, "The Secret Sharer:
    Evaluating and Testing Unintended Memorization in Neural Networks", USENIX Security Symposium,
    2019.

    Elizabeth R. DeLong, David M. DeLong and Daniel L. Clarke-Pearson, "Comparing the Areas under
    Two or More Correlated Receiver Operating Characteristic Curves", Biometrics 44, 1988.

    Examples
    --------
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn_makemore import NGramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.metrics import memorisation
    >>> train, test = train_test_split(load_names().data, random_state=0)
    >>> model = NGramCountLM().fit([*train, "qxvzjw"])
    >>> memorisation(model, train, test, canaries=["qxvzjw", "wjzvxq"], random_state=0).round(2)
                  measure  value  lower  upper
    0      membership_auc   0.84   0.83   0.85
    1  exposure_of_qxvzjw  24.02  23.86  24.20
    2  exposure_of_wjzvxq   1.56   1.51   1.60
    """
    arguments = {"n_samples": n_samples, "n_exact": n_exact}
    check_arguments(RANK_CONSTRAINTS, arguments, "memorisation")
    model = fitted_model(lm, "memorisation")
    kind = model._vocabulary.kind
    train, test = read_words(X_train, kind, "X_train"), read_words(X_test, kind, "X_test")
    rows = [("membership_auc", *_membership(model, train, test))]
    if canaries is not None:
        planted = distinct(read_words(canaries, kind, "canaries"))
        own = OwnWords.of(model, int(n_samples), int(n_exact), random_state)
        seed = check_random_state(model.random_state if random_state is None else random_state)
        for word, exposure in zip(planted, _exposures(model, planted, own, seed), strict=True):
            shown = word if isinstance(word, str) else " ".join(word)
            rows.append((f"exposure_of_{shown}", *exposure))
    return pd.DataFrame(rows, columns=["measure", "value", "lower", "upper"])


def _membership(
    model: BaseCharLM, train: list[Word], test: list[Word]
) -> tuple[float, float, float]:
    """Return the area under the curve with the bounds of its interval."""
    members = np.asarray(model.score_samples(_without(train, test, "X_train", "X_test")))
    others = np.asarray(model.score_samples(_without(test, train, "X_test", "X_train")))
    area = _area(members, others)
    lower, upper = area.interval
    return area.value, max(lower, 0.0), min(upper, 1.0)


def _without(words: list[Word], left_out: list[Word], name: str, other: str) -> list[Word]:
    """Return the different words of a list that another has not."""
    seen = set(left_out)
    kept = [word for word in distinct(words) if word not in seen]
    if len(kept) < FEWEST_WORDS:
        raise ValueError(
            f"{name} has too few words that {other} has not ({len(kept)}) to tell them apart: give "
            f"at least {FEWEST_WORDS}."
        )
    return kept


def _area(members: FloatArray, others: FloatArray) -> Estimate:
    """Return the probability that a member is above another, with DeLong's standard error."""
    of_members, of_others = _share_below(members, others), 1 - _share_below(others, members)
    variance = of_members.var(ddof=1) / len(members) + of_others.var(ddof=1) / len(others)
    return Estimate(float(of_members.mean()), math.sqrt(variance))


def _share_below(values: FloatArray, others: FloatArray) -> FloatArray:
    """Return the share of the others that is below each value, equals counted half."""
    ascending = np.sort(others)
    below, up_to = (np.searchsorted(ascending, values, side) for side in ("left", "right"))
    return np.asarray((below + up_to) / (2 * len(others)))


def _exposures(
    model: BaseCharLM, canaries: list[Word], own: OwnWords, random_state: RandomState
) -> FloatArray:
    """Return the exposure of each canary with the bounds of its interval, (n, 3), in bits."""
    lengths = np.array([len(model._vocabulary.kind.split(canary)) for canary in canaries])
    log_probas = log_probas_of_words(model, canaries)
    is_possible = log_probas > -np.inf
    exposures = np.full((3, len(canaries)), -np.inf)
    for length in np.unique(lengths[is_possible]).tolist():
        here, log_n = is_possible & (lengths == length), log_n_words(model, length)
        if log_n > MOST_WORDS:
            raise ValueError(
                f"The canary {reprlib.repr(canaries[int(np.argmax(here))])} has {length} symbols: "
                "there are too many such words to rank it among them. Plant shorter ones."
            )
        ranks, errors = own.ranks_among(model, length, random_state).of_words(log_probas[here])
        # Where no sample was likelier, there are with 95% so few such words that three samples
        # were to be expected.
        chances = len(own.samples) * np.exp(np.logaddexp(log_probas[here], -log_n))
        is_exact = log_probas[here] >= own.reach - SAME_LIKELIHOOD
        rest = np.where(is_exact, 0.0, RULE_OF_THREE / chances)
        margins = np.where(errors == 0, rest, NORMAL_QUANTILE * errors)
        bounds = np.maximum([ranks, ranks + margins, ranks - margins], 0.0)
        exposures[:, here] = (log_n - np.log1p(bounds)) / math.log(2)
    return exposures.T
