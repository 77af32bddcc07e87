"""Hierarchical fusion of symbols by dilated convolutions (van den Oord et al., WaveNet, 2016)."""

# SPDX-License-Identifier: BSD-3-Clause

from torch import Tensor, nn
from torch.nn.functional import pad

from sklearn_makemore._neural.modules import SeededDropout, WindowModule


class Convolution(WindowModule):
    """Embeddings fused pair by pair, then pairs of pairs, until one vector is left.

    For one window that is a stack of convolutions of width and stride 2, which are linear layers
    on two neighbours side by side.
    """

    def __init__(
        self,
        n_inputs: int,
        n_targets: int,
        *,
        block_size: int,
        embedding_dim: int,
        hidden_size: int,
        dropout: float,
    ) -> None:
        super().__init__(n_inputs, n_targets, block_size)
        n_layers = max(1, (block_size - 1).bit_length())
        self.n_before = 2**n_layers - block_size
        self.embedding = nn.Embedding(n_inputs, embedding_dim)
        widths = [embedding_dim] + [hidden_size] * (n_layers - 1)
        self.fusions = nn.ModuleList(
            nn.Sequential(
                nn.Linear(2 * width, hidden_size),
                nn.LayerNorm(hidden_size),
                nn.GELU(),
                SeededDropout(dropout),
            )
            for width in widths
        )
        self.output = nn.Linear(hidden_size, n_targets)

    def forward(self, windows: Tensor) -> Tensor:
        windows = pad(windows, (self.n_before, 0))  # boundaries, to a power of 2: (B, T)
        values = self.embedding(windows)  # (B, T) -> (B, T, E)
        for fuse in self.fusions:
            pairs = values.unflatten(1, (-1, 2)).flatten(2)  # (B, T, H) -> (B, T / 2, 2H)
            values = fuse(pairs)  # (B, T / 2, 2H) -> (B, T / 2, H)
        logits: Tensor = self.output(values[:, 0])  # (B, 1, H) -> (B, V)
        return logits
