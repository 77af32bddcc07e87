"""Features of words by models that have not seen them (cross-fitting)."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context, clone
from sklearn.model_selection import GroupKFold
from sklearn.utils import Tags, _safe_indexing, get_tags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import _check_method_params, check_consistent_length, check_is_fitted

from sklearn_makemore._estimators.callbacks import FitTasks
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._meta.holder import HolderMixin
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.symbols import CHARACTERS, TOKENS, symbols_of
from sklearn_makemore._text.vocabulary import ERROR, Vocabulary


class CrossFitTransformer(HolderMixin, TransformerMixin, BaseEstimator):
    """Make features of the training words with models that have not seen them.

    The features that a language model gives of the words it was fitted on are optimistic: it has
    seen them, and will not have seen those to come. A classifier behind it learns to trust them too
    much. `fit_transform`, which is what a pipeline calls when it is fitted, gives each word the
    features of a model fitted on the other folds, where no repeat of the word stands; `transform`
    uses one model fitted on all words.

    Parameters
    ----------
    estimator : estimator with `fit` and `transform`
        A language model or a classifier of words. The language model of each fold knows the symbols
        of all words, as a fold may lack some; with ``handle_unknown="unknown"`` those are unknown.
    cv : int, default=5
        Folds, at least 2. A word and its repeats are in one fold.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds.

    Attributes
    ----------
    estimator_ : estimator
        Fitted on all words.

    See Also
    --------
    sklearn.preprocessing.TargetEncoder : Cross-fits in the same way.

    References
    ----------
    Victor Chernozhukov et al., "Double/debiased machine learning for treatment and structural
    parameters", The Econometrics Journal 21, 2018.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_makemore import BigramCountLM, CrossFitTransformer
    >>> from sklearn_makemore.datasets import load_names
    >>> names = load_names()
    >>> lm = BigramCountLM()
    >>> optimistic = lm.fit_transform(names.data)[:, 1].mean()
    >>> honest = CrossFitTransformer(lm).fit_transform(names.data)[:, 1].mean()
    >>> bool(optimistic > honest)
    True
    >>> model = make_pipeline(CrossFitTransformer(lm), LogisticRegression(max_iter=1000))
    >>> model = model.fit(names.data, names.target == "Japanese")
    """

    estimator: Any = parameter(HasMethods(["fit", "transform"]), kw_only=False)
    cv: int = parameter(Interval(Integral, 2, None, closed="left"), default=5)
    random_state: Any = parameter("random_state", default=None)

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit the estimator on all words.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.
        y : array-like of shape (n,), default=None
            Passed on to the estimator.
        **params : object
            What the estimator is given in its `fit` beside these, such as `sample_weight`. With
            ``enable_metadata_routing=True``, that which it asks for.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        params = self._params_of_estimator("fit", params)
        tasks = FitTasks(self, 1, X, y, params.get("sample_weight"))
        self.estimator_ = tasks.part("all words").fit(clone(self.estimator), "fit", X, y, **params)
        tasks.fit_ends()
        return self

    @_fit_context(prefer_skip_nested_validation=False)
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit on all words, and return features by models fitted on the other folds.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.
        y : array-like of shape (n,), default=None
            Passed on to the estimator.
        **params : object
            What the estimator is given in its `fit` beside these, such as `sample_weight`. With
            ``enable_metadata_routing=True``, that which it asks for.

        Returns
        -------
        features : ndarray of shape (n, n_features), float64, or a frame as `set_output` asks
            Cross-fitted features.

        Raises
        ------
        ValueError
            If there are fewer different words than folds, `y` is not one for each word, or a fold
            lacks a class.
        """
        params = self._params_of_estimator("fit_transform", params)
        words = X.to_series() if isinstance(X, pd.Index) else X  # scikit-learn cannot index those
        groups = _numbered(words, self.estimator)
        check_consistent_length(groups, y)
        if self.cv > (n_words := int(groups.max(initial=-1)) + 1):
            raise ValueError(f"cv={self.cv} folds need as many different words, got {n_words}.")
        tasks = FitTasks(self, 1 + int(self.cv), X, y, params.get("sample_weight"))
        whole = tasks.part("all words").fit(clone(self.estimator), "fit", X, y, **params)
        fold_model = _fold_model(self.estimator, whole)
        labels = None if y is None else np.asarray(y)
        names = list(whole.get_feature_names_out())
        features = np.empty((len(groups), len(names)))
        folds = GroupKFold(self.cv, shuffle=True, random_state=self.random_state)
        for train, test in folds.split(groups, groups=groups):
            here = _check_method_params(groups, params, train)
            y_train = None if labels is None else labels[train]
            model = tasks.part("fold").fit(
                clone(fold_model), "fit", _safe_indexing(words, train), y_train, **here
            )
            if list(model.get_feature_names_out()) != names:
                raise ValueError(
                    "A fold lacks what the whole has, such as a class: its features are "
                    f"{list(model.get_feature_names_out())}, not {names}. Use fewer folds, or "
                    "leave out classes with fewer different words than folds."
                )
            features[test] = _as_dense(model.transform(_safe_indexing(words, test)))
        self.estimator_ = whole
        tasks.fit_ends()
        return features

    def transform(self, X: Any) -> Any:
        """Return the features by the model fitted on all words.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words.

        Returns
        -------
        features : ndarray of shape (n, n_features), float64, or a frame as `set_output` asks
            Features of each word.
        """
        check_is_fitted(self)
        return _as_dense(self.estimator_.transform(X))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the columns of `transform`.

        Parameters
        ----------
        input_features : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        names : ndarray of shape (n_features,), dtype object
            Names of the features.
        """
        check_is_fitted(self)
        return self.estimator_.get_feature_names_out()

    def get_metadata_routing(self) -> MetadataRouter:
        """Return what metadata goes where.

        Returns
        -------
        router : sklearn.utils.metadata_routing.MetadataRouter
            What `fit` and `fit_transform` are given goes to `fit` of the estimator.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        mapping.add(caller="fit_transform", callee="fit")
        return MetadataRouter(owner=self).add(estimator=self.estimator, method_mapping=mapping)

    def _params_of_estimator(self, caller: str, params: dict[str, Any]) -> dict[str, Any]:
        """Return what `fit` of the estimator is given, of what `caller` is given."""
        given = {name: value for name, value in params.items() if value is not None}
        if not get_config()["enable_metadata_routing"]:
            return given
        return dict(process_routing(self, caller, **given)["estimator"]["fit"])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags, tags.target_tags = inner.input_tags, inner.target_tags
        return tags


def _fold_model(estimator: Any, whole: Any) -> Any:
    """Return what to clone for a fold: a fold may lack characters that the whole has."""
    model = clone(estimator)
    parameters = model.get_params(deep=False)
    has_others = parameters.get("handle_unknown") in ("penalty", "error")
    if has_others and parameters.get("alphabet", "") is None:
        model.set_params(alphabet=whole.symbols_[1:].tolist())
    return model


def _as_dense(features: Any) -> NDArray[np.float64]:
    """Return features as an array, a sparse matrix or a frame too."""
    return np.asarray(features.toarray() if hasattr(features, "toarray") else features)


def _numbered(X: Any, estimator: Any) -> NDArray[np.int64]:
    """Return a number for each word, equal for equal words."""
    column = as_column(X)
    given = [v for name, v in estimator.get_params().items() if name.split("__")[-1] == "symbols"]
    kind = symbols_of(given[0]) if given else TOKENS if column.holds_lists else CHARACTERS
    text = kind.read_all(column)
    return Vocabulary.of_text(text, None, ERROR, kind).encode(text).numbered()
