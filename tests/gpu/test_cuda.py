"""Models on a CUDA device: the numbers of the CPU, the same seed, nothing left behind."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from sklearn_makemore import (
    BagOfCharsLM,
    ConvCharLM,
    MLPCharLM,
    NeuralBigramLM,
    RNNCharLM,
    TransformerCharLM,
)
from sklearn_makemore.datasets import load_names
from sklearn_makemore.model_selection import learning_rate_range_test

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
WORDS = load_names().data[:800]
COMMON = {"max_steps": 100, "dropout": 0.0, "random_state": 0, "device": "cuda"}
LADDER = [
    BagOfCharsLM(**COMMON),
    ConvCharLM(**COMMON),
    *(RNNCharLM(cell=cell, hidden_size=32, **COMMON) for cell in ("rnn", "gru", "lstm")),
    TransformerCharLM(**COMMON, n_layers=2),
]
MLP = MLPCharLM(max_steps=200, hidden_size=32, random_state=0, device="cuda")


@pytest.mark.parametrize(
    "estimator",
    [
        MLP,
        clone(MLP).set_params(solver="sgd"),
        NeuralBigramLM(device="cuda"),
        NeuralBigramLM(solver="gd", device="cuda", random_state=0),
        *LADDER,
    ],
    ids=repr,
)
def test_a_fit_gives_the_numbers_of_the_cpu(estimator):
    here = clone(estimator).fit(WORDS)
    there = clone(estimator).set_params(device="cpu").fit(WORDS)
    assert here.loss_curve_[0] == pytest.approx(there.loss_curve_[0], abs=1e-4)
    assert here.score(WORDS) == pytest.approx(there.score(WORDS), abs=5e-3)


@pytest.mark.parametrize("estimator", [MLP, *LADDER], ids=repr)
def test_one_model_scores_alike_on_both_devices(estimator):
    model = clone(estimator).fit(WORDS)
    state = model.__getstate__() | {"device_": "cpu"}
    on_cpu = type(estimator)()
    on_cpu.__setstate__(state)
    np.testing.assert_allclose(model.score_samples(WORDS), on_cpu.score_samples(WORDS), atol=1e-4)
    assert model.sample(50, random_state=0).tolist() == on_cpu.sample(50, random_state=0).tolist()


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_seed_decides_the_weights(dropout):
    first, again = (clone(MLP).set_params(dropout=dropout).fit(WORDS) for _ in range(2))
    for a, b in zip(first.coefs_, again.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)


def test_dropout_masks_differ_from_step_to_step():
    model = clone(MLP).set_params(dropout=0.5, max_steps=3, learning_rate=1e-12)
    losses = model.set_params(batch_size=64).fit(["anna"] * 50).loss_curve_
    assert len(set(np.round(losses, 6))) == 3


def test_torch_s_generators_are_left_alone():
    torch.cuda.manual_seed_all(3)
    before = torch.cuda.get_rng_state()
    clone(MLP).set_params(dropout=0.3).fit(WORDS).sample(5)
    assert torch.equal(torch.cuda.get_rng_state(), before)


def test_early_stopping_and_the_range_test_run_there():
    words = load_names().data
    model = clone(MLP).set_params(early_stopping=True, max_steps=1000).fit(words)
    assert len(model.validation_curve_) == -(-model.n_steps_ // 50)
    assert learning_rate_range_test(MLP, words, lowest=1e-4).suggestion > 1e-3
