"""States by number say what the models say that they are states of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_makemore import NGramCountLM
from sklearn_makemore._core import finite_states as module
from sklearn_makemore._core.bigram import BigramModel
from sklearn_makemore._core.draws import Restriction
from sklearn_makemore._core.finite_states import RestrictedStates, mixed
from sklearn_makemore._core.mixture import MixtureModel
from tests.coded import coded
from tests.core.test_automata import all_words
from tests.core.test_models import EVERY_MODEL, TABLE, ToyRecurrentModel

WORDS = ["abca", "bb", "cab", "", "acc", "b"]
BIGRAMS = BigramModel(TABLE)
NGRAMS = [NGramCountLM(order=order).fit(WORDS)._model for order in (1, 3, 4)]
CALIBRATED = NGramCountLM(order=3, length="calibrated").fit(WORDS)._model
MODELS = [
    BIGRAMS,
    *NGRAMS,
    CALIBRATED,
    NGramCountLM(order=3, smoothing=0).fit(WORDS)._model,
    MixtureModel([BIGRAMS, NGRAMS[1]], np.array([0.25, 0.75])),
    MixtureModel([NGRAMS[2], BIGRAMS, NGRAMS[0]], np.array([0.5, 0.0, 0.5])),
    MixtureModel([BIGRAMS, MixtureModel(NGRAMS, np.ones(3) / 3)], np.array([0.1, 0.9])),
]
CODES = st.lists(st.integers(1, 3), max_size=8)


def along(states, word):
    """Return the distributions before each symbol of a word and its end."""
    state, rows = np.array([states.start]), []
    for code in (*word, 0):
        assert 0 <= state[0] < states.n_states
        rows.append(states.rows(state)[0])
        if code:
            state = states.following(state, np.array([code], np.uint8))
    return np.array(rows)


@pytest.mark.parametrize("model", MODELS, ids=range(len(MODELS)))
@given(word=CODES)
@settings(max_examples=8)
def test_states_have_the_distributions_of_the_model(model, word):
    """To the bit, so that searches may go from the one to the other."""
    state, expected = model.init_state(1), []
    for last in (0, *word):
        log_probs, rows, state = model.step(state, np.array([last], np.uint8))
        expected.append(log_probs[rows[0]])
    np.testing.assert_array_equal(along(model.finite_states, word), expected)


@pytest.mark.parametrize("model", MODELS, ids=range(len(MODELS)))
def test_many_states_at_once(model):
    states = model.finite_states
    words = [word for word in all_words(4, 3) if np.isfinite(model.log_probs(coded([word]))).all()]
    reached = np.array([states.after(np.array(word, np.int64))[0] for word in words])
    expected = [states.rows(reached[place : place + 1])[0] for place in range(len(words))]
    np.testing.assert_array_equal(states.rows(reached), expected)
    codes = np.arange(len(words)) % 3 + 1
    one_by_one = [
        states.following(reached[place : place + 1], codes[place : place + 1])[0]
        for place in range(len(words))
    ]
    np.testing.assert_array_equal(states.following(reached, codes), one_by_one)


@pytest.mark.parametrize("model", MODELS, ids=range(len(MODELS)))
@given(word=CODES)
@settings(max_examples=8)
def test_what_a_beginning_costs(model, word):
    prefix = np.array(word, np.uint8)
    _, cost = model.finite_states.after(prefix)
    log_probs = model.log_probs(coded([word]))[:-1]
    assert -cost == pytest.approx(log_probs.sum(), rel=1e-12)


@pytest.mark.parametrize("model", MODELS, ids=range(len(MODELS)))
@given(word=CODES)
@settings(max_examples=8)
def test_lengths_are_factors_of_other_states(model, word):
    """Probability of a word: that by the other states times the factor of its length."""
    states, factors = model.finite_states.by_length()
    log_proba = along(states, word)[np.arange(len(word) + 1), [*word, 0]].sum()
    log_proba += np.log(factors[min(len(word), len(factors) - 1)])
    assert log_proba == pytest.approx(model.log_probs(coded([word])).sum(), rel=1e-11, abs=1e-13)


def test_which_models_have_states():
    known = [type(model).__name__ for model in EVERY_MODEL if model.finite_states is not None]
    assert known == ["BigramModel"] + 3 * ["NGramModel"]
    assert mixed([BIGRAMS, None], np.log([0.5, 0.5])) is None
    assert MixtureModel([BIGRAMS, ToyRecurrentModel(4)], np.ones(2) / 2).finite_states is None


def test_states_of_mixtures_are_pairs_as_long_as_there_are_not_too_many(monkeypatch):
    parts = [BIGRAMS, NGRAMS[2], BIGRAMS]
    n_states = 4 * NGRAMS[2].n_states * 4
    states = mixed(parts, np.log(np.ones(3) / 3))
    assert states.n_states == n_states
    monkeypatch.setattr(module, "MOST_STATES", n_states)
    assert mixed(parts, np.log(np.ones(3) / 3)) is not None
    monkeypatch.setattr(module, "MOST_STATES", n_states - 1)
    assert mixed(parts, np.log(np.ones(3) / 3)) is None


RESTRICTIONS = [
    Restriction(temperature=0.5),
    Restriction(temperature=0),
    Restriction(top_k=2),
    Restriction(temperature=2.0, top_k=3, top_p=0.7),
]


@pytest.mark.parametrize("unknown_code", [None, 3])
@pytest.mark.parametrize("restriction", RESTRICTIONS)
@given(word=st.lists(st.integers(1, 2), max_size=5))
@settings(max_examples=10)
def test_restricted_states_are_those_of_the_changed_model(restriction, unknown_code, word):
    banned = [] if unknown_code is None else [unknown_code]
    states = RestrictedStates(NGRAMS[1], restriction, unknown_code)
    expected = restriction.apply(along(NGRAMS[1], word), banned)
    np.testing.assert_array_equal(np.exp(along(states, word)) > 0, expected > 0)
    np.testing.assert_allclose(np.exp(along(states, word)), expected, rtol=1e-14)


def test_restricted_states_where_nothing_is_possible():
    alone = BigramModel(np.array([[0, 0.5, 0.5], [0, 0, 1.0], [1.0, 0, 0]]))
    states = RestrictedStates(alone, Restriction(top_k=1), 2)
    assert np.exp(along(states, [1])).tolist() == [[0, 1, 0], [0, 0, 0]]
