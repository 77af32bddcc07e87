"""Steps of AdamW: what they do, and what becomes of steps that cannot be recorded."""

import pytest
import torch

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._neural.adamw import AdamWSteps, RecordedAdamWSteps, as_one_tensor
from sklearn_makemore._neural.mlp import MLP
from sklearn_makemore._neural.modules import initialise
from sklearn_makemore._neural.window_data import WindowData
from tests.coded import coded

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
    assert steps._gradient.norm().item() == pytest.approx(1e-3, rel=1e-4)


def test_parameters_are_views_of_one_tensor():
    parameters = list(network().parameters())
    as_one_tensor(parameters).fill_(2)
    for parameter in parameters:
        assert (parameter == 2).all()


def test_weights_that_nothing_uses_have_no_gradient():
    module = network()
    module.spare = torch.nn.Parameter(torch.ones(3))
    steps_of(AdamWSteps, module).take(range(2), [])
    assert (module.spare < 1).all()  # weight decay alone
    torch.testing.assert_close(module.spare, module.spare[0].expand(3))


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
