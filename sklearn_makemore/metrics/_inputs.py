"""What measures take: fitted language models, words in every container, features, weights."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._meta.within import kind_given, what_to_give
from sklearn_makemore._text.containers import as_column, check_sample_weight
from sklearn_makemore._text.symbols import Symbols, Word

FloatArray = NDArray[np.float64]


def fitted_model(estimator: Any, caller: str) -> BaseCharLM:
    """Return the estimator, if it is a fitted language model itself.

    Raises
    ------
    TypeError
        If it is something else, naming what to give.
    NotFittedError
        If it is not fitted.
    """
    if not isinstance(estimator, BaseCharLM):
        raise TypeError(
            f"{caller} needs a fitted language model, got {kind_given(estimator)}. "
            f"{what_to_give(estimator)}"
        )
    check_is_fitted(estimator)
    return estimator


def read_words(X: Any, kind: Symbols, name: str) -> list[Word]:
    """Return the words of a container as a model writes them; there must be some."""
    words: list[Word] = kind.spellings(as_column(X, name))
    if not words:
        raise ValueError(f"{name} has no words: give at least one.")
    return words


def distinct(words: list[Word]) -> list[Word]:
    """Return words without their repeats, in their order."""
    return list(dict.fromkeys(words))


def log_probas_of_words(model: BaseCharLM, X: Any) -> FloatArray:
    """Return log-probabilities (n,) in nats; none of a word that has an unknown symbol: -inf."""
    features = np.asarray(model.transform(X), np.float64)
    return np.where(features[:, 4] > 0, -np.inf, features[:, 0])


def require_language_model(estimator: Any) -> None:
    """Refuse what does not end in a language model: its `transform` means something else."""
    is_instance = hasattr(estimator, "__sklearn_tags__") and not isinstance(estimator, type)
    # Densities of rows have no `transform`; a search without one says itself why.
    of_words = is_instance and (hasattr(estimator, "transform") or hasattr(estimator, "refit"))
    if not of_words or get_tags(estimator).estimator_type != "density_estimator":
        raise TypeError(
            f"{kind_given(estimator)} is no language model, and does not end in one: it has no "
            f"likelihoods of words to compare or score. {what_to_give(estimator)}"
        )


def likelihoods(features: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return log-likelihoods, numbers of symbols and of unknown ones, as `transform` gives them."""
    columns = np.asarray(features, dtype=np.float64)
    if not len(columns):
        raise ValueError("A score needs at least one word, got none.")
    return columns[:, 0], columns[:, 3], columns[:, 4]


def checked_weights(sample_weight: Any, n_words: int) -> FloatArray:
    """Return the weight of each word, 1 where none are given."""
    weights = check_sample_weight(sample_weight, n_words)
    return np.ones(n_words) if weights is None else weights
