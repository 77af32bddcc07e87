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
from sklearn_makemore._neural.adamw import adamw_steps
from sklearn_makemore._neural.sequence_data import SequenceData
from sklearn_makemore.datasets import load_names
from sklearn_makemore.model_selection import learning_rate_range_test
from tests.coded import coded
from tests.neural.networks import sequence_modules

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
    in_bfloat16 = isinstance(estimator, TransformerCharLM)
    precision = 2e-2 if in_bfloat16 else 1e-4
    assert here.loss_curve_[0] == pytest.approx(there.loss_curve_[0], abs=precision)
    assert here.score(WORDS) == pytest.approx(there.score(WORDS), abs=max(5e-3, precision))


@pytest.mark.parametrize("name", sequence_modules())
def test_a_step_is_recorded_once_for_each_length(name):
    module = sequence_modules()[name].to("cuda").train()
    words = [[1, 2, 3][: i % 3 + 1] * (i % 2 + 1) + [2] * (i // 6) for i in range(12)]
    data = SequenceData.from_words(coded(words)).to(torch.device("cuda"))
    generator = torch.Generator().manual_seed(1)
    steps = adamw_steps(module, data, [0.05] * 40, 2, 0.01, generator, 0.5)
    losses = []
    steps.take(range(40), losses)
    assert set(steps._recordings) <= set(data.lengths.tolist())
    assert len(steps._recordings) > 2
    assert torch.stack(losses).isfinite().all()


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
    """A recorded step must draw anew whenever it is replayed."""
    model = clone(MLP).set_params(dropout=0.5, max_steps=3, learning_rate=1e-12)
    losses = model.set_params(batch_size=64).fit(["anna"] * 50).loss_curve_
    assert len(set(np.round(losses, 6))) == 3


def test_recording_a_step_takes_none():
    model = clone(MLP).set_params(max_steps=1, learning_rate=1e-9)
    there = clone(model).set_params(device="cpu").fit(WORDS)
    np.testing.assert_allclose(model.fit(WORDS).coefs_[0], there.coefs_[0], atol=1e-6)


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
