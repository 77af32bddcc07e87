"""What estimators made of language models share: distinct words, models over one alphabet."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore._estimators.ngram_count import NGramCountLM
from sklearn_makemore._text.containers import as_column

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]


class DefaultModelMixin:
    """What estimators share whose ``estimator=None`` means ``NGramCountLM()``."""

    estimator: Any

    def set_params(self, **params: Any) -> Self:
        """Set parameters, and those of the language model as ``estimator__parameter``.

        Parameters
        ----------
        **params : object
            Values by name. Where `estimator` is None, parameters of the model are those of
            ``NGramCountLM()``, which then takes its place.

        Returns
        -------
        self : object
            The estimator.
        """
        is_nested = any(name.startswith("estimator__") for name in params)
        if is_nested and params.get("estimator", self.estimator) is None:
            params["estimator"] = NGramCountLM()
        super().set_params(**params)  # type: ignore[misc]
        return self


@dataclass(frozen=True)
class Words:
    """A column of words, each different word once.

    Parameters
    ----------
    distinct : ndarray of shape (n_distinct,), dtype object
        The different words, in the order of their first occurrence.
    number : ndarray of shape (n_words,), int64
        Which of them each word is.
    labels : pandas.Index of length n_words
        Labels of the rows: those of a pandas container, else positions.
    """

    distinct: ObjectArray
    number: IntArray
    labels: "pd.Index[Any]"

    @property
    def n_words(self) -> int:
        return len(self.number)

    @property
    def all(self) -> ObjectArray:
        """Every word, of shape (n_words,), dtype object."""
        return self.distinct[self.number]

    @property
    def n_symbols(self) -> IntArray:
        """Symbols of each different word and its closing boundary, of shape (n_distinct,)."""
        lengths = np.fromiter(map(len, self.distinct.tolist()), np.int64, len(self.distinct))
        return lengths + 1


def read_words(X: Any) -> Words:
    """Read a column of words.

    Raises
    ------
    TypeError, ValueError
        As `fit` of a language model does for what is not a column of words.
    """
    column = as_column(X)
    distinct, number = numbered(column.to_strings())
    return Words(distinct, number, column.labels)


def numbered(words: list[str]) -> tuple[ObjectArray, IntArray]:
    """Return the different words in order of appearance, and which of them each word is.

    Not `pandas.factorize`, which before pandas 3.1 takes words for equal that are so up to a NUL.
    """
    numbers: dict[str, int] = {}
    number = [numbers.setdefault(word, len(numbers)) for word in words]
    return np.array(list(numbers), dtype=object), np.array(number, dtype=np.int64)


def shared_alphabet_models(estimator: Any, words: ObjectArray, n_models: int) -> list[Any]:
    """Return unfitted models that agree on their symbols, so that their scores may be compared.

    Parameters
    ----------
    estimator : language model or None
        None means ``NGramCountLM()``. Its own `alphabet`, if it has one, is that of all.
    words : ndarray of shape (n,), dtype object
        Their characters are the alphabet otherwise; all others are unknown to every model.
    n_models : int

    Raises
    ------
    InvalidParameterError
        If `estimator` is no language model.
    """
    prototype = NGramCountLM() if estimator is None else estimator
    if isinstance(prototype, type):
        raise InvalidParameterError(
            "The 'estimator' parameter must be a language model, not its class: give "
            f"{prototype.__name__}() instead of {prototype.__name__}."
        )
    parameters = prototype.get_params(deep=False)
    if not {"alphabet", "handle_unknown"} <= parameters.keys():
        raise InvalidParameterError(
            "The 'estimator' parameter must be a language model with parameters alphabet and "
            f"handle_unknown. Got {prototype!r} instead."
        )
    alphabet = parameters["alphabet"]
    if alphabet is None:
        alphabet = "".join(sorted(set().union(*words.tolist())))
    shared = {"alphabet": alphabet, "handle_unknown": "unknown"}
    return [clone(prototype).set_params(**shared) for _ in range(n_models)]
