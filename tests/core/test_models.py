"""A model needs its distributions only: bulk scoring, steps and prefixes agree with each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore import NGramCountLM
from sklearn_makemore._core import models
from sklearn_makemore._core.bigram import BigramModel
from sklearn_makemore._core.mixture import MixtureModel
from sklearn_makemore._core.models import NextSymbolModel, WindowModel
from tests.coded import WORDS, coded


class ToyWindowModel(WindowModel):
    """A made-up distribution for each context."""

    def context_log_probs(self, contexts):
        places = np.arange(1, self.block_size + 1)
        salt = (contexts * places).sum(axis=1, keepdims=True)
        logits = np.sin(salt + np.arange(self.n_symbols) * 1.7)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


class ToyRecurrentModel(NextSymbolModel):
    """A made-up distribution that depends on the whole word: the state counts every symbol."""

    def __init__(self, n_symbols):
        super().__init__(n_symbols, None)

    def log_probs(self, words):
        state = self.init_state(1)
        result = []
        for last, target in zip(words.last_symbols, words.targets, strict=True):
            if last == 0:
                state = self.init_state(1)
            log_probs, rows, state = self.step(state, np.array([last]))
            result.append(log_probs[rows[0], target])
        return np.array(result)

    def init_state(self, n):
        return np.zeros((n, self.n_symbols))

    def step(self, state, last_codes):
        state = state.copy()
        state[np.arange(len(state)), last_codes] += 1
        logits = np.cos(state * np.arange(1, self.n_symbols + 1))
        log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return log_probs, np.arange(len(state)), state

    def select(self, state, rows):
        return state[rows]


MODELS = [ToyWindowModel(4, 1), ToyWindowModel(4, 3), ToyRecurrentModel(4)]


TABLE = np.random.default_rng(0).dirichlet(np.ones(4), 4)
EVERY_MODEL = [
    *MODELS,
    BigramModel(TABLE),
    *(NGramCountLM(order=order).fit(["abca", "bb", "cab"])._model for order in (1, 2, 4)),
    MixtureModel([ToyRecurrentModel(4), ToyWindowModel(4, 2), BigramModel(TABLE)], np.ones(3) / 3),
]


@pytest.mark.parametrize("model", EVERY_MODEL, ids=lambda model: type(model).__name__)
@given(words=WORDS, length=st.integers(0, 60), cells=st.sampled_from([1, 8, 30, 2**22]))
def test_distributions_are_those_of_bulk_scores(model, words, length, cells):
    """A word may be longer than what is held at once."""
    flat = coded([*words, [1, 2, 3] * length, *words])
    scored = model.log_probs(flat)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "CELLS_PER_BATCH", cells)
        pieces = list(model.distributions(flat))
    assert max(map(len, pieces)) <= max(1, cells // 4)
    found = np.concatenate(pieces)
    np.testing.assert_allclose(found[np.arange(len(found)), flat.targets], scored, atol=1e-14)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1)


@pytest.mark.parametrize("model", MODELS)
@given(words=WORDS)
def test_prefixes_agree_with_bulk_scores(model, words):
    prefixes = [word[:end] for word in words for end in range(len(word) + 1)]
    after = model.next_log_probs(coded(prefixes))
    targets = coded(words).targets
    np.testing.assert_allclose(
        after[np.arange(len(prefixes)), targets], model.log_probs(coded(words)), atol=1e-14
    )
    np.testing.assert_allclose(np.exp(after).sum(axis=1), 1)


@given(WORDS, st.integers(1, 4))
def test_the_short_cut_for_windows_agrees_with_stepping(words, block_size):
    model = ToyWindowModel(4, block_size)
    stepped = np.concatenate(list(NextSymbolModel.distributions(model, coded(words))))
    ends = coded(words).offsets[1:] - 1
    np.testing.assert_allclose(model.next_log_probs(coded(words)), stepped[ends], atol=1e-14)


@given(WORDS)
def test_a_mixture_steps_each_model_from_its_own_state(words):
    model, ends = EVERY_MODEL[-1], coded(words).offsets[1:] - 1
    stepped = np.concatenate(list(NextSymbolModel.distributions(model, coded(words))))
    np.testing.assert_allclose(model.next_log_probs(coded(words)), stepped[ends], atol=1e-14)


@given(WORDS)
def test_batches_of_contexts_change_nothing(words):
    model = ToyWindowModel(4, 3)
    whole = model.log_probs(coded(words))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "CELLS_PER_BATCH", 8)
        np.testing.assert_array_equal(model.log_probs(coded(words)), whole)
