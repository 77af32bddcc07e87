"""Tensors are where they should be, on a machine without a device.

Torch's device "meta" computes shapes only. Whatever is mixed with the CPU there would fail on CUDA.
"""

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._estimators.convolution import Convolution
from sklearn_makemore._estimators.mlp import MLP
from sklearn_makemore._neural.adamw import AdamWSteps
from sklearn_makemore._neural.lecture import SinglePredictionSteps
from sklearn_makemore._neural.making import initialise
from sklearn_makemore._neural.modules import SeededDropout, WindowModule
from sklearn_makemore._neural.scoring import TorchSequenceModel, TorchWindowModel
from sklearn_makemore._neural.training import mean_cross_entropy
from tests.coded import coded
from tests.neural.networks import N_SYMBOLS, sequence_modules

META = torch.device("meta")
ATEN = torch.ops.aten
MAY_MIX = {ATEN._to_copy.default, ATEN.copy_.default, ATEN.index.Tensor}  # moves, and indices
FUSED = ATEN._fused_adamw_.tensor_lr  # torch has no kernel of it for shapes alone
WORDS = coded([[1, 2], [3], [2, 2, 1], [1, 2, 3, 1, 2]], N_SYMBOLS)
SIZES = {"embedding_dim": 3, "hidden_size": 4, "block_size": 3, "dropout": 0.5}


class OneDevice(TorchDispatchMode):
    """Refuses what mixes "meta" and the CPU; numbers, of no dimension, may come from anywhere.

    Torch itself lets some pass, such as products of matrices, of which it looks at shapes alone.
    """

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        given = tree_leaves(args if func is FUSED else (args, kwargs))  # all but its rate
        tensors = [each for each in given if isinstance(each, torch.Tensor)]
        places = {each.device.type for each in tensors if each.ndim or func is FUSED}
        if func in MAY_MIX and tensors[0].device == META:
            places = {"meta"}
        assert len(places) < 2, f"{func} mixes {sorted(places)}"
        return None if func is FUSED else func(*args, **(kwargs or {}))


def networks():
    """Return a module of every architecture by name, in training mode, on the CPU."""
    windows = {
        "mlp": MLP(N_SYMBOLS, N_SYMBOLS, n_layers=2, activation="tanh", **SIZES),
        "convolution": Convolution(N_SYMBOLS, N_SYMBOLS, **SIZES),
    }
    for module in windows.values():
        initialise(module, torch.Generator().manual_seed(0))
    return {name: each.train() for name, each in (windows | sequence_modules(0.5)).items()}


NETWORKS = networks()
each_network = pytest.mark.parametrize("name", NETWORKS)


def placed(name):
    """Return a network on the device, and data whose batches are there."""
    data = NETWORKS[name].training_data(WORDS).to(META)
    module = networks()[name].to(META)
    for layer in module.modules():
        if isinstance(layer, SeededDropout):
            layer.generator = torch.Generator()  # there is none for shapes alone
    return module, data


@pytest.fixture
def no_way_back(monkeypatch):
    """There are no values to bring to the CPU: take zeros."""
    monkeypatch.setattr(torch.Tensor, "cpu", lambda self: torch.zeros(self.shape, dtype=self.dtype))


@each_network
@pytest.mark.parametrize("at_once", [10**6, 4], ids=["whole", "parts"])
def test_steps(name, at_once):
    module, data = placed(name)
    generator = torch.Generator().manual_seed(0)
    steps = AdamWSteps(module, data, [0.1, 0.1], 4, 0.01, generator, largest_gradient=1.0)
    steps._at_once = at_once
    with OneDevice():
        losses = [steps.take(i) for i in range(2)]
    assert {loss.device for loss in losses} == {META}
    for tensor in (*steps._values, *steps._gradients, *steps._means, *steps._squares):
        assert tensor.device == META


def test_steps_on_entries_of_a_table_and_on_single_predictions():
    module, _ = placed("mlp")
    table = ContextTable.from_words(WORDS, 3)
    data = type(module.training_data(WORDS)).from_table(table, N_SYMBOLS, largest=0).to(META)
    generator = torch.Generator().manual_seed(0)
    with OneDevice():
        assert AdamWSteps(module, data, [0.1], 4, 0.01, generator).take(0).device == META
        windows = table.contexts[table.context_of_entry].astype(np.int64)
        symbols = table.symbols.astype(np.int64)
        steps = SinglePredictionSteps(module, windows, symbols, None, [0.1], 4, generator)
        assert steps.take(0).device == META


@each_network
def test_held_out_rows(name, no_way_back):
    module, data = placed(name)
    with OneDevice():
        assert mean_cross_entropy(module, data, at_once=4) == 0


@each_network
def test_scores_and_samples(name, no_way_back):
    module, _ = placed(name)
    kind = TorchWindowModel if isinstance(module, WindowModule) else TorchSequenceModel
    model = kind(module, META, 10.0)
    uniform = -np.log(N_SYMBOLS)
    with OneDevice():
        np.testing.assert_allclose(model.log_probs(WORDS), uniform)
        assert model.next_log_probs(WORDS).shape == (WORDS.n_words, N_SYMBOLS)
        state = model.init_state(4)
        for codes in ([0, 0, 0, 0], [1, 2, 1, 3]):
            log_probs, rows, state = model.step(state, np.array(codes, np.uint8))
            state = model.select(state, np.array([0, 1, 2, 2]))
            np.testing.assert_allclose(log_probs[rows], uniform)
