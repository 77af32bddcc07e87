"""Shares of words among the likeliest words of a model."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_makemore import BigramCountLM, MLPCharLM, NGramCountLM
from sklearn_makemore.datasets import load_names
from sklearn_makemore.metrics import coverage_curve
from tests.conftest import data_file

NAMES = load_names()
ITALIAN = NAMES.data[NAMES.target == "Italian"]
TRAIN, TEST = ITALIAN[::2], ITALIAN[1::2]


@pytest.fixture(scope="module")
def fitted():
    return NGramCountLM(order=3).fit(TRAIN)


def test_shares_are_those_of_a_list_of_the_likeliest_words(fitted):
    numbers = [1, 7, 100, 3_000]
    curve = coverage_curve(fitted, TEST, numbers)
    assert curve.columns.tolist() == ["n_words", "share", "standard_error"]
    assert curve["n_words"].dtype == np.int64
    assert curve["n_words"].tolist() == numbers
    likeliest = fitted.most_likely(3_000)[0].tolist()
    for number, share in zip(numbers, curve["share"], strict=True):
        expected = len(set(likeliest[:number]) & set(TEST)) / len(set(TEST))
        assert share == pytest.approx(expected, abs=1.5 / len(set(TEST)))  # but for equals
    assert (curve["standard_error"] == 0).all()


def test_estimates_agree_with_exact_shares(fitted):
    numbers = [100, 1_000, 10_000, 50_000]
    exact = coverage_curve(fitted, TEST, numbers)
    runs = [
        coverage_curve(fitted, TEST, numbers, n_exact=0, n_samples=300, random_state=seed)
        for seed in range(40)
    ]
    shares = pd.DataFrame([run["share"] for run in runs]).to_numpy()
    claimed = pd.DataFrame([run["standard_error"] for run in runs]).to_numpy()
    np.testing.assert_allclose(claimed[:, 1:].mean(axis=0), shares[:, 1:].std(axis=0), rtol=0.5)
    error_of_mean = shares.std(axis=0) / np.sqrt(len(runs))
    assert (np.abs(shares.mean(axis=0) - exact["share"]) < 4 * error_of_mean + 0.005).all()


def test_shares_are_exact_as_far_as_words_were_searched_for(fitted):
    numbers = [10, 500, 501, 100_000]
    curve = coverage_curve(fitted, TEST, numbers, n_exact=500, n_samples=500, random_state=0)
    exact = coverage_curve(fitted, TEST, numbers)
    assert curve["share"][:2].tolist() == exact["share"][:2].tolist()
    assert curve["standard_error"][:2].tolist() == [0, 0]
    assert curve["standard_error"][3] > 0
    assert curve["share"].is_monotonic_increasing


def test_the_default_numbers(fitted):
    curve = coverage_curve(fitted, TEST[:20], n_exact=100, random_state=0)
    expected = [digit * 10**power for power in range(8) for digit in (1, 2, 5)][:-2]
    assert curve["n_words"].tolist() == expected
    assert curve["share"].between(0, 1).all()


def test_repeats_count_once_and_one_number_is_enough(fitted):
    once = coverage_curve(fitted, ["anna", "zzzz"], 1_000)
    assert once["share"].tolist() == [0.5]
    pd.testing.assert_frame_equal(coverage_curve(fitted, ["anna"] * 9 + ["zzzz"], 1e3), once)
    for some in (pd.Series(["anna", "zzzz"]), pl.Series(["anna", "zzzz"])):
        pd.testing.assert_frame_equal(coverage_curve(fitted, some, np.array([1_000])), once)
    assert coverage_curve(fitted, ["anna"], []).shape == (0, 3)


@pytest.mark.parametrize("handle_unknown", ["penalty", "unknown"])
def test_words_that_cannot_come_are_never_covered(handle_unknown):
    words = ["ab", "abc", "ab1", "cab"]
    lm = NGramCountLM(order=2, smoothing=0, alphabet="abc", handle_unknown=handle_unknown)
    curve = coverage_curve(lm.fit(["ab", "ab", "abc"]), words, [1, 10, 2**62])
    assert curve["share"].tolist() == [0.25, 0.5, 0.5]
    assert (curve["standard_error"] == 0).all()


def test_of_equals_all_or_none_are_covered():
    fitted = BigramCountLM(smoothing=1e9).fit(["abc"])
    curve = coverage_curve(fitted, ["a", "b", "ca", "cb"], [1, 2, 3, 4, 5, 13])
    assert curve["share"].tolist() == [0, 0.5, 0.5, 0.5, 1, 1]


def test_networks_and_tokens():
    words = [tuple(word) for word in ("ab", "abab", "b", "aa", "bb")]
    lm = MLPCharLM(max_steps=40, hidden_size=8, random_state=0, symbols="token").fit(words)
    curve = coverage_curve(lm, words, [1, 5, 100], n_exact=50, random_state=0)
    likeliest = lm.most_likely(100)[0].tolist()
    for number, share in zip(curve["n_words"], curve["share"], strict=True):
        assert share == pytest.approx(len(set(likeliest[:number]) & set(words)) / 5)


@pytest.mark.parametrize("n_words", [0, -1, 1.5, np.nan, np.inf, "10", [[1]], [1, None], [3, 0]])
def test_numbers_that_are_none(fitted, n_words):
    with pytest.raises(ValueError, match="n_words must be a whole number of words, at least 1"):
        coverage_curve(fitted, ["anna"], n_words)
    with pytest.raises(ValueError, match=r"got 0 at position 1"):
        coverage_curve(fitted, ["anna"], [3, 0])


def test_what_has_no_curve_is_refused(fitted):
    with pytest.raises(ValueError, match="X has no words: give at least one"):
        coverage_curve(fitted, [])
    with pytest.raises(ValueError, match="n_exact"):
        coverage_curve(fitted, ["anna"], n_exact=-1)
    with pytest.raises(TypeError, match="coverage_curve needs a fitted language model"):
        coverage_curve(make_pipeline(fitted), ["anna"])
    with pytest.raises(NotFittedError):
        coverage_curve(NGramCountLM(), ["anna"])


def test_the_names_of_the_lecture():
    """Of dev names that are not in train, so many are among the likeliest of 5-grams."""
    import random

    words = data_file("names.txt").read_text("ascii").split()
    random.Random(42).shuffle(words)
    n_train, n_dev = int(0.8 * len(words)), int(0.9 * len(words))
    train, dev = words[:n_train], words[n_train:n_dev]
    fitted = NGramCountLM(order=5).fit(train)
    curve = coverage_curve(fitted, sorted(set(dev) - set(train)), [10**4, 10**5, 10**6])
    np.testing.assert_allclose(curve["share"], [0.120, 0.535, 0.817], atol=0.006)
