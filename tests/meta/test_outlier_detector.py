"""CharLMOutlierDetector: cross-fitting, thresholds, and what it finds among names."""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore import BigramCountLM, CharLMOutlierDetector, NeuralBigramLM, NGramCountLM
from sklearn_makemore._meta.word_folds import folds_of
from sklearn_makemore.datasets import load_names
from sklearn_makemore.utils.estimator_checks import parametrize_with_checks

WORDS = st.lists(st.text("abé", max_size=4), min_size=2, max_size=12).filter(
    lambda words: len(set(words)) > 1
)


@parametrize_with_checks(
    [
        CharLMOutlierDetector(BigramCountLM(), statistic="per_symbol", cv=3),
        CharLMOutlierDetector(NGramCountLM(order=3), statistic="total", contamination=0.1),
        CharLMOutlierDetector(NeuralBigramLM(solver="gd", max_steps=40), cv=2, n_jobs=2),
    ]
)
def test_conventions(estimator, check):
    check(estimator)


@given(WORDS, st.integers(2, 4), st.text("abéñ", max_size=4))
def test_a_word_is_scored_by_a_model_of_other_words(words, cv, new):
    detector = CharLMOutlierDetector(BigramCountLM(), statistic="total", cv=cv).fit(words)
    every = np.array([*words, new], dtype=object)
    fold = folds_of(every, cv, detector.fold_salt_)
    scores = detector.score_samples(every)
    shared = BigramCountLM(alphabet=set().union(*words))
    seen = sum(map(len, words)) + len(words)
    for word, its_fold, score in zip(every, fold, scores, strict=True):
        others = [w for w, f in zip(words, fold[:-1], strict=True) if f != its_fold]
        assert word not in others
        model = clone(shared).fit(others)
        # What no word has costs as much as in a fit to all of them.
        model = model._over(model._vocabulary.having_seen(seen))
        expected = model.score_samples([word])[0]
        assert score == pytest.approx(expected, abs=1e-10)


def test_parameters_of_the_default_model_can_be_set():
    detector = CharLMOutlierDetector().set_params(estimator__order=2)
    assert repr(detector) == "CharLMOutlierDetector(estimator=NGramCountLM(order=2))"
    expected = CharLMOutlierDetector(NGramCountLM(order=2)).fit(["ab", "ba", "aa"])
    assert detector.fit(["ab", "ba", "aa"]).score_samples(["ab"]) == expected.score_samples(["ab"])


def test_statistics_by_hand():
    words = ["emma", "emily", "em", "mila", "mia", "ella", "elle", "mae", "mali"] * 3
    total = CharLMOutlierDetector(BigramCountLM(), statistic="total").fit(words)
    n_symbols = np.array([len(word) + 1 for word in words])
    totals = total.score_samples(words)
    per_symbol = CharLMOutlierDetector(BigramCountLM(), statistic="per_symbol").fit(words)
    np.testing.assert_allclose(per_symbol.score_samples(words), totals / n_symbols)
    adjusted = CharLMOutlierDetector(BigramCountLM()).fit(words)
    (a, b), (c, d, e) = adjusted.length_mean_, adjusted.length_variance_
    spread = np.sqrt(c + d * n_symbols + e * n_symbols**2)
    expected = (totals - a - b * n_symbols) / spread
    np.testing.assert_allclose(adjusted.score_samples(words), expected)
    np.testing.assert_allclose(adjusted.cross_fitted_scores_, expected)


def test_threshold_bounds_the_false_positive_rate():
    detector = CharLMOutlierDetector(BigramCountLM(), statistic="total").fit(["ab", "ba", "bb"])
    held_out = ["ab", "aab", "aaab", "aaaab", "b", "bb", "ba", "bab", "bbb"]
    ascending = np.sort(detector.score_samples(held_out))
    assert detector.threshold(0.1, held_out) == ascending[0]
    assert detector.threshold(0.29, held_out) == ascending[1]
    assert detector.threshold(0.3, held_out) == ascending[2]
    assert detector.threshold(0.0999, held_out) == -np.inf
    weights = np.arange(9) % 3
    repeated = np.repeat(np.array(held_out, dtype=object), weights)
    for rate in (0.15, 0.2, 0.5, 0.9):
        expected = detector.threshold(rate, repeated)
        assert detector.threshold(rate, held_out, weights) == expected
    assert detector.threshold(0.25) == np.sort(detector.cross_fitted_scores_)[0]
    for wrong in (0, 1, -0.1, "low"):
        with pytest.raises(InvalidParameterError, match="false_positive_rate"):
            detector.threshold(wrong)
    with pytest.raises(ValueError, match="at least one word"):
        detector.threshold(0.1, [])


def test_a_threshold_heeds_the_weights_of_the_words_in_fit():
    words = np.array(["ab", "ba", "abab", "b", "aab", "bbbb"], dtype=object)
    weights = np.array([1, 5, 2, 9, 3, 1])
    detector = CharLMOutlierDetector(BigramCountLM()).fit(words, None, weights)
    repeated = CharLMOutlierDetector(BigramCountLM()).fit(np.repeat(words, weights))
    assert np.isfinite(repeated.threshold(0.1)), "six words alone would be too few"
    for rate in (0.01, 0.1, 0.2, 0.4, 0.6):
        assert detector.threshold(rate) == pytest.approx(repeated.threshold(rate))


def test_impossible_words():
    words = ["ab", "ba", "abab", "baba", "aba"]
    detector = CharLMOutlierDetector(BigramCountLM(smoothing=0), contamination=0.5).fit(words)
    assert detector.score_samples(["aa"]) == [-np.inf]
    assert detector.predict(["aa", "ab"])[0] in (-1, 1)
    assert not np.isnan(detector.decision_function(["aa", "ab", *words])).any()
    rows = detector.explain(["aa"])
    assert not rows["expected"].isna().any()
    assert rows["surprise"].max() == np.inf


def test_two_words_will_do_and_one_will_not():
    assert CharLMOutlierDetector().fit(["ab", "cd"]).predict(["ab", "cd"]).shape == (2,)
    for few in (["ab"], ["ab"] * 9):
        with pytest.raises(ValueError, match="two different words, got 1"):
            CharLMOutlierDetector().fit(few)
    with pytest.raises(ValueError, match="two different words, got 1"):
        CharLMOutlierDetector().fit(["ab", "cd"], sample_weight=[1, 0])


@pytest.fixture(scope="module")
def names():
    names = np.unique(load_names().data)
    np.random.RandomState(0).shuffle(names)
    return names[:8_000], names[8_000:]


@pytest.fixture(scope="module")
def fitted(names):
    return CharLMOutlierDetector().fit(names[0])


def random_strings(like, seed=0):
    rng = np.random.RandomState(seed)
    letters = sorted(set("".join(like)))
    return ["".join(rng.choice(letters, len(word))) for word in like]


def test_random_strings_stand_out(names, fitted):
    held_out = names[1]
    scores = fitted.score_samples([*held_out, *random_strings(held_out)])
    is_name = np.repeat([1, 0], len(held_out))
    assert roc_auc_score(is_name, scores) > 0.99
    assert np.mean(fitted.predict(random_strings(held_out)) == -1) > 0.95


def test_new_words_are_called_odd_as_often_as_those_in_fit(names, fitted):
    for rate in (0.01, 0.05):
        limit = fitted.threshold(rate)
        share = np.mean(fitted.score_samples(names[1]) < limit)
        assert abs(share - rate) < 4 * np.sqrt(rate / len(names[1]))
        detector = copy.deepcopy(fitted).set_params(contamination=rate).fit(names[0])
        assert detector.offset_ == pytest.approx(limit, abs=0.05)
    assert np.mean(fitted.predict(names[1]) == -1) < 0.03


def test_short_and_long_words_are_treated_alike(names):
    lengths = np.array([len(word) for word in names[1]])
    short, long = lengths <= 4, lengths >= 9
    shares = {}
    for statistic in ("length_adjusted", "per_symbol", "total"):
        detector = CharLMOutlierDetector(statistic=statistic, contamination=0.05).fit(names[0])
        is_odd = detector.predict(names[1]) == -1
        shares[statistic] = is_odd[short].mean(), is_odd[long].mean()
    short, long = shares["length_adjusted"]
    assert 0.015 < short < 0.1
    assert 0.015 < long < 0.1
    assert shares["per_symbol"][0] > 3 * shares["per_symbol"][1]
    assert shares["total"][1] > 10 * shares["total"][0]


def test_a_typing_error_in_the_column_is_found(names):
    column = pd.Series([*names[0], "katarqyna", "asdfgh"])
    detector = CharLMOutlierDetector(contamination=0.02)
    labels = detector.fit_predict(column)
    assert labels[-1] == -1
    rows = detector.explain(column.iloc[-2:])
    assert rows["word"].tolist() == [8_000] * 10 + [8_001] * 7
    worst = rows[rows["word"] == 8_000].nlargest(1, "surprise")
    assert worst["symbol"].tolist() == ["q"]
    assert worst["position"].tolist() == [5]


def test_expected_is_minus_the_entropy():
    detector = CharLMOutlierDetector(BigramCountLM(), cv=2).fit(["ab", "ba", "aab", "bb"])
    rows = detector.explain(["ab", "zb"])
    fold = folds_of(["ab", "zb"], 2, detector.fold_salt_)
    for word, prefix, expected in zip(
        rows["word"], ["", "a", "ab", "", "z", "zb"], rows["expected"], strict=True
    ):
        proba = detector.estimators_[fold[word]].predict_proba([prefix])[0]
        assert expected == pytest.approx((proba * np.log(proba)).sum())


def test_in_a_pipeline():
    lower = FunctionTransformer(lambda words: [word.lower() for word in words])
    pipeline = make_pipeline(lower, CharLMOutlierDetector(contamination=0.1))
    words = load_names().data[:500]
    shouted = np.array([word.upper() for word in words], dtype=object)
    expected = CharLMOutlierDetector(contamination=0.1).fit_predict(words)
    np.testing.assert_array_equal(pipeline.fit(shouted).predict(shouted), expected)
    pipeline.set_params(charlmoutlierdetector__contamination=0.2)
    assert np.mean(pipeline.fit_predict(words) == -1) == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e300])
def test_the_scale_of_weights_does_not_matter_where_it_does_not_to_the_model(scale):
    words = ["ab", "b", "aab", "ba", "abb", "bab", "zzz"]
    estimator = BigramCountLM(smoothing=0)
    detector = CharLMOutlierDetector(estimator, statistic="per_symbol").fit(words)
    weights = np.full(len(words), scale)
    scaled = CharLMOutlierDetector(estimator, statistic="per_symbol").fit(words, None, weights)
    np.testing.assert_allclose(scaled.offset_, detector.offset_)
    np.testing.assert_allclose(scaled.score_samples(words), detector.score_samples(words))


def test_weights_whose_sum_overflows_are_refused():
    with pytest.raises(ValueError, match="scale it down"):
        CharLMOutlierDetector().fit(["a", "b", "a"], sample_weight=[1.7e308] * 3)
