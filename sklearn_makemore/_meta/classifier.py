"""Classes of words by Bayes' rule, one language model for each."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.parallel import delayed
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from sklearn_makemore._core.context_table import n_predictions
from sklearn_makemore._core.learnt import check_array, check_distributions
from sklearn_makemore._core.scoring import log_probs_of, scores_of
from sklearn_makemore._estimators.arguments import shown
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.callbacks import FitTasks
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._meta.holder import ModelHolderMixin, encode_for, fit_copy, in_threads, to_fit
from sklearn_makemore._meta.words import FloatArray, IntArray, Words, read_words
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.containers import as_column, check_counts, check_sample_weight
from sklearn_makemore._text.flat_text import FlatText
from sklearn_makemore._text.symbols import Symbols
from sklearn_makemore._text.vocabulary import Vocabulary


def _estimator_has(method: str) -> Callable[[Any], bool]:
    def has(self: Any) -> bool:
        return self.estimator is None or hasattr(self.estimator, method)

    return has


class CharLMClassifier(ModelHolderMixin, TransformerMixin, ClassifierMixin, BaseEstimator):
    """Classify words by which class's language model makes them most likely.

    A clone of one language model is fitted to the words of each class, all over the same symbols,
    and Bayes' rule turns their likelihoods into probabilities of the classes. Unlike a classifier
    on counts of n-grams, it is fitted in one pass a class, gives the evidence of every symbol
    (`explain`) and makes new words of any class (`sample`).

    Parameters
    ----------
    estimator : language model, default=None
        What is cloned for each class; None means ``NGramCountLM()``. Clones know the same symbols,
        those of all words in `fit` (or its own `alphabet`): one that a class has not seen costs it
        what its model gives to the unseen. What happens to one that no class has seen is up to its
        `handle_unknown`; with "penalty" it costs all classes the same.
    priors : {"uniform"} or array-like of shape (n_classes,), default=None
        Probabilities of the classes before a word is seen, in the order of `classes_`. None takes
        the (weighted) shares of the classes in `fit`. "uniform" is for words to come among which
        classes are equally frequent, whatever they were in `fit`.
    n_jobs : int, default=None
        Classes to fit or score side by side, in threads unless ``joblib.parallel_config`` says
        otherwise. None means 1; -1 means all processors.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    estimators_ : list of language models of length n_classes
        The model of each class; unfitted where `partial_fit` was given no words of it yet.
    class_count_ : ndarray of shape (n_classes,), float64
        Sum of the weights of the words of each class.
    class_prior_ : ndarray of shape (n_classes,), float64
        Probability of each class before a word is seen.

    See Also
    --------
    CharLMOutlierDetector : Words that belong to no class.
    sklearn.calibration.CalibratedClassifierCV : Makes probabilities as frequent as they say.
    sklearn.naive_bayes.ComplementNB : Bayes' rule on counts of n-grams as independent features.

    Notes
    -----
    The posterior is ``prior[k] * p[k](word) / sum_j prior[j] * p[j](word)``. Probabilities of long
    words multiply many factors, each estimated from few words, and so tend to be more extreme than
    classes are frequent: where probabilities matter, use
    ``CalibratedClassifierCV(CharLMClassifier(), method="temperature")``. A low `order` often
    classifies better than the one that scores best: give an ``NGramCountLM()`` and tune
    ``estimator__order``.

    A word to which every class gives probability 0 (possible with ``smoothing=0`` only) is no
    evidence: its classes have their prior probabilities. A class without words, which only
    `partial_fit` leaves, is never predicted where another is possible.

    References
    ----------
    Fuchun Peng, Dale Schuurmans and Shaojun Wang, "Augmenting naive Bayes classifiers with
    statistical language models", Information Retrieval 7, 2004.

    Ted Dunning, "Statistical identification of language", technical report MCCS 94-273, 1994.

    Examples
    --------
    >>> from sklearn_makemore import CharLMClassifier
    >>> from sklearn_makemore.datasets import load_names
    >>> X, y = load_names(return_X_y=True)
    >>> classifier = CharLMClassifier().fit(X, y)
    >>> classifier.predict(["matteo", "takeshi", "agnieszka"])
    array(['Italian', 'Japanese', 'Polish'], dtype=object)
    >>> classifier.sample(3, "Finnish", random_state=0)
    array(['kari', 'vvus', 'ka'], dtype=object)
    """

    estimator: Any = parameter(default=None, kw_only=False)  # `fit` names what is none
    priors: Any = parameter(StrOptions({"uniform"}), "array-like", None, default=None)
    n_jobs: int | None = parameter(Integral, None, default=None)

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit a model to the words of each class.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words: list, array, pandas, polars or Arrow column, or a frame of one column.
        y : array-like of shape (n,)
            The class of each word: strings, integers or a categorical.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word: k counts as k repetitions, 0 as absence.

        Returns
        -------
        self : object
            The fitted classifier. A fit that fails leaves it as it was.

        Raises
        ------
        ValueError
            If there are fewer than two classes, values are missing, lengths differ, or `priors`
            are no probabilities of the classes.
        TypeError
            If `X` is a single string or a value is not a word.
        """
        model, reading = self._model_to_clone()
        text, labels, weights = _read_to_fit(X, y, sample_weight, reading.kind)
        classes, codes = np.unique(labels, return_inverse=True)
        _check_classes(classes)
        before = [model] * len(classes), np.zeros(len(classes)), classes
        vocabulary = reading.vocabulary(text)
        words = vocabulary.encode(text, weights, to_learn=True)
        vocabulary = vocabulary.having_seen(n_predictions(words))
        return self._learn(before, vocabulary, words, codes, (X, y, sample_weight))

    @available_if(_estimator_has("partial_fit"))
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Go on learning from more words.

        The first call sets the classes. Symbols that come later are taken in, refused or count as
        unknown, as `partial_fit` of `estimator` does with them.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.
        y : array-like of shape (n,)
            The class of each word.
        classes : array-like of shape (n_classes,), default=None
            All classes that may come; needed in the first call, and the same if given later.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word: k counts as k repetitions, 0 as absence.

        Returns
        -------
        self : object
            The fitted classifier. A call that fails leaves it as it was.

        Raises
        ------
        ValueError
            As `fit`, and for labels that are not among the classes.
        """
        self._validate_params()  # scikit-learn leaves it out in later calls
        is_first = not hasattr(self, "classes_")
        if is_first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        known = self.classes_ if classes is None else np.unique(_check_labels(classes, "classes"))
        if not is_first and not np.array_equal(known, self.classes_):
            raise ValueError(
                f"classes={shown(known.tolist())} are not those of before, "
                f"{shown(self.classes_.tolist())}."
            )
        _check_classes(known)
        model, reading = self._model_to_clone()
        kind = reading.kind if is_first else self._vocabulary.kind
        if kind != reading.kind:
            raise ValueError(
                f"The models have symbols={kind.parameter!r}, the estimator now says "
                f"symbols={reading.kind.parameter!r}: set it back, or call fit."
            )
        text, labels, weights = _read_to_fit(X, y, sample_weight, kind)
        codes = _codes_of(labels, known)
        vocabulary = reading.vocabulary(text)
        before = [model] * len(known), np.zeros(len(known)), known
        seen = 0.0
        if not is_first:
            fitted = [self.estimators_[k] for k in np.flatnonzero(self.class_count_)]
            added, vocabulary = vocabulary, self._vocabulary
            if all(one._may_gain_symbols() for one in fitted):
                vocabulary = fitted[0]._with_symbols(vocabulary, added)
            before = self.estimators_, self.class_count_, known
            seen = self._vocabulary.n_predictions
        words = vocabulary.encode(text, weights, to_learn=True)
        vocabulary = vocabulary.having_seen(seen + n_predictions(words))
        return self._learn(before, vocabulary, words, codes, (X, y, sample_weight))

    @property
    def _vocabulary(self) -> Vocabulary:
        """The symbols of all models that have had words."""
        model: BaseCharLM = self.estimators_[self.class_count_.argmax()]
        return model._vocabulary

    def _learn(
        self,
        before: tuple[list[BaseCharLM], FloatArray, NDArray[Any]],
        vocabulary: Vocabulary,
        words: CodedWords,
        codes: IntArray,
        given: tuple[Any, Any, Any],
    ) -> Self:
        """Fit, or go on fitting, the models of the classes that words are of; then store all.

        Parameters
        ----------
        before : tuple of (list, ndarray, ndarray)
            Models, weights of words so far and labels of the classes.
        vocabulary : Vocabulary
        words : CodedWords
        codes : ndarray of shape (n_words,), int64
            Number of the class of each word.
        given : tuple of (object, object, object)
            `X`, `y` and `sample_weight` as the caller gave them, for callbacks.
        """
        models, counts, classes = before
        added = np.bincount(codes, words.weights, len(classes)).astype(np.float64)
        with np.errstate(over="ignore"):
            counts = check_counts(counts + added)
        prior = _check_priors(self.priors, counts)
        present = np.unique(codes)
        tasks = FitTasks(self, len(present), *given)
        jobs = []
        for k in present:
            model, part = models[k], tasks.part(f"class {classes[k]}")
            goes_on = model.__sklearn_is_fitted__()
            mine = to_fit(words, codes == k)
            jobs.append(delayed(fit_copy)(model, part, vocabulary, mine, partial=goes_on))
        # Those without new words know the new symbols, too, so that all are compared alike.
        going_on = dict(zip(present.tolist(), in_threads(jobs, self.n_jobs), strict=True))
        models = models.copy()
        for k, model in enumerate(models):
            if k in going_on:
                models[k] = going_on[k]
            elif model.__sklearn_is_fitted__():
                models[k] = model._over(vocabulary)
        learnt = {"classes_": classes, "estimators_": models, "class_count_": counts}
        self._store(**learnt, class_prior_=prior)
        tasks.fit_ends()
        return self

    @staticmethod
    def _check_learnt(attributes: Mapping[str, Any]) -> None:
        n_classes = len(attributes["classes_"])
        if n_classes < 2 or len(attributes["estimators_"]) != n_classes:
            raise ValueError("there is not one model for each class")
        for name in ("class_count_", "class_prior_"):
            check_array(name, attributes[name], (n_classes,))
        check_distributions(attributes["class_prior_"])

    def predict_log_proba(self, X: Any) -> FloatArray:
        """Return the log-probability of each class.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        log_proba : ndarray of shape (n, n_classes), float64
            Nats; columns in the order of `classes_`. Finite, however small, unless a class or its
            model says 0.
        """
        check_is_fitted(self)
        words = read_words(X, self._vocabulary.kind)
        return _normalise(self._log_joint(words))[words.number]

    def predict_proba(self, X: Any) -> FloatArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        proba : ndarray of shape (n, n_classes), float64
            Each row sums to 1; columns in the order of `classes_`.
        """
        log_proba = self.predict_log_proba(X)
        return np.exp(log_proba, out=log_proba)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each word.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        labels : ndarray of shape (n,)
            Of equals, the first in the order of `classes_`.
        """
        check_is_fitted(self)
        words = read_words(X, self._vocabulary.kind)
        return self.classes_[self._log_joint(words).argmax(axis=1)][words.number]

    def decision_function(self, X: Any) -> FloatArray:
        """Return the log-posterior of the classes, for two classes their log-odds.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        decision : ndarray of shape (n, n_classes) or (n,), float64
            The log-probability of each class in nats; of two classes, the log-odds of the second
            against the first, positive where it is predicted.
        """
        log_proba = self.predict_log_proba(X)
        if len(self.classes_) > 2:
            return log_proba
        odds: FloatArray = log_proba[:, 1] - log_proba[:, 0]
        return odds

    def transform(self, X: Any) -> FloatArray:
        """Return the log-likelihood of each word in each class, priors left out.

        As features of a further model: words that were in `fit` look likelier than others in
        their own class, so a model that is trained on the features of the same words trusts them
        too much: put the classifier into a :class:`CrossFitTransformer`.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        log_likelihoods : ndarray of shape (n, n_classes), float64, or a frame as `set_output` asks
            Nats, the closing boundary included; columns in the order of `classes_`.
        """
        check_is_fitted(self)
        words = read_words(X, self._vocabulary.kind)
        return self._log_likelihoods(words)[words.number]

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the columns of `transform`.

        Parameters
        ----------
        input_features : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        names : ndarray of shape (n_classes,), dtype object
            ``log_likelihood_`` and the class.
        """
        check_is_fitted(self)
        return np.array([f"log_likelihood_{label}" for label in self.classes_], dtype=object)

    def sample(self, n_samples: int, label: Any, **options: Any) -> Any:
        """Draw new words of a class.

        Parameters
        ----------
        n_samples : int
            How many words to return, at least 1.
        label : object
            One of `classes_`.
        **options : dict
            Passed to `sample` of the model of that class, such as `random_state`, `temperature`,
            `min_length` and `exclude`.

        Returns
        -------
        words : ndarray of shape (n_samples,), dtype object
            The words; with ``return_log_proba=True``, also their log-probabilities in that class.

        Raises
        ------
        ValueError
            If `label` is not one of the classes, or has had no words yet.
        """
        check_is_fitted(self)
        k = int(_codes_of(np.array([label]), self.classes_)[0])
        if not self.class_count_[k]:
            raise ValueError(f"There were no words of class {label!r} in partial_fit yet.")
        return self.estimators_[k].sample(n_samples, **options)

    def explain(self, X: Any, *, runner_up: Any = None) -> pd.DataFrame:
        """Say which symbols speak for the most probable class against another.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.
        runner_up : object or array-like of shape (n,), default=None
            The other class, of all words or of each, such as the true ones of words that were
            misclassified; the most probable class is then that of the others. None takes the
            second most probable class.

        Returns
        -------
        symbols : DataFrame with a RangeIndex
            A row for each predicted symbol, the closing boundary included: `word` (index label of
            a pandas row, else its position), `text` (the word), `position` (from 0), `context`,
            `symbol`, `label` and `runner_up` (the two classes), `log_odds` (nats: the symbol's
            log-probability in the first class less that in the second). Their sum over a word and
            the log of the ratio of the priors are the log-odds of the two classes.

        Raises
        ------
        ValueError
            If `runner_up` is not one of the classes, or not one for each word.
        """
        check_is_fitted(self)
        words = read_words(X, self._vocabulary.kind)
        ranking = np.argsort(-self._log_joint(words), axis=1, kind="stable")[words.number]
        first, second = ranking[:, 0], ranking[:, 1]
        if runner_up is not None:
            second = self._codes_of_words(runner_up, len(first))
            first = np.where(first == second, ranking[:, 1], first)
        # The class with most words has seen the longest contexts, if models differ in that.
        table = self.estimators_[self.class_count_.argmax()].score_symbols(X)
        of_first = self._log_probas(words.text, first)
        of_second = self._log_probas(words.text, second)
        with np.errstate(invalid="ignore"):
            log_odds = of_first - of_second
        log_odds[np.isnan(log_odds)] = 0.0  # what is impossible in both speaks for neither
        sizes = np.diff(words.text.offsets)
        of_words = None if self.classes_.dtype.kind in "biu" else object
        table["label"] = pd.Series(np.repeat(self.classes_[first], sizes), dtype=of_words)
        table["runner_up"] = pd.Series(np.repeat(self.classes_[second], sizes), dtype=of_words)
        return table.drop(columns="log_proba").assign(log_odds=log_odds)

    def _codes_of_words(self, labels: Any, n_words: int) -> IntArray:
        """Return the place among the classes of one label for all words, or one for each."""
        one = np.ndim(labels) == 0
        codes = _codes_of(_check_labels([labels] if one else labels, "runner_up"), self.classes_)
        if not one and len(codes) != n_words:
            raise ValueError(
                f"runner_up must be one class or one for each of {n_words} words, got {len(codes)}."
            )
        return np.broadcast_to(codes, n_words)

    def _log_probas(self, text: FlatText, of_class: IntArray) -> FloatArray:
        """Return the log-probability of every symbol of each word in the class given for it."""
        class_of_symbol = np.repeat(of_class, np.diff(text.offsets))
        result = np.full(len(class_of_symbol), -np.inf)
        for k, words in self._encoded(text):
            mine = words.keep(of_class == k)
            result[class_of_symbol == k] = log_probs_of(self.estimators_[k]._model, mine)
        return result

    def _log_likelihoods(self, words: Words) -> FloatArray:
        """Score each different word once in each class, of shape (n_distinct, n_classes)."""
        coded = self._encoded(words.distinct)
        result = np.full((len(words.spellings), len(self.classes_)), -np.inf)
        jobs = [delayed(scores_of)(self.estimators_[k]._model, some) for k, some in coded]
        scored = in_threads(jobs, self.n_jobs, return_as="generator")  # no two tables at once
        for (k, _), scores in zip(coded, scored, strict=True):
            result[:, k] = scores
        return result

    def _encoded(self, text: FlatText) -> list[tuple[int, CodedWords]]:
        """Return each class that has had words, and some words in the symbols of its model."""
        present = np.flatnonzero(self.class_count_).tolist()
        coded = encode_for([self.estimators_[k] for k in present], text)
        return list(zip(present, coded, strict=True))

    def _log_joint(self, words: Words) -> FloatArray:
        """Return log prior + log-likelihood, of shape (n_distinct, n_classes), no row all -inf."""
        with np.errstate(divide="ignore"):
            log_prior = np.log(self.class_prior_)
        joint = self._log_likelihoods(words)
        joint += log_prior
        impossible = np.flatnonzero(joint.max(axis=1, initial=-np.inf) == -np.inf)
        joint[impossible] = log_prior
        return joint

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimators_")


def _read_to_fit(
    X: Any, y: Any, sample_weight: Any, kind: Symbols
) -> tuple[FlatText, NDArray[Any], FloatArray | None]:
    """Return words, labels and weights, where these are positive."""
    text = kind.read_all(as_column(X))
    if y is None:
        raise ValueError("CharLMClassifier requires y to be passed, but the target y is None.")
    if not text.n_words:
        raise ValueError("A fit needs at least one word, got none.")
    y = _check_labels(y, "y")
    check_consistent_length(text.positions, y)
    weights = check_sample_weight(sample_weight, text.n_words)
    if weights is None or weights.all():
        return text, y, weights
    kept = weights > 0
    return text.keep(kept), y[kept], weights[kept]


def _check_labels(y: Any, name: str) -> NDArray[Any]:
    """Return labels as an array that can be sorted; missing ones are a ValueError."""
    if isinstance(y, (list, tuple)):
        _refuse_missing(pd.isna(np.array(y, dtype=object)), name)  # before NaN becomes "nan"
    y = column_or_1d(y, warn=True)
    if y.dtype.kind == "T":  # NumPy's StringDType, which scikit-learn does not take
        y = y.astype(object)
    _refuse_missing(pd.isna(y), name)
    check_classification_targets(y)
    return np.asarray(y)


def _refuse_missing(missing: NDArray[np.bool_], name: str) -> None:
    if missing.any():
        first = np.argwhere(missing)[0, 0]
        raise ValueError(f"Input {name} contains NaN, the first at position {first}.")


def _check_classes(classes: NDArray[Any]) -> None:
    if len(classes) < 2:
        raise ValueError(
            "CharLMClassifier needs words of at least 2 classes, but the data contains only one "
            f"class: {classes.tolist()[0]!r}."
        )


def _codes_of(y: NDArray[Any], classes: NDArray[Any]) -> IntArray:
    """Return the places of labels among the classes; others are a ValueError."""
    place = {label: k for k, label in enumerate(classes.tolist())}
    labels, inverse = np.unique(y, return_inverse=True)
    strangers = [label for label in labels.tolist() if label not in place]
    if strangers:
        raise ValueError(
            f"{shown(strangers[0])} is not among the classes {shown(classes.tolist())}."
        )
    return np.array([place[label] for label in labels.tolist()], np.int64)[inverse]


def _normalise(log_joint: FloatArray) -> FloatArray:
    """Subtract the log of the sum of exponentials from each row, in place."""
    log_joint -= log_joint.max(axis=1, keepdims=True)
    log_joint -= np.log(np.exp(log_joint).sum(axis=1, keepdims=True))
    return log_joint


def _check_priors(priors: Any, counts: FloatArray) -> FloatArray:
    """Return the probabilities of the classes, of shape (n_classes,)."""
    if priors is None:
        return np.asarray(counts / counts.sum())
    if isinstance(priors, str):
        return np.full(len(counts), 1 / len(counts))
    try:
        probabilities = np.asarray(priors, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            "priors must be 'uniform' or a list of one number for each class, in the order of "
            f"classes_, got {shown(priors)}."
        ) from None
    if probabilities.shape != counts.shape:
        raise ValueError(
            f"priors must have one number for each of the {len(counts)} classes, got an array of "
            f"shape {probabilities.shape}."
        )
    if not (probabilities >= 0).all() or not np.isclose(probabilities.sum(), 1):
        raise ValueError(f"priors must be probabilities that sum to 1, got {shown(priors)}.")
    return probabilities / probabilities.sum()
