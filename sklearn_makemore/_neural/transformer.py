"""A transformer decoder (Vaswani et al. 2017), pre-norm as GPT-2 (Radford et al. 2019)."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from sklearn_makemore._neural.modules import SeededDropout, SequenceModule, State
from sklearn_makemore._neural.prefixes import Prefixes, UnsharedPrefixes

FEWEST_WORDS = 64  # side by side; fewer share so little that finding it out costs as much


class Block(nn.Module):
    """Attention to the last `block_size` symbols, then a layer of its own for each symbol.

    Values stand one under the other, a row for each of M prefixes; D is the width of a head.
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

    def forward(
        self,
        values: Tensor,
        prefixes: Prefixes | UnsharedPrefixes,
        past_keys: Tensor,
        past_values: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return values (M, E), and the keys and values so far (B, T, heads, D)."""
        projected = self.query_key_value(self.attention_norm(values))  # (M, E) -> (M, 3E)
        projected = prefixes.spread(projected)  # (B T, 3E)
        shape = (len(past_keys), -1, self.n_heads, 3, values.shape[1] // self.n_heads)
        query, key, value = projected.view(shape).unbind(3)  # (B, T, heads, D) each
        if past_keys.shape[1]:
            key = torch.cat([past_keys, key], 1)  # (B, past + T, heads, D)
            value = torch.cat([past_values, value], 1)
        attended = self._attend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
        merged = attended.transpose(1, 2).flatten(2).flatten(0, 1)  # (B, heads, T, D) -> (B T, E)
        merged = prefixes.once(merged)  # (M, E)
        values = values + self.dropout(self.attention_output(merged))
        values = values + self.dropout(self.feed_forward(values))
        if key.shape[1] > self.block_size:
            key, value = key[:, -self.block_size :], value[:, -self.block_size :]
        return values, key, value

    def _attend(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        n_queries, n_seen = query.shape[2], key.shape[2]
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

    mixed_precision = True

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
        self.n_states = 2 * n_layers
        self.state_shape = (0, n_heads, embedding_dim // n_heads)
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
        """Return the place of the next symbol, and for each block keys and values so far."""
        place = torch.zeros((n, 1), dtype=torch.int64, device=device)
        nothing = torch.empty((n, *self.state_shape), device=device)
        return place, *(nothing,) * self.n_states

    def read(self, codes: Tensor, state: State) -> tuple[Tensor, State]:
        n_words, n_symbols = codes.shape
        # All words of a batch have been read as far.
        places = state[0][:1] + torch.arange(n_symbols, device=codes.device)  # (1, T)
        place = self.place(places % self.place.num_embeddings)  # (1, T, E)
        prefixes = _prefixes(codes, state)
        values = prefixes.once((self.embedding(codes) + place).flatten(0, 1))  # (B, T) -> (M, E)
        values = self.dropout(values)
        after = [state[0] + n_symbols]
        for block, keys, past in zip(self.blocks, state[1::2], state[2::2], strict=True):
            values, *seen = block(values, prefixes, keys, past)
            after += seen
        logits: Tensor = prefixes.spread(self.output(values))  # (M, E) -> (M, V) -> (B T, V)
        return logits.view(n_words, n_symbols, self.n_targets), tuple(after)


def _prefixes(codes: Tensor, state: State) -> Prefixes | UnsharedPrefixes:
    """Return the prefixes of words, shared where that pays.

    Not where something was read before, and not where a device would have to be waited for.
    """
    has_past = bool(state[1].shape[1])
    if not has_past and codes.device.type == "cpu" and len(codes) >= FEWEST_WORDS:
        return Prefixes.of(codes)
    return UnsharedPrefixes()
