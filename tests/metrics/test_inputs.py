"""What is no fitted language model is named by every measure, with what to give instead."""

import re

import pytest
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    metrics,
)
from sklearn_makemore.inspection import CoverageDisplay

WORDS, LABELS = ["anna", "bea", "carla", "dora", "emma", "flora"], [0, 0, 0, 1, 1, 1]
FITTED = BigramCountLM().fit(WORDS)
CLASSIFIER = CharLMClassifier(BigramCountLM()).fit(WORDS, LABELS)

OF_ONE_MODEL = {
    "rank_estimate": lambda given: metrics.rank_estimate(given, WORDS),
    "RankEstimator": metrics.RankEstimator,
    "coverage_curve": lambda given: metrics.coverage_curve(given, WORDS),
    "word_statistics": metrics.word_statistics,
    "generation_report": lambda given: metrics.generation_report(given, WORDS),
    "memorisation": lambda given: metrics.memorisation(given, WORDS[:3], WORDS[3:]),
    "CoverageDisplay": lambda given: CoverageDisplay.from_estimator(given, WORDS),
}
OF_WHAT_ENDS_IN_ONE = {
    "compare": lambda given: metrics.compare(given, FITTED, WORDS),
    "compare with": lambda given: metrics.compare(FITTED, given, WORDS),
    "a scorer": lambda given: metrics.neg_perplexity_scorer(given, WORDS),
}
FIT_ONE = "BigramCountLM().fit(words)"
NO_MODELS = [
    (CLASSIFIER, "CharLMClassifier", "classifier.estimators_[k]."),
    (CharLMClassifier(), "CharLMClassifier", "classifier.estimators_[k]."),
    (CharLMOutlierDetector(), "CharLMOutlierDetector", "detector.estimators_[k]."),
    (CrossFitTransformer(FITTED), "CrossFitTransformer", "transformer.estimator_."),
    (
        make_pipeline(CLASSIFIER),
        "Pipeline",
        "pipeline[-1].estimators_[k], and words as that step sees them.",
    ),
    (GridSearchCV(CLASSIFIER, {}), "GridSearchCV", "search.best_estimator_.estimators_[k]."),
    (BigramCountLM, "the class BigramCountLM", f"Fit an instance, {FIT_ONE}"),
    (CharLMClassifier, "the class CharLMClassifier", FIT_ONE),
    (make_pipeline(LogisticRegression()), "Pipeline", FIT_ONE),
    (KernelDensity(), "KernelDensity", FIT_ONE),
    (WORDS, "list", FIT_ONE),
    ("names.safetensors", "str", "io.load"),
    (None, "NoneType", FIT_ONE),
]
END_IN_ONE = [
    (make_pipeline(FITTED), "Pipeline", "pipeline[-1], and words as that step sees them."),
    (GridSearchCV(FITTED, {}), "GridSearchCV", "search.best_estimator_."),
]


@pytest.mark.parametrize("name", OF_ONE_MODEL)
def test_what_is_no_language_model_is_named(name):
    for given, kind, remedy in [*NO_MODELS, *END_IN_ONE]:
        said = f"{name} needs a fitted language model, got {kind}. "
        with pytest.raises(TypeError, match=f"^{re.escape(said)}.*{re.escape(remedy)}"):
            OF_ONE_MODEL[name](given)


@pytest.mark.parametrize("name", OF_WHAT_ENDS_IN_ONE)
def test_what_ends_in_no_language_model_is_named(name):
    for given, kind, remedy in NO_MODELS:
        said = f"{kind} is no language model, and does not end in one"
        with pytest.raises(TypeError, match=f"^{said}.*{re.escape(remedy)}"):
            OF_WHAT_ENDS_IN_ONE[name](given)


@pytest.mark.parametrize("measure", {**OF_ONE_MODEL, **OF_WHAT_ENDS_IN_ONE}.values())
def test_what_is_not_fitted_is_said(measure):
    with pytest.raises(NotFittedError, match="This BigramCountLM instance is not fitted"):
        measure(BigramCountLM())


def test_frozen_models_are_found():
    with pytest.raises(TypeError, match=r"got FrozenEstimator\. Give .* frozen\.estimator\."):
        metrics.rank_estimate(FrozenEstimator(FITTED), WORDS)


def test_searches_without_a_best_model_say_why():
    search = GridSearchCV(BigramCountLM(), {}, cv=2, refit=False).fit(WORDS)
    with pytest.raises(AttributeError, match="transform") as error:
        metrics.compare(search, FITTED, WORDS)
    assert "refit=False" in str(error.value.__cause__)
