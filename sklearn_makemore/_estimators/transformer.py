"""A transformer decoder (Vaswani et al. 2017), pre-norm as GPT-2 (Radford et al. 2019)."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from sklearn.utils._param_validation import InvalidParameterError
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from sklearn_makemore._estimators.network import ABOVE_0, AT_LEAST_1, SHARE, NetworkLM
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._neural.adamw import AdamW
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


class TransformerCharLM(NetworkLM):
    """Language model of a transformer.

    Every symbol attends to the symbols before it, layer by layer, and the last layer gives the
    logits of the next symbol. Words may be longer than `block_size`: each layer then attends to
    the last `block_size` symbols, and places in the word are counted modulo `block_size`, in
    `fit`, scoring and sampling alike.

    Parameters
    ----------
    block_size : int, default=32
        How many symbols a layer looks at.
    embedding_dim : int, default=64
        Dimensions of a symbol's embedding and of each layer, a multiple of `n_heads`.
    n_heads : int, default=4
        Heads of attention in a layer.
    n_layers : int, default=4
        Layers.
    dropout : float, default=0.1
        Share of units left out in each step of the training, on the embeddings and after
        each layer's two parts.
    learning_rate : float, default=0.003
        Highest rate of AdamW, which goes through one cycle; gradients are scaled down to a norm
        of at most 1.
    batch_size : int, default=64
        Words of a step, which have about one length. All words are drawn in proportion to their
        weights: where these are equal, about once each in an epoch.
    max_steps : int, default=None
        Steps; None means as many as make 20 epochs, at most 10,000, but at least 50.
    weight_decay : float, default=0.01
        Decoupled weight decay.
    early_stopping : bool, default=False
        Whether to hold out distinct words, end when they are predicted no better, and keep the
        weights that predicted them best. `partial_fit` holds out none. With `warm_start`, give a
        `random_state`, so that the words held out are the same each time.
    validation_fraction : float, default=0.1
        Share of the distinct words held out.
    n_iter_no_change : int, default=5
        Looks at the held-out words, every 50 steps, without improvement after which to stop early.
    warm_start : bool, default=False
        Whether `fit` begins with the weights of the last fit, which must have had the same symbols.
    checkpoint : str or path-like, default=None
        File in which a fit keeps its state about every minute. A fit of the same words with the
        same parameters that finds it goes on from there, on the CPU to the same weights as if it
        had not been interrupted; the file is removed when a fit ends well. Not within a search.
    device : str or torch.device, default="auto"
        Where to compute: "auto" is CUDA, else MPS, else the CPU.
    verbose : int, default=0
        Print the loss after every so many blocks of 50 steps; 0 prints nothing.
    alphabet : str or collection of str, default=None
        All symbols that may occur, known beforehand. None takes those of the words in `fit`.
    symbols : {"char", "grapheme", "split", "token"} or re.Pattern, default="char"
        What a symbol of a word is: a code point, a grapheme cluster, what stands between white
        space, an item of a word that is a sequence of strings, or a match of a compiled pattern.
    boundary : str, default=None
        How the start and end of a word are shown; it is never looked up in a word. None takes ".",
        or another sign where that is a symbol of the words.
    handle_unknown : {"penalty", "unknown", "error"}, default="penalty"
        What happens to a symbol that is not known when a word is scored. "penalty": it costs log(N
        + 1) nats, where N is the number of predictions in `fit` (of symbols if they are more), and
        the model stays what it is. "unknown": the model has a symbol for it. "error": a ValueError.
    random_state : int, RandomState instance or None, default=None
        Seed of what is random in `fit`, and of `sample` where it is given none.

    Attributes
    ----------
    weights_ : list of ndarray, float32
        Weights of the network, in the order of ``to_torch().parameters()``. The first is the
        embedding, a row for each symbol; that of the unknown symbol is the mean of the others.
    architecture_ : dict
        Parameters that gave the fitted network its shape, by name.
    loss_curve_ : ndarray of shape (n_steps,), float64
        Loss of each step's batch before the step, in nats.
    validation_curve_ : ndarray of shape (n_looks,), float64
        Loss of the held-out words at each look. Only with `early_stopping`.
    validation_steps_ : ndarray of shape (n_looks,), int64
        Steps taken before each look. Only with `early_stopping`.
    n_steps_ : int
        Steps taken.
    n_predictions_ : float
        Weighted number of symbols predicted in `fit`.
    device_ : str
        Where it was fitted; it is used there too, or on the CPU where that device is missing.
    symbols_ : ndarray of shape (n_symbols,), dtype object
        The boundary as shown, the symbols of the words in order, the unknown symbol if there is
        one.
    n_symbols_ : int
        Number of symbols.

    See Also
    --------
    RNNCharLM : A state instead of attention; trains faster.
    MLPCharLM : Looks at the last symbols only; trains much faster.

    References
    ----------
    Ashish Vaswani et al., "Attention Is All You Need", NeurIPS 2017.

    Alec Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.

    Examples
    --------
    >>> from sklearn_makemore import TransformerCharLM
    >>> from sklearn_makemore.datasets import load_names
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> lm = TransformerCharLM(random_state=0).fit(words)
    >>> lm.score(["giovanna"]) > lm.score(["annavoig"])
    True
    """

    block_size: int = parameter(AT_LEAST_1, default=32)
    embedding_dim: int = parameter(AT_LEAST_1, default=64)
    n_heads: int = parameter(AT_LEAST_1, default=4)
    n_layers: int = parameter(AT_LEAST_1, default=4)
    dropout: float = parameter(SHARE, default=0.1)
    learning_rate: float = parameter(ABOVE_0, default=0.003)
    batch_size: int = parameter(AT_LEAST_1, default=64)

    _module_class = Transformer
    _adamw = AdamW(passes=20, most_steps=10_000, largest_gradient=1.0)

    def _validate_params(self) -> None:
        super()._validate_params()
        if self.embedding_dim % self.n_heads:
            raise InvalidParameterError(
                "The 'embedding_dim' parameter of TransformerCharLM must be a multiple of n_heads="
                f"{self.n_heads}. Got {self.embedding_dim} instead."
            )
