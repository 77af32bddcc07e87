"""Steps of AdamW: what they do, and what becomes of steps that cannot be recorded."""

import pytest
import torch
from sklearn_makemore._neural.mlp import MLP
from sklearn_makemore._neural.window_data import WindowData

import sklearn_makemore._neural.adamw as adamw_module
from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._neural.adamw import AdamWSteps, RecordedAdamWSteps, Recording, as_one_tensor
from sklearn_makemore._neural.modules import initialise
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
    losses = []
    steps.take(range(4), losses)
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
    steps.take(range(1), [])
    assert steps._gradients[0].norm().item() == pytest.approx(1e-3, rel=1e-4)


def test_small_gradients_are_left_as_they_are():
    free, bounded = (steps_of(AdamWSteps, network(), largest_gradient=g) for g in (None, 1e3))
    free.take(range(1), [])
    bounded.take(range(1), [])
    torch.testing.assert_close(bounded._gradients, free._gradients, rtol=0, atol=0)


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


def test_weights_that_ask_for_no_gradient_stay_as_they_are():
    module = network()
    module.embedding.requires_grad_(False)
    before = [weights.clone() for weights in module.parameters()]
    steps_of(AdamWSteps, module).take(range(2), [])
    changed = [not torch.equal(*pair) for pair in zip(before, module.parameters(), strict=True)]
    assert changed == [False, True, True, True, True]


def test_off_the_cpu_weights_stay_apart_even_where_there_is_one_tensor():
    module = torch.nn.Embedding(3, 3, device="meta")
    module.n_targets = 3
    data = SequenceData.from_words(coded([[1]])).to(torch.device("meta"))
    steps = AdamWSteps(module, data, [0.1], 1, 0.01, torch.Generator())
    assert [values.shape for values in steps._parts] == [(3, 3)]


def test_steps_that_cannot_be_recorded_are_taken_all_the_same():
    class Unrecordable(RecordedAdamWSteps):
        def _record(self, n_rows, length):
            rows = torch.zeros(n_rows, dtype=torch.int64)
            AdamWSteps._step(self, [(rows, length)], torch.tensor(0.5))
            raise RuntimeError("operation not permitted when stream is capturing")

    plain, other = network(), network()
    expected, losses = [], []
    steps_of(AdamWSteps, plain).take(range(4), expected)
    with pytest.warns(RuntimeWarning, match="not permitted when stream is capturing"):
        steps_of(Unrecordable, other).take(range(4), losses)
    torch.testing.assert_close(torch.stack(losses), torch.stack(expected))
    for mine, theirs in zip(other.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=0)


def test_a_step_that_cannot_be_recorded_is_the_last_to_be_tried():
    tried = []

    class Unrecordable(RecordedAdamWSteps):
        def _record(self, n_rows, length):
            tried.append(length)
            raise RuntimeError("operation not permitted when stream is capturing")

    data = SequenceData.from_words(coded([[1], [1, 2], [1, 2, 3]]))
    generator = torch.Generator().manual_seed(0)
    steps = Unrecordable(sequence_modules()["gru-1"], data, [0.01] * 6, 1, 0.01, generator)
    with pytest.warns(RuntimeWarning, match="slower for it"):
        steps.take(range(6), [])
    assert len(tried) == 1


class Replayed(RecordedAdamWSteps):
    """Steps recorded on a device that is none: a replay takes the step again."""

    def _record(self, n_rows, length):
        rows, rate = torch.zeros(n_rows, dtype=torch.int64), torch.zeros(())
        loss = AdamWSteps._step(self, [(rows, length)], rate)

        class Graph:
            def replay(graph):
                loss.copy_(AdamWSteps._step(self, [(rows, length)], rate))

        return Recording(Graph(), rows, rate, loss)


@pytest.mark.parametrize(("most_recorded", "at_once"), [(64, 1_000), (2, 1_000), (64, 7)])
def test_a_recording_serves_every_batch_of_its_length(most_recorded, at_once, monkeypatch):
    """Recorded steps are the plain ones, also of more lengths than recordings, or in parts."""
    monkeypatch.setattr(adamw_module, "MOST_RECORDED", most_recorded)
    words = [[1, 2, 3][: i % 3 + 1] * (i % 2 + 1) + [2] * (i // 6) for i in range(12)]
    data = SequenceData.from_words(coded(words))
    assert len(set(data.lengths.tolist())) > 3
    results = []
    for kind in (AdamWSteps, Replayed):
        module = sequence_modules()["gru-1"].train()
        generator = torch.Generator().manual_seed(1)
        steps = kind(module, data, [0.05] * 20, 2, 0.01, generator, 0.5)
        steps._at_once = at_once
        losses = []
        steps.take(range(20), losses)
        results.append((torch.stack(losses), *module.parameters()))
    assert 0 < len(steps._recordings) <= most_recorded
    for plain, recorded in zip(*results, strict=True):
        torch.testing.assert_close(recorded, plain, rtol=0, atol=1e-6)


def test_a_batch_in_parts_is_not_replayed_from_the_recording_of_its_first():
    data = SequenceData.from_words(coded([[1], [2], [1, 2, 3, 1]]))
    batches = [data.parts(torch.tensor([0, 1]), 100), data.parts(torch.tensor([0, 1, 2]), 10)]
    assert batches[1][0][1] == batches[0][0][1]
    weights = []
    for kind in (AdamWSteps, Replayed):
        module = sequence_modules()["gru-1"].train()
        steps = kind(module, data, [0.05], 2, 0.01, torch.Generator())
        for parts in batches:
            steps._step(parts, torch.tensor(0.05))
        weights.append(steps._values)
    torch.testing.assert_close(*weights, rtol=0, atol=1e-6)


def test_mixed_precision_keeps_weights_and_losses_in_float32():
    class Mixed(AdamWSteps):
        def _precision(self):
            return torch.autocast("cpu", torch.bfloat16, cache_enabled=False)

    data = SequenceData.from_words(coded([[1, 2, 3], [2, 1], [3, 3, 2, 1]]))
    results = []
    for kind in (AdamWSteps, Mixed):
        module = sequence_modules()["transformer"].train()
        losses = []
        generator = torch.Generator().manual_seed(1)
        kind(module, data, [1e-3] * 10, 3, 0.01, generator, 1.0).take(range(10), losses)
        results.append(torch.stack(losses))
        assert {values.dtype for values in module.parameters()} == {torch.float32}
    assert results[1].dtype == torch.float32
    assert not torch.equal(*results)
    torch.testing.assert_close(*results, rtol=0.02, atol=0)


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
