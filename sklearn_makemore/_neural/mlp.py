"""A neural probabilistic language model (Bengio, Ducharme, Vincent & Jauvin, JMLR 3, 2003)."""

# SPDX-License-Identifier: BSD-3-Clause

from torch import Tensor, nn

from sklearn_makemore._neural.modules import SeededDropout, WindowModule

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

    def linear_layers(self) -> list[nn.Linear]:
        """Return the hidden layers and the output layer, in order."""
        return [layer for layer in self.modules() if isinstance(layer, nn.Linear)]
