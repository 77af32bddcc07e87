"""Additive smoothing: rows are distributions, whatever counts come in."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklearn_makemore._core.bigram import BigramModel, additive_smoothing, dense_counts
from sklearn_makemore._core.context_table import ContextTable
from tests.coded import WORDS, coded

SQUARE = st.integers(1, 6).map(lambda n: (n, n))
COUNTS = hnp.arrays(np.float64, SQUARE, elements=st.integers(0, 10**6).map(float))


@given(COUNTS, st.floats(0, 1e9))
def test_rows_sum_to_one_and_columns_need_not(counts, smoothing):
    probabilities = additive_smoothing(counts, smoothing, None)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert (probabilities >= 0).all()


def test_the_keepdims_trap():
    """``N / N.sum(1)`` without keepdims divides columns: rows would not sum to 1."""
    counts = np.array([[0.0, 8.0, 2.0], [4.0, 0.0, 1.0], [6.0, 1.0, 5.0]])
    probabilities = additive_smoothing(counts, 0, None)
    trap = counts / counts.sum(1)
    assert not np.allclose(trap.sum(axis=1), 1)
    assert not np.allclose(probabilities, trap)
    assert not np.allclose(probabilities.sum(axis=0), 1)
    np.testing.assert_allclose(probabilities, [[0, 0.8, 0.2], [0.8, 0, 0.2], [0.5, 1 / 12, 5 / 12]])


@given(COUNTS, st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 8)]))
def test_probabilities_are_the_exact_fractions(counts, smoothing):
    probabilities = additive_smoothing(counts, float(smoothing), None)
    for row, given_counts in zip(probabilities, counts, strict=True):
        numerators = [Fraction(int(count)) + smoothing for count in given_counts]
        if not sum(numerators):
            numerators = [Fraction(1)] * len(row)
        expected = [float(n / sum(numerators)) for n in numerators]
        np.testing.assert_allclose(row, expected, rtol=1e-14)


@pytest.mark.parametrize("scale", [1e-300, 1e-10, 1e10, 1e300])
def test_the_scale_of_unsmoothed_counts_does_not_matter(scale):
    counts = np.array([[1.0, 3.0], [2.0, 2.0]])
    np.testing.assert_allclose(
        additive_smoothing(counts * scale, 0, None), [[0.25, 0.75], [0.5, 0.5]], rtol=1e-14
    )


def test_rows_without_counts_leave_the_unknown_symbol_out():
    counts = np.zeros((3, 3))
    assert additive_smoothing(counts, 0, 2).tolist() == [[0.5, 0.5, 0]] * 3
    np.testing.assert_allclose(additive_smoothing(counts, 1, 2), 1 / 3)


@given(WORDS)
def test_a_bigram_model_agrees_with_the_window_model_it_shortcuts(words):
    words = coded(words)
    counts = dense_counts(ContextTable.from_words(words, 1))
    assert counts.sum() == words.n_predictions
    model = BigramModel(additive_smoothing(counts, 0.5, None))
    slow = super(BigramModel, model)
    np.testing.assert_array_equal(model.log_probs(words), slow.log_probs(words))
    last = words.last_symbols
    log_probs, rows, _ = model.step(model.init_state(len(last)), last)
    slow_log_probs, slow_rows, _ = slow.step(model.init_state(len(last)), last)
    np.testing.assert_array_equal(log_probs[rows], slow_log_probs[slow_rows])
