"""Mixtures of distributions, and their weights by expectation-maximisation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import minimize_scalar

from sklearn_makemore._core.bigram import BigramModel
from sklearn_makemore._core.mixture import MixtureModel, em_weights
from tests.coded import WORDS, coded


def tables(seed, n_models, n_symbols=4):
    proba = np.random.default_rng(seed).dirichlet(np.ones(n_symbols), (n_models, n_symbols))
    return list(proba)


@given(WORDS, st.integers(0, 100), st.sampled_from([[1.0], [0.25, 0.75], [0.5, 0.0, 0.5]]))
@settings(max_examples=30)
def test_a_mixture_of_bigrams_is_the_bigram_of_mixed_tables(words, seed, weights):
    weights = np.array(weights)
    parts = tables(seed, len(weights))
    mixture = MixtureModel([BigramModel(table) for table in parts], weights)
    expected = BigramModel(np.tensordot(weights, parts, 1))
    flat = coded(words)
    np.testing.assert_allclose(mixture.log_probs(flat), expected.log_probs(flat), atol=1e-12)
    np.testing.assert_allclose(
        mixture.next_log_probs(flat), expected.next_log_probs(flat), atol=1e-12
    )
    assert mixture.block_size == 1


def test_situations_are_those_that_any_model_tells_apart():
    mixture = MixtureModel([BigramModel(table) for table in tables(0, 2)], np.array([0.5, 0.5]))
    last = np.array([1, 2, 1, 0], np.uint8)
    log_probs, rows, state = mixture.step(mixture.init_state(4), last)
    assert len(log_probs) <= 4
    assert rows[0] == rows[2] != rows[1]
    again, rows, _ = mixture.step(mixture.select(state, np.array([1, 1])), last[:2])
    np.testing.assert_allclose(np.exp(again).sum(axis=1), 1)
    assert len(rows) == 2


@given(
    hnp.arrays(np.float64, (2, 5), elements=st.floats(0.001, 1)),
    hnp.arrays(np.float64, 5, elements=st.floats(0.1, 10)),
)
@settings(max_examples=50)
def test_two_weights_are_those_of_a_search_along_the_line(likelihoods, counts):
    weights = em_weights(np.log(likelihoods), counts)
    assert weights.sum() == pytest.approx(1)

    def loss(share):
        return -(counts * np.log(share * likelihoods[0] + (1 - share) * likelihoods[1])).sum()

    best = minimize_scalar(loss, bounds=(0, 1), method="bounded", options={"xatol": 1e-9})
    assert loss(weights[0]) <= min(best.fun, loss(0.0), loss(1.0)) + 1e-5


def test_what_is_impossible():
    log_probs = np.array([[-1.0, -np.inf, -np.inf], [-np.inf, -2.0, -np.inf]])
    np.testing.assert_allclose(em_weights(log_probs, np.array([3.0, 1.0, 5.0])), [0.75, 0.25])
    np.testing.assert_allclose(em_weights(np.full((2, 1), -np.inf), np.ones(1)), [0.5, 0.5])
    useless = np.array([[-1.0, -1.0], [-np.inf, -np.inf]])
    np.testing.assert_allclose(em_weights(useless, np.ones(2)), [1, 0])


def test_very_small_likelihoods_do_not_underflow():
    log_probs = np.array([[-2000.0, -3000.0], [-2001.0, -2999.0]])
    assert em_weights(log_probs, np.ones(2)) == pytest.approx([0.5, 0.5])


def test_log_probabilities_that_are_no_numbers_are_refused():
    with pytest.raises(FloatingPointError, match="not numbers"):
        em_weights(np.array([[np.nan], [-1.0]]), np.ones(1))


@given(
    hnp.arrays(np.float64, (4, 6), elements=st.floats(0.001, 1)),
    hnp.arrays(np.float64, 6, elements=st.floats(0.1, 1e6)),
)
@settings(max_examples=50)
def test_found_weights_are_stationary(likelihoods, counts):
    """No model gains from more weight: the gradient is 1 where there is weight, and not above.

    Where models hardly differ, all K iterations are used. The log-likelihood is then within
    log(4) / K nats of the best, and the last step no longer than sqrt(2 log(4)) / K.
    """
    weights = em_weights(np.log(likelihoods), counts)
    gradient = (likelihoods / (weights @ likelihoods)) @ counts / counts.sum()
    assert weights @ gradient == pytest.approx(1, abs=1e-12)
    assert (gradient <= 1 + 1e-3).all()
    assert (np.abs(weights * (gradient - 1)) < 2e-4).all()


@pytest.mark.parametrize("scale", [1e-300, 1e300, 1.7e308])
def test_the_scale_of_counts_does_not_matter(scale):
    log_probs = np.log([[0.2, 0.5, 0.1], [0.4, 0.1, 0.3]])
    counts = np.array([1.0, 0.5, 0.25])
    weights = em_weights(log_probs, counts * scale)
    np.testing.assert_allclose(weights, em_weights(log_probs, counts), rtol=0, atol=1e-9)
