"""Steps of AdamW: what they do to weights, in parts too."""

import pytest
import torch

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._estimators.mlp import MLP
from sklearn_makemore._neural.adamw import AdamWSteps, as_one_tensor
from sklearn_makemore._neural.data import WindowData
from sklearn_makemore._neural.making import initialise
from sklearn_makemore._neural.sequence_data import SequenceData
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
    losses = [steps.take(step) for step in range(4)]
    optimizer = torch.optim.AdamW(other.parameters(), weight_decay=0.01)
    batches = steps_of(AdamWSteps, network())._batches  # without end
    for batch, rate, loss in zip(batches, RATES, losses, strict=False):
        rows = steps._data.batch(batch, 1)
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
    steps.take(0)
    assert steps._gradients[0].norm().item() == pytest.approx(1e-3, rel=1e-4)


def test_small_gradients_are_left_as_they_are():
    free, bounded = (steps_of(AdamWSteps, network(), largest_gradient=g) for g in (None, 1e3))
    free.take(0)
    bounded.take(0)
    torch.testing.assert_close(bounded._gradients, free._gradients, rtol=0, atol=0)


def test_parameters_are_views_of_one_tensor():
    parameters = list(network().parameters())
    as_one_tensor(parameters).fill_(2)
    for parameter in parameters:
        assert (parameter == 2).all()


def test_weights_that_nothing_uses_have_no_gradient():
    module = network()
    module.spare = torch.nn.Parameter(torch.ones(3))
    steps = steps_of(AdamWSteps, module)
    for step in range(2):
        steps.take(step)
    assert (module.spare < 1).all()  # weight decay alone
    torch.testing.assert_close(module.spare, module.spare[0].expand(3))


def test_weights_that_ask_for_no_gradient_stay_as_they_are():
    module = network()
    module.embedding.requires_grad_(False)
    before = [weights.clone() for weights in module.parameters()]
    steps = steps_of(AdamWSteps, module)
    for step in range(2):
        steps.take(step)
    changed = [not torch.equal(*pair) for pair in zip(before, module.parameters(), strict=True)]
    assert changed == [False, True, True, True, True]


def test_off_the_cpu_weights_stay_apart_even_where_there_is_one_tensor():
    module = torch.nn.Embedding(3, 3, device="meta")
    module.n_targets = 3
    data = SequenceData.from_words(coded([[1]])).to(torch.device("meta"))
    steps = AdamWSteps(module, data, [0.1], 1, 0.01, torch.Generator())
    assert [values.shape for values in steps._views] == [(3, 3)]


def test_a_batch_in_parts_is_the_same_step():
    whole, split = network(), network()
    together, apart = (steps_of(AdamWSteps, module) for module in (whole, split))
    apart._at_once = 3
    losses = [together.take(step) for step in range(4)]
    others = [apart.take(step) for step in range(4)]
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
        losses.append(torch.stack([steps.take(step) for step in range(3)]))
        weights.append(steps._values)
    torch.testing.assert_close(*losses, rtol=0, atol=1e-6)
    torch.testing.assert_close(*weights, rtol=0, atol=1e-5)
