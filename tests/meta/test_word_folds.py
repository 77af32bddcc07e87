"""Folds by spelling, weighted quantiles, moments by length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._meta.word_folds import (
    first_even_folds,
    folds_of,
    lower_fence,
    moments_by_length,
    quantile,
)

SCORES = st.lists(st.integers(-5, 5), min_size=1, max_size=12)


def test_folds_never_change():
    """Fitted detectors are kept in files: a word must stay in its fold."""
    words = ["emma", "", "zoë", "\ud800", "日本", "a\0b"]
    assert folds_of(words, 5, 0).tolist() == [0, 3, 4, 2, 3, 0]
    assert folds_of(words, 5, 1).tolist() == [1, 2, 4, 1, 1, 3]
    assert folds_of(words, 2, 0).tolist() == [1, 1, 1, 1, 0, 0]


def test_folds_are_even():
    words = [f"word {i}" for i in range(10_000)]
    counts = np.bincount(folds_of(words, 5, 0))
    assert abs(counts - 2_000).max() < 6 * np.sqrt(10_000 * 0.2 * 0.8)
    assert folds_of(words[:0], 5, 0).shape == (0,)


@given(st.sets(st.text("abc", max_size=4), min_size=2, max_size=7), st.integers(2, 6))
def test_few_words_are_never_all_in_one_fold(words, n_folds):
    distinct, every = sorted(words), np.ones(len(words), bool)
    salt, fold = first_even_folds(distinct, n_folds, every)
    np.testing.assert_array_equal(fold, folds_of(distinct, n_folds, salt))
    assert np.bincount(fold).max() <= (len(words) + 1) // 2
    assert salt == first_even_folds(distinct[::-1], n_folds, every)[0]
    others = [*distinct, *(f"{word}x" for word in distinct)]
    assert salt == first_even_folds(others, n_folds, np.repeat([True, False], len(words)))[0]


@given(SCORES, st.data())
def test_quantile_is_the_largest_score_with_little_below(scores, data):
    weights = data.draw(st.lists(st.integers(1, 4), min_size=len(scores), max_size=len(scores)))
    allowed = data.draw(st.integers(0, sum(weights) - 1))
    repeated = np.repeat(scores, weights)
    expected = max(s for s in scores if (repeated < s).sum() <= allowed)
    found = quantile(np.array(scores, float), np.array(weights, float), allowed)
    assert found == expected
    assert quantile(repeated.astype(float), np.ones(len(repeated)), allowed) == expected
    assert quantile(repeated.astype(float), np.ones(len(repeated)), -0.5) == -np.inf


def test_lower_fence():
    scores = np.arange(1.0, 101.0)
    assert lower_fence(scores, np.ones(100)) == 26 - 1.5 * (76 - 26)
    assert lower_fence(np.array([-np.inf, -np.inf, 1.0]), np.ones(3)) == -np.inf
    assert lower_fence(np.full(4, -np.inf), np.ones(4)) == -np.inf


def lengths_and_totals(n=20_000, seed=0):
    rng = np.random.RandomState(seed)
    n_symbols = rng.randint(3, 12, n)
    spread = np.sqrt(0.5 + 0.2 * n_symbols + 0.05 * n_symbols**2)
    return n_symbols, -3 - 1.5 * n_symbols + spread * rng.standard_normal(n)


def test_moments_of_normal_words():
    n_symbols, totals = lengths_and_totals()
    mean, variance = moments_by_length(totals, n_symbols, np.ones(len(totals)))
    lengths = np.arange(3, 12)
    np.testing.assert_allclose(mean[0] + mean[1] * lengths, -3 - 1.5 * lengths, atol=0.35)
    expected = 0.5 + 0.2 * lengths + 0.05 * lengths**2
    np.testing.assert_allclose(np.polyval(variance[::-1], lengths), expected, rtol=0.1)
    assert (variance >= 0).all()


def test_weights_of_words_are_repetitions_in_the_moments():
    n_symbols, totals = lengths_and_totals(300)
    weights = np.random.RandomState(1).randint(1, 6, 300)
    n_symbols[0], weights[0] = 20, 30  # one word of a length would be too few, thirty are not
    repeated = (np.repeat(values, weights) for values in (totals, n_symbols))
    expected = moments_by_length(*repeated, np.ones(weights.sum()))
    for mine, other in zip(moments_by_length(totals, n_symbols, weights), expected, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-12)


def test_odd_words_hardly_move_the_moments():
    n_symbols, totals = lengths_and_totals()
    clean = moments_by_length(totals, n_symbols, np.ones(len(totals)))
    odd = np.r_[totals, np.full(400, -np.inf), np.full(800, -90.0)]
    lengths = np.r_[n_symbols, np.full(400, 5), 20 + np.arange(800) % 40]
    mean, variance = moments_by_length(odd, lengths, np.ones(len(odd)))
    np.testing.assert_allclose(mean, clean[0], atol=1e-9)
    np.testing.assert_allclose(variance, clean[1], atol=1e-9)


def test_words_of_one_length_have_means_in_proportion():
    totals, lengths = np.array([-9.0, -10.0, -11.0, -30.0]), np.array([5, 5, 5, 5])
    mean, variance = moments_by_length(totals, lengths, np.array([1.0, 2.0, 1.0, 0.01]))
    np.testing.assert_allclose(mean, [0, -2], atol=1e-12)
    assert np.polyval(variance[::-1], 5) == pytest.approx((1.4826 * 1.0) ** 2, rel=1e-9) or (
        np.polyval(variance[::-1], 5) == pytest.approx(0, abs=1e-9)
    )


def test_moments_without_anything_finite():
    mean, variance = moments_by_length(np.full(3, -np.inf), np.array([1, 2, 3]), np.ones(3))
    assert mean.tolist() == [0, 0]
    assert variance.tolist() == [1, 0, 0]
