"""The sampling loop over models of every kind."""

import numpy as np
import pytest

from sklearn_makemore._core.draws import InverseCDFDraw, Restriction
from sklearn_makemore._core.sampling import DEAD_END, FINISHED, TOO_LONG, CandidateSampler
from tests.core.test_models import MODELS


def sampler_of(model, seed=0, prefix=(), min_length=0, max_length=50, unknown_code=None):
    codes = np.array(prefix, np.uint8)
    return CandidateSampler(
        model, InverseCDFDraw(seed), Restriction(), codes, min_length, max_length, unknown_code
    )


def words_of(codes):
    words, word = [], []
    for code in codes.tolist():
        if code:
            word.append(code)
        else:
            words.append(word)
            word = []
    assert not word
    return words


@pytest.mark.parametrize("model", MODELS)
def test_candidates_do_not_depend_on_the_batch(model):
    whole, outcome = sampler_of(model).candidates(0, 200)
    assert len(words_of(whole)) == len(outcome) == 200
    parts = [sampler_of(model).candidates(first, 50) for first in range(0, 200, 50)]
    assert words_of(np.concatenate([codes for codes, _ in parts])) == words_of(whole)
    alone, _ = sampler_of(model).candidates(123, 1)
    assert words_of(alone) == [words_of(whole)[123]]


@pytest.mark.parametrize("model", MODELS)
def test_words_come_as_often_as_they_are_likely(model):
    """Chi-square over the short words, with a fixed seed."""
    n = 40_000
    codes, _ = sampler_of(model, seed=1).candidates(0, n)
    drawn = [tuple(word) for word in words_of(codes)]
    short = [(), (1,), (2,), (3,), (1, 1), (1, 2), (3, 1), (2, 3, 1)]
    log_proba = [_log_probability(model, word) for word in short]
    observed = np.array([drawn.count(word) for word in short])
    expected = n * np.exp(log_proba)
    assert (expected > 10).all()
    assert ((observed - expected) ** 2 / expected).sum() < 30  # 8 degrees of freedom


def _log_probability(model, word):
    total, state = 0.0, model.init_state(1)
    for last, target in zip((0, *word), (*word, 0), strict=True):
        log_probs, rows, state = model.step(state, np.array([last], np.uint8))
        total += log_probs[rows[0], target]
    return total


@pytest.mark.parametrize("model", MODELS)
def test_a_prefix_is_read_before_the_first_draw(model):
    n = 20_000
    codes, _ = sampler_of(model, prefix=(1, 3)).candidates(0, n)
    first = np.array([word[0] if word else 0 for word in words_of(codes)])
    state = model.init_state(1)
    for code in (0, 1, 3):
        log_probs, rows, state = model.step(state, np.array([code], np.uint8))
    expected = n * np.exp(log_probs[rows[0]])
    observed = np.bincount(first, minlength=model.n_symbols)
    assert ((observed - expected) ** 2 / expected).sum() < 20  # 3 degrees of freedom


@pytest.mark.parametrize("model", MODELS)
def test_lengths_and_outcomes(model):
    codes, outcome = sampler_of(model, prefix=(2,), min_length=3, max_length=4).candidates(0, 300)
    lengths = np.array([len(word) + 1 for word in words_of(codes)])
    assert lengths[outcome == FINISHED].min() == 3
    assert lengths[outcome == FINISHED].max() == 4
    assert (outcome == TOO_LONG).any()
    assert set(outcome.tolist()) == {FINISHED, TOO_LONG}


def test_the_unknown_symbol_is_never_drawn():
    codes, _ = sampler_of(MODELS[1], unknown_code=3).candidates(0, 500)
    assert set(codes.tolist()) == {0, 1, 2}


def test_no_possible_symbol_is_a_dead_end():
    from sklearn_makemore._core.bigram import BigramModel

    model = BigramModel(np.array([[0.0, 1.0], [1.0, 0.0]]))  # only the word of one symbol
    _, outcome = sampler_of(model, min_length=2).candidates(0, 5)
    assert (outcome == DEAD_END).all()
    codes, outcome = sampler_of(model, min_length=1).candidates(0, 5)
    assert (outcome == FINISHED).all()
    assert words_of(codes) == [[1]] * 5
