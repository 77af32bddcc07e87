"""Training on the table of contexts is training on single predictions."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._estimators.mlp import MLP
from sklearn_makemore._neural.adamw import mean_loss_and_gradient, one_cycle
from sklearn_makemore._neural.data import Batches, WindowData
from sklearn_makemore._neural.lecture import LectureSGD
from sklearn_makemore._neural.making import initialise, seed_dropout
from sklearn_makemore._neural.modules import SeededDropout
from sklearn_makemore._neural.training import cross_entropies, mean_cross_entropy
from tests.coded import WORDS, coded


def small_network(block_size):
    module = MLP(
        4, 4, block_size=block_size, embedding_dim=2, hidden_size=3, n_layers=1,
        activation="tanh", dropout=0.0,
    )  # fmt: skip
    initialise(module, torch.Generator().manual_seed(0))
    return module.double()


@given(WORDS, st.integers(1, 3), st.sampled_from([0, 2**26]), st.data())
@settings(max_examples=25)
def test_gradients_agree(words, block_size, largest, data):
    weights = data.draw(st.lists(st.integers(1, 4), min_size=len(words), max_size=len(words)))
    flat = coded(words, weights=weights)
    rows = WindowData.from_table(ContextTable.from_words(flat, block_size), 4, largest)
    rows = WindowData(rows.windows, rows.targets.to(rows.targets.dtype), rows.weights)
    module = small_network(block_size)
    shares = rows.weights / rows.weights.sum()
    on_table = (cross_entropies(module(rows.windows), rows.targets) * shares).sum()
    windows = torch.from_numpy(np.stack(flat.context_columns(block_size), 1).astype(np.int64))
    targets = torch.from_numpy(flat.targets.astype(np.int64))
    losses = torch.nn.functional.cross_entropy(module(windows), targets, reduction="none")
    by = torch.from_numpy(flat.prediction_weights())
    single = (losses * by).sum() / by.sum()
    assert on_table.item() == pytest.approx(single.item(), abs=1e-6)
    assert mean_cross_entropy(module, rows, at_once=3) == pytest.approx(single.item(), abs=1e-6)
    gradients = torch.autograd.grad(on_table, list(module.parameters()))
    expected = torch.autograd.grad(single, list(module.parameters()))
    for actual, wanted in zip(gradients, expected, strict=True):
        torch.testing.assert_close(actual, wanted, rtol=0, atol=1e-6)


def test_rows_are_drawn_in_proportion_to_their_weights():
    flat = coded([[1], [1], [1, 2], [3, 3, 3]], weights=[5, 1, 2, 0.5])
    rows = WindowData.from_table(ContextTable.from_words(flat, 2), 4)
    drawn = rows.draw(16, torch.Generator().manual_seed(0), 2000)
    assert drawn.shape == (2000, 16)
    observed = torch.bincount(drawn.ravel(), minlength=len(rows.weights)) / drawn.numel()
    expected = rows.weights / rows.weights.sum()
    torch.testing.assert_close(observed.double(), expected, rtol=0, atol=0.01)


def test_a_batch_has_each_row_nearly_as_often_as_its_weight_says():
    """A draw from each of equal parts: no row is out by two, however long luck lasts."""
    rows = WindowData(torch.zeros(3, 1), torch.zeros(3), torch.tensor([1.0, 5, 2.5]).double())
    shares = (rows.weights / rows.weights.sum()).numpy()
    for batch in rows.draw(64, torch.Generator().manual_seed(0), 200).numpy():
        assert (abs(np.bincount(batch, minlength=3) - 64 * shares) < 2).all()


def test_held_out_rows_are_looked_at_without_dropout():
    module = MLP(
        4, 4, block_size=2, embedding_dim=2, hidden_size=30, n_layers=1,
        activation="tanh", dropout=0.5,
    )  # fmt: skip
    initialise(module, torch.Generator().manual_seed(0))
    rows = WindowData.from_table(ContextTable.from_words(coded([[1, 2], [3]]), 2), 4)
    expected = mean_cross_entropy(module.eval(), rows)
    assert mean_cross_entropy(module.train(), rows) == expected
    assert module.training


def test_seeded_dropout_draws_from_its_own_generator():
    layer = SeededDropout(0.25)
    module = torch.nn.Sequential(torch.nn.Linear(1, 1), layer)
    values = torch.ones(10_000)
    state = torch.random.get_rng_state()
    kept = []
    for _ in range(2):
        seed_dropout(module, torch.Generator().manual_seed(3))
        kept.append(layer(values))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(kept[0], kept[1])
    assert (kept[0] > 0).double().mean().item() == pytest.approx(0.75, abs=0.02)
    assert kept[0].max().item() == pytest.approx(1 / 0.75)
    assert torch.equal(layer.eval()(values), values)


@given(
    hnp.arrays(np.float64, (3, 4), elements=st.floats(-50, 50)),
    hnp.arrays(np.float64, (3, 4), elements=st.floats(0.01, 1)),
)
@settings(max_examples=50)
def test_the_written_out_gradient_is_that_of_automatic_differentiation(logits, weights):
    logits = torch.from_numpy(logits).requires_grad_()
    distributions = torch.from_numpy(weights / weights.sum(axis=1, keepdims=True))
    for targets in (distributions, distributions.argmax(1)):
        expected = torch.nn.functional.cross_entropy(logits, targets)
        (wanted,) = torch.autograd.grad(expected, logits)
        loss, gradient = mean_loss_and_gradient(logits.detach(), targets)
        torch.testing.assert_close(loss, expected.detach(), rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(gradient, wanted, rtol=1e-9, atol=1e-12)


def test_a_large_batch_is_split():
    data = WindowData.from_table(ContextTable.from_words(coded([[1, 2], [3]]), 2), 4)
    parts = data.parts(torch.tensor([3, 0, 1, 1, 2]), 2)
    assert [rows.tolist() for rows, _ in parts] == [[3, 0], [1, 1], [2]]


def test_extreme_logits_have_a_finite_loss_and_gradient():
    logits = torch.tensor([[1e4, -1e4, 0.0]])
    for targets in (torch.tensor([1]), torch.tensor([[0.0, 1.0, 0.0]])):
        loss, gradient = mean_loss_and_gradient(logits, targets)
        assert loss.item() == pytest.approx(2e4)
        torch.testing.assert_close(gradient, torch.tensor([[1.0, -1.0, 0.0]]))
        assert cross_entropies(logits, targets).item() == pytest.approx(2e4)


def test_the_rate_goes_through_one_cycle():
    rates = np.array(one_cycle(100, 0.5))
    assert rates[0] == pytest.approx(0.02)
    assert rates.argmax() == 30
    assert rates.max() == pytest.approx(0.5)
    assert rates[-1] < 0.005
    assert (np.diff(rates[:31]) > 0).all()
    assert (np.diff(rates[30:]) < 0).all()
    assert np.isfinite(one_cycle(1, 0.5)).all()


def test_the_lecture_s_rate_drops_at_half():
    assert LectureSGD().rates(5, 1.0) == [1.0] * 3 + [0.1] * 2


def test_batches_can_be_put_back_to_where_they_stood():
    """Within a draw, and at its end, whatever has been drawn since."""
    rows = WindowData(torch.zeros(5, 1), torch.zeros(5), torch.ones(5).double())
    generator = torch.Generator().manual_seed(0)
    batches = Batches(partial(rows.draw, 3), generator)
    for n in (1, 0, 30, 19, 7):  # 50 are drawn at a time
        for _ in range(n):
            next(batches)
        state = batches.state()
        expected = [next(batches) for _ in range(60)]
        again = Batches(partial(rows.draw, 3), torch.Generator())
        again.restore(state)
        for batch in expected:
            assert torch.equal(next(again), batch)
        batches.restore(state)
        assert torch.equal(next(batches), expected[0])
