"""Steps of AdamW: what they do, and what becomes of steps that cannot be recorded."""

import pytest
import torch

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._neural.adamw import AdamWSteps, RecordedAdamWSteps, as_one_tensor
from sklearn_makemore._neural.mlp import MLP
from sklearn_makemore._neural.modules import initialise
from sklearn_makemore._neural.sequence_data import SequenceData
from sklearn_makemore._neural.window_data import WindowData
from tests.coded import coded
from tests.neural.networks import sequence_modules

RATES = [0.1, 0.05, 0.02, 0.01]


def network():
    module = MLP(
        4, 4, block_size=2, embedding_dim=2, hidden_size=3, n_layers=1, activation="tanh",
        dropout=0.0,
    )  # fmt: skip
    initialise(module, torch.Generator().manual_seed(0))
    return module


def steps_of(kind, module, **parameters):
    table = ContextTable.from_words(coded([[1, 2], [3], [2, 2, 1]]), 2)
    data = WindowData.from_table(table, 4)
    generator = torch.Generator().manual_seed(1)
    return kind(module, data, RATES, 8, 0.01, generator, **parameters)


def test_steps_are_those_of_torch_s_optimiser():
    module, other = network(), network()
    steps = steps_of(AdamWSteps, module)
    losses = []
    steps.take(range(4), losses)
    optimizer = torch.optim.AdamW(other.parameters(), weight_decay=0.01)
    batches = steps_of(AdamWSteps, network())._batches  # without end
    for batch, rate, loss in zip(batches, RATES, losses, strict=False):
        rows = steps._data.batch(batch)
        expected = torch.nn.functional.cross_entropy(other(rows.inputs), rows.targets)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        expected.backward()
        optimizer.step()
        assert loss.item() == pytest.approx(expected.item(), abs=1e-6)
    for mine, theirs in zip(module.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-6)


def test_large_gradients_are_cut():
    steps = steps_of(AdamWSteps, network(), largest_gradient=1e-3)
    steps.take(range(1), [])
    assert steps._gradients.norm().item() == pytest.approx(1e-3, rel=1e-4)


def test_parameters_are_views_of_one_tensor():
    module = network()
    values, gradients = as_one_tensor(module)
    values.fill_(2)
    gradients.fill_(3)
    for parameter in module.parameters():
        assert (parameter == 2).all()
        assert (parameter.grad == 3).all()


def test_steps_that_cannot_be_recorded_are_taken_all_the_same():
    class Unrecordable(RecordedAdamWSteps):
        def _record(self):
            AdamWSteps._step(self, torch.zeros(8, dtype=torch.int64), torch.tensor(0.5))
            raise RuntimeError("operation not permitted when stream is capturing")

    plain, other = network(), network()
    expected, losses = [], []
    steps_of(AdamWSteps, plain).take(range(4), expected)
    with pytest.warns(RuntimeWarning, match="not permitted when stream is capturing"):
        steps_of(Unrecordable, other).take(range(4), losses)
    torch.testing.assert_close(torch.stack(losses), torch.stack(expected))
    for mine, theirs in zip(other.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=0)


def test_a_batch_in_parts_is_the_same_step():
    whole, split = network(), network()
    together, apart = (steps_of(AdamWSteps, module) for module in (whole, split))
    apart._at_once = 3
    losses, others = [], []
    together.take(range(4), losses)
    apart.take(range(4), others)
    torch.testing.assert_close(torch.stack(others), torch.stack(losses), rtol=0, atol=1e-6)
    for mine, theirs in zip(whole.parameters(), split.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-5)


def test_words_in_parts_are_the_same_step():
    losses, weights = [], []
    for at_once in (5, 1_000):
        module = sequence_modules()["gru-1"]
        data = SequenceData.from_words(coded([[1], [2, 1], [1, 2, 3] * 5], weights=[3, 1, 2]))
        steps = AdamWSteps(module, data, [0.01] * 3, 3, 0.01, torch.Generator().manual_seed(0))
        steps._at_once = at_once
        found = []
        steps.take(range(3), found)
        losses.append(torch.stack(found))
        weights.append(steps._values)
    torch.testing.assert_close(*losses, rtol=0, atol=1e-6)
    torch.testing.assert_close(*weights, rtol=0, atol=1e-5)
