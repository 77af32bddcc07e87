"""scikit-learn's meta-estimators do with words what the guide's table says of them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import RFE, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.model_selection import (
    GridSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.semi_supervised import SelfTrainingClassifier

from sklearn_makemore import (
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    NGramCountLM,
)
from sklearn_makemore.datasets import load_names

GUIDE = Path(__file__).parents[2] / "docs" / "user_guide" / "classify.md"
ROW = re.compile(r"^\| `(\w+)` \| (works if|works|cannot)", re.MULTILINE)
ALL = load_names(as_frame=True).frame
NAMES = ALL[ALL["language"].isin(["Finnish", "Italian", "Polish"])].groupby("language").head(20)
NAMES = NAMES.sample(frac=1, random_state=0)  # an index without order
WORDS, LABELS = NAMES["name"].tolist(), NAMES["language"].tolist()
IS_POLISH = (NAMES["language"] == "Polish").astype(int).tolist()
TWO_LABELS = np.column_stack([IS_POLISH, NAMES["name"].str.len() > 5]).astype(int)
SOME_LABELS = np.where(np.arange(len(WORDS)) % 3, IS_POLISH, -1)
FEWER, AFTER = CharLMClassifier(NGramCountLM(order=2)), LinearDiscriminantAnalysis()
CONTAINERS = {
    "list": WORDS,
    "array": np.array(WORDS, dtype=object),
    "str array": np.array(WORDS),
    "Series": NAMES["name"],
    "frame": NAMES[["name"]],
    "polars": pl.Series(WORDS),
}
COLUMNS = {"frame": NAMES[["name"]], "column": np.array(WORDS, dtype=object)[:, np.newaxis]}


def fitted(estimator, y=LABELS):
    """Return what fits an estimator to words and predicts."""
    return lambda X: estimator.fit(X, y).predict(X)


def searched(X):
    search = GridSearchCV(FEWER, {"estimator__order": [1, 2]}, cv=2).fit(X, LABELS)
    assert len(search.predict(X)) == len(WORDS)
    GridSearchCV(NGramCountLM(), {"order": [1, 2]}, cv=2).fit(X)


def validated(X):
    cross_val_score(FEWER, X, LABELS, cv=2)
    cross_val_score(NGramCountLM(), X, cv=2)
    assert len(cross_val_predict(CharLMOutlierDetector(), X, cv=2)) == len(WORDS)


def frozen(X):
    fitted(FrozenEstimator(FEWER.fit(X, LABELS)))(X)
    fitted(make_pipeline(FrozenEstimator(NGramCountLM().fit(X)), AFTER))(X)


def permuted(X):
    return permutation_importance(FEWER.fit(X, LABELS), X, LABELS, n_repeats=2)


def voted(X):
    for voting in ("hard", "soft"):
        models = [("a", FEWER), ("b", CharLMClassifier())]
        fitted(VotingClassifier(models, voting=voting))(X)


def calibrated(X):
    for method in ("sigmoid", "isotonic", "temperature"):
        fitted(CalibratedClassifierCV(FEWER, method=method, cv=2))(X)


COLUMN = make_column_transformer((CrossFitTransformer(FEWER), "name"))
STACK, STACK_WITH_WORDS = (
    StackingClassifier([("a", FEWER)], AFTER, cv=2, passthrough=passed) for passed in (False, True)
)
# What is tried with words in every container; in "works if", with which words it works; else, what
# to use instead.
TRIED = {
    "GridSearchCV": (searched, CONTAINERS),
    "cross_val_score": (validated, CONTAINERS),
    "Pipeline": (fitted(make_pipeline(FEWER, AFTER)), CONTAINERS),
    "ColumnTransformer": (
        fitted(make_pipeline(COLUMN, AFTER)),
        {"frame": NAMES[["name"]], "wide frame": NAMES},
    ),
    "FeatureUnion": (fitted(make_pipeline(make_union(FEWER, NGramCountLM()), AFTER)), CONTAINERS),
    "VotingClassifier": (voted, CONTAINERS),
    "StackingClassifier": (fitted(STACK), CONTAINERS),
    "CalibratedClassifierCV": (calibrated, CONTAINERS),
    "BaggingClassifier": (fitted(BaggingClassifier(FEWER, n_estimators=3)), COLUMNS),
    "AdaBoostClassifier": (fitted(AdaBoostClassifier(FEWER, n_estimators=3)), COLUMNS),
    "OneVsRestClassifier": (fitted(OneVsRestClassifier(FEWER)), CONTAINERS),
    "TunedThresholdClassifierCV": (
        fitted(TunedThresholdClassifierCV(FEWER, cv=2), IS_POLISH),
        CONTAINERS,
    ),
    "FrozenEstimator": (frozen, CONTAINERS),
    "permutation_importance": (permuted, COLUMNS),
}
FAILS = {
    "OneVsOneClassifier": fitted(OneVsOneClassifier(FEWER)),
    "ClassifierChain": fitted(ClassifierChain(FEWER), TWO_LABELS),
    "SelfTrainingClassifier": fitted(SelfTrainingClassifier(FEWER), SOME_LABELS),
    "SequentialFeatureSelector": lambda X: SequentialFeatureSelector(FEWER).fit(X, LABELS),
    "RFE": fitted(RFE(FEWER)),
    # and those that work otherwise
    "ColumnTransformer": fitted(make_pipeline(COLUMN, AFTER)),
    "StackingClassifier": fitted(STACK_WITH_WORDS),
    "BaggingClassifier": TRIED["BaggingClassifier"][0],
    "AdaBoostClassifier": TRIED["AdaBoostClassifier"][0],
    "permutation_importance": permuted,
}
INSTEAD = {
    "OneVsOneClassifier": [FEWER, make_pipeline(FEWER, OneVsOneClassifier(AFTER))],
    "ClassifierChain": [MultiOutputClassifier(FEWER)],
    "SelfTrainingClassifier": [make_pipeline(FEWER, SelfTrainingClassifier(AFTER))],
    "SequentialFeatureSelector": [
        make_pipeline(FEWER, SequentialFeatureSelector(AFTER, n_features_to_select=1), AFTER)
    ],
    "RFE": [make_pipeline(FEWER, RFE(AFTER))],
}
SAID = dict(ROW.findall(GUIDE.read_text(encoding="utf-8")))


def test_every_row_is_tried():
    of_verdict = {
        verdict: {name for name in SAID if SAID[name] == verdict}
        for verdict in ("works", "works if", "cannot")
    }
    assert len(SAID) == 19
    assert of_verdict["works"] == TRIED.keys() - FAILS.keys()
    assert of_verdict["works if"] == TRIED.keys() & FAILS.keys()
    assert of_verdict["cannot"] == FAILS.keys() - TRIED.keys() == INSTEAD.keys()


@pytest.mark.parametrize("name", TRIED)
def test_what_works(name):
    run, containers = TRIED[name]
    for X in containers.values():
        run(X)


@pytest.mark.parametrize("name", FAILS)
def test_what_fails(name):
    for kind in ("list", "array", "Series"):
        with pytest.raises((ValueError, IndexError)):
            FAILS[name](CONTAINERS[kind])


@pytest.mark.parametrize("name", INSTEAD)
def test_what_to_use_instead(name):
    y = {"ClassifierChain": TWO_LABELS, "SelfTrainingClassifier": SOME_LABELS}.get(name, LABELS)
    for estimator in INSTEAD[name]:
        assert len(estimator.fit(WORDS, y).predict(WORDS)) == len(WORDS)


INDEXES = {
    "without 0": np.arange(len(WORDS)) + 7,
    "in no order": np.arange(len(WORDS))[::-1],
    "strings": [f"row {i}" for i in range(len(WORDS))],
    "all the same": [3] * len(WORDS),
    "of two levels": pd.MultiIndex.from_product([[1, 2, 3], range(len(WORDS) // 3)]),
}
OF_ROWS = {
    "classifier": lambda X, y: FEWER.fit(X, y, sample_weight=y.str.len()).predict_proba(X),
    "calibrated": lambda X, y: CalibratedClassifierCV(FEWER, cv=2).fit(X, y).predict_proba(X),
    "calibrated by temperature": lambda X, y: (
        CalibratedClassifierCV(FEWER, method="temperature", cv=2)
        .fit(X, y.to_numpy())
        .predict_proba(X)
    ),
    "cross_val_predict": lambda X, y: cross_val_predict(FEWER, X, y, method="predict_proba"),
    "stacked": lambda X, y: clone(STACK).fit(X, y).predict_proba(X),
    "searched": lambda X, y: GridSearchCV(FEWER, {}, cv=2).fit(X, y).predict_proba(X),
    "cross-fitted": lambda X, y: CrossFitTransformer(FEWER, random_state=0).fit_transform(X, y),
}


@pytest.mark.parametrize("name", OF_ROWS)
def test_rows_may_have_any_labels(name):
    X, y = NAMES["name"].reset_index(drop=True), NAMES["language"].reset_index(drop=True)
    expected = OF_ROWS[name](X, y)
    for index in INDEXES.values():
        np.testing.assert_array_equal(OF_ROWS[name](X.set_axis(index), y.set_axis(index)), expected)
