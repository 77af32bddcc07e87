"""A transformer decoder (Vaswani et al. 2017), pre-norm as GPT-2 (Radford et al. 2019)."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from sklearn_makemore._neural.modules import SeededDropout, SequenceModule, State


class Block(nn.Module):
    """Attention to the last `block_size` symbols, then a layer of its own for each symbol.

    D is the width of a head. Keys and values so far lie side by side in the state.
    """

    def __init__(self, width: int, n_heads: int, block_size: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.block_size = block_size
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_output = nn.Linear(width, width)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = SeededDropout(dropout)

    def forward(self, values: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        projected = self.query_key_value(self.attention_norm(values))  # (B, T, E) -> (B, T, 3E)
        split = projected.unflatten(2, (self.n_heads, -1)).transpose(1, 2)  # (B, heads, T, 3D)
        query, seen = split.tensor_split([split.shape[3] // 3], 3)  # (B, heads, T, D), (..., 2D)
        if past.shape[2]:
            seen = torch.cat([past, seen], 2)  # (B, heads, past + T, 2D)
        attended = self._attend(query, seen)  # (B, heads, T, D)
        merged = attended.transpose(1, 2).flatten(2)  # (B, T, E)
        values = values + self.dropout(self.attention_output(merged))
        values = values + self.dropout(self.feed_forward(values))
        return values, seen[:, :, -self.block_size :]

    def _attend(self, query: Tensor, seen: Tensor) -> Tensor:
        n_queries, n_seen = query.shape[2], seen.shape[2]
        key, value = seen.chunk(2, 3)  # (B, heads, past + T, D) each
        if n_queries == n_seen <= self.block_size:
            return scaled_dot_product_attention(query, key, value, is_causal=True)
        at = torch.arange(n_seen - n_queries, n_seen, device=query.device)[:, None]  # (T, 1)
        back = at - torch.arange(n_seen, device=query.device)  # (T, past + T), symbols back
        in_sight = (back >= 0) & (back < self.block_size)
        return scaled_dot_product_attention(query, key, value, attn_mask=in_sight)


class Transformer(SequenceModule):
    """Embeddings of symbol and place, blocks, one logit for each symbol.

    Places are counted modulo `block_size`, and each layer attends to the last `block_size` symbols,
    so that words of any length are read.
    """

    def __init__(
        self,
        n_inputs: int,
        n_targets: int,
        *,
        block_size: int,
        embedding_dim: int,
        n_heads: int,
        n_layers: int,
        dropout: float,
    ) -> None:
        super().__init__(n_inputs, n_targets, state_size=2 * n_layers * embedding_dim * block_size)
        self.state_shape = (n_heads, 0, 2 * embedding_dim // n_heads)
        self.embedding = nn.Embedding(n_inputs, embedding_dim)
        self.place = nn.Embedding(block_size, embedding_dim)
        self.dropout = SeededDropout(dropout)
        self.blocks = nn.ModuleList(
            Block(embedding_dim, n_heads, block_size, dropout) for _ in range(n_layers)
        )
        self.output = nn.Sequential(
            nn.LayerNorm(embedding_dim), nn.Linear(embedding_dim, n_targets)
        )

    def forward(self, codes: Tensor) -> Tensor:
        return self.read(codes, self.init_state(len(codes), codes.device))[0]

    def init_state(self, n: int, device: torch.device) -> State:
        """Return the place of the next symbol, and for each block the keys and values so far."""
        place = torch.zeros((n, 1), dtype=torch.int64, device=device)
        return place, *(torch.empty((n, *self.state_shape), device=device) for _ in self.blocks)

    def read(self, codes: Tensor, state: State) -> tuple[Tensor, State]:
        n_symbols = codes.shape[1]
        places = state[0] + torch.arange(n_symbols, device=codes.device)  # (B, T)
        places = places % self.place.num_embeddings
        values = self.dropout(self.embedding(codes) + self.place(places))  # (B, T) -> (B, T, E)
        after = [state[0] + n_symbols]
        for block, past in zip(self.blocks, state[1:], strict=True):
            values, seen = block(values, past)
            after.append(seen)
        logits: Tensor = self.output(values)  # (B, T, E) -> (B, T, V)
        return logits, tuple(after)
