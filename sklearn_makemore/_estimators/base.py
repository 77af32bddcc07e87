"""The base of every language model: fit and fitted state, written once over two hooks."""

# SPDX-License-Identifier: BSD-3-Clause

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, DensityMixin, _fit_context
from sklearn.utils import Tags
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._estimators.callbacks import CallbackSupportMixin, FitTasks
from sklearn_makemore._estimators.checks import (
    check_alphabet,
    check_boundary,
    check_reals,
    check_sample_weight,
)
from sklearn_makemore._estimators.links import DocumentedMixin
from sklearn_makemore._estimators.sampling import SamplingMixin
from sklearn_makemore._estimators.scoring import ScoringMixin
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.flat_text import FlatText
from sklearn_makemore._text.vocabulary import Vocabulary


class BaseCharLM(
    ScoringMixin,
    SamplingMixin,
    DocumentedMixin,
    CallbackSupportMixin,
    DensityMixin,
    BaseEstimator,
    ABC,
):
    """Fit, score and sample over words; a subclass learns and says what the next symbol is.

    Scores and predictions are in :class:`ScoringMixin`, new words in :class:`SamplingMixin`.

    A subclass has the four parameters below beside its own, and two hooks: `_learn`, which turns
    coded words into fitted attributes, and `_make_model`, which turns fitted attributes into a
    :class:`~sklearn_makemore._core.models.NextSymbolModel`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "alphabet": [None, str, Iterable],
        "boundary": [str],
        "handle_unknown": [StrOptions({"error", "unknown"})],
        "random_state": ["random_state"],
    }

    alphabet: Any
    boundary: str
    handle_unknown: str
    random_state: Any

    @abstractmethod
    def _learn(self, words: CodedWords, vocabulary: Vocabulary, *, partial: bool) -> dict[str, Any]:
        """Return the fitted attributes that `words` give, and change nothing.

        Parameters
        ----------
        words : CodedWords
            At least one word; weights are positive.
        vocabulary : Vocabulary
            What the codes stand for.
        partial : bool
            Whether to go on from the attributes that `self` has.
        """

    @staticmethod
    @abstractmethod
    def _make_model(attributes: Mapping[str, Any]) -> NextSymbolModel:
        """Return the model that the attributes which `_learn` returned describe.

        It runs after every fit and whenever a fitted estimator is unpickled, and knows no
        parameters, because those may have been changed since the fit.
        """

    def _max_blocks(self, words: CodedWords, *, partial: bool) -> int | None:
        """Return how many blocks of steps a fit to `words` tells callbacks of, at most.

        None where that is not known; 0 for a model that is not trained step by step.
        """
        return 0

    @staticmethod
    def _layout(attributes: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
        """Return what each attribute from a file must be, for the other attributes and symbols.

        An entry is a type or an :class:`~sklearn_makemore._estimators.layout.ArrayLayout`, or a
        list of those. It is asked before the arrays are read, when only their shapes and dtypes
        are known. An empty layout asks nothing.
        """
        return {}

    @staticmethod
    def _check_values(attributes: Mapping[str, Any], vocabulary: Vocabulary) -> None:
        """Refuse attributes from a file whose values no fit could have learnt.

        It is asked once the layout holds. What makes no more than wrong numbers need not be found.

        Raises
        ------
        ValueError
            Saying what is wrong.
        """
        return None

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from words.

        Parameters
        ----------
        X : container of str of shape (n,)
            The words: list, array, pandas, polars or Arrow column, or a frame of one column.
        y : Ignored
            Not used, present for API consistency by convention.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word: k counts as k repetitions, 0 as absence.

        Returns
        -------
        self : object
            The fitted estimator. A fit that fails leaves it as it was.

        Raises
        ------
        ValueError
            If there are no words, values are missing, weights are negative, not finite or all zero,
            or characters are not in `alphabet`.
        TypeError
            If `X` is a single string, a value is not a string, or a weight is not a number.
        """
        vocabulary, words = self._read_words(X, sample_weight)
        tasks = FitTasks(self, self._max_blocks(words, partial=False), X, y, sample_weight)
        return self._fit_words(vocabulary, words, tasks, partial=False)

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Go on learning from more words.

        The first call is `fit`, and sets the symbols: give `alphabet` where the first chunk may
        lack some characters.

        Parameters
        ----------
        X : container of str of shape (n,)
            The words.
        y : Ignored
            Not used, present for API consistency by convention.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word: k counts as k repetitions, 0 as absence.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            As `fit`, and for a character that is not among `symbols_` (with
            ``handle_unknown="unknown"`` it counts as unknown); nothing is changed then.
        """
        if not self.__sklearn_is_fitted__():
            return self.fit(X, y, sample_weight)
        self._validate_params()  # scikit-learn leaves it out in later calls
        text, weights = read_to_fit(X, sample_weight)
        words = self._vocabulary.encode(text, weights)
        tasks = FitTasks(self, self._max_blocks(words, partial=True), X, y, sample_weight)
        return self._fit_words(self._vocabulary, words, tasks, partial=True)

    def _validate_params(self) -> None:
        super()._validate_params()
        parameters = self.get_params(deep=False)
        check_reals(self._parameter_constraints, parameters, type(self).__name__)

    def _read_words(self, X: Any, sample_weight: Any) -> tuple[Vocabulary, CodedWords]:
        """Read the words of a fit, and the symbols they are made of."""
        has_unknown = self.handle_unknown == "unknown"
        boundary = check_boundary(self.boundary)
        text, weights = read_to_fit(X, sample_weight)
        if self.alphabet is None:
            vocabulary = Vocabulary.of_text(text, boundary, has_unknown)
        else:
            alphabet = check_alphabet(self.alphabet)
            vocabulary = Vocabulary.of_alphabet(alphabet, boundary, has_unknown)
        return vocabulary, vocabulary.encode(text, weights)

    @_fit_context(prefer_skip_nested_validation=True)
    def _fit_coded(self, vocabulary: Vocabulary, words: CodedWords, *, partial: bool) -> Self:
        """Fit to words that another estimator has read."""

        def shown() -> list[str]:
            return vocabulary.decode(words.targets)

        tasks = FitTasks(self, self._max_blocks(words, partial=partial), shown, None, words.weights)
        return self._fit_words(vocabulary, words, tasks, partial=partial)

    def _fit_words(
        self, vocabulary: Vocabulary, words: CodedWords, tasks: FitTasks, *, partial: bool
    ) -> Self:
        """Learn from coded words, then store what was learnt: nothing before all is done."""
        self._fit_tasks = tasks
        try:
            attributes = self._learn(words, vocabulary, partial=partial)
        finally:
            del self._fit_tasks
        self._set_fitted(vocabulary, attributes)
        tasks.fit_ends()
        return self

    def _fitted_state(self, vocabulary: Vocabulary, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return all that a fitted estimator has beside its parameters."""
        return {
            "_vocabulary": vocabulary,
            "_model": self._make_model(attributes),
            "_learnt": tuple(attributes),
            "symbols_": vocabulary.symbols,
            "n_symbols_": vocabulary.n_symbols,
            **attributes,
        }

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags

    def _stored_state(self) -> tuple[Vocabulary, dict[str, Any]]:
        """Return the symbols and, by name, what was learnt: arrays, lists of them, scalars."""
        check_is_fitted(self)
        return self._vocabulary, {name: getattr(self, name) for name in self._learnt}

    def _set_fitted(self, vocabulary: Vocabulary, attributes: dict[str, Any]) -> Self:
        """Store what was learnt, or read from a file, in place of what was there."""
        before = set(getattr(self, "_learnt", ()))
        kept = {name: value for name, value in vars(self).items() if name not in before}
        # At once: an interruption leaves the old state or the new one, and no mixture.
        self.__dict__ = kept | self._fitted_state(vocabulary, attributes)
        return self

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__().copy()
        for name in ("_model", "_fit_tasks"):
            state.pop(name, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_vocabulary" in state:
            self._model = self._make_model({name: state[name] for name in self._learnt})


def read_to_fit(X: Any, sample_weight: Any) -> tuple[FlatText, NDArray[np.float64] | None]:
    """Read all words and their weights, those of weight 0 left out."""
    column = as_column(X)
    if not len(column):
        raise ValueError("A fit needs at least one word, got none.")
    weights = check_sample_weight(sample_weight, len(column))
    text = column.read_all()
    if weights is not None and not weights.all():
        text, weights = text.keep(weights > 0), weights[weights > 0]
    if weights is not None and (weights == 1).all():
        weights = None
    return text, weights
