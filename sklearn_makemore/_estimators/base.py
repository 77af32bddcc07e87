"""The base of every language model: fit, score and predict, written once over two hooks."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, DensityMixin, TransformerMixin, _fit_context
from sklearn.utils import Tags
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.models import CELLS_PER_BATCH, NextSymbolModel
from sklearn_makemore._core.scoring import WordStatistics, log_likelihoods, word_statistics
from sklearn_makemore._estimators.callbacks import CallbackSupportMixin, FitTasks
from sklearn_makemore._estimators.checks import (
    check_alphabet,
    check_boundary,
    check_reals,
    check_sample_weight,
)
from sklearn_makemore._estimators.sampling import SamplingMixin
from sklearn_makemore._estimators.symbols_frame import contexts_shown
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.columns import WordColumn
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.flat_text import FlatText
from sklearn_makemore._text.vocabulary import Vocabulary

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]
SCORED_AT_ONCE = 2**19  # predictions; bounds the working memory of scoring

DOCUMENTATION = "https://sklearn-makemore.readthedocs.io/en/stable/"


def _place_in_reference(estimator: Any) -> dict[str, str]:
    """Return the public place of an estimator, for the template of links."""
    return {"estimator_module": "sklearn_makemore", "estimator_name": type(estimator).__name__}


class BaseCharLM(
    SamplingMixin, CallbackSupportMixin, TransformerMixin, DensityMixin, BaseEstimator, ABC
):
    """Fit, score and sample over words; a subclass learns and says what the next symbol is.

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

    # Where the HTML representation links to.
    _doc_link_module = "sklearn_makemore"
    _doc_link_template = DOCUMENTATION + "reference/{estimator_module}.{estimator_name}.html"
    _doc_link_url_param_generator = _place_in_reference

    # The first argument of these methods is data, not metadata to route.
    __metadata_request__predict: ClassVar = {"prefixes": UNUSED}
    __metadata_request__predict_proba: ClassVar = {"prefixes": UNUSED}
    __metadata_request__predict_log_proba: ClassVar = {"prefixes": UNUSED}

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

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the mean log-likelihood per predicted symbol.

        Parameters
        ----------
        X : container of str of shape (n,)
            The words, at least one.
        y : Ignored
            Not used, present for API consistency by convention.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word.

        Returns
        -------
        score : float
            Nats per symbol, the closing boundary of each word included; higher is better.

        Raises
        ------
        ValueError
            If there are no words, a value is missing, weights are no weights, or a character is
            unknown and ``handle_unknown="error"``.
        TypeError
            If a value is not a string, or a weight not a number.
        """
        column, weights = self._open(X, sample_weight)
        if not len(column):
            raise ValueError("A score needs at least one word, got none.")
        if weights is not None:
            weights = weights / weights.max()  # so that sums neither over- nor underflow
        likelihoods, symbols = [], []
        for words in self._encoded(column, weights):
            of_word = log_likelihoods(self._model.log_probs(words), words)
            by = np.ones(words.n_words) if words.weights is None else words.weights
            likelihoods.append(float(by @ of_word))
            symbols.append(float(by @ words.predictions_per_word))
        return math.fsum(likelihoods) / math.fsum(symbols)

    def perplexity(self, X: Any, sample_weight: Any = None) -> float:
        """Return the perplexity per predicted symbol, ``exp(-score)``.

        Parameters
        ----------
        X : container of str of shape (n,)
            The words, at least one.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word.

        Returns
        -------
        perplexity : float
            From 1 (certain of every symbol) to infinity, also where it is beyond float64; a uniform
            guess has `n_symbols_`.

        Raises
        ------
        ValueError
            As `score`.
        """
        score = np.float64(self.score(X, sample_weight=sample_weight))
        with np.errstate(over="ignore"):
            return float(np.exp(-score))

    def bits_per_symbol(self, X: Any, sample_weight: Any = None) -> float:
        """Return the cross-entropy in bits per predicted symbol, ``-score / ln 2``.

        Parameters
        ----------
        X : container of str of shape (n,)
            The words, at least one.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word.

        Returns
        -------
        bits : float
            Bits per symbol; lower is better.

        Raises
        ------
        ValueError
            As `score`.
        """
        return 0.0 - self.score(X, sample_weight=sample_weight) / math.log(2)

    def score_samples(self, X: Any) -> FloatArray:
        """Return the log-probability of each whole word.

        Parameters
        ----------
        X : container of str of shape (n,)
            The words.

        Returns
        -------
        log_proba : ndarray of shape (n,), float64
            Nats, the closing boundary included. Over all words ``exp(log_proba)`` sums to 1.

        Raises
        ------
        ValueError
            If a value is missing, or a character is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a string.
        """
        column, _ = self._open(X)
        result = np.empty(len(column))
        done = 0
        for words in self._encoded(column):
            scores = log_likelihoods(self._model.log_probs(words), words)
            result[done : done + words.n_words] = scores
            done += words.n_words
        return result

    def score_symbols(self, X: Any) -> pd.DataFrame:
        """Return the log-probability of every predicted symbol.

        Parameters
        ----------
        X : container of str of shape (n,)
            The words.

        Returns
        -------
        symbols : DataFrame with a RangeIndex
            A row for each predicted symbol: `word` (index label of a pandas row, else its
            position), `position` (from 0), `context` (the symbols the model looked at, boundaries
            shown; the last 16 at most where it looks at all), `symbol`, `log_proba` (nats).

        Raises
        ------
        ValueError
            If a value is missing, or a character is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a string.
        """
        column, _ = self._open(X)
        counts, positions = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        contexts, targets = [np.empty(0, object)], [np.empty(0, np.int64)]
        log_probs = [np.empty(0)]
        for words in self._encoded(column):
            of_word = words.predictions_per_word
            counts.append(of_word)
            positions.append(
                np.arange(words.n_predictions) - np.repeat(words.offsets[:-1], of_word)
            )
            contexts.append(contexts_shown(words, self._model.block_size, self.symbols_))
            targets.append(words.targets.astype(np.int64))
            log_probs.append(self._model.log_probs(words))
        labels = pd.RangeIndex(len(column)) if column.index is None else column.index
        return pd.DataFrame(
            {
                "word": labels.repeat(np.concatenate(counts)),
                "position": np.concatenate(positions),
                "context": pd.Series(np.concatenate(contexts), dtype=object),
                "symbol": pd.Series(self.symbols_[np.concatenate(targets)], dtype=object),
                "log_proba": np.concatenate(log_probs),
            }
        )

    def predict_log_proba(self, prefixes: Any) -> FloatArray:
        """Return the log-probabilities of the next symbol after each prefix.

        Parameters
        ----------
        prefixes : container of str of shape (n,)
            Beginnings of words; ``""`` is the start of a word.

        Returns
        -------
        log_proba : ndarray of shape (n, n_symbols), float64
            Columns in the order of `symbols_`; the first is the end of the word.

        Raises
        ------
        ValueError
            If a value is missing, or a character is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a string.
        """
        column, _ = self._open(prefixes)
        result = np.empty((len(column), self.n_symbols_))
        done = 0
        for log_proba in self._next_symbols(column):
            result[done : done + len(log_proba)] = log_proba
            done += len(log_proba)
        return result

    def predict_proba(self, prefixes: Any) -> FloatArray:
        """Return the probabilities of the next symbol after each prefix.

        Parameters
        ----------
        prefixes : container of str of shape (n,)
            Beginnings of words; ``""`` is the start of a word.

        Returns
        -------
        proba : ndarray of shape (n, n_symbols), float64
            Each row sums to 1; columns in the order of `symbols_`.

        Raises
        ------
        ValueError
            If a value is missing, or a character is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a string.
        """
        return np.exp(self.predict_log_proba(prefixes))

    def predict(self, prefixes: Any) -> ObjectArray:
        """Return the most likely next symbol after each prefix.

        Parameters
        ----------
        prefixes : container of str of shape (n,)
            Beginnings of words; ``""`` is the start of a word.

        Returns
        -------
        symbols : ndarray of shape (n,), dtype object
            The boundary as shown where the word most likely ends; never the unknown symbol. Of
            equals, the first in the order of `symbols_`.

        Raises
        ------
        ValueError
            If a value is missing, or a character is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a string.
        """
        column, _ = self._open(prefixes)
        known = slice(self._vocabulary.unknown_code)
        likeliest = [log_p[:, known].argmax(axis=1) for log_p in self._next_symbols(column)]
        return self.symbols_[np.concatenate([np.empty(0, np.int64), *likeliest])]

    def transform(self, X: Any) -> FloatArray:
        """Turn each word into five likelihood features.

        Parameters
        ----------
        X : container of str of shape (n,)
            The words.

        Returns
        -------
        features : ndarray of shape (n, 5), float64, or a frame as `set_output` asks
            `log_likelihood`, `log_likelihood_per_symbol`, `lowest_log_likelihood` (nats),
            `n_symbols` (boundary included), `n_unknown`.

        Raises
        ------
        ValueError
            If a value is missing, or a character is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a string.
        """
        column, _ = self._open(X)
        result = np.empty((len(column), len(WordStatistics._fields)))
        done = 0
        for words in self._encoded(column):
            statistics = word_statistics(self._model.log_probs(words), words)
            np.stack(statistics, axis=1, out=result[done : done + words.n_words])
            done += words.n_words
        return result

    def get_feature_names_out(self, input_features: Any = None) -> ObjectArray:
        """Return the names of the columns of `transform`.

        Parameters
        ----------
        input_features : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        names : ndarray of shape (5,), dtype object
            Names of the features.
        """
        check_is_fitted(self)
        return np.array(WordStatistics._fields, dtype=object)

    def _open(
        self, X: Any, sample_weight: Any = None
    ) -> tuple[WordColumn, NDArray[np.float64] | None]:
        """Return the column of words, once fitted, and its weights."""
        check_is_fitted(self)
        column = as_column(X)
        return column, check_sample_weight(sample_weight, len(column))

    def _encoded(
        self, column: WordColumn, weights: NDArray[np.float64] | None = None
    ) -> Iterator[CodedWords]:
        """Read and encode a column piece by piece; words of weight 0 are left out."""
        for text in column.pieces():
            here = None
            if weights is not None:
                here = weights[text.positions[0] : text.positions[-1] + 1]
                text, here = text.keep(here > 0), here[here > 0]
            yield from self._vocabulary.encode(text, here).pieces(SCORED_AT_ONCE)

    def _next_symbols(self, prefixes: WordColumn) -> Iterator[FloatArray]:
        """Yield the distributions after consecutive prefixes, in arrays of bounded size."""
        at_once = min(self._model.words_at_once, max(1, CELLS_PER_BATCH // self.n_symbols_))
        for words in self._encoded(prefixes):
            for start in range(0, words.n_words, at_once):
                stop = min(start + at_once, words.n_words)
                yield self._model.next_log_probs(words.words(start, stop))

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
