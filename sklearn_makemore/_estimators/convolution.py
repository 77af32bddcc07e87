"""Hierarchical fusion of symbols by dilated convolutions (van den Oord et al., WaveNet, 2016)."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

from sklearn.utils._param_validation import Interval

from sklearn_makemore._estimators.stored_network import StoredNetworkMixin
from sklearn_makemore._estimators.window_base import BaseWindowCharLM

if TYPE_CHECKING:
    from sklearn_makemore._neural.convolution import Convolution


class ConvCharLM(StoredNetworkMixin["Convolution"], BaseWindowCharLM["Convolution"]):
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
    device : str or torch.device, default="auto"
        Where to compute: "auto" is CUDA, else MPS, else the CPU.
    verbose : int, default=0
        Print the loss after every so many blocks of 50 steps; 0 prints nothing.
    alphabet : str or collection of str, default=None
        All characters that may occur, known beforehand. None takes those of the words in `fit`.
    boundary : str, default="."
        How the start and end of a word are shown; it is never looked up in a word.
    handle_unknown : {"error", "unknown"}, default="error"
        What happens to a character that is not among the symbols: a ValueError, or it becomes
        the unknown symbol, whose probability is 1 / (N + 1) after N predictions seen in `fit`.
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
    n_steps_ : int
        Steps taken.
    n_predictions_ : float
        Weighted number of symbols predicted in `fit`.
    device_ : str
        Where it was fitted; it is used there too, or on the CPU where that device is missing.
    symbols_ : ndarray of shape (n_symbols,), dtype object
        The boundary as shown, the characters in code-point order, the unknown symbol (U+FFFD) if
        there is one.
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

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseWindowCharLM._parameter_constraints,
        "embedding_dim": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    _shape_parameters = (
        "block_size",
        "embedding_dim",
        "hidden_size",
    )
    _most_steps = 2_000

    def __init__(
        self,
        *,
        block_size: int = 8,
        embedding_dim: int = 24,
        hidden_size: int = 128,
        dropout: float = 0.1,
        learning_rate: float = 0.005,
        batch_size: int = 512,
        max_steps: int | None = None,
        weight_decay: float = 0.01,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        warm_start: bool = False,
        device: Any = "auto",
        verbose: int = 0,
        alphabet: Any = None,
        boundary: str = ".",
        handle_unknown: str = "error",
        random_state: Any = None,
    ) -> None:
        self.block_size = block_size
        self.embedding_dim = embedding_dim
        self.hidden_size = hidden_size
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_steps = max_steps
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.device = device
        self.verbose = verbose
        self.alphabet = alphabet
        self.boundary = boundary
        self.handle_unknown = handle_unknown
        self.random_state = random_state

    @staticmethod
    def _module_class() -> "type[Convolution]":
        from sklearn_makemore._neural.convolution import Convolution

        return Convolution
