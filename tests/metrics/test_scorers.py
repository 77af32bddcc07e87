"""Scorers in scikit-learn's searches."""

import math
import pickle

import numpy as np
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    LearningCurveDisplay,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_makemore import BigramCountLM, metrics
from sklearn_makemore.metrics import neg_perplexity_scorer

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "luna", "nora"]
ALPHABET = "".join(sorted(set("".join(WORDS))))
SCORERS = {name: getattr(metrics, name) for name in metrics.__all__ if name.endswith("_scorer")}
WEIGHTS = np.array([1.0, 0, 3, 2, 1, 1, 0, 4, 1, 2])


def model(**parameters):
    return BigramCountLM(alphabet=ALPHABET, **parameters)


def expected_of(name, fitted, words, weights=None):
    if name == "neg_perplexity_scorer":
        return -fitted.perplexity(words, sample_weight=weights)
    if name == "neg_bits_per_symbol_scorer":
        return -fitted.bits_per_symbol(words, sample_weight=weights)
    return np.average(fitted.score_samples(words), weights=weights)


def test_the_scorers():
    assert sorted(SCORERS) == [
        "mean_log_likelihood_scorer",
        "neg_bits_per_symbol_scorer",
        "neg_perplexity_scorer",
    ]


@pytest.mark.parametrize("name", SCORERS)
def test_scorers_give_what_the_methods_give(name):
    fitted, scorer = model().fit(WORDS), SCORERS[name]
    assert scorer(fitted, WORDS) == pytest.approx(expected_of(name, fitted, WORDS), rel=1e-12)
    assert scorer(fitted, WORDS, None, sample_weight=WEIGHTS) == pytest.approx(
        expected_of(name, fitted, WORDS, WEIGHTS), rel=1e-12
    )
    assert type(scorer(fitted, WORDS)) is float
    assert repr(scorer) == name
    assert repr(pickle.loads(pickle.dumps(scorer))) == name
    for framed in (fitted, clone(fitted).set_output(transform="polars").fit(WORDS)):
        assert scorer(framed, pl.Series(WORDS)) == scorer(fitted, WORDS)


@pytest.mark.parametrize(
    ("scorer", "negate", "shown"),
    [
        (metrics.neg_perplexity_scorer, True, "Perplexity"),
        (metrics.neg_bits_per_symbol_scorer, True, "Bits per symbol"),
        (metrics.mean_log_likelihood_scorer, False, "Mean log likelihood"),
    ],
    ids=repr,
)
def test_displays_of_scikit_learn_name_the_scorer(scorer, negate, shown):
    options = {"train_sizes": [0.5, 1.0], "cv": 2, "scoring": scorer, "negate_score": negate}
    display = LearningCurveDisplay.from_estimator(model(), WORDS, None, **options)
    assert display.score_name == shown


@pytest.mark.parametrize("name", SCORERS)
def test_cross_validation_is_a_manual_loop(name):
    folds = KFold(3, shuffle=True, random_state=0)
    words = np.array(WORDS)
    scores = cross_val_score(model(), words, cv=folds, scoring=SCORERS[name])
    manual = [
        expected_of(name, model().fit(words[train]), words[test])
        for train, test in folds.split(words)
    ]
    np.testing.assert_allclose(scores, manual, rtol=1e-12)


def test_a_dict_of_scorers_in_a_search_asks_the_model_once():
    calls = []

    def lower(words):
        calls.append(len(words))
        return [word.lower() for word in words]

    pipeline = make_pipeline(FunctionTransformer(lower), model())
    search = GridSearchCV(
        pipeline,
        {"bigramcountlm__smoothing": [0.1, 1]},
        cv=2,
        scoring=SCORERS,
        refit="neg_perplexity_scorer",
    ).fit([word.upper() for word in WORDS])
    assert len(calls) == 2 * 2 * 2 + 1  # fit and one transform for each candidate and fold; refit
    results = search.cv_results_
    np.testing.assert_allclose(
        np.log2(-results["split0_test_neg_perplexity_scorer"]),
        -results["split0_test_neg_bits_per_symbol_scorer"],
    )
    assert (results["mean_test_mean_log_likelihood_scorer"] < 0).all()
    assert SCORERS["neg_perplexity_scorer"](search, WORDS) == pytest.approx(
        expected_of("neg_perplexity_scorer", search.best_estimator_[-1], WORDS)
    )


@pytest.mark.parametrize("several", [False, True])
def test_weights_are_routed_where_they_are_asked_for(several):
    folds = KFold(2)
    with sklearn.config_context(enable_metadata_routing=True):
        weighted = metrics.neg_perplexity_scorer.set_score_request(sample_weight=True)
        plain = metrics.neg_perplexity_scorer.set_score_request(sample_weight=False)
        results = cross_validate(
            model().set_fit_request(sample_weight=True),
            WORDS,
            cv=folds,
            scoring={"weighted": weighted, "plain": plain} if several else weighted,
            params={"sample_weight": WEIGHTS},
        )
        with pytest.raises(ValueError, match="sample_weight"):
            cross_validate(
                model().set_fit_request(sample_weight=True),
                WORDS,
                scoring=metrics.neg_perplexity_scorer,
                params={"sample_weight": WEIGHTS},
                error_score="raise",
            )
    words = np.array(WORDS)
    fitted = [
        model().fit(words[train], sample_weight=WEIGHTS[train]) for train, _ in folds.split(words)
    ]
    tests = [test for _, test in folds.split(words)]
    manual = [
        -one.perplexity(words[test], sample_weight=WEIGHTS[test])
        for one, test in zip(fitted, tests, strict=True)
    ]
    key = "test_weighted" if several else "test_score"
    np.testing.assert_allclose(results[key], manual)
    if several:
        manual = [-one.perplexity(words[test]) for one, test in zip(fitted, tests, strict=True)]
        np.testing.assert_allclose(results["test_plain"], manual)


@pytest.mark.parametrize("name", SCORERS)
def test_scores_of_impossible_words_and_of_none(name):
    fitted, scorer = model(smoothing=0).fit(WORDS), SCORERS[name]
    assert scorer(fitted, ["emma", "vvv"]) == -math.inf
    assert math.isfinite(scorer(fitted, ["emma", "vvv"], sample_weight=[1, 0]))
    assert scorer(fitted, WORDS[:2], sample_weight=[1e308, 1e308]) == pytest.approx(
        scorer(fitted, WORDS[:2])
    )
    with pytest.raises(ValueError, match="at least one word"):
        scorer(fitted, [])
    with pytest.raises(ValueError, match="sample_weight"):
        scorer(fitted, ["emma"], sample_weight=[-1])
    with pytest.raises(NotFittedError):
        scorer(model(), ["emma"])


def test_a_perplexity_beyond_float64_is_infinite_and_no_warning():
    unlikely = model(smoothing=1e-320).fit(["ava"])
    words = ["a" * 200]
    assert -math.inf < unlikely.score(words) < -709
    assert unlikely.perplexity(words) == math.inf
    assert neg_perplexity_scorer(unlikely, words) == -math.inf
