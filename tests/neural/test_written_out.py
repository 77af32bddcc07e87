"""Networks beside their equations, written out for one beginning of a word in float64."""

import numpy as np
import pytest
import torch
from scipy.special import erf, softmax

from sklearn_makemore._estimators.bag_of_chars import BagOfChars
from sklearn_makemore._estimators.convolution import Convolution
from sklearn_makemore._estimators.mlp import MLP
from sklearn_makemore._estimators.transformer import Transformer
from sklearn_makemore._neural.making import initialise
from sklearn_makemore._neural.modules import SeededDropout
from tests.neural.networks import sequence_modules

BEGINNINGS = [[0], [0, 2], [0, 1, 3, 3, 2, 4, 1, 1, 2]]
WINDOW = {"block_size": 5, "embedding_dim": 3, "hidden_size": 4}


def made(kind, **parameters):
    """Return a module, also its layer norms of random weights, and its weights by name."""
    module = kind(5, 5, dropout=0.0, **parameters).double()
    generator = torch.Generator().manual_seed(0)
    initialise(module, generator)
    with torch.no_grad():
        for weights in module.parameters():
            weights += 0.3 * torch.randn(weights.shape, generator=generator)
    module.eval().requires_grad_(False)
    return module, {name: weights.numpy() for name, weights in module.named_parameters()}


def linear(values, weights, layer):
    return values @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]


def norm(values, weights, layer):
    centred = values - values.mean(-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return centred / spread * weights[f"{layer}.weight"] + weights[f"{layer}.bias"]


def gelu(values):
    return values * (1 + erf(values / np.sqrt(2))) / 2


def attended(values, weights, layer, n_heads, block_size):
    """Attention of Vaswani et al. (2017), place by place and head by head."""
    size = values.shape[1] // n_heads
    projected = linear(values, weights, layer).reshape(len(values), n_heads, 3, size)
    result = np.empty((len(values), n_heads, size))
    for place in range(len(values)):
        in_sight = slice(max(0, place + 1 - block_size), place + 1)
        for head in range(n_heads):
            query, (_, keys, said) = (
                projected[place, head, 0],
                projected[in_sight, head].swapaxes(0, 1),
            )
            result[place, head] = softmax(keys @ query / np.sqrt(size)) @ said
    return result.reshape(values.shape)


@pytest.mark.parametrize("block_size", [3, 16])
def test_a_transformer(block_size):
    sizes = {"embedding_dim": 8, "n_heads": 2, "n_layers": 2}
    module, weights = made(Transformer, block_size=block_size, **sizes)
    for codes in BEGINNINGS:
        places = np.arange(len(codes)) % block_size
        values = weights["embedding.weight"][codes] + weights["place.weight"][places]
        for block in ("blocks.0", "blocks.1"):
            read = norm(values, weights, f"{block}.attention_norm")
            heard = attended(read, weights, f"{block}.query_key_value", 2, block_size)
            values = values + linear(heard, weights, f"{block}.attention_output")
            read = norm(values, weights, f"{block}.feed_forward.0")
            hidden = gelu(linear(read, weights, f"{block}.feed_forward.1"))
            values = values + linear(hidden, weights, f"{block}.feed_forward.3")
        expected = linear(norm(values, weights, "output.0"), weights, "output.1")
        np.testing.assert_allclose(module(torch.tensor([codes]))[0], expected, rtol=1e-9)


def test_a_bag_of_characters():
    module, weights = made(BagOfChars, embedding_dim=4, hidden_size=3)
    for codes in BEGINNINGS:
        embedded = weights["embedding.weight"][codes]
        mixed = embedded[-1] + embedded.mean(0)
        beside = linear(np.tanh(linear(mixed, weights, "hidden.0")), weights, "hidden.3")
        expected = linear(mixed + beside, weights, "output")
        np.testing.assert_allclose(module(torch.tensor([codes]))[0, -1], expected, rtol=1e-6)


@pytest.mark.parametrize("block_size", [1, 2, 3, 5, 8])
def test_a_convolution(block_size):
    module, weights = made(Convolution, **WINDOW | {"block_size": block_size})
    window = [1, 2, 3, 4, 2, 0, 3, 1][-block_size:]
    length = max(2, 2 ** int(np.ceil(np.log2(block_size))))
    values = weights["embedding.weight"][[0] * (length - block_size) + window]
    layer = 0
    while len(values) > 1:
        pairs = [np.concatenate(values[i : i + 2]) for i in range(0, len(values), 2)]
        fused = linear(np.stack(pairs), weights, f"fusions.{layer}.0")
        values = gelu(norm(fused, weights, f"fusions.{layer}.1"))
        layer += 1
    expected = linear(values[0], weights, "output")
    np.testing.assert_allclose(module(torch.tensor([window]))[0], expected, rtol=1e-9)


def places_of_dropout(module, inputs, monkeypatch):
    """Return how often dropout comes in a prediction, having looked that each matters."""
    called = []
    monkeypatch.setattr(
        SeededDropout, "forward", lambda layer, values: called.append(layer) or values
    )
    plain = module(inputs)
    for muted in range(len(called)):
        calls = iter(range(100))
        monkeypatch.setattr(
            SeededDropout,
            "forward",
            lambda layer, values, calls=calls, muted=muted: values * (next(calls) != muted),
        )
        assert not torch.allclose(module(inputs), plain)
    return len(called)


@pytest.mark.parametrize(
    ("name", "n_places"), [("bag", 1), ("gru-1", 2), ("lstm-2", 3), ("transformer", 5)]
)
def test_dropout_stands_where_it_is_said_to_of_words(name, n_places, monkeypatch):
    """RNN: before every layer, the output too. Transformer: embeddings, two parts of two layers."""
    module = sequence_modules(dropout=0.5)[name]
    assert places_of_dropout(module, torch.tensor([[0, 1, 2]]), monkeypatch) == n_places


@pytest.mark.parametrize(
    ("kind", "parameters", "n_places"),
    [(MLP, {"n_layers": 2, "activation": "tanh"}, 2), (Convolution, {}, 3)],
)
def test_dropout_stands_where_it_is_said_to_of_windows(kind, parameters, n_places, monkeypatch):
    module = kind(5, 5, dropout=0.5, **WINDOW, **parameters)
    assert places_of_dropout(module, torch.tensor([[0, 0, 1, 2, 3]]), monkeypatch) == n_places
