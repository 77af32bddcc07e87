"""Scores of words and of what follows: half of the base of every language model."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.learnt import ModelMaker
from sklearn_makemore._core.models import CELLS_PER_BATCH
from sklearn_makemore._core.scoring import (
    SCORED_AT_ONCE,
    WordStatistics,
    log_likelihoods,
    log_probs_at_once,
    perplexity_of,
    scores_of,
    word_statistics,
)
from sklearn_makemore._estimators.symbols_frame import symbols_frame
from sklearn_makemore._text.coded_words import CodedWords, narrowest_dtype
from sklearn_makemore._text.containers import as_column, check_sample_weight
from sklearn_makemore._text.flat_text import WordColumn
from sklearn_makemore._text.vocabulary import Vocabulary

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]


class ScoringMixin(TransformerMixin):
    """Likelihoods and predictions by the fitted model and vocabulary of a language model.

    It is a transformer itself, because scikit-learn has `set_output` heeded only by a `transform`
    that such a class defines.
    """

    # The first argument of these methods is data, not metadata to route.
    __metadata_request__predict: ClassVar = {"prefixes": UNUSED}
    __metadata_request__predict_proba: ClassVar = {"prefixes": UNUSED}
    __metadata_request__predict_log_proba: ClassVar = {"prefixes": UNUSED}

    _maker: ModelMaker

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the mean log-likelihood per predicted symbol.

        Parameters
        ----------
        X : container of words of shape (n,)
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
            If a value is not a word, or a weight not a number.
        """
        maker, column, weights = self._open(X, sample_weight)
        if not len(column):
            raise ValueError("A score needs at least one word, got none.")
        if weights is not None:
            weights = weights / weights.max()  # so that sums neither over- nor underflow
        likelihoods, symbols = [], []
        for words in encoded(maker.vocabulary, column, weights):
            of_word = log_likelihoods(log_probs_at_once(maker.model, words), words)
            by = np.ones(words.n_words) if words.weights is None else words.weights
            likelihoods.append(float(by @ of_word))
            symbols.append(float(by @ words.predictions_per_word))
        return math.fsum(likelihoods) / math.fsum(symbols)

    def perplexity(self, X: Any, sample_weight: Any = None) -> float:
        """Return the perplexity per predicted symbol, ``exp(-score)``.

        Parameters
        ----------
        X : container of words of shape (n,)
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
        return perplexity_of(self.score(X, sample_weight=sample_weight))

    def bits_per_symbol(self, X: Any, sample_weight: Any = None) -> float:
        """Return the cross-entropy in bits per predicted symbol, ``-score / ln 2``.

        Parameters
        ----------
        X : container of words of shape (n,)
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
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        log_proba : ndarray of shape (n,), float64
            Nats, the closing boundary included. Over all words of known symbols ``exp(log_proba)``
            sums to 1.

        Raises
        ------
        ValueError
            If a value is missing, or a symbol is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a word.
        """
        maker, column, _ = self._open(X)
        scores = (scores_of(maker.model, words) for words in encoded(maker.vocabulary, column))
        return filled(np.empty(len(column)), scores)

    def score_symbols(self, X: Any) -> pd.DataFrame:
        """Return the log-probability of every predicted symbol.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        symbols : DataFrame with a RangeIndex
            A row for each predicted symbol: `word` (index label of a pandas row, else its
            position), `text` (the word), `position` (from 0), `context` (the symbols the model
            looked at, boundaries shown, joined as words are; the last 16 at most where it looks at
            all), `symbol` (as it stands in the word, known or not), `log_proba` (nats).

        Raises
        ------
        ValueError
            If a value is missing, or a symbol is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a word.
        """
        maker, column, _ = self._open(X)
        return symbols_frame(column, maker.vocabulary, maker.model)

    def predict_log_proba(self, prefixes: Any) -> FloatArray:
        """Return the log-probabilities of the next symbol after each prefix.

        Parameters
        ----------
        prefixes : container of words of shape (n,)
            Beginnings of words; ``""`` is the start of a word.

        Returns
        -------
        log_proba : ndarray of shape (n, n_symbols), float64
            Columns in the order of `symbols_`; the first is the end of the word.

        Raises
        ------
        ValueError
            If a value is missing, or a symbol is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a word.
        """
        maker, column, _ = self._open(prefixes)
        shape = len(column), maker.vocabulary.n_symbols
        return filled(np.empty(shape), next_symbols(maker, column))

    def predict_proba(self, prefixes: Any) -> FloatArray:
        """Return the probabilities of the next symbol after each prefix.

        Parameters
        ----------
        prefixes : container of words of shape (n,)
            Beginnings of words; ``""`` is the start of a word.

        Returns
        -------
        proba : ndarray of shape (n, n_symbols), float64
            Each row sums to 1; columns in the order of `symbols_`.

        Raises
        ------
        ValueError
            If a value is missing, or a symbol is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a word.
        """
        return np.exp(self.predict_log_proba(prefixes))

    def predict(self, prefixes: Any) -> ObjectArray:
        """Return the most likely next symbol after each prefix.

        Parameters
        ----------
        prefixes : container of words of shape (n,)
            Beginnings of words; ``""`` is the start of a word.

        Returns
        -------
        symbols : ndarray of shape (n,), dtype object
            The boundary as shown where the word most likely ends; never the unknown symbol. Of
            equals, the first in the order of `symbols_`.

        Raises
        ------
        ValueError
            If a value is missing, or a symbol is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a word.
        """
        maker, column, _ = self._open(prefixes)
        known = slice(maker.vocabulary.unknown_code)
        likeliest = [log_p[:, known].argmax(axis=1) for log_p in next_symbols(maker, column)]
        return maker.vocabulary.symbols[np.concatenate([np.empty(0, np.int64), *likeliest])]

    def transform(self, X: Any) -> FloatArray:
        """Turn each word into five likelihood features.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        features : ndarray of shape (n, 5), float64, or a frame as `set_output` asks
            `log_likelihood`, `log_likelihood_per_symbol`, `lowest_log_likelihood` (nats),
            `n_symbols` (boundary included), `n_unknown`.

        Raises
        ------
        ValueError
            If a value is missing, or a symbol is unknown and ``handle_unknown="error"``.
        TypeError
            If the container is none of words, or a value is not a word.
        """
        maker, column, _ = self._open(X)
        features = (
            np.stack(word_statistics(log_probs_at_once(maker.model, words), words), axis=1)
            for words in encoded(maker.vocabulary, column)
        )
        return filled(np.empty((len(column), len(WordStatistics._fields))), features)

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
    ) -> tuple[ModelMaker, WordColumn, NDArray[np.float64] | None]:
        """Return what is fitted, the column of words and its weights."""
        check_is_fitted(self)
        column = as_column(X)
        return self._maker, column, check_sample_weight(sample_weight, len(column))

    def _after_each_symbol(self) -> FloatArray:
        """Return the log-probabilities after each symbol alone, as predict_log_proba does."""
        check_is_fitted(self)
        maker, n = self._maker, self._maker.vocabulary.n_symbols
        codes = np.zeros(2 * n, np.int64)  # the empty word, and then each symbol and its end
        codes[2::2] = np.arange(1, n)
        ends = np.concatenate([[0], np.arange(1, 2 * n, 2)])
        words = CodedWords(codes.astype(narrowest_dtype(n)), ends, n, None, None)
        return filled(np.empty((n, n)), next_log_probs(maker, words))


def encoded(
    vocabulary: Vocabulary, column: WordColumn, weights: NDArray[np.float64] | None = None
) -> Iterator[CodedWords]:
    """Read and encode a column piece by piece; words of weight 0 are left out."""
    for text in vocabulary.kind.pieces(column):
        here = None
        if weights is not None:
            here = weights[text.positions[0] : text.positions[-1] + 1]
            text, here = text.keep(here > 0), here[here > 0]
        yield from vocabulary.encode(text, here).pieces(SCORED_AT_ONCE)


def next_symbols(maker: ModelMaker, prefixes: WordColumn) -> Iterator[FloatArray]:
    """Yield the distributions after consecutive prefixes, in arrays of bounded size."""
    for words in encoded(maker.vocabulary, prefixes):
        yield from next_log_probs(maker, words)


def next_log_probs(maker: ModelMaker, prefixes: CodedWords) -> Iterator[FloatArray]:
    """Yield the distributions after consecutive prefixes, in arrays of bounded size."""
    at_once = min(maker.model.words_at_once, max(1, CELLS_PER_BATCH // prefixes.n_symbols))
    for start in range(0, prefixes.n_words, at_once):
        stop = min(start + at_once, prefixes.n_words)
        yield maker.model.next_log_probs(prefixes.words(start, stop))


def filled(result: FloatArray, parts: Iterable[FloatArray]) -> FloatArray:
    """Return `result`, its rows filled with consecutive parts."""
    done = 0
    for part in parts:
        result[done : done + len(part)] = part
        done += len(part)
    return result
