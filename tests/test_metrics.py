"""Scorers in scikit-learn's searches, paired comparison, ranks by Monte Carlo."""

import math
import pickle

import numpy as np
import pandas as pd
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

from sklearn_makemore import BigramCountLM, CharLMClassifier, MLPCharLM, metrics
from sklearn_makemore.metrics import compare, neg_perplexity_scorer, rank_estimate

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


def test_comparison_is_the_difference_of_scores_and_symmetric():
    a, b = model(smoothing=0.1).fit(WORDS[::2]), model(smoothing=3).fit(WORDS[::2])
    held_out = WORDS[1::2]
    ours = compare(a, b, held_out)
    assert ours.difference == pytest.approx(a.score(held_out) - b.score(held_out), abs=1e-14)
    assert ours.z == ours.difference / ours.standard_error
    low, high = ours.confidence_interval
    assert high - low == pytest.approx(2 * 1.959964 * ours.standard_error, rel=1e-6)
    assert (low + high) / 2 == pytest.approx(ours.difference)
    other = compare(b, a, held_out)
    assert other.difference == pytest.approx(-ours.difference)
    assert other.standard_error == pytest.approx(ours.standard_error)
    assert compare(a, a, held_out) == (0.0, 0.0, 0.0, (0.0, 0.0))


def test_the_better_model_is_positive():
    good, bad = model().fit(WORDS), model(smoothing=1e6).fit(WORDS)
    result = compare(good, bad, WORDS)
    assert result.difference > 0
    assert result.z > 3


def test_weights_count_words():
    a, b = model(smoothing=0.1).fit(WORDS[::2]), model(smoothing=3).fit(WORDS[::2])
    weighted = compare(a, b, WORDS, sample_weight=WEIGHTS)
    repeated = compare(a, b, np.repeat(WORDS, WEIGHTS.astype(int)))
    np.testing.assert_allclose(weighted[:3], repeated[:3], rtol=1e-10)
    assert math.isnan(compare(a, b, ["emma"]).standard_error)


def test_the_standard_error_covers(names):
    """Over many held-out samples the difference lies within its interval about 95% of the time."""
    a, b = (BigramCountLM(smoothing=s, alphabet=set("".join(names))) for s in (0.01, 30))
    a.fit(names[:300])
    b.fit(names[:300])
    rest = np.array(names[300:])
    truth = compare(a, b, rest).difference
    rng = np.random.RandomState(0)
    samples = [compare(a, b, rng.choice(rest, 150)) for _ in range(400)]
    covered = np.mean(
        [low <= truth <= high for low, high in (s.confidence_interval for s in samples)]
    )
    assert 0.91 < covered < 0.98
    spread = np.std([sample.difference for sample in samples])
    assert np.mean([sample.standard_error for sample in samples]) == pytest.approx(spread, rel=0.1)


def test_comparison_with_probabilities_of_zero():
    a, b = model(smoothing=0).fit(WORDS), model().fit(WORDS)
    ours = compare(a, b, ["emma", "vvv"])
    assert ours.difference == -math.inf
    assert math.isnan(ours.standard_error)
    assert compare(b, a, ["emma", "vvv"]).difference == math.inf
    assert math.isfinite(compare(a, b, ["emma", "vvv"], sample_weight=[2, 0]).difference)
    with pytest.raises(ValueError, match=r"probability 0 to 1 of the words and the second to 1"):
        compare(a, a, ["emma", "vvv"])


def test_what_cannot_be_compared():
    fitted = model().fit(WORDS)
    first_letter = make_pipeline(FunctionTransformer(lambda X: [x[:1] for x in X]), model())
    with pytest.raises(ValueError, match="words of different lengths"):
        compare(fitted, first_letter.fit(WORDS), WORDS)
    with pytest.raises(ValueError, match="at least one word"):
        compare(fitted, fitted, [])


def n_likelier(fitted, threshold):
    """Count the words above a log-probability: no word is likelier than any of its prefixes."""
    characters = fitted.symbols_[1 : len(ALPHABET_OF_TWO) + 1].tolist()
    count, prefixes, log_proba = 0, [""], np.array([0.0])
    while prefixes:
        of_next = log_proba[:, None] + fitted.predict_log_proba(prefixes)
        count += int((of_next[:, 0] > threshold + 1e-5).sum())
        longer = [
            (prefix + character, of_next[i, 1 + j])
            for i, prefix in enumerate(prefixes)
            for j, character in enumerate(characters)
            if of_next[i, 1 + j] > threshold
        ]
        prefixes = [prefix for prefix, _ in longer]
        log_proba = np.array([of_prefix for _, of_prefix in longer])
    return count


ALPHABET_OF_TWO = "ab"
RANKED = ["", "a", "ab", "abba", "bbbb", "ababab", "bbabbabb"]


ENUMERATED = [
    BigramCountLM(),
    BigramCountLM(handle_unknown="unknown", smoothing=2),
    MLPCharLM(max_steps=60, hidden_size=8, random_state=0, handle_unknown="unknown"),
]


@pytest.mark.parametrize("estimator", ENUMERATED, ids=repr)
def test_ranks_of_a_model_that_can_be_enumerated(estimator):
    fitted = clone(estimator).fit(["ab", "abab", "b", "aa", "bb"])
    exact = np.array([n_likelier(fitted, of_word) for of_word in fitted.score_samples(RANKED)])
    estimated = rank_estimate(fitted, RANKED, n_samples=20_000, random_state=0)
    assert (exact > 20).sum() >= 3
    assert (np.abs(estimated["rank"] - exact) < 4 * estimated["standard_error"] + 1e-9).all()
    assert (estimated["standard_error"] < 0.1 * estimated["rank"] + 1e-9).sum() >= 6


def test_ranks_would_be_too_high_if_the_unknown_symbol_were_forgotten(monkeypatch):
    fitted = clone(ENUMERATED[1]).fit(["ab", "abab", "b", "aa"])
    exact = n_likelier(fitted, fitted.score_samples(["ababab"])[0])
    monkeypatch.setattr(metrics, "_log_share_kept", lambda _, words: np.zeros(len(words)))
    estimated = rank_estimate(fitted, ["ababab"], n_samples=20_000, random_state=0)
    assert estimated["rank"][0] > exact + 4 * estimated["standard_error"][0]


def test_standard_errors_of_ranks_are_those_of_repeated_estimates():
    fitted = BigramCountLM().fit(["ab", "abab", "b", "aa"])
    runs = [rank_estimate(fitted, ["ababab"], 500, random_state=seed) for seed in range(60)]
    ranks = [run["rank"][0] for run in runs]
    claimed = np.mean([run["standard_error"][0] for run in runs])
    assert np.std(ranks, ddof=1) == pytest.approx(claimed, rel=0.3)


def test_ranks_of_three_samples_by_hand():
    """Samples of probability 1/2, 1/4, 1/8 stand for 2, 4, 8 words; the word is beyond two."""
    of_samples = -np.log([2.0, 4, 8])
    ranks, errors = metrics._ranks(-np.log([5.0]), of_samples, of_samples)
    stand_for = np.array([2.0, 4, 0])
    np.testing.assert_allclose(ranks, stand_for.mean())
    np.testing.assert_allclose(errors, stand_for.std(ddof=1) / np.sqrt(3))


def test_what_differs_by_rounding_is_as_likely():
    own = np.array([-1.0 + 1e-6, -1.0, -1.0 - 1e-6])
    assert metrics._ranks(np.array([-1.0]), own, own)[0] == 0


def test_the_likeliest_word_has_rank_zero_and_ranks_rise():
    fitted = BigramCountLM().fit(WORDS)
    words, _ = fitted.most_likely(50)
    ranks = rank_estimate(fitted, words, random_state=0)["rank"]
    assert ranks[0] == 0
    assert (np.diff(ranks) >= 0).all()
    assert ranks[49] == pytest.approx(49, rel=0.2)


def test_ranks_carry_an_index_and_have_a_seed():
    fitted = model(random_state=5).fit(WORDS)
    words = pd.Series(["emma", "nora"], index=["x", "y"])
    ranks = rank_estimate(fitted, words, 100)
    assert ranks.index.tolist() == ["x", "y"]
    assert ranks.columns.tolist() == ["rank", "standard_error"]
    assert (ranks.dtypes == np.float64).all()
    pd.testing.assert_frame_equal(rank_estimate(fitted, words.to_frame(), 100), ranks)
    plain = rank_estimate(fitted, words.tolist(), 100, random_state=5)
    assert plain.index.equals(pd.RangeIndex(2))
    np.testing.assert_array_equal(plain, ranks)


def test_ranks_at_the_edges():
    fitted = model(smoothing=0).fit(WORDS)
    ranks = rank_estimate(fitted, ["emma", "vvv"], 100, random_state=0)
    assert ranks["rank"][1] == math.inf
    assert math.isnan(ranks["standard_error"][1])
    assert math.isfinite(ranks["rank"][0])
    empty = rank_estimate(fitted, pd.Series([], dtype=str, index=pd.Index([], dtype=object)))
    assert empty.shape == (0, 2)
    assert empty.index.dtype == object
    with pytest.raises(ValueError, match="n_samples"):
        rank_estimate(fitted, ["emma"], n_samples=1)
    with pytest.raises(NotFittedError):
        rank_estimate(model(), ["emma"])
    with pytest.raises(NotFittedError):
        rank_estimate(model(), [])


def test_long_words_do_not_overflow():
    words = ["ab" * 200] * 3
    fitted = BigramCountLM(smoothing=1).fit(words)
    long = rank_estimate(fitted, ["ba" * 3000], 200, random_state=0)
    assert (long > 1e10).all(axis=None)


def test_an_alphabet_that_holds_the_sign_of_the_unknown_symbol():
    words = ["a\ufffd", "\ufffd", "aa"]
    for lm in (BigramCountLM(), BigramCountLM(handle_unknown="unknown")):
        fitted = lm.fit(words)
        samples = fitted.sample(50, random_state=0)
        unknown = [
            fitted.predict_proba([word[:end] for end in range(len(word) + 1)])[:, -1]
            if lm.handle_unknown == "unknown"
            else np.zeros(1)
            for word in samples
        ]
        expected = [np.log1p(-of_word).sum() for of_word in unknown]
        np.testing.assert_allclose(metrics._log_share_kept(fitted, samples), expected)


def test_what_is_no_language_model_is_refused():
    words, y = ["ab", "ba", "aa", "bb"], [0, 1, 0, 1]
    classifier = CharLMClassifier(BigramCountLM()).fit(words, y)
    with pytest.raises(TypeError, match="CharLMClassifier is no language model"):
        neg_perplexity_scorer(classifier, words)
    with pytest.raises(TypeError, match="no language model"):
        compare(classifier, BigramCountLM().fit(words), words)
    with pytest.raises(TypeError, match="list is no language model"):
        compare(words, BigramCountLM().fit(words), BigramCountLM().fit(words))


def test_models_of_other_alphabets_are_compared_with_a_warning():
    a, b = (
        BigramCountLM(alphabet=alphabet, handle_unknown="unknown").fit(["ab", "ba"])
        for alphabet in ("a", "ab")
    )
    with pytest.warns(UserWarning, match="do not know the same symbols"):
        compare(a, b, ["ab"])


def test_the_standard_error_is_that_of_a_sample():
    """Two words of one symbol each: the variance of a mean has n (n - 1) below."""
    a = BigramCountLM(smoothing=0.5, alphabet="ab").fit(["a", "a", "b"])
    b = BigramCountLM(smoothing=5, alphabet="ab").fit(["a", "b", "b"])
    words = ["a", "b"]
    differences = (a.score_samples(words) - b.score_samples(words)) / 2
    result = compare(a, b, words)
    assert result.standard_error == pytest.approx(np.std(differences, ddof=1) / np.sqrt(2))


def test_ranks_carry_the_index():
    lm = BigramCountLM().fit(["ab", "ba"])
    words = pd.Index(["ab", "b"], name="word")
    assert rank_estimate(lm, pd.Series(["ab", "b"], index=[7, 9]), random_state=0).index[1] == 9
    assert len(rank_estimate(lm, words, random_state=0)) == 2
