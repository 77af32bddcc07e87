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

from sklearn_makemore.utils._checks.common import (
    WORDS,
    Counter,
    assert_close,
    fitted,
    object_array,
    spelling_of,
    tolerance,
)

TWICE = WORDS * 2  # either half has every bigram, so that no model finds a word impossible
FOLDS = KFold(2)
SEEDS = {"random_state": [0, 1]}  # the one parameter that every model has and may vary


def knowing_all_symbols(estimator: Any) -> Any:
    """Return an estimator that knows the symbols of all words, whichever it is fitted to."""
    symbols = spelling_of(estimator).symbols(set("".join(WORDS)))
    return estimator.set_params(alphabet=sorted(symbols))


def lower(words: Any) -> Any:
    """Return words in lower case, as a step in front of a model does."""
    return pd.Series(words).map(_lower)


def _lower(word: Any) -> Any:
    return word.lower() if isinstance(word, str) else tuple(map(str.lower, word))


def check_a_fold_equals_a_manual_fit(name: str, estimator: Any) -> None:
    """cross_val_score gives what fits on the folds give, whatever holds the words."""
    knowing_all_symbols(estimator)
    words = object_array(spelling_of(estimator).all(TWICE))
    expected = [
        clone(estimator).fit(words[train]).score(words[test]) for train, test in FOLDS.split(words)
    ]
    for X in (list(words), words, pd.Series(words, index=range(9, 9 + len(words)))):
        scores = cross_val_score(estimator, X, cv=FOLDS, error_score="raise")
        assert_close(scores, expected, tolerance(estimator), f"folds of a {type(X).__name__}")


def check_searches(name: str, estimator: Any) -> None:
    """Searches find the best fit, refit it, and hand it over ready to sample."""
    knowing_all_symbols(estimator)
    twice = spelling_of(estimator).all(TWICE)
    words = twice[: len(WORDS)]
    for search in (
        GridSearchCV(estimator, SEEDS, cv=FOLDS, error_score="raise"),
        RandomizedSearchCV(estimator, SEEDS, n_iter=1, cv=FOLDS, random_state=0),
    ):
        search.fit(twice)
        best = search.best_estimator_
        assert len(best.sample(3, random_state=0)) == 3
        again = clone(estimator).set_params(**search.best_params_).fit(twice)
        difference = abs(again.score(words) - search.score(words))
        assert difference <= tolerance(estimator)


def check_curves(name: str, estimator: Any) -> None:
    """learning_curve and validation_curve take words."""
    knowing_all_symbols(estimator)
    words = spelling_of(estimator).all(TWICE)
    sizes, train, test = learning_curve(
        estimator, words, None, cv=FOLDS, train_sizes=[20, 26], error_score="raise"
    )
    assert sizes.tolist() == [20, 26]
    assert test.shape == (2, 2)
    assert np.isfinite(train).all()
    train, test = validation_curve(
        estimator, tuple(words), None, param_name="random_state", param_range=[0, 1], cv=FOLDS
    )
    assert np.isfinite([train, test]).all()


def check_pipelines(name: str, estimator: Any) -> None:
    """A model is the last step of a pipeline, or makes features for a classifier behind it."""
    spell = spelling_of(estimator)
    words = spell.all(word.upper() for word in WORDS)
    pipeline = make_pipeline(FunctionTransformer(lower), estimator).fit(words)
    alone = clone(estimator).fit(lower(words))
    atol = tolerance(estimator)
    assert_close(pipeline.score_samples(words), alone.score_samples(lower(words)), atol, "scores")
    assert abs(pipeline.score(words) - alone.score(lower(words))) <= atol
    proba = alone.predict_proba(spell.all(["a", ""]))
    assert_close(pipeline.predict_proba(spell.all(["A", ""])), proba, atol, "proba")
    drawn = pipeline[-1].sample(3, random_state=0)
    assert drawn.tolist() == alone.sample(3, random_state=0).tolist()
    y = np.arange(len(WORDS)) % 2
    classifier = make_pipeline(clone(estimator), StandardScaler(), LogisticRegression())
    words = spell.all(WORDS)
    assert classifier.fit(words, y).predict_proba(words).shape == (len(words), 2)


def check_columns_of_frames(name: str, estimator: Any) -> None:
    """ColumnTransformer and FeatureUnion give named features, with the index of the rows."""
    words = spelling_of(estimator).all(WORDS)
    frame = pd.DataFrame({"name": words, "n": 1.0}, index=range(5, 5 + len(words)))
    expected = clone(estimator).fit_transform(words)
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
    assert out.shape == (len(words), 10)
    assert out.index.equals(frame.index)
    assert union.get_feature_names_out()[5] == "b__log_likelihood"


def check_weights_are_routed(name: str, estimator: Any) -> None:
    """Weights reach the model through pipelines and searches, by name and by routing."""
    knowing_all_symbols(estimator)
    twice = spelling_of(estimator).all(TWICE)
    words = twice[: len(WORDS)]
    weights = np.arange(len(twice)) % 3 + 1.0
    atol = tolerance(estimator)
    expected = clone(estimator).fit(twice, sample_weight=weights).score_samples(words)
    steps = [("lower", FunctionTransformer(lower)), ("lm", clone(estimator))]
    by_name = Pipeline(steps).fit(twice, lm__sample_weight=weights)
    assert_close(by_name.score_samples(words), expected, atol, "by name")
    with config_context(enable_metadata_routing=True):
        asks = clone(estimator).set_fit_request(sample_weight=True)
        asks.set_score_request(sample_weight=True)
        routed = make_pipeline(FunctionTransformer(lower), clone(asks))
        routed.fit(twice, sample_weight=weights)
        assert_close(routed.score_samples(words), expected, atol, "routed")
        array = object_array(twice)
        scores = cross_validate(
            asks, array, cv=FOLDS, params={"sample_weight": weights}, error_score="raise"
        )["test_score"]
        for score, (train, test) in zip(scores, FOLDS.split(array), strict=True):
            model = clone(estimator).fit(array[train], sample_weight=weights[train])
            manual = model.score(array[test], sample_weight=weights[test])
            assert abs(score - manual) <= atol


def check_callbacks_are_told(name: str, estimator: Any) -> None:
    """Callbacks hear of a fit, on its own and inside pipelines and searches."""
    counter = Counter()
    fitted(clone(estimator).set_callbacks(counter))
    n_tasks = counter.estimators.count(name)
    assert n_tasks >= 1
    counter.estimators.clear()
    pipeline = make_pipeline(clone(estimator))
    spell = spelling_of(estimator)
    pipeline.set_callbacks(counter).fit(spell.all(WORDS))
    assert counter.estimators.count(name) == n_tasks
    counter.estimators.clear()
    knowing_all_symbols(estimator)
    search = GridSearchCV(estimator, {"random_state": [0]}, cv=FOLDS).set_callbacks(counter)
    search.fit(spell.all(TWICE))
    assert counter.estimators.count(name) >= 3
