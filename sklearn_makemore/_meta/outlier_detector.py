"""Words that do not belong in a column, by likelihoods under models that have not seen them."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from collections.abc import Mapping
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OutlierMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.parallel import delayed
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.context_table import n_predictions
from sklearn_makemore._core.learnt import check_array, check_type
from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._core.scoring import scores_of
from sklearn_makemore._estimators.arguments import check_arguments
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.callbacks import FitTasks
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._estimators.symbols_frame import contexts_shown
from sklearn_makemore._meta.holder import ModelHolderMixin, encode_for, fit_copy, in_threads, to_fit
from sklearn_makemore._meta.word_folds import (
    SMALLEST_VARIANCE,
    first_even_folds,
    folds_of,
    lower_fence,
    moments_by_length,
    quantile,
)
from sklearn_makemore._meta.words import FloatArray, IntArray, read_words
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.containers import as_column, check_counts, check_sample_weight
from sklearn_makemore._text.symbols import Symbols
from sklearn_makemore._text.vocabulary import PENALTY

LARGEST_MOMENT = 1e100  # in a file, so that scores do not overflow


class CharLMOutlierDetector(ModelHolderMixin, OutlierMixin, BaseEstimator):
    """Find the words that do not belong in a column.

    The score of a word is its log-likelihood under a language model, made comparable across
    lengths. A model that has been fitted to a word finds it too normal, a typing error too, so
    words are cross-fitted: each belongs to one of `cv` folds by a hash of its spelling, and is
    scored by a model fitted to the words of the other folds. That holds for words in `fit` and
    for new ones alike, so that their scores can be compared, and repeats of a word never leak.

    Parameters
    ----------
    estimator : language model, default=None
        What is cloned for each fold; None means ``NGramCountLM()``. Clones know the same symbols,
        those of all words in `fit` (or its own `alphabet`).
    contamination : "auto" or float, default="auto"
        Where the threshold is. A float in (0, 0.5] is the share of the words in `fit` that are
        outliers, repeats counted (to judge each different word once, fit on those); of clean words,
        it is about the share of new ones that will be wrongly called so (`threshold` starts from
        it). "auto" is Tukey's lower fence: the first quartile of the scores less 1.5
        interquartile ranges, which outliers themselves hardly move as long as they are less than a
        quarter.
    statistic : {"length_adjusted", "per_symbol", "total"}, default="length_adjusted"
        What is compared. "total" is the log-likelihood: long words are the oddest. "per_symbol"
        divides it by the number of symbols: short words vary the most, and are most often called
        odd for nothing. "length_adjusted" standardises it by the mean and the spread expected at
        that length, so that words of any length are about equally often called odd.
    cv : int, default=5
        Number of folds and models, at least 2.
    n_jobs : int, default=None
        Folds to fit or score side by side, in threads unless ``joblib.parallel_config`` says
        otherwise. None means 1; -1 means all processors.

    Attributes
    ----------
    estimators_ : list of language models of length cv
        The model of each fold, fitted to the words of the other folds.
    fold_salt_ : int
        What the hash is made with; other than 0 for a handful of words only.
    length_mean_ : ndarray of shape (2,), float64
        Intercept and slope, over the number of symbols, of what is subtracted from the
        log-likelihood (nats).
    length_variance_ : ndarray of shape (3,), float64
        Coefficients, of rising powers of the number of symbols, of the square of what it is
        divided by.
    cross_fitted_scores_ : ndarray of shape (n,), float64
        Scores of the words in `fit`, the same as `score_samples` gives them.
    offset_ : float
        The threshold: lower scores are outliers.

    See Also
    --------
    CharLMClassifier : Which of several classes a word belongs to.
    sklearn.ensemble.IsolationForest : Outliers among rows of numbers.

    Notes
    -----
    For "length_adjusted", the mean of the log-likelihood is taken to be linear in the number of
    symbols, as for a sum over symbols, and its variance to have a linear part and a quadratic one,
    because some words are odd throughout. Both are fitted to medians and median absolute deviations
    by length of the cross-fitted log-likelihoods, and not taken from the entropy of the model,
    which is surer of itself than new words bear out. A rare length is judged as its neighbours
    would be: what is odd about the length itself counts only as far as the model says so.

    A word that the model finds likely may still be wrong ("anna" for "hanna"), and a rare word is
    not wrong for being rare.

    References
    ----------
    Vladimir Vovk, "Cross-conformal predictors", Annals of Mathematics and Artificial Intelligence
    74, 2015.

    John W. Tukey, "Exploratory Data Analysis", 1977.

    Examples
    --------
    >>> from sklearn_makemore import CharLMOutlierDetector
    >>> from sklearn_makemore.datasets import load_names
    >>> detector = CharLMOutlierDetector().fit(load_names().data)
    >>> detector.predict(["giovanna", "asdfgh", "xxxx"])
    array([ 1, -1, -1])
    >>> detector.explain(["giovqnna"]).nlargest(2, "surprise")["symbol"].tolist()
    ['q', 'n']
    """

    estimator: Any = parameter(default=None, kw_only=False)  # `fit` names what is none
    contamination: str | float = parameter(
        StrOptions({"auto"}), Interval(Real, 0, 0.5, closed="right"), default="auto"
    )
    statistic: str = parameter(
        StrOptions({"length_adjusted", "per_symbol", "total"}), default="length_adjusted"
    )
    cv: int = parameter(Interval(Integral, 2, None, closed="left"), default=5)
    n_jobs: int | None = parameter(Integral, None, default=None)

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn what words of a column look like, and where the threshold is.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words, at least two different ones; a few may be outliers.
        y : Ignored
            Not used, present for API consistency by convention.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word: k counts as k repetitions, 0 as absence.

        Returns
        -------
        self : object
            The fitted detector. A fit that fails leaves it as it was.

        Raises
        ------
        ValueError
            If there are fewer than two different words, or values are missing.
        TypeError
            If `X` is a single string or a value is not a word.
        """
        model, reading = self._model_to_clone()
        words, cv = read_words(X, reading.kind), int(self.cv)
        distinct = words.distinct
        weights = check_sample_weight(sample_weight, len(words.number))
        weight_of = np.bincount(words.number, weights, distinct.n_words).astype(np.float64)
        with np.errstate(over="ignore"):
            check_counts(weight_of.sum(keepdims=True))
        learnt = weight_of > 0
        if learnt.sum() < 2:
            raise ValueError(
                f"A fit needs at least two different words, got {learnt.sum()}: a word is judged "
                "by the others."
            )
        salt, fold = first_even_folds(words.spellings, cv, learnt)
        vocabulary = reading.vocabulary(distinct.keep(learnt))
        # A word without weight is scored all the same, whatever it is made of.
        lenient = replace(vocabulary, handle_unknown=PENALTY)
        coded = (vocabulary if vocabulary.has_unknown else lenient).encode(distinct, weight_of)
        vocabulary = vocabulary.having_seen(n_predictions(coded))
        coded = replace(coded, unknown_cost=vocabulary.unknown_cost)
        tasks = FitTasks(self, cv, X, y, sample_weight)
        jobs = []
        for number in range(cv):
            others = to_fit(coded, learnt & (fold != number))
            part = tasks.part("fold")
            jobs.append(delayed(fit_copy)(model, part, vocabulary, others, partial=False))
        models = in_threads(jobs, self.n_jobs)
        totals = _totals(models, [coded] * cv, fold, self.n_jobs)
        scores, limits = self._find_limits(totals, coded.predictions_per_word, weight_of)
        attributes = limits | {
            "estimators_": models,
            "fold_salt_": salt,
            "cross_fitted_scores_": scores[words.number],
            "_fitted_scores": (scores[learnt], weight_of[learnt]),
        }
        self._store(**attributes)
        tasks.fit_ends()
        return self

    def _find_limits(
        self, totals: FloatArray, n_symbols: IntArray, weights: FloatArray
    ) -> tuple[FloatArray, dict[str, Any]]:
        """Return the scores of words, and the attributes that say which are too low."""
        # Neither depends on the scale of weights; by a power of 2, so that nothing is rounded.
        weights = np.ldexp(weights, -np.frexp(weights.max())[1])
        mean, variance = self._find_moments(totals, n_symbols, weights)
        scores = _standardised(totals, n_symbols, mean, variance)
        offset = self._find_offset(scores, weights)
        return scores, {"length_mean_": mean, "length_variance_": variance, "offset_": offset}

    def _find_moments(
        self, totals: FloatArray, n_symbols: IntArray, weights: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return what to subtract and to divide by, as functions of length."""
        if self.statistic == "length_adjusted":
            return moments_by_length(totals, n_symbols, weights)
        is_total = self.statistic == "total"
        return np.zeros(2), np.array([1.0, 0.0, 0.0] if is_total else [0.0, 0.0, 1.0])

    def _find_offset(self, scores: FloatArray, weights: FloatArray) -> float:
        if self.contamination == "auto":
            return lower_fence(scores, weights)
        return quantile(scores, weights, float(self.contamination) * weights.sum())

    def score_samples(self, X: Any) -> FloatArray:
        """Return how normal each word is.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        scores : ndarray of shape (n,), float64
            The `statistic` of each word, from a model that was not fitted to it: lower is odder.
            In nats, nats per symbol, or (length_adjusted) standard deviations.
        """
        check_is_fitted(self)
        words = read_words(X, self._kind)
        distinct = words.distinct
        fold = folds_of(words.spellings, len(self.estimators_), self.fold_salt_)
        coded = encode_for(self.estimators_, distinct)
        totals = _totals(self.estimators_, coded, fold, self.n_jobs)
        n_symbols = np.diff(distinct.offsets)
        scores = _standardised(totals, n_symbols, self.length_mean_, self.length_variance_)
        return scores[words.number]

    def decision_function(self, X: Any) -> FloatArray:
        """Return how far each word is on the side of the normal.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        decision : ndarray of shape (n,), float64
            ``score_samples(X) - offset_``; negative for outliers.
        """
        with np.errstate(invalid="ignore"):
            decision = self.score_samples(X) - self.offset_
        decision[np.isnan(decision)] = 0.0  # impossible words where the threshold is -inf
        return decision

    def predict(self, X: Any) -> IntArray:
        """Tell outliers from normal words.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        labels : ndarray of shape (n,), int64
            -1 for outliers, 1 for others. Words in `fit` are labelled as any others: by a model
            that was not fitted to them.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    def threshold(
        self, false_positive_rate: float, X: Any = None, sample_weight: Any = None
    ) -> float:
        """Return a threshold for scores that few normal words are below.

        Parameters
        ----------
        false_positive_rate : float
            The share of normal words, in (0, 1), that may score lower.
        X : container of words of shape (n,), default=None
            Normal words to take the scores of, which are not those in `fit`; None takes those in
            `fit`, which are cross-fitted.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word in `X`.

        Returns
        -------
        threshold : float
            Of n words, score ``floor((n + 1) * false_positive_rate)`` from below; -inf where that
            is 0, for lack of words. A new word of the same kind as those of `X` scores lower with
            at most that probability. With the words in `fit` it is about that probability, without
            a guarantee: the models that score them were fitted to one another's words (Vovk 2015).

        Raises
        ------
        ValueError
            If the rate is out of range, or `X` has no words.
        """
        check_is_fitted(self)
        rate = {"false_positive_rate": [Interval(Real, 0, 1, closed="neither")]}
        check_arguments(rate, locals(), "CharLMOutlierDetector.threshold")
        if X is None:
            scores, weights = self._fitted_scores
        else:
            scores = self.score_samples(X)
            if not len(scores):
                raise ValueError("A threshold needs at least one word, got none.")
            given = check_sample_weight(sample_weight, len(scores))
            weights = np.ones(len(scores)) if given is None else given
        return quantile(scores, weights, false_positive_rate * (weights.sum() + 1) - 1)

    def explain(self, X: Any) -> pd.DataFrame:
        """Say which symbols make a word odd.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        symbols : DataFrame with a RangeIndex
            A row for each predicted symbol, the closing boundary included: `word` (index label of
            a pandas row, else its position), `text` (the word), `position` (from 0), `context`,
            `symbol`, `log_proba` (nats, by a model that was not fitted to the word), `expected`
            (the mean log-probability of the next symbol there, which is minus the entropy) and
            `surprise` (`expected` less `log_proba`): positive for symbols odder than what usually
            stands there.
        """
        check_is_fitted(self)
        text = self._kind.read_all(as_column(X))
        table = self.estimators_[0].score_symbols(X)
        fold = folds_of(self._kind.words(text), len(self.estimators_), self.fold_salt_)
        fold_of_symbol = np.repeat(fold, np.diff(text.offsets))
        contexts = np.empty(len(table), dtype=object)
        log_proba, expected = np.empty((2, len(table)))
        coded = encode_for(self.estimators_, text)
        for number in np.unique(fold):
            model, words = self.estimators_[number], coded[number].keep(fold == number)
            here = fold_of_symbol == number
            spelled, shown = model._vocabulary.spell(text.keep(fold == number), words)
            block_size = model._model.block_size
            contexts[here] = contexts_shown(spelled, block_size, shown, self._kind)
            log_proba[here], expected[here] = _with_expected(model._model, words)
        table["context"] = pd.Series(contexts, dtype=object)
        return table.assign(log_proba=log_proba, expected=expected, surprise=expected - log_proba)

    @staticmethod
    def _check_learnt(attributes: Mapping[str, Any]) -> None:
        for name, length in (("length_mean_", 2), ("length_variance_", 3)):
            check_array(name, attributes[name], (length,))
            if not (abs(attributes[name]) < LARGEST_MOMENT).all():
                raise ValueError(f"{name} is not in range")
        offset = attributes["offset_"]
        if type(offset) is not float or math.isnan(offset):
            raise ValueError("offset_ is not a number")
        check_type("fold_salt_", attributes["fold_salt_"], int)

    @property
    def _kind(self) -> Symbols:
        """What a symbol is to the models."""
        model: BaseCharLM = self.estimators_[0]
        return model._vocabulary.kind

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "offset_")


def _totals(
    models: list[BaseCharLM], coded: list[CodedWords], fold: IntArray, n_jobs: int | None
) -> FloatArray:
    """Return the log-likelihood of each word under the model of its fold, of shape (n_words,).

    Parameters
    ----------
    models : list of language models
    coded : list of CodedWords
        The words in the symbols of each.
    fold : ndarray of shape (n_words,), int64
    n_jobs : int or None
    """
    members = [fold == number for number in range(len(models))]
    jobs = [
        delayed(scores_of)(model._model, words.keep(mine))
        for model, words, mine in zip(models, coded, members, strict=True)
    ]
    totals = np.empty(len(fold))
    for mine, scores in zip(members, in_threads(jobs, n_jobs), strict=True):
        totals[mine] = scores
    return totals


def _standardised(
    totals: FloatArray, n_symbols: IntArray, mean: FloatArray, variance: FloatArray
) -> FloatArray:
    """Make log-likelihoods of words of different lengths comparable, of shape (n,)."""
    powers = n_symbols[:, np.newaxis].astype(np.float64) ** np.arange(3)
    spread = np.sqrt(np.maximum(powers @ variance, SMALLEST_VARIANCE))
    return np.asarray((totals - powers[:, :2] @ mean) / spread)


def _with_expected(model: NextSymbolModel, words: CodedWords) -> FloatArray:
    """Return the log-probability of every symbol, and its mean over all symbols there.

    Returns
    -------
    both : ndarray of shape (2, n_predictions), float64
    """
    both, start, targets = np.empty((2, words.n_predictions)), 0, words.known_targets
    for log_probs in model.distributions(words):
        here = slice(start, start + len(log_probs))
        both[0, here] = log_probs[np.arange(len(log_probs)), targets[here]]
        probabilities = np.exp(log_probs)
        np.maximum(log_probs, -1e300, out=log_probs)  # so that symbols of probability 0 count 0
        probabilities *= log_probs
        both[1, here] = probabilities.sum(axis=1)
        start = here.stop
    both[0, words.targets == words.n_symbols] = -words.unknown_cost
    return both
