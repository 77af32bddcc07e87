"""How many words a model finds likelier than each of some words."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import pandas as pd

from sklearn_makemore._estimators.arguments import check_arguments
from sklearn_makemore._estimators.base import with_attributes
from sklearn_makemore._text.containers import as_column
from sklearn_makemore.metrics._inputs import fitted_model, log_probas_of_words
from sklearn_makemore.metrics._samples import RANK_CONSTRAINTS, OwnWords


class RankEstimator:
    """How many words a model finds likelier than each of some words, asked for again and again.

    The rank of a word is the number of guesses that somebody who tries words in the order of their
    probability needs before it. :func:`rank_estimate` draws samples for each call; this draws them
    once. It can also search for the `n_exact` likeliest words: the rank of a word that is at least
    as likely as the last of these is exact, for it is counted, and has standard error 0. Where the
    model has fewer words than that, the ranks of all are exact. Of other ranks, what is beyond the
    likeliest words is estimated.

    Words whose likelihoods differ by less than 1e-5 nats count as equally likely.

    Parameters
    ----------
    estimator : fitted language model
        It draws the samples. Ranks are those of the model as it is now, whatever it is fitted to
        later.
    n_samples : int, default=10_000
        Words to draw, at least 2. The standard error falls with the square root.
    n_exact : int, default=0
        How many of the likeliest words to search for. 100,000 take models that count a second or
        so, networks up to a minute and more.
    random_state : int, RandomState instance or None, default=None
        Seed of the samples; None falls back to the estimator's own.

    Attributes
    ----------
    exact_down_to : float
        Log-probability, in nats, of the least likely word whose rank is exact: infinity without
        `n_exact`, minus infinity where all words of the model have been found.

    Raises
    ------
    TypeError
        If it is no language model.
    NotFittedError
        If it is not fitted.
    SamplingError
        If the model hardly ever ends a word, or the likeliest words are not found in bounded time.

    See Also
    --------
    rank_estimate : For a single call.
    coverage_curve : Share of words among the likeliest ones of a model.
    sklearn_makemore.BigramCountLM.most_likely : The likeliest words themselves.

    Notes
    -----
    Nothing is kept on the model. The samples and the likeliest words are held as numbers: 24 bytes
    for each sample, 8 for each of the likeliest.

    References
    ----------
    Matteo Dell'Amico and Maurizio Filippone, "Monte Carlo Strength Evaluation: Fast and Reliable
    Password Checking", ACM Conference on Computer and Communications Security, 2015.

    Examples
    --------
    >>> from sklearn_makemore import NGramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.metrics import RankEstimator
    >>> names = load_names()
    >>> model = NGramCountLM(order=3).fit(names.data[names.target == "Italian"])
    >>> ranks = RankEstimator(model, n_exact=1_000, random_state=0)
    >>> ranks.rank(["anna", "rossi"]).map(lambda number: f"{number:.2g}")
          rank standard_error
    0       39              0
    1  1.6e+04        5.1e+02
    """

    def __init__(
        self, estimator: Any, n_samples: int = 10_000, n_exact: int = 0, random_state: Any = None
    ) -> None:
        check_arguments(RANK_CONSTRAINTS, locals(), type(self).__name__)
        model = fitted_model(estimator, type(self).__name__)
        self._model = with_attributes(model, vars(model))  # a later fit replaces those of the other
        self._ranks = OwnWords.of(self._model, int(n_samples), int(n_exact), random_state).ranks()

    @property
    def exact_down_to(self) -> float:
        return self._ranks.reach

    def rank(self, X: Any) -> pd.DataFrame:
        """Return the ranks of words.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        ranks : DataFrame of shape (n, 2), float64
            `rank`, the number of likelier words, and `standard_error`, both in words, with the
            index of a pandas `X`. The error is 0 where the rank is exact, and beyond where no
            sample that would make it larger was drawn. A word of probability 0 has rank infinity,
            standard error nan, and so has one with a symbol that the model does not know.

        Raises
        ------
        ValueError
            If a symbol is unknown and ``handle_unknown="error"``.
        """
        ranks, errors = self._ranks.of_words(log_probas_of_words(self._model, X))
        index = as_column(X).index
        return pd.DataFrame({"rank": ranks, "standard_error": errors}, index=index)


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
    TypeError
        If it is no language model.
    NotFittedError
        If it is not fitted.
    ValueError
        If a symbol is unknown and ``handle_unknown="error"``.
    SamplingError
        If the model hardly ever ends a word.

    See Also
    --------
    RankEstimator : Keeps the samples for further calls, and counts the ranks of likely words.
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
    fitted_model(estimator, "rank_estimate")
    return RankEstimator(estimator, n_samples, random_state=random_state).rank(X)
