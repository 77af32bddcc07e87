"""Hierarchical fusion of symbols by dilated convolutions (van den Oord et al., WaveNet, 2016)."""

# SPDX-License-Identifier: BSD-3-Clause

from torch import Tensor, nn
from torch.nn.functional import pad

from sklearn_makemore._estimators.network import ABOVE_0, AT_LEAST_1, SHARE, NetworkLM
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._neural.adamw import AdamW
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


class ConvCharLM(NetworkLM):
    """Language model of dilated convolutions over the last symbols.

    The embeddings of the last `block_size` symbols are fused pair by pair, then pairs of pairs,
    until one vector is left, which gives the logits of the next symbol.

    Parameters
    ----------
    block_size : int, default=8
        How many symbols the model looks at.
    embedding_dim : int, default=24
        Dimensions of a symbol's embedding.
    hidden_size : int, default=128
        Units of each fusion.
    dropout : float, default=0.1
        Share of units left out in each step of the training, after each fusion.
    learning_rate : float, default=0.005
        Highest rate of AdamW, which goes through one cycle.
    batch_size : int, default=512
        Contexts of a step, drawn in proportion to how often they occur.
    max_steps : int, default=None
        Steps; None means 2,000, or as many as pass 8 times over the predictions where that is
        fewer, but at least 50.
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
    MLPCharLM : Fuses all symbols at once.
    RNNCharLM : Looks at all symbols so far.

    References
    ----------
    Aaron van den Oord et al., "WaveNet: A Generative Model for Raw Audio", arXiv:1609.03499,
    2016.

    Andrej Karpathy, "Building makemore part 5: building a WaveNet", 2022.

    Examples
    --------
    >>> from sklearn_makemore import ConvCharLM
    >>> from sklearn_makemore.datasets import load_names
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> lm = ConvCharLM(random_state=0).fit(words)
    >>> lm.score(["giovanna"]) > lm.score(["annavoig"])
    True
    """

    block_size: int = parameter(AT_LEAST_1, default=8)
    embedding_dim: int = parameter(AT_LEAST_1, default=24)
    hidden_size: int = parameter(AT_LEAST_1, default=128)
    dropout: float = parameter(SHARE, default=0.1)
    learning_rate: float = parameter(ABOVE_0, default=0.005)
    batch_size: int = parameter(AT_LEAST_1, default=512)

    _module_class = Convolution
    _adamw = AdamW(passes=8, most_steps=2_000)
