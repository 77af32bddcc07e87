"""A causal bag of characters: the last embedding, the mean of those so far, a hidden layer."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import Tensor, nn

from sklearn_makemore._estimators.network import ABOVE_0, AT_LEAST_1, SHARE, NetworkLM
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._neural.adamw import AdamW
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


class BagOfCharsLM(NetworkLM):
    """Language model of the symbols so far, their order left out.

    The embedding of the last symbol and the mean of the embeddings of all symbols so far, added
    up, go through a hidden layer to the logits of the next symbol. It shows what order is worth.

    Parameters
    ----------
    embedding_dim : int, default=64
        Dimensions of a symbol's embedding.
    hidden_size : int, default=128
        Units of the hidden layer.
    dropout : float, default=0.0
        Share of units left out in each step of the training.
    learning_rate : float, default=0.01
        Highest rate of AdamW, which goes through one cycle; gradients are scaled down to a norm
        of at most 1.
    batch_size : int, default=128
        Words of a step, which have about one length. All words are drawn in proportion to their
        weights: where these are equal, about once each in an epoch.
    max_steps : int, default=None
        Steps; None means as many as make 10 epochs, at most 3,000, but at least 50.
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
    RNNCharLM : Reads symbols in their order.
    MLPCharLM : Looks at the last symbols only, in their order.

    References
    ----------
    Andrej Karpathy, "makemore", 2022, https://github.com/karpathy/makemore

    Examples
    --------
    >>> from sklearn_makemore import BagOfCharsLM
    >>> from sklearn_makemore.datasets import load_names
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> lm = BagOfCharsLM(random_state=0).fit(words)
    >>> lm.score(["giovanna"]) > lm.score(["annavoig"])
    True
    """

    embedding_dim: int = parameter(AT_LEAST_1, default=64)
    hidden_size: int = parameter(AT_LEAST_1, default=128)
    dropout: float = parameter(SHARE, default=0.0)
    learning_rate: float = parameter(ABOVE_0, default=0.01)
    batch_size: int = parameter(AT_LEAST_1, default=128)

    _module_class = BagOfChars
    _adamw = AdamW(passes=10, most_steps=3_000, largest_gradient=1.0)
