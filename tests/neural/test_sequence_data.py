"""Training on distinct weighted words, padded, is training on single repeated words."""

import itertools
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_makemore._neural.adamw import mean_loss_and_gradient
from sklearn_makemore._neural.data import (
    NUMBERS_AT_ONCE,
    NUMBERS_OF_LAYERS,
    Batches,
    predictions_at_once,
)
from sklearn_makemore._neural.sequence_data import SequenceData
from sklearn_makemore._neural.training import mean_cross_entropy
from sklearn_makemore._text.coded_words import CodedWords
from tests.coded import WORDS, coded
from tests.neural.networks import sequence_modules

MODULES = sequence_modules()


def batches(rows, batch_size, generator):
    return Batches(partial(rows.draw, batch_size), generator)


def gradients_of(module, batch):
    """Return the gradient of a batch as training computes it, by parameter."""
    for parameter in module.parameters():
        parameter.grad = None
    logits = module(batch.inputs)
    loss, gradient = mean_loss_and_gradient(logits.detach(), batch.targets, batch.weights)
    logits.backward(gradient)
    return loss, [parameter.grad for parameter in module.parameters()]


def loss_word_by_word(module, words, weights):
    """Return the weighted mean loss of single predictions, by automatic differentiation."""
    losses, counts = [], []
    for word, weight in zip(words, weights, strict=True):
        codes = torch.tensor([[0, *word, 0]])
        logits = module(codes[:, :-1])[0]
        of_word = torch.nn.functional.cross_entropy(logits, codes[0, 1:], reduction="sum")
        losses.append(weight * of_word)
        counts.append(weight * (len(word) + 1))
    return sum(losses) / sum(counts)


@pytest.mark.parametrize("name", ["bag", "gru-2", "lstm-1", "transformer, short block"])
@given(WORDS, st.data())
@settings(max_examples=15)
def test_gradients_agree(name, words, data):
    """A batch of every distinct word as often as it weighs has the gradient of all repeats."""
    module = MODULES[name]
    weights = data.draw(st.lists(st.integers(1, 4), min_size=len(words), max_size=len(words)))
    rows = SequenceData.from_words(coded(words, weights=weights))
    expected = loss_word_by_word(module, words, weights)
    wanted = torch.autograd.grad(expected, list(module.parameters()), allow_unused=True)
    drawn = torch.repeat_interleave(torch.arange(rows.n_words), rows.weights.long())
    loss, gradients = gradients_of(module, rows.batch(drawn, int(rows.lengths[drawn].max())))
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)
    for actual, other in zip(gradients, wanted, strict=True):
        if other is not None:
            torch.testing.assert_close(actual, other, rtol=0, atol=1e-5)
    for at_once in (1, 5, 100):
        found = mean_cross_entropy(module, rows, at_once)
        assert found == pytest.approx(expected.item(), abs=1e-5)


def test_padding_changes_nothing():
    """A short word has the same gradient beside a long one as alone, but for its share."""
    module = MODULES["gru-1"]
    rows = SequenceData.from_words(coded([[1], [1, 2, 3, 1, 2, 3, 1]]))
    together = gradients_of(module, rows.batch(torch.tensor([0, 1]), 8))[1]
    alone = [gradients_of(module, rows.batch(torch.tensor([row]), 8))[1] for row in (0, 1)]
    for both, short, long in zip(together, *alone, strict=True):
        torch.testing.assert_close(both, (short + long) / 2, rtol=0, atol=1e-6)


def test_words_are_distinct_and_in_an_order_of_their_own():
    words = [[2], [1, 3], [2], [], [1, 2], [2]]
    rows = SequenceData.from_words(coded(words, weights=[1, 2, 3, 4, 5, 6]))
    assert rows.lengths.tolist() == [1, 2, 3, 3]
    assert rows.weights.tolist() == [4, 10, 5, 2]
    assert rows.codes.tolist() == [0, 0, 0, 2, 0, 0, 1, 2, 0, 0, 1, 3, 0]
    assert rows.total_weight == 4 + 2 * 10 + 3 * 7
    other = SequenceData.from_words(coded(words[::-1], weights=[6, 5, 4, 3, 2, 1]))
    assert torch.equal(rows.codes, other.codes)
    assert torch.equal(rows.weights, other.weights)


def test_a_word_is_read_up_to_its_first_unknown_symbol():
    flat = coded([[1, 3, 2], [3, 1], [1, 2], [1]])
    words = CodedWords(flat.codes, flat.offsets, 4, 3, None)
    rows = SequenceData.from_words(words)
    # Of the first word only "1 begins a word" is known, which is not all of the word "1".
    assert rows.lengths.tolist() == [1, 2, 3]
    assert rows.codes.tolist() == [0, 1, 0, 1, 0, 0, 1, 2, 0]


def test_an_epoch_draws_words_of_equal_weight_once_each():
    words = [list(word) for n in range(1, 4) for word in itertools.product([1, 2, 3], repeat=n)]
    rows = SequenceData.from_words(coded(words))
    drawn = batches(rows, 13, torch.Generator().manual_seed(0))
    for _ in range(3):
        epoch = [next(drawn) for _ in range(3)]
        assert sorted(torch.cat(epoch).tolist()) == list(range(39))
        ordered = sorted((rows.lengths[batch].tolist() for batch in epoch), key=sum)
        assert all(max(a) <= min(b) for a, b in itertools.pairwise(ordered))


def test_words_of_a_batch_that_begin_alike_stand_together():
    words = [list(word) for word in itertools.product([1, 2, 3], repeat=3)]
    rows = SequenceData.from_words(coded(words))
    for drawn in itertools.islice(batches(rows, 7, torch.Generator().manual_seed(0)), 8):
        in_batch = rows.batch(drawn, 4).inputs.tolist()
        assert in_batch == sorted(in_batch)


def test_batches_come_in_an_order_of_chance():
    rows = SequenceData.from_words(coded([[1] * n for n in range(20)]))
    drawn = batches(rows, 5, torch.Generator().manual_seed(0))
    lengths = [float(rows.lengths[next(drawn)].double().mean()) for _ in range(400)]
    first = lengths[::4]
    assert sorted(set(first)) == [3, 8, 13, 18]
    assert all(first.count(length) > 10 for length in set(first))


def test_words_are_drawn_in_proportion_to_their_weights():
    weights = np.array([0.1, 3, 1, 7, 2])
    rows = SequenceData.from_words(coded([[1], [2], [3], [1, 1], [2, 1]], weights=weights))
    drawn = torch.cat(list(itertools.islice(batches(rows, 4, torch.Generator()), 3000)))
    observed = torch.bincount(drawn, minlength=5) / len(drawn)
    expected = rows.weights / rows.weights.sum()
    torch.testing.assert_close(observed.double(), expected, rtol=0, atol=0.01)


def test_a_batch_is_no_larger_than_the_words():
    rows = SequenceData.from_words(coded([[1], [2], [1]]))
    assert len(next(batches(rows, 64, torch.Generator()))) == 2


def test_a_long_word_is_a_part_of_a_batch_by_itself():
    rows = SequenceData.from_words(coded([[1], [2], [1, 2], [1, 2, 3] * 100]))
    every = torch.arange(rows.n_words)
    assert [part.tolist() for part, _ in rows.parts(every, 320)] == [[0, 1, 2], [3]]
    assert [part.tolist() for part, _ in rows.parts(every, 5)] == [[0, 1], [2], [3]]
    assert [part.tolist() for part, _ in rows.parts(every, 10_000)] == [[0, 1, 2, 3]]


def test_words_of_about_one_length_stay_together():
    rows = SequenceData.from_words(coded([[1], [2], [1, 2, 3], [1, 2, 3, 1]]))
    parts = rows.parts(torch.arange(4), 10)
    assert [(part.tolist(), length) for part, length in parts] == [([0, 1], 2), ([2, 3], 5)]


def test_a_step_computes_fewer_predictions_at_once_where_there_are_many_symbols():
    assert predictions_at_once(5) * (5 + NUMBERS_OF_LAYERS) <= NUMBERS_AT_ONCE
    assert predictions_at_once(100_000) * 100_000 <= NUMBERS_AT_ONCE
    assert predictions_at_once(2**40) == 1


@pytest.mark.parametrize("weights", [1e-323, 1e-300, 1e300])
def test_words_of_weights_of_any_size_are_drawn(weights):
    rows = SequenceData.from_words(coded([[1], [2], [3]], weights=np.full(3, weights)))
    drawn = torch.cat(list(itertools.islice(batches(rows, 3, torch.Generator()), 20)))
    assert torch.bincount(drawn, minlength=3).tolist() == [20, 20, 20]
