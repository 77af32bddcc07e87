"""The figures of the lectures' neural models."""

import numpy as np
import pytest
import torch

from sklearn_makemore import MLPCharLM, NeuralBigramLM
from tests.parity.test_lecture import LECTURE_SEED, lecture_split


def test_gradient_descent(lecture_words):
    model = NeuralBigramLM(solver="gd", random_state=LECTURE_SEED).fit(lecture_words)
    assert model.n_steps_ == 300
    assert model.loss_curve_[0] == pytest.approx(3.768618583679199, abs=1e-5)
    assert model.loss_curve_[1] == pytest.approx(3.3788068294525146, abs=1e-5)
    assert model.loss_curve_[299] == pytest.approx(2.481507, abs=2e-6)
    generator = torch.Generator().manual_seed(LECTURE_SEED)
    words = model.sample(5, random_state=generator)
    assert " ".join(words) == "cexze momasurailezityha konimittain llayn ka"


def test_the_optimum(lecture_words):
    model = NeuralBigramLM().fit(lecture_words)
    log_likelihood = model.score(lecture_words)
    objective = -log_likelihood + 0.01 * np.mean(model.coef_**2)
    assert objective == pytest.approx(2.4803990490142924, abs=1e-9)
    assert -log_likelihood == pytest.approx(2.460362098667128, abs=1e-7)


def test_the_mlp_of_the_lecture_is_beaten_by_the_default_fit(names):
    train, dev, _ = lecture_split(names)
    model = MLPCharLM(random_state=0).fit(train)
    assert sum(p.numel() for p in model.to_torch().parameters()) == 11_897
    assert -model.score(dev) < 2.12  # the lecture: 2.170 after 200,000 steps
