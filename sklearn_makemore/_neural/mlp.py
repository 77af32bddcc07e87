"""A neural probabilistic language model (Bengio, Ducharme, Vincent & Jauvin, JMLR 3, 2003)."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from torch import Tensor, nn

from sklearn_makemore._neural.modules import (
    SeededDropout,
    Weights,
    WindowModule,
    load_weights,
    weights_of,
    without_initialisation,
)

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


class MLP(WindowModule):
    """Embeddings of the window side by side, hidden layers, one logit for each symbol."""

    def __init__(
        self,
        n_inputs: int,
        n_targets: int,
        *,
        block_size: int,
        embedding_dim: int,
        hidden_size: int,
        n_layers: int,
        activation: str,
        dropout: float,
    ) -> None:
        super().__init__(n_inputs, n_targets, block_size)
        self.activation = activation
        self.embedding = nn.Embedding(n_inputs, embedding_dim)
        layers: list[nn.Module] = []
        width = block_size * embedding_dim
        for _ in range(n_layers):
            layers += [nn.Linear(width, hidden_size), ACTIVATIONS[activation]()]
            if dropout:
                layers.append(SeededDropout(dropout))
            width = hidden_size
        self.hidden = nn.Sequential(*layers)
        self.output = nn.Linear(width, n_targets)

    def forward(self, windows: Tensor) -> Tensor:
        embedded = self.embedding(windows).flatten(1)  # (B, T) -> (B, T * E)
        logits: Tensor = self.output(self.hidden(embedded))  # (B, H) -> (B, V)
        return logits


def layers_of(module: MLP) -> tuple[Weights, list[Weights], list[Weights]]:
    """Return copies of the embedding, the layers' weights (inputs, outputs) and their biases."""
    embedding, *rest = weights_of(module)
    return embedding, [np.ascontiguousarray(coef.T) for coef in rest[::2]], rest[1::2]


def network_of(
    embedding: Weights,
    coefs: list[Weights],
    intercepts: list[Weights],
    *,
    activation: str,
) -> MLP:
    """Return the network with these weights, on the CPU; the inverse of `layers_of`."""
    module = without_initialisation(
        MLP,
        len(embedding),
        coefs[-1].shape[1],
        block_size=len(coefs[0]) // embedding.shape[1],
        embedding_dim=embedding.shape[1],
        hidden_size=coefs[0].shape[1],
        n_layers=len(coefs) - 1,
        activation=activation,
        dropout=0.0,
    )
    layers = zip(coefs, intercepts, strict=True)
    return load_weights(
        [embedding, *(weights for coef, intercept in layers for weights in (coef.T, intercept))],
        module,
    )
