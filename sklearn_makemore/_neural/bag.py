"""A causal bag of characters: the last embedding, the mean of those so far, a hidden layer."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import Tensor, nn

from sklearn_makemore._neural.modules import SeededDropout, SequenceModule, State


class BagOfChars(SequenceModule):
    """The last symbol's embedding plus the mean of all so far; a hidden layer beside it."""

    def __init__(
        self, n_inputs: int, n_targets: int, *, embedding_dim: int, hidden_size: int, dropout: float
    ) -> None:
        super().__init__(n_inputs, n_targets, state_size=embedding_dim)
        self.embedding = nn.Embedding(n_inputs, embedding_dim)
        self.hidden = nn.Sequential(
            nn.Linear(embedding_dim, hidden_size),
            nn.Tanh(),
            SeededDropout(dropout),
            nn.Linear(hidden_size, embedding_dim),
        )
        self.output = nn.Linear(embedding_dim, n_targets)

    def forward(self, codes: Tensor) -> Tensor:
        return self.read(codes, self.init_state(len(codes), codes.device))[0]

    def init_state(self, n: int, device: torch.device) -> State:
        embedding_dim = self.embedding.embedding_dim
        return torch.zeros((n, embedding_dim), device=device), torch.zeros((n, 1), device=device)

    def read(self, codes: Tensor, state: State) -> tuple[Tensor, State]:
        total, n_read = state  # (B, E), (B, 1)
        embedded = self.embedding(codes)  # (B, T) -> (B, T, E)
        totals = total[:, None] + embedded.cumsum(1)  # (B, T, E)
        counts = n_read + torch.arange(1, codes.shape[1] + 1, device=codes.device)  # (B, T)
        mixed = embedded + totals / counts[:, :, None]
        logits = self.output(mixed + self.hidden(mixed))  # (B, T, E) -> (B, T, V)
        return logits, (totals[:, -1], counts[:, -1:])
