"""Statistics of all words: exact sums against all words, samples against exact sums."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_makemore import BigramCountLM, MixtureLM, MLPCharLM, NGramCountLM
from sklearn_makemore._core import product
from sklearn_makemore.metrics import _statistics, word_statistics

WORDS = ["ab", "abab", "b", "aa", "bb", "cab", ""]
ASCENDING = ["", "ab", "abc", "ac", "bc", "c", "ad", "abcd"]
COUNTS = [
    BigramCountLM(),
    BigramCountLM(handle_unknown="unknown", smoothing=2),
    NGramCountLM(order=3, handle_unknown="unknown"),
    MixtureLM([("one", BigramCountLM()), ("other", NGramCountLM(order=3))], weights=[0.3, 0.7]),
]


def by_samples(monkeypatch, *arguments, **options):
    monkeypatch.setattr(_statistics, "_exact_sums", lambda model: None)
    return word_statistics(*arguments, **options)


def test_statistics_of_a_model_of_few_words():
    fitted = NGramCountLM(order=3, smoothing=0).fit(ASCENDING)
    words, log_probas = fitted.most_likely(1_000)
    probas, lengths = np.exp(log_probas), np.array([len(word) for word in words])
    statistics = word_statistics(fitted, ["ab", "ab", "zz", "c"])
    assert statistics.index.name == "measure"
    assert statistics.columns.tolist() == ["value", "standard_error"]
    assert (statistics["standard_error"] == 0).all()
    mean = probas @ lengths
    known = np.isin(words, ["ab", "c"])
    expected = {
        "entropy": -probas @ log_probas,
        "entropy_per_symbol": -probas @ log_probas / (mean + 1),
        "mean_length": mean,
        "standard_deviation_of_length": math.sqrt(probas @ (lengths - mean) ** 2),
        "probability_of_words": probas[known].sum(),
        **{f"length_{n}": probas[lengths == n].sum() for n in range(5)},
    }
    pd.testing.assert_series_equal(
        statistics["value"], pd.Series(expected), check_names=False, rtol=1e-11
    )


@pytest.mark.parametrize("model", COUNTS, ids=repr)
def test_samples_agree_with_exact_sums(model, monkeypatch):
    fitted = model.fit(WORDS)
    exact = word_statistics(fitted, WORDS)
    assert (exact["standard_error"] == 0).all()
    estimated = by_samples(monkeypatch, fitted, WORDS, n_samples=20_000, random_state=0)
    same = exact.index.intersection(estimated.index)
    assert len(same) >= 10
    errors = estimated["standard_error"][same]
    assert errors["probability_of_words"] == 0
    assert (errors.drop("probability_of_words") > 0).all()
    differences = (estimated["value"][same] - exact["value"][same]).abs()
    assert (differences < 4 * errors + 1e-12).all()
    assert (errors < 0.05).all()


@pytest.mark.parametrize("model", COUNTS, ids=repr)
def test_known_words_are_drawn_as_often_as_is_said(model):
    fitted = model.fit(WORDS)
    share = word_statistics(fitted, [*WORDS, "xyz"])["value"]["probability_of_words"]
    drawn = np.isin(fitted.sample(20_000, random_state=1), WORDS).mean()
    assert drawn == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 20_000))


def test_standard_errors_are_those_of_repeated_estimates(monkeypatch):
    fitted = NGramCountLM(order=3).fit(WORDS)
    runs = [by_samples(monkeypatch, fitted, n_samples=400, random_state=i) for i in range(80)]
    spread = pd.DataFrame([run["value"] for run in runs]).std()
    claimed = pd.DataFrame([run["standard_error"] for run in runs]).mean()
    some = ["entropy", "entropy_per_symbol", "mean_length", "length_2"]
    np.testing.assert_allclose(claimed[some], spread[some], rtol=0.3)
    name = "standard_deviation_of_length"
    assert claimed[name] == pytest.approx(spread[name], rel=0.5)


def test_the_entropy_is_what_the_model_expects_of_its_own_words():
    fitted = NGramCountLM(order=3).fit(WORDS)
    entropy = word_statistics(fitted)["value"]["entropy_per_symbol"]
    own = fitted.sample(20_000, random_state=0)
    assert -fitted.score(own) == pytest.approx(entropy, rel=0.02)


def test_lengths_hold_nearly_all_words():
    for smoothing in (0.01, 1, 100):
        statistics = word_statistics(BigramCountLM(smoothing=smoothing).fit(["anna", "bob"]))
        lengths = statistics["value"][statistics.index.str.startswith("length_")].to_numpy()
        assert lengths.sum() >= 0.999 > lengths[:-1].sum()


@pytest.mark.parametrize("handle_unknown", ["penalty", "unknown"])
def test_networks_are_sampled(handle_unknown):
    lm = MLPCharLM(max_steps=60, hidden_size=8, random_state=0, handle_unknown=handle_unknown)
    fitted = lm.fit(WORDS)
    statistics = word_statistics(fitted, WORDS, n_samples=5_000, random_state=0)
    log_probas = fitted.most_likely(20_000)[1]
    probas = np.exp(log_probas)
    if handle_unknown == "penalty":
        assert probas.sum() > 0.999
        entropy = statistics.loc["entropy"]
        missing = (1 - probas.sum()) * 20
        margin = 4 * entropy["standard_error"] + missing
        assert abs(entropy["value"] + probas @ log_probas) < margin
    of_known = statistics.loc["probability_of_words"]
    assert of_known["standard_error"] == 0
    drawn = np.isin(fitted.sample(5_000, random_state=1), WORDS).mean()
    assert of_known["value"] == pytest.approx(drawn, abs=0.03)
    repeated = word_statistics(fitted, WORDS, n_samples=5_000, random_state=0)
    pd.testing.assert_frame_equal(statistics, repeated)


def test_a_product_that_is_too_large_is_replaced_by_samples(monkeypatch):
    fitted = BigramCountLM().fit(WORDS)
    exact = word_statistics(fitted)["value"]
    monkeypatch.setattr(product, "LARGEST_TABLE_BYTES", 100)
    estimated = word_statistics(fitted, random_state=0)
    assert 0 < estimated["standard_error"]["entropy"] < 0.1
    assert estimated["value"]["entropy"] == pytest.approx(exact["entropy"], abs=0.1)


def test_samples_of_one_length_and_one_word(monkeypatch):
    fitted = BigramCountLM(smoothing=0).fit(["ab"])
    statistics = by_samples(monkeypatch, fitted, n_samples=2)
    assert statistics["value"]["standard_deviation_of_length"] == 0
    assert (statistics["standard_error"] == 0).all()
    assert statistics["value"]["length_2"] == 1


@pytest.mark.parametrize("symbols", ["token", "split"])
def test_lengths_count_symbols(symbols):
    words = [("ab", "c"), ("c",), ()] if symbols == "token" else ["ab c", " c ", ""]
    fitted = BigramCountLM(symbols=symbols, smoothing=0).fit(words)
    statistics = word_statistics(fitted, words)["value"]
    assert statistics["probability_of_words"] == pytest.approx(1)
    np.testing.assert_allclose(statistics[["length_0", "length_1", "length_2"]], 1 / 3)


def test_words_come_in_every_container():
    fitted = BigramCountLM().fit(WORDS)
    expected = word_statistics(fitted, WORDS[:3])
    for some in (pd.Series(WORDS[:3]), pl.Series(WORDS[:3]), np.array(WORDS[:3])):
        pd.testing.assert_frame_equal(word_statistics(fitted, some), expected)


def test_words_that_the_model_does_not_have_add_nothing():
    for lm in (BigramCountLM(), BigramCountLM(handle_unknown="unknown")):
        fitted = lm.fit(WORDS)
        assert word_statistics(fitted, ["x", "abx"])["value"]["probability_of_words"] == 0
    with pytest.raises(ValueError, match="does not know these characters: 'x'"):
        word_statistics(BigramCountLM(handle_unknown="error").fit(WORDS), ["x"])


def test_what_has_no_statistics_is_refused():
    fitted = BigramCountLM().fit(WORDS)
    with pytest.raises(ValueError, match="X has no words: give at least one"):
        word_statistics(fitted, [])
    with pytest.raises(ValueError, match="n_samples"):
        word_statistics(fitted, n_samples=1)
    with pytest.raises(TypeError, match=r"word_statistics needs.*got Pipeline.*pipeline\[-1\]"):
        word_statistics(make_pipeline(fitted))
    with pytest.raises(NotFittedError):
        word_statistics(BigramCountLM())
