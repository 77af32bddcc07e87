"""What estimators that hold others have in common: files, callbacks, language models to fit."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.utils import Tags
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.parallel import Parallel
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._estimators.arguments import check_arguments, shown
from sklearn_makemore._estimators.base import BaseCharLM, with_attributes
from sklearn_makemore._estimators.callbacks import CallbackSupportMixin, FitPart
from sklearn_makemore._estimators.links import DOCUMENTED
from sklearn_makemore._estimators.ngram_count import NGramCountLM
from sklearn_makemore._estimators.parameters import ParametersMeta
from sklearn_makemore._estimators.reading import Reading
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.flat_text import FlatText
from sklearn_makemore._text.vocabulary import Vocabulary

# What scikit-learn keeps in an estimator, the last two while it is fitted.
NOT_LEARNT = ("_sklearn_", "_skl_", "_metadata_request", "_callback_fit_", "_parent_callback_")


@dataclass(frozen=True)
class LearntParts:
    """What an estimator that holds others has learnt, by name, and what checks it."""

    attributes: Mapping[str, Any]
    check: Callable[[Mapping[str, Any]], None]

    def checked(self, vocabulary: None) -> Self:
        """Return itself if a fit could have learnt it."""
        self.check(self.attributes)
        return self


class HolderMixin(CallbackSupportMixin, MetaEstimatorMixin, metaclass=ParametersMeta):
    """An estimator that holds others: what :mod:`sklearn_makemore.io` asks of it, callbacks."""

    _doc_link_module, _doc_link_template, _doc_link_url_param_generator = DOCUMENTED

    def _validate_params(self) -> None:
        parameters = self.get_params(deep=False)
        check_arguments(self._parameter_constraints, parameters, type(self).__name__)

    def _stored_state(self) -> tuple[None, LearntParts]:
        """Return None for symbols, and what was learnt."""
        check_is_fitted(self)
        parameters = self.get_params(deep=False)
        learnt = {
            name: value
            for name, value in vars(self).items()
            if name not in parameters and not name.startswith(NOT_LEARNT)
        }
        return None, self._learnt_from(learnt)

    @classmethod
    def _learnt_from(cls, attributes: Mapping[str, Any]) -> LearntParts:
        return LearntParts(attributes, cls._check_learnt)

    @staticmethod
    def _check_learnt(attributes: Mapping[str, Any]) -> None:
        """Refuse attributes from a file that no fit could have learnt."""

    def _set_fitted(self, vocabulary: None, learnt: LearntParts) -> Self:
        """Store what was read from a file."""
        return self._store(**learnt.attributes)

    def _store(self, **attributes: Any) -> Self:
        """Store what was learnt."""
        # At once: an interruption leaves the old state or the new one, and no mixture.
        self.__dict__.update(attributes)
        return self


class ModelHolderMixin(HolderMixin):
    """A holder of clones of one language model; ``estimator=None`` means ``NGramCountLM()``."""

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
        super().set_params(**params)
        return self

    def _model_to_clone(self) -> tuple[BaseCharLM, Reading]:
        """Return an unfitted copy of the language model, and how it reads words.

        Raises
        ------
        InvalidParameterError
            If `estimator` is no language model, or has invalid parameters.
        """
        given = NGramCountLM() if self.estimator is None else self.estimator
        if isinstance(given, type):
            raise InvalidParameterError(
                "The 'estimator' parameter must be a language model, not its class: give "
                f"{given.__name__}() instead of {given.__name__}."
            )
        if not isinstance(given, BaseCharLM):
            raise InvalidParameterError(
                f"The 'estimator' parameter must be a language model. Got {shown(given)} instead."
            )
        model: BaseCharLM = clone(given)
        model._validate_params()
        return model, Reading.of_model(model)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags


def fit_copy(
    model: BaseCharLM, part: FitPart, vocabulary: Vocabulary, words: CodedWords, *, partial: bool
) -> BaseCharLM:
    """Fit a copy of a model; a fit that goes on keeps what has been learnt."""
    # Nothing is copied, as a fit changes nothing of what was learnt before; and counts that no one
    # has asked for stay without an estimate.
    fitted: BaseCharLM = with_attributes(model, vars(model)) if partial else clone(model)
    part.fit(fitted, "_fit_coded", vocabulary, words, partial=partial)
    return fitted


def to_fit(words: CodedWords, mask: NDArray[np.bool_]) -> CodedWords:
    """Return the words of a mask, as the `fit` of a model reads them: weights of 1 are none."""
    kept = words.keep(mask)
    is_plain = kept.weights is not None and (kept.weights == 1).all()
    return replace(kept, weights=None) if is_plain else kept


def encode_for(models: Sequence[BaseCharLM], text: FlatText) -> list[CodedWords]:
    """Return the words in the symbols of each model, coded once where these are the same.

    They always are, unless the caller has fitted one of the models again.
    """
    coded: list[CodedWords] = []
    for model, before in zip(models, [None, *models], strict=False):
        same = before is not None and before._vocabulary.same_symbols(model._vocabulary)
        coded.append(coded[-1] if same else model._vocabulary.encode(text))
    return coded


def n_workers(n_jobs: int | None, n_tasks: int) -> int:
    """Return how many workers to start: joblib starts as many as it is told, tasks or not."""
    return max(1, min(effective_n_jobs(n_jobs), n_tasks))


def in_threads(jobs: Sequence[Any], n_jobs: int | None, **options: Any) -> Any:
    """Return the results of joblib's delayed calls; `options` are those of its `Parallel`."""
    workers = n_workers(n_jobs, len(jobs))
    return Parallel(n_jobs=workers, prefer="threads", **options)(jobs)
