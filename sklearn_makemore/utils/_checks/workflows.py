"""Language models in people's own code: searches, pipelines, frames, routing, callbacks."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_val_score,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_makemore.utils._checks.common import WORDS, Counter, assert_close, tolerance

ALPHABET = "".join(sorted(set("".join(WORDS))))
TWICE = WORDS * 2  # either half has every bigram, so that no model finds a word impossible
FOLDS = KFold(2)
SEEDS = {"random_state": [0, 1]}  # the one parameter that every model has and may vary


def lower(words: Any) -> Any:
    """Return words in lower case, as a step in front of a model does."""
    return pd.Series(words).str.lower()


def check_a_fold_equals_a_manual_fit(name: str, estimator: Any) -> None:
    """cross_val_score gives what fits on the folds give, whatever holds the words."""
    estimator.set_params(alphabet=ALPHABET)
    words = np.array(TWICE, dtype=object)
    expected = [
        clone(estimator).fit(words[train]).score(words[test]) for train, test in FOLDS.split(words)
    ]
    for X in (list(words), words, pd.Series(words, index=range(9, 9 + len(words)))):
        scores = cross_val_score(estimator, X, cv=FOLDS, error_score="raise")
        assert_close(scores, expected, tolerance(estimator), f"folds of a {type(X).__name__}")


def check_searches(name: str, estimator: Any) -> None:
    """Searches find the best fit, refit it, and hand it over ready to sample."""
    estimator.set_params(alphabet=ALPHABET)
    for search in (
        GridSearchCV(estimator, SEEDS, cv=FOLDS, error_score="raise"),
        RandomizedSearchCV(estimator, SEEDS, n_iter=1, cv=FOLDS, random_state=0),
    ):
        search.fit(TWICE)
        best = search.best_estimator_
        assert len(best.sample(3, random_state=0)) == 3
        again = clone(estimator).set_params(**search.best_params_).fit(TWICE)
        difference = abs(again.score(WORDS) - search.score(WORDS))
        assert difference <= tolerance(estimator)


def check_curves(name: str, estimator: Any) -> None:
    """learning_curve and validation_curve take words."""
    estimator.set_params(alphabet=ALPHABET)
    sizes, train, test = learning_curve(
        estimator, list(TWICE), None, cv=FOLDS, train_sizes=[20, 26], error_score="raise"
    )
    assert sizes.tolist() == [20, 26]
    assert test.shape == (2, 2)
    assert np.isfinite(train).all()
    train, test = validation_curve(
        estimator, TWICE, None, param_name="random_state", param_range=[0, 1], cv=FOLDS
    )
    assert np.isfinite([train, test]).all()


def check_pipelines(name: str, estimator: Any) -> None:
    """A model is the last step of a pipeline, or makes features for a classifier behind it."""
    words = [word.upper() for word in WORDS]
    pipeline = make_pipeline(FunctionTransformer(lower), estimator).fit(words)
    alone = clone(estimator).fit(lower(words))
    atol = tolerance(estimator)
    assert_close(pipeline.score_samples(words), alone.score_samples(lower(words)), atol, "scores")
    assert abs(pipeline.score(words) - alone.score(lower(words))) <= atol
    assert_close(pipeline.predict_proba(["A", ""]), alone.predict_proba(["a", ""]), atol, "proba")
    drawn = pipeline[-1].sample(3, random_state=0)
    assert drawn.tolist() == alone.sample(3, random_state=0).tolist()
    y = np.arange(len(WORDS)) % 2
    classifier = make_pipeline(clone(estimator), StandardScaler(), LogisticRegression())
    assert classifier.fit(WORDS, y).predict_proba(WORDS).shape == (len(WORDS), 2)


def check_columns_of_frames(name: str, estimator: Any) -> None:
    """ColumnTransformer and FeatureUnion give named features, with the index of the rows."""
    frame = pd.DataFrame({"name": WORDS, "n": 1.0}, index=range(5, 5 + len(WORDS)))
    expected = clone(estimator).fit_transform(WORDS)
    for columns in ("name", ["name"]):
        transformer = ColumnTransformer(
            [("lm", clone(estimator), columns)], remainder="passthrough"
        )
        out = transformer.set_output(transform="pandas").fit_transform(frame)
        assert out.index.equals(frame.index)
        assert out.columns[0] == "lm__log_likelihood"
        assert_close(out.iloc[:, :5], expected, tolerance(estimator), f"column {columns!r}")
    union = FeatureUnion([("a", clone(estimator)), ("b", clone(estimator))])
    out = union.set_output(transform="pandas").fit_transform(frame["name"])
    assert out.shape == (len(WORDS), 10)
    assert out.index.equals(frame.index)
    assert union.get_feature_names_out()[5] == "b__log_likelihood"


def check_weights_are_routed(name: str, estimator: Any) -> None:
    """Weights reach the model through pipelines and searches, by name and by routing."""
    estimator.set_params(alphabet=ALPHABET)
    weights = np.arange(len(TWICE)) % 3 + 1.0
    atol = tolerance(estimator)
    expected = clone(estimator).fit(TWICE, sample_weight=weights)
    steps = [("lower", FunctionTransformer(lower)), ("lm", clone(estimator))]
    by_name = Pipeline(steps).fit(TWICE, lm__sample_weight=weights)
    assert_close(by_name.score_samples(WORDS), expected.score_samples(WORDS), atol, "by name")
    with config_context(enable_metadata_routing=True):
        asks = clone(estimator).set_fit_request(sample_weight=True)
        asks.set_score_request(sample_weight=True)
        routed = make_pipeline(FunctionTransformer(lower), clone(asks))
        routed.fit(TWICE, sample_weight=weights)
        assert_close(routed.score_samples(WORDS), expected.score_samples(WORDS), atol, "routed")
        words = np.array(TWICE, dtype=object)
        scores = cross_validate(
            asks, words, cv=FOLDS, params={"sample_weight": weights}, error_score="raise"
        )["test_score"]
        for score, (train, test) in zip(scores, FOLDS.split(words), strict=True):
            model = clone(estimator).fit(words[train], sample_weight=weights[train])
            manual = model.score(words[test], sample_weight=weights[test])
            assert abs(score - manual) <= atol


def check_callbacks_are_told(name: str, estimator: Any) -> None:
    """Callbacks hear of a fit, on its own and inside pipelines and searches."""
    counter = Counter()
    clone(estimator).set_callbacks(counter).fit(WORDS)
    n_tasks = counter.estimators.count(name)
    assert n_tasks >= 1
    counter.estimators.clear()
    pipeline = make_pipeline(clone(estimator))
    pipeline.set_callbacks(counter).fit(WORDS)
    assert counter.estimators.count(name) == n_tasks
    counter.estimators.clear()
    estimator.set_params(alphabet=ALPHABET)
    search = GridSearchCV(estimator, {"random_state": [0]}, cv=FOLDS).set_callbacks(counter)
    search.fit(TWICE)
    assert counter.estimators.count(name) >= 3
