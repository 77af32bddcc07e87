"""The range test of learning rates."""

import warnings

import numpy as np
import pytest

from sklearn_makemore import BigramCountLM, MLPCharLM, NeuralBigramLM
from sklearn_makemore._neural.adamw import AdamWSteps
from sklearn_makemore._neural.lecture import FullBatchSteps
from sklearn_makemore.datasets import load_names
from sklearn_makemore.model_selection import _running_means, learning_rate_range_test

WORDS = load_names().data[:500]
SMALL = MLPCharLM(hidden_size=16, embedding_dim=4, random_state=0)


def test_running_means_by_hand():
    means = _running_means(np.array([4.0, 0.0, 2.0]), span=2)
    np.testing.assert_allclose(means, [4, 2 / 1.5, (1 + 0 + 2) / 1.75])
    np.testing.assert_array_equal(_running_means(np.array([4.0, 1.0]), span=0.1), [4, 1])


@pytest.mark.parametrize(
    ("estimator", "lowest", "highest"),
    [
        (SMALL, 1e-4, 1),
        (MLPCharLM(solver="sgd", hidden_size=16, random_state=0), 1e-3, 10),
        (NeuralBigramLM(solver="gd", random_state=0), 0.1, 1e4),
    ],
    ids=repr,
)
def test_the_suggestion_is_neither_too_low_nor_too_high(estimator, lowest, highest):
    before = vars(estimator).copy()
    test = learning_rate_range_test(estimator, WORDS, lowest=lowest, highest=highest, n_steps=300)
    assert vars(estimator) == before
    assert test.learning_rates[0] == pytest.approx(lowest)
    np.testing.assert_allclose(np.diff(np.log(test.learning_rates)), np.log(highest / lowest) / 299)
    assert len(test.losses) == len(test.smoothed_losses) == len(test.learning_rates)
    at = test.learning_rates.searchsorted(test.suggestion)
    assert test.smoothed_losses[at] == test.smoothed_losses.min()
    assert 3 * lowest < test.suggestion < highest / 3
    assert test.smoothed_losses[at] < test.smoothed_losses[0] - 0.2
    assert test.smoothed_losses[at] < test.smoothed_losses[-1] - 0.2
    again = learning_rate_range_test(estimator, WORDS, lowest=lowest, highest=highest, n_steps=300)
    np.testing.assert_array_equal(again.losses, test.losses)


@pytest.mark.filterwarnings("ignore:The loss is least")
def test_the_first_steps_are_those_of_a_training_at_that_rate():
    estimator = MLPCharLM(solver="sgd", max_steps=1, random_state=0)
    test = learning_rate_range_test(estimator, WORDS, lowest=0.1, highest=0.2, n_steps=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = estimator.fit(WORDS).loss_curve_[0]
    assert test.losses[0] == pytest.approx(first, abs=1e-5)


def test_a_training_that_blows_up_keeps_its_finite_losses():
    estimator = MLPCharLM(solver="sgd", activation="relu", n_layers=3, random_state=0)
    test = learning_rate_range_test(estimator, WORDS, lowest=1e-3, highest=1e12, n_steps=200)
    assert 2 <= len(test.losses) < 200
    assert np.isfinite(test.losses).all()
    assert test.suggestion < 10


def test_a_range_that_is_too_narrow_warns():
    with pytest.warns(UserWarning, match=r"least at the highest learning rates.*widen"):
        learning_rate_range_test(SMALL, WORDS, lowest=1e-5, highest=1e-2, n_steps=300)


def test_weights_count():
    halves = np.where(np.arange(len(WORDS)) % 2, 1.0, 0.0)
    results = [
        learning_rate_range_test(SMALL, words, sample_weight=weights, highest=0.5, n_steps=60)
        for words, weights in ((WORDS, halves), (WORDS[1::2], None))
    ]
    np.testing.assert_allclose(results[0].losses, results[1].losses, atol=1e-6)


def test_what_cannot_be_tested_is_refused():
    with pytest.raises(TypeError, match="BigramCountLM has no learning rate"):
        learning_rate_range_test(BigramCountLM(), WORDS)
    with pytest.raises(ValueError, match="solver='gd'"):
        learning_rate_range_test(NeuralBigramLM(), WORDS)
    with pytest.raises(ValueError, match="0 < lowest < highest"):
        learning_rate_range_test(SMALL, WORDS, lowest=1, highest=0.1)
    with pytest.raises(ValueError, match="n_steps"):
        learning_rate_range_test(SMALL, WORDS, n_steps=1)
    with pytest.raises(ValueError, match="at least one word"):
        learning_rate_range_test(SMALL, [])


def test_an_interrupt_gives_no_suggestion(monkeypatch):
    def interrupt(self, step):
        raise KeyboardInterrupt

    monkeypatch.setattr(AdamWSteps, "take", interrupt)
    monkeypatch.setattr(FullBatchSteps, "take", interrupt)
    for estimator in (SMALL, NeuralBigramLM(solver="gd", random_state=0)):
        with pytest.raises(KeyboardInterrupt):
            learning_rate_range_test(estimator, WORDS)
