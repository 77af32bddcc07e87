"""Recurrent networks: Elman (1990), LSTM (Hochreiter & Schmidhuber 1997), GRU (Cho et al. 2014)."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable

import torch
from sklearn.utils._param_validation import StrOptions
from torch import Tensor, nn

from sklearn_makemore._estimators.network import ABOVE_0, AT_LEAST_1, SHARE, NetworkLM
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._neural.adamw import AdamW
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


class RNNCharLM(NetworkLM):
    """Language model of a recurrent network.

    It reads a word symbol by symbol and keeps a state, from which it predicts the next symbol.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent layer: long short-term memory, gated recurrent units, or Elman's network.
    embedding_dim : int, default=64
        Dimensions of a symbol's embedding.
    hidden_size : int, default=256
        Units of a recurrent layer.
    n_layers : int, default=1
        Recurrent layers.
    dropout : float, default=0.25
        Share of units left out in each step of the training, before every layer.
    learning_rate : float, default=0.005
        Highest rate of AdamW, which goes through one cycle; gradients are scaled down to a norm
        of at most 1.
    batch_size : int, default=64
        Words of a step, which have about one length. All words are drawn in proportion to their
        weights: where these are equal, about once each in an epoch.
    max_steps : int, default=None
        Steps; None means as many as make 14 epochs, at most 10,000, but at least 50.
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
    TransformerCharLM : Attention instead of a state.
    MLPCharLM : Looks at the last symbols only; trains faster.

    References
    ----------
    Jeffrey L. Elman, "Finding Structure in Time", Cognitive Science 14, 1990.

    Sepp Hochreiter and Juergen Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997.

    Kyunghyun Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for
    Statistical Machine Translation", EMNLP 2014.

    Examples
    --------
    >>> from sklearn_makemore import RNNCharLM
    >>> from sklearn_makemore.datasets import load_names
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> lm = RNNCharLM(random_state=0).fit(words)
    >>> lm.score(["giovanna"]) > lm.score(["annavoig"])
    True
    """

    cell: str = parameter(StrOptions(set(CELLS)), default="lstm")
    embedding_dim: int = parameter(AT_LEAST_1, default=64)
    hidden_size: int = parameter(AT_LEAST_1, default=256)
    n_layers: int = parameter(AT_LEAST_1, default=1)
    dropout: float = parameter(SHARE, default=0.25)
    learning_rate: float = parameter(ABOVE_0, default=0.005)
    batch_size: int = parameter(AT_LEAST_1, default=64)

    _module_class = RNN
    _adamw = AdamW(passes=14, most_steps=10_000, largest_gradient=1.0)
