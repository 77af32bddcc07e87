"""The base of every language model: fit and fitted state, written once over one hook."""

# SPDX-License-Identifier: BSD-3-Clause

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self, TypeVar

from sklearn.base import BaseEstimator, DensityMixin, _fit_context
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.context_table import ContextTable, Source, n_predictions
from sklearn_makemore._core.learnt import Learnt, ModelMaker
from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._estimators.arguments import check_arguments
from sklearn_makemore._estimators.callbacks import CallbackSupportMixin, FitTasks
from sklearn_makemore._estimators.links import DOCUMENTED
from sklearn_makemore._estimators.parameters import ParametersMeta, parameter
from sklearn_makemore._estimators.reading import (
    UNKNOWN_ALLOWED,
    Reading,
    checked_shown,
    words_to_fit,
)
from sklearn_makemore._estimators.sampling import SamplingMixin
from sklearn_makemore._estimators.scoring import ScoringMixin
from sklearn_makemore._estimators.searching import SearchingMixin
from sklearn_makemore._estimators.word_counts import WordCounts
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.symbols import described, from_described
from sklearn_makemore._text.vocabulary import PENALTY, Vocabulary

Model = TypeVar("Model", bound="BaseCharLM")


class BaseCharLM(
    ScoringMixin,
    SamplingMixin,
    SearchingMixin,
    CallbackSupportMixin,
    DensityMixin,
    BaseEstimator,
    metaclass=ParametersMeta,
):
    """Fit, score and sample over words; a subclass learns and says what the next symbol is.

    A subclass declares its parameters with :func:`~sklearn_makemore.base.parameter` beside the five
    below, names in `_learnt_class` what it learns, a :class:`~sklearn_makemore.base.Learnt`, and
    has one hook: `_learn`.

    Parameters
    ----------
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

    See Also
    --------
    sklearn_makemore.base.BaseCountLM : For models that count.
    sklearn_makemore.base.NetworkLM : For networks.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from sklearn_makemore.base import BaseCharLM, Learnt, WindowModel
    >>> class UniformModel(WindowModel):
    ...     def context_log_probs(self, contexts):
    ...         return np.full((len(contexts), self.n_symbols), -np.log(self.n_symbols))
    >>> @dataclass(frozen=True)
    ... class NothingLearnt(Learnt):
    ...     def model(self, vocabulary):
    ...         return UniformModel(vocabulary.n_symbols, block_size=1)
    >>> class UniformLM(BaseCharLM):
    ...     _learnt_class = NothingLearnt
    ...     def _learn(self, words, vocabulary, tasks, *, partial):
    ...         return NothingLearnt()
    >>> round(UniformLM().fit(["ab"]).perplexity(["ba"]), 9)
    3.0
    """

    alphabet: Any = parameter(None, str, Iterable, default=None)
    symbols: Any = parameter(default="char")  # `Reading` says what is wrong with it
    boundary: str | None = parameter(str, None, default=None)
    handle_unknown: str = parameter(UNKNOWN_ALLOWED, default=PENALTY)
    random_state: Any = parameter("random_state", default=None)

    _learnt_class: ClassVar[type[Learnt]]
    _doc_link_module, _doc_link_template, _doc_link_url_param_generator = DOCUMENTED

    @abstractmethod
    def _learn(
        self, words: Source, vocabulary: Vocabulary, tasks: FitTasks, *, partial: bool
    ) -> Learnt:
        """Return what `words` teach, and change nothing.

        Parameters
        ----------
        words : CodedWords or ContextTable
            At least one word; weights are positive. A table where the caller gave counts of words,
            which `_from_counts` alone lets in.
        vocabulary : Vocabulary
            What the codes stand for.
        tasks : FitTasks
            What is told of blocks of steps, or of parts, of the fit.
        partial : bool
            Whether to go on from what `self` has learnt.
        """

    @classmethod
    def _learnt_from(cls, attributes: Mapping[str, Any]) -> Learnt:
        """Return what was learnt from the fitted attributes that it has."""
        return cls._learnt_class.of(attributes)

    def _from_counts(self, counts: WordCounts) -> ContextTable:
        """Return the table to learn from in place of words."""
        raise TypeError(
            f"{type(self).__name__} learns from whole words, not from WordCounts: give it the "
            "words. Count models and networks over windows (MLPCharLM, ConvCharLM, NeuralBigramLM, "
            "TorchCharLM with kind='window') take counts."
        )

    def _max_blocks(self, words: Source, *, partial: bool) -> int | None:
        """Return how many blocks of steps a fit to `words` tells callbacks of, at most.

        None where that is not known; 0 for a model that is not trained step by step.
        """
        return 0

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from words.

        Parameters
        ----------
        X : container of words of shape (n,), or WordCounts
            The words: list, array, pandas, polars or Arrow column, or a frame of one column. With
            ``symbols="token"`` each is a sequence of str. Models that look at a fixed number of
            symbols take counts of words, too.
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
            or symbols are not in `alphabet`.
        TypeError
            If `X` is a single string, a value is not a word, or a weight is not a number.
        """
        vocabulary, words = self._read_words(X, sample_weight)
        tasks = FitTasks(self, self._max_blocks(words, partial=False), X, y, sample_weight)
        return self._fit_words(vocabulary, words, tasks, partial=False)

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Go on learning from more words.

        The first call is `fit`. A model that counts takes in symbols that come later, if it has no
        `alphabet` and ``handle_unknown="penalty"``. Otherwise the first call sets the symbols: give
        `alphabet` where its words may lack some.

        Parameters
        ----------
        X : container of words of shape (n,), or WordCounts
            The words, or counts of them as in `fit`.
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
            As `fit`, and for a symbol that is not among `symbols_` and not taken in (with
            ``handle_unknown="unknown"`` it counts as unknown); nothing is changed then.
        """
        if not self.__sklearn_is_fitted__():
            return self.fit(X, y, sample_weight)
        self._validate_params()  # scikit-learn leaves it out in later calls
        vocabulary, words = self._read_more(X, sample_weight)
        tasks = FitTasks(self, self._max_blocks(words, partial=True), X, y, sample_weight)
        return self._fit_words(vocabulary, words, tasks, partial=True)

    def _check_arguments(self, constraints: dict[str, Any], given: dict[str, Any]) -> None:
        """Hold the arguments of a method, whose local names are given, against constraints."""
        check_arguments(constraints, given, type(self).__name__)

    def _validate_params(self) -> None:
        self._check_arguments(self._parameter_constraints, self.get_params(deep=False))

    def _read_words(self, X: Any, sample_weight: Any) -> tuple[Vocabulary, Source]:
        """Read the words of a fit, and the symbols they are made of."""
        reading = Reading.of_model(self)
        if isinstance(X, WordCounts):
            counts = X.over(reading, sample_weight)
            return counts.vocabulary, self._from_counts(counts)
        text, weights = reading.words_to_fit(X, sample_weight)
        vocabulary = reading.vocabulary(text)
        words = vocabulary.encode(text, weights, to_learn=True)
        return vocabulary.having_seen(n_predictions(words)), words

    def _read_more(self, X: Any, sample_weight: Any) -> tuple[Vocabulary, Source]:
        """Read more words, and return the symbols that are known from then on."""
        known = self._vocabulary
        if isinstance(X, WordCounts):
            counts = X.within(self._with_symbols(known, X.vocabulary), sample_weight)
            vocabulary = counts.vocabulary.having_seen(known.n_predictions + counts.n_predictions)
            return vocabulary, self._from_counts(counts)
        text, weights = words_to_fit(X, known.kind, sample_weight)
        vocabulary = known
        if self._may_gain_symbols():
            rest = known.boundary, known.handle_unknown, known.kind
            vocabulary = self._with_symbols(known, Vocabulary.of_text(text, *rest))
        words = vocabulary.encode(text, weights, to_learn=True)
        return vocabulary.having_seen(known.n_predictions + n_predictions(words)), words

    def _with_symbols(self, known: Vocabulary, other: Vocabulary) -> Vocabulary:
        """Return the symbols that are known once words over others have been learnt, too."""
        if not self._may_gain_symbols():
            return known
        grown = known | replace(other, handle_unknown=known.handle_unknown)
        return grown if grown.n_symbols == known.n_symbols else checked_shown(grown)

    def _may_gain_symbols(self) -> bool:
        """Tell whether words given to `partial_fit` may bring new symbols."""
        return False

    @_fit_context(prefer_skip_nested_validation=True)
    def _fit_coded(self, vocabulary: Vocabulary, words: CodedWords, *, partial: bool) -> Self:
        """Fit to words that another estimator has read."""

        def shown() -> list[str]:
            return vocabulary.decode(words.targets)

        tasks = FitTasks(self, self._max_blocks(words, partial=partial), shown, None, words.weights)
        return self._fit_words(vocabulary, words, tasks, partial=partial)

    def _fit_words(
        self, vocabulary: Vocabulary, words: Source, tasks: FitTasks, *, partial: bool
    ) -> Self:
        """Learn, then store what was learnt: nothing before all is done."""
        self._set_fitted(vocabulary, self._learn(words, vocabulary, tasks, partial=partial))
        tasks.fit_ends()
        return self

    def _fitted_state(self, vocabulary: Vocabulary, learnt: Learnt) -> dict[str, Any]:
        """Return all that a fitted estimator has beside its parameters."""
        attributes = learnt.attributes
        return {
            "_vocabulary": vocabulary,
            "_maker": ModelMaker(vocabulary, learnt),
            "_learnt": tuple(attributes),
            "symbols_": vocabulary.symbols,
            "n_symbols_": vocabulary.n_symbols,
            **attributes,
        }

    def __sklearn_is_fitted__(self) -> bool:
        return "_vocabulary" in vars(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags

    def _stored_state(self) -> tuple[Vocabulary, Learnt]:
        """Return the symbols and what was learnt."""
        check_is_fitted(self)
        return self._vocabulary, self._learnt_from(
            {name: vars(self)[name] for name in self._learnt}
        )

    @property
    def _model(self) -> NextSymbolModel:
        """What says the next symbol, made when it is first asked for."""
        maker: ModelMaker = self._maker
        return maker.model

    def _over(self, vocabulary: Vocabulary) -> Self:
        """Return a copy that has learnt the same, over the same symbols or maybe more.

        It shares what has been learnt.
        """
        other = with_attributes(self, vars(self))
        return other._set_fitted(vocabulary, self._stored_state()[1])

    def _set_fitted(self, vocabulary: Vocabulary, learnt: Learnt) -> Self:
        """Store what was learnt, or read from a file, in place of what was there."""
        return self._replace_state(self._fitted_state(vocabulary, learnt))

    def _replace_state(self, state: dict[str, Any]) -> Self:
        before = {*vars(self).get("_learnt", ()), "_maker"}
        kept = {name: value for name, value in vars(self).items() if name not in before}
        # At once: an interruption leaves the old state or the new one, and no mixture.
        self.__dict__ = kept | state
        return self

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__().copy()
        state.pop("_maker", None)
        return state | {"symbols": described(self.symbols)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "symbols" not in state and "boundary" in state:  # pickled before it was a parameter
            shown = None if state["boundary"] == "." else state["boundary"]
            if "_vocabulary" in state and shown is None:
                shown = state["_vocabulary"].boundary  # "." where words have one
            state = {"symbols": "char", **state, "boundary": shown}
        super().__setstate__(state | {"symbols": from_described(state.get("symbols"))})
        if "_vocabulary" in state:
            self._maker = ModelMaker(*self._stored_state())


def with_attributes(model: Model, attributes: Mapping[str, Any]) -> Model:
    """Return an estimator of the class of `model` that has these attributes, as they are."""
    other = object.__new__(type(model))
    other.__dict__ |= attributes
    return other
