"""Recurrent networks: Elman (1990), LSTM (Hochreiter & Schmidhuber 1997), GRU (Cho et al. 2014)."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sklearn_makemore._neural.modules import SeededDropout, SequenceModule, State

CELLS: dict[str, Callable[..., nn.RNNBase]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RNN(SequenceModule):
    """Embeddings, recurrent layers, one logit for each symbol; dropout before every layer.

    The layers are modules of one layer each, because torch's own dropout between layers draws from
    the global generator.
    """

    def __init__(
        self,
        n_inputs: int,
        n_targets: int,
        *,
        cell: str,
        embedding_dim: int,
        hidden_size: int,
        n_layers: int,
        dropout: float,
    ) -> None:
        self.n_parts = 2 if cell == "lstm" else 1  # LSTM: hidden and cell state
        super().__init__(n_inputs, n_targets, state_size=n_layers * self.n_parts * hidden_size)
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(n_inputs, embedding_dim)
        widths = [embedding_dim] + [hidden_size] * (n_layers - 1)
        self.layers = nn.ModuleList(
            CELLS[cell](width, hidden_size, batch_first=True) for width in widths
        )
        self.dropout = SeededDropout(dropout)
        self.output = nn.Linear(hidden_size, n_targets)

    def forward(self, codes: Tensor) -> Tensor:
        return self.read(codes, self.init_state(len(codes), codes.device))[0]

    def init_state(self, n: int, device: torch.device) -> State:
        n_tensors = self.n_parts * len(self.layers)
        return tuple(torch.zeros((n, self.hidden_size), device=device) for _ in range(n_tensors))

    def read(self, codes: Tensor, state: State) -> tuple[Tensor, State]:
        values = self.embedding(codes)  # (B, T) -> (B, T, E)
        after: list[Tensor] = []
        for i, layer in enumerate(self.layers):
            before = [part[None] for part in state[i * self.n_parts : (i + 1) * self.n_parts]]
            values, last = layer(
                self.dropout(values), before[0] if self.n_parts == 1 else tuple(before)
            )  # (B, T, E or H) -> (B, T, H), (1, B, H)
            after += [part[0] for part in ([last] if self.n_parts == 1 else last)]
        logits = self.output(self.dropout(values))  # (B, T, H) -> (B, T, V)
        return logits, tuple(after)
