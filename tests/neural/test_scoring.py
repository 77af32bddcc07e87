"""Modules as models: words by the batch, by the piece, and symbol by symbol."""

import numpy as np
import pytest
import torch

from sklearn_makemore._core import models
from sklearn_makemore._neural import scoring
from sklearn_makemore._neural.scoring import TorchSequenceModel
from tests.coded import coded
from tests.neural.networks import N_SYMBOLS, Slow, sequence_modules

MODULES = sequence_modules()
WORDS = [[1, 2, 3], [], [4], [1, 2, 3], [2] * 40, [1, 2, 4, 3, 1], [4, 4]]


def model_of(module):
    return TorchSequenceModel(module, torch.device("cpu"), 10.0)


def stepped(model, words):
    """Return the log-probability of every prediction, symbol by symbol, word by word."""
    result = []
    for word in words:
        state = model.init_state(1)
        for code, target in zip([0, *word], [*word, 0], strict=True):
            log_probs, rows, state = model.step(state, np.array([code], np.uint8))
            result.append(log_probs[rows[0], target])
    return np.array(result)


@pytest.mark.parametrize("name", MODULES)
def test_scoring_is_stepping(name, monkeypatch):
    words = coded(WORDS, n_symbols=N_SYMBOLS)
    model = model_of(MODULES[name])
    scored = model.log_probs(words)
    np.testing.assert_allclose(scored, stepped(model, WORDS), rtol=0, atol=1e-5)
    slow = stepped(model_of(Slow(MODULES[name])), WORDS)
    np.testing.assert_allclose(scored, slow, rtol=0, atol=1e-5)
    monkeypatch.setattr(scoring, "LONGEST_READ", 7)
    np.testing.assert_allclose(model.log_probs(words), scored, rtol=0, atol=1e-5)


def test_each_distinct_word_is_scored_once(monkeypatch):
    module = sequence_modules()["gru-1"]
    model, read, n_read = model_of(module), module.read, []

    def counting(codes, state):
        n_read.append(len(codes))
        return read(codes, state)

    monkeypatch.setattr(module, "read", counting)
    words = coded([[1, 2]] * 50 + [[3]] * 50, n_symbols=N_SYMBOLS)
    assert len(set(model.log_probs(words).round(6))) == 5
    assert sum(n_read) == 2


def test_words_that_begin_alike_are_stepped_once():
    model = model_of(MODULES["transformer"])
    state = model.select(model.init_state(1), np.zeros(6, np.int64))
    log_probs, rows, state = model.step(state, np.zeros(6, np.uint8))
    assert len(log_probs) == 1
    log_probs, rows, state = model.step(state, np.array([1, 2, 1, 2, 1, 3], np.uint8))
    assert len(log_probs) == 3
    assert rows.tolist() == [0, 1, 0, 1, 0, 2]
    state = model.select(state, np.array([True, False, True, False, False, True]))
    log_probs, rows, _ = model.step(state, np.array([4, 4, 4], np.uint8))
    assert rows.tolist() == [0, 0, 1]
    with torch.no_grad():
        logits = MODULES["transformer"](torch.tensor([[0, 1, 4], [0, 3, 4]]))[:, -1].double()
    np.testing.assert_allclose(log_probs, torch.log_softmax(logits, 1), atol=1e-5)


def test_memory_bounds_the_words_side_by_side():
    for name, module in MODULES.items():
        model = model_of(module)
        assert model.words_at_once * module.state_size <= scoring.STATE_CELLS, name


def test_out_of_memory_halves_the_batch(monkeypatch):
    module = sequence_modules()["lstm-1"]
    model, read, sizes = model_of(module), module.read, []
    words = coded(WORDS, n_symbols=N_SYMBOLS)
    expected, expected_next = model.log_probs(words), model.next_log_probs(words)

    def small_memory(codes, state):
        sizes.append(codes.numel())
        if codes.numel() > 41:
            raise torch.OutOfMemoryError("out of memory")
        return read(codes, state)

    monkeypatch.setattr(module, "read", small_memory)
    np.testing.assert_allclose(model.log_probs(words), expected, atol=1e-6)
    np.testing.assert_allclose(model.next_log_probs(words), expected_next, atol=1e-6)
    assert sizes[0] > 41

    def no_memory(codes, state):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(module, "read", no_memory)
    with pytest.raises(torch.OutOfMemoryError):
        model.log_probs(words)


@pytest.mark.parametrize("name", MODULES)
def test_distributions_are_those_of_the_scores(name, monkeypatch):
    words = coded([*WORDS, [1, 2, 3, 4] * 300, [3, 1] * 400, [4]], n_symbols=N_SYMBOLS)
    model = model_of(MODULES[name])
    scored = model.log_probs(words)
    for cells in (models.CELLS_PER_BATCH, 60 * N_SYMBOLS):  # of the longest words, or of short ones
        monkeypatch.setattr(models, "CELLS_PER_BATCH", cells)
        pieces = list(model.distributions(words))
        found = np.concatenate(pieces)
        np.testing.assert_allclose(np.exp(found).sum(axis=1), 1, rtol=0, atol=1e-12)
        targets = found[np.arange(len(found)), words.targets]
        np.testing.assert_allclose(targets, scored, rtol=0, atol=1e-5)
        np.testing.assert_allclose(
            model.next_log_probs(words), found[words.offsets[1:] - 1], rtol=0, atol=1e-5
        )
    assert len(pieces) > 4
    assert max(map(len, pieces)) <= scoring.LONGEST_READ


@pytest.mark.parametrize("name", MODULES)
def test_a_state_is_no_larger_than_it_says(name):
    module, n_places = MODULES[name], 1
    state = module.init_state(2, torch.device("cpu"))
    for _ in range(3):
        _, state = module.read(torch.ones((2, 16), dtype=torch.int64), state)
    assert sum(tensor[0].numel() for tensor in state) <= module.state_size + n_places
