"""Linear mixtures of language models (Jelinek & Mercer 1980; Bengio et al. 2003, section 4.2)."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions
from sklearn.utils._repr_html.estimator import _VisualBlock
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.context_table import Source
from sklearn_makemore._core.learnt import Learnt
from sklearn_makemore._core.mixture import MixtureModel, em_weights
from sklearn_makemore._core.splitting import hold_out
from sklearn_makemore._estimators.arguments import shown
from sklearn_makemore._estimators.base import BaseCharLM, with_attributes
from sklearn_makemore._estimators.callbacks import FitTasks, deep_copy
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._estimators.reading import words_to_fit
from sklearn_makemore._estimators.warning import warn
from sklearn_makemore._estimators.word_counts import WordCounts
from sklearn_makemore._meta.holder import fit_copy, n_workers
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LearntMixture(Learnt):
    """Fitted models, their names, and how much each counts."""

    estimators_: list[BaseCharLM]
    weights_: FloatArray
    _names: list[str]

    def model(self, vocabulary: Vocabulary) -> MixtureModel:
        return MixtureModel([model._model for model in self.estimators_], self.weights_)

    def checked(self, vocabulary: Vocabulary) -> Self:
        for model in self.estimators_:
            if not isinstance(model, BaseCharLM) or not vocabulary.same_symbols(model._vocabulary):
                raise ValueError("a model is not over the symbols of the mixture")
        names = self._names
        if not len(names) == len(set(names)) == len(self.estimators_) == len(self.weights_):
            raise ValueError("there is not one name and one weight for each model")
        if (self.weights_ < 0).any() or abs(self.weights_.sum() - 1) > 1e-9:
            raise ValueError("weights_ are not shares")
        return self


class MixtureLM(BaseCharLM, _BaseComposition):
    """Language model that mixes the distributions of several others.

    The probability of the next symbol is the weighted mean of what the models say. Models that err
    in different ways, such as n-grams and a network, together are better than each.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Names and language models; "drop" in place of a model leaves it out. Their symbols are those
        of the mixture, whose `alphabet`, `symbols`, `boundary` and `handle_unknown` take the place
        of theirs. Where their `random_state` is None, it is drawn from that of the mixture if it
        has one.
    weights : "em", array-like of shape (n_estimators,) or None, default="em"
        "em" holds out some of the distinct words, finds the weights that make them likeliest, and
        then fits every model again on all words. None means equal weights. An array is scaled to a
        sum of 1; models that are left out have no entry.
    validation_fraction : float, default=0.1
        Share of the distinct words that "em" holds out.
    prefit : bool, default=False
        Whether the models are fitted already, over the same symbols, and are to be used as they
        are, as copies; the symbols of the mixture are then theirs. "em" finds the weights on all
        words given to `fit`: give it others than theirs. `clone` forgets what they have learnt, so
        that such a mixture is not for searches.
    n_jobs : int, default=None
        Models fitted at the same time, as joblib counts them. None means 1.
    alphabet : str or collection of str, default=None
        All symbols that may occur, known beforehand. None takes those of the words in `fit`.
    symbols : {"char", "grapheme", "split", "token"} or re.Pattern, default="char"
        What a symbol of a word is: a code point, a grapheme cluster, what stands between white
        space, an item of a word that is a sequence of strings, or a match of a compiled pattern.
    boundary : str, default=None
        How the start and end of a word are shown; it is never looked up in a word. None takes ".",
        or another sign where that is a symbol of the words.
    handle_unknown : {"penalty", "unknown", "error"}, default="penalty"
        What happens to a symbol that is not known when a word is scored. "penalty": it costs log(N
        + 1) nats, where N is the number of predictions in `fit` (of symbols if they are more), and
        the model stays what it is. "unknown": the model has a symbol for it. "error": a ValueError.
    random_state : int, RandomState instance or None, default=None
        Seed of what is random in `fit`, and of `sample` where it is given none.

    Attributes
    ----------
    estimators_ : list of estimator
        The fitted models, those that were dropped left out.
    named_estimators_ : Bunch
        The same by name.
    weights_ : ndarray of shape (n_estimators,), float64
        Weight of each fitted model.
    symbols_ : ndarray of shape (n_symbols,), dtype object
        The boundary as shown, the symbols of the words in order, the unknown symbol if there is
        one.
    n_symbols_ : int
        Number of symbols.

    See Also
    --------
    sklearn.ensemble.VotingClassifier : The same for classifiers.

    Notes
    -----
    `partial_fit` lets every model go on learning, and keeps the weights.

    References
    ----------
    Frederick Jelinek and Robert L. Mercer, "Interpolated estimation of Markov source parameters
    from sparse data", Pattern Recognition in Practice, 1980.

    Yoshua Bengio, Rejean Ducharme, Pascal Vincent and Christian Jauvin, "A Neural Probabilistic
    Language Model", Journal of Machine Learning Research 3, 2003.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM, MixtureLM, NGramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> words = load_names().data
    >>> mixture = MixtureLM(
    ...     [("bigrams", BigramCountLM()), ("ngrams", NGramCountLM(order=4))], random_state=0)
    >>> mixture.fit(words[::2]).weights_.round(2)
    array([0.07, 0.93])
    >>> mixture.sample(3)
    array(['kencesue', 'züzo', 'ja'], dtype=object)
    """

    estimators: Any = parameter(list, kw_only=False)
    weights: Any = parameter(StrOptions({"em"}), "array-like", None, default="em")
    validation_fraction: float = parameter(Interval(Real, 0, 1, closed="neither"), default=0.1)
    prefit: bool = parameter("boolean", default=False)
    n_jobs: int | None = parameter(Integral, None, default=None)

    _learnt_class = LearntMixture

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, those of the models too.

        Parameters
        ----------
        deep : bool, default=True
            Whether to add each model by its name, and its parameters as ``name__parameter``.

        Returns
        -------
        parameters : dict of str to object
            Values by name.
        """
        parameters: dict[str, Any] = self._get_params("estimators", deep=deep)
        return parameters

    def set_params(self, **params: Any) -> "MixtureLM":
        """Set parameters, models by name, and parameters of models.

        Parameters
        ----------
        **params : object
            Values by name: a parameter, the name of a model ("drop" leaves it out), or
            ``name__parameter``.

        Returns
        -------
        self : object
            The mixture.
        """
        self._set_params("estimators", **params)
        return self

    def _sk_visual_block_(self) -> _VisualBlock:
        names, models = zip(*self.estimators, strict=True)
        return _VisualBlock("parallel", models, names=names)

    def _read_words(self, X: Any, sample_weight: Any) -> tuple[Vocabulary, Source]:
        if not self.prefit or isinstance(X, WordCounts):
            return super()._read_words(X, sample_weight)
        vocabulary = self._common_vocabulary()
        return vocabulary, vocabulary.encode(*words_to_fit(X, vocabulary.kind, sample_weight))

    def _common_vocabulary(self) -> Vocabulary:
        """Return the vocabulary of fitted models, which must have the same symbols."""
        (first, one), *others = self._models_by_name()
        check_is_fitted(one)
        vocabulary: Vocabulary = one._vocabulary
        for name, other in others:
            check_is_fitted(other)
            same = vocabulary.handle_unknown == other._vocabulary.handle_unknown
            if not same or not vocabulary.same_symbols(other._vocabulary):
                raise ValueError(
                    f"prefit=True needs models over the same symbols; those of {first!r} and "
                    f"{name!r} differ. Fit them with the same alphabet= and handle_unknown=."
                )
            vocabulary = vocabulary.having_seen(
                max(vocabulary.n_predictions, other._vocabulary.n_predictions)
            )
        return vocabulary

    def _over(self, vocabulary: Vocabulary) -> Self:
        learnt = self._stored_state()[1]
        assert isinstance(learnt, LearntMixture)
        models = [model._over(vocabulary) for model in learnt.estimators_]
        other = with_attributes(self, vars(self))
        return other._set_fitted(vocabulary, replace(learnt, estimators_=models))

    def _may_gain_symbols(self) -> bool:
        return all(model._may_gain_symbols() for model in self.estimators_)

    def _models_by_name(self) -> list[tuple[str, BaseCharLM]]:
        """Return the models that are not dropped, having checked them all."""
        try:
            names = [name for name, _ in self.estimators]
        except (TypeError, ValueError):
            raise InvalidParameterError(
                "The 'estimators' parameter must be a list of (name, language model) pairs, got "
                f"{shown(self.estimators)}."
            ) from None
        if not all(isinstance(name, str) for name in names):
            raise InvalidParameterError(
                f"The 'estimators' parameter must have strings as names, got {shown(names)}."
            )
        self._validate_names(names)
        for name, model in self.estimators:
            if model != "drop" and not isinstance(model, BaseCharLM):
                raise InvalidParameterError(
                    "The 'estimators' parameter must hold language models or 'drop'; "
                    f"{name!r} is {shown(model)}."
                )
        kept = [(name, model) for name, model in self.estimators if model != "drop"]
        if not kept:
            raise InvalidParameterError("The 'estimators' parameter has no model to mix.")
        return kept

    def _given_weights(self, n_models: int) -> FloatArray | None:
        """Return the weights that the parameter says, None where they are to be found."""
        if isinstance(self.weights, str) and n_models > 1:
            return None
        if self.weights is None or n_models == 1:
            return np.full(n_models, 1 / n_models)
        try:
            weights = np.asarray(self.weights, np.float64)
        except (TypeError, ValueError, OverflowError):
            weights = np.empty(0)
        if (
            weights.shape != (n_models,)
            or not (weights >= 0).all()
            or not 0 < weights.sum() < np.inf
        ):
            raise InvalidParameterError(
                f"The 'weights' parameter must be {n_models} finite non-negative numbers, not all "
                f"0, got {shown(self.weights)}."
            )
        return np.asarray(weights / weights.sum())

    def _max_blocks(self, words: Source, *, partial: bool) -> int:
        if partial:
            return len(self.estimators_)
        n_models = len(self._models_by_name())
        finds_weights = isinstance(self.weights, str) and n_models > 1
        return 0 if self.prefit else n_models * (1 + finds_weights)

    def _learn(
        self, words: Source, vocabulary: Vocabulary, tasks: FitTasks, *, partial: bool
    ) -> LearntMixture:
        assert isinstance(words, CodedWords)
        if partial:
            models = self._fit_all(self.estimators_, vocabulary, words, tasks, partial=True)
            return LearntMixture(models, self.weights_, self._names)
        named = self._models_by_name()
        names = [name for name, _ in named]
        weights = self._given_weights(len(named))
        if self.prefit:
            for _, model in named:  # a holder of the mixture holds a clone, which has forgotten
                check_is_fitted(model)
            models = [deep_copy(model) for _, model in named]
            if weights is None:
                weights = _best_weights(models, words)
            return LearntMixture(models, weights, names)
        random_state = check_random_state(self.random_state)
        models = [self._component(model, random_state) for _, model in named]
        if weights is None:
            kept, held_out = hold_out(words, self.validation_fraction, random_state.permutation)
            first = self._fit_all(models, vocabulary, kept, tasks, partial=False)
            weights = _best_weights(first, held_out)
        models = self._fit_all(models, vocabulary, words, tasks, partial=False)
        return LearntMixture(models, weights, names)

    def _component(self, model: BaseCharLM, random_state: np.random.RandomState) -> BaseCharLM:
        """Return a copy of a model with the symbols, and if need be a seed, of the mixture."""
        if model.handle_unknown == "unknown" != self.handle_unknown:
            warn(
                "handle_unknown='unknown' of a model is not used: the mixture's "
                f"{self.handle_unknown!r} takes its place. Give handle_unknown='unknown' to "
                "MixtureLM.",
                UserWarning,
            )
        if model.symbols not in ("char", self.symbols):
            raise InvalidParameterError(
                f"The 'symbols' parameter of a model is {model.symbols!r}, that of the mixture, "
                f"which reads the words, is {self.symbols!r}: give it to MixtureLM."
            )
        component: BaseCharLM = clone(model)
        for name in ("alphabet", "symbols", "boundary", "handle_unknown"):
            setattr(component, name, getattr(self, name))
        if component.random_state is None and self.random_state is not None:
            component.random_state = random_state.randint(2**31 - 1)
        component._validate_params()
        return component

    def _fit_all(
        self,
        models: list[BaseCharLM],
        vocabulary: Vocabulary,
        words: CodedWords,
        tasks: FitTasks,
        *,
        partial: bool,
    ) -> list[BaseCharLM]:
        """Return fitted copies of models."""
        parts = [tasks.part(type(model).__name__) for model in models]
        fitted: list[BaseCharLM] = Parallel(n_jobs=n_workers(self.n_jobs, len(models)))(
            delayed(fit_copy)(model, part, vocabulary, words, partial=partial)
            for model, part in zip(models, parts, strict=True)
        )
        return fitted

    def _fitted_state(self, vocabulary: Vocabulary, learnt: Learnt) -> dict[str, Any]:
        named = zip(learnt.attributes["_names"], learnt.attributes["estimators_"], strict=True)
        return super()._fitted_state(vocabulary, learnt) | {
            "named_estimators_": Bunch(**dict(named))
        }


def _best_weights(models: list[BaseCharLM], words: CodedWords) -> FloatArray:
    """Return the weights by expectation-maximisation that make words likeliest."""
    log_probs = np.stack([model._model.log_probs(words) for model in models])
    counts = words.prediction_weights()
    counts = np.ones(words.n_predictions) if counts is None else counts
    # What is none of the symbols says nothing of the models: it costs the same to all.
    is_symbol = words.targets < words.n_symbols
    return em_weights(log_probs[:, is_symbol], counts[is_symbol])
