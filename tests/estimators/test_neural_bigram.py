"""NeuralBigramLM: the optimum, the lecture's descent, regularisation as smoothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore import BigramCountLM, NeuralBigramLM
from sklearn_makemore._estimators.neural_bigram import penalised_loss

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella"]
CHUNKS = st.lists(st.text("abc", max_size=5), min_size=1, max_size=8)


def test_without_penalty_it_is_the_unsmoothed_count_model():
    counted = BigramCountLM(smoothing=0).fit(WORDS)
    for alpha, atol in ((1e-3, 0.3), (1e-5, 1e-2), (1e-7, 5e-4)):
        neural = NeuralBigramLM(alpha=alpha).fit(WORDS)
        difference = np.abs(neural.predict_proba(WORDS) - counted.predict_proba(WORDS)).max()
        assert difference < atol
    assert neural.score(WORDS) == pytest.approx(counted.score(WORDS), abs=1e-4)


def test_with_a_great_penalty_it_is_uniform():
    neural = NeuralBigramLM(alpha=1e6).fit(WORDS)
    np.testing.assert_allclose(neural.predict_proba(WORDS), 1 / neural.n_symbols_, atol=1e-6)


def test_the_penalty_moves_it_from_counts_to_uniform_as_smoothing_does():
    scores = [NeuralBigramLM(alpha=alpha).fit(WORDS).score(WORDS) for alpha in (1e-6, 0.01, 1, 100)]
    smoothed = [BigramCountLM(smoothing=s).fit(WORDS).score(WORDS) for s in (1e-6, 0.1, 1, 100)]
    assert scores == sorted(scores, reverse=True)
    assert smoothed == sorted(smoothed, reverse=True)


@given(CHUNKS)
@settings(max_examples=20)
def test_the_optimum_has_no_gradient(words):
    neural = NeuralBigramLM(alpha=0.05).fit(words)
    weights = torch.tensor(neural.coef_, requires_grad=True)
    counts = torch.from_numpy(BigramCountLM().fit(words).counts_)
    penalised_loss(weights, counts, 0.05).backward()
    assert weights.grad.abs().max() < 1e-8
    assert neural.loss_curve_[0] == pytest.approx(np.log(neural.n_symbols_))
    assert neural.n_steps_ == len(neural.loss_curve_)


@given(CHUNKS, st.randoms())
@settings(max_examples=20)
def test_the_loss_on_counts_is_the_loss_on_single_predictions(words, random):
    model = BigramCountLM().fit(words)
    n = model.n_symbols_
    weights = torch.tensor([[random.uniform(-3, 3) for _ in range(n)] for _ in range(n)])
    weights = weights.double().requires_grad_()
    code = {symbol: i for i, symbol in enumerate(model.symbols_)}
    pairs = [
        (code[a], code[b])
        for word in words
        for a, b in zip([".", *word], [*word, "."], strict=True)
    ]
    last, target = torch.tensor(pairs).T
    one_hot = torch.nn.functional.one_hot(last, n).double()
    single = torch.nn.functional.cross_entropy(one_hot @ weights, target)
    single = single + 0.1 * (weights**2).mean()
    on_counts = penalised_loss(weights, torch.from_numpy(model.counts_), 0.1)
    assert on_counts.item() == pytest.approx(single.item(), abs=1e-12)
    (expected,) = torch.autograd.grad(single, weights)
    (actual,) = torch.autograd.grad(on_counts, weights)
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-12)


@pytest.mark.filterwarnings("ignore:The loss of")
def test_descent_begins_with_torch_randn():
    neural = NeuralBigramLM(solver="gd", max_steps=1, learning_rate=1e-9, random_state=5)
    neural.fit(WORDS)
    n = neural.n_symbols_
    start = torch.randn((n, n), generator=torch.Generator().manual_seed(5))
    np.testing.assert_allclose(neural.coef_, start.numpy(), atol=1e-6)
    counts = torch.from_numpy(BigramCountLM().fit(WORDS).counts_)
    expected = penalised_loss(start.double(), counts, 0.01).item()
    assert neural.loss_curve_[0] == pytest.approx(expected, abs=1e-5)


def test_descent_goes_on_with_partial_fit():
    whole = NeuralBigramLM(solver="gd", max_steps=60, random_state=0).fit(WORDS)
    parts = NeuralBigramLM(solver="gd", max_steps=30, random_state=0).fit(WORDS)
    parts.partial_fit(WORDS)
    np.testing.assert_allclose(parts.coef_, whole.coef_, atol=1e-5)
    assert parts.n_steps_ == 30
    with pytest.raises(ValueError, match="partial_fit needs solver='gd'"):
        NeuralBigramLM().fit(WORDS).partial_fit(WORDS)


def test_unknown_characters_have_one_share_in_n_plus_one():
    neural = NeuralBigramLM(handle_unknown="unknown").fit(WORDS)
    known = NeuralBigramLM().fit(WORDS)
    n = sum(len(word) + 1 for word in WORDS)
    proba = neural.predict_proba(["", "a", "ñ"])
    np.testing.assert_allclose(proba[:, -1], 1 / (n + 1), rtol=1e-9)
    expected = known.predict_proba(["", "a"]) * n / (n + 1)
    np.testing.assert_allclose(proba[:2, :-1], expected, atol=1e-7)
    np.testing.assert_allclose(neural.coef_[-1, :-1], neural.coef_[:-1, :-1].mean(axis=0))
    seen = NeuralBigramLM(alphabet="emalivo", handle_unknown="unknown").fit(WORDS)
    assert np.isfinite(seen.score_samples(WORDS)).all()


def test_to_torch_is_the_model():
    neural = NeuralBigramLM().fit(WORDS)
    module = neural.to_torch()
    windows = torch.arange(neural.n_symbols_)[:, None]
    logits = module(windows).detach().numpy()
    prefixes = ["", *neural.symbols_[1:]]
    expected = neural.predict_log_proba(prefixes)
    np.testing.assert_allclose(log_softmax(logits, axis=1), expected, atol=1e-5)
    module.table.weight.data.zero_()
    np.testing.assert_array_equal(neural.predict_log_proba(prefixes), expected)


def test_a_rate_that_is_too_high_warns():
    with pytest.warns(ConvergenceWarning, match=r"worse than a uniform guess.*learning_rate"):
        NeuralBigramLM(solver="gd", learning_rate=1e4, max_steps=20, random_state=0).fit(WORDS)


def test_a_loss_that_is_not_finite_raises_and_keeps_the_model():
    neural = NeuralBigramLM(solver="gd", random_state=0).fit(WORDS)
    before = neural.score_samples(WORDS)
    neural.set_params(learning_rate=1e38)
    with pytest.raises(FloatingPointError, match="learning_rate"):
        neural.fit(WORDS)
    np.testing.assert_array_equal(neural.score_samples(WORDS), before)


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "cuda", 3, None])
def test_devices_that_are_not_there(device):
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(InvalidParameterError, match="device"):
        NeuralBigramLM(device=device).fit(WORDS)


def test_devices_of_either_form():
    expected = NeuralBigramLM().fit(WORDS).coef_
    for device in ("cpu", torch.device("cpu"), "auto"):
        np.testing.assert_allclose(NeuralBigramLM(device=device).fit(WORDS).coef_, expected)


def test_running_out_of_steps_warns():
    with pytest.warns(ConvergenceWarning, match="not converged in 2 steps"):
        NeuralBigramLM(max_steps=2).fit(["emma", "olivia", "ava"])
