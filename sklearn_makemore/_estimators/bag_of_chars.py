"""The last embedding and the mean of those so far, as makemore's bag of words."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

from sklearn.utils._param_validation import Interval

from sklearn_makemore._estimators.sequence_base import BaseSequenceCharLM
from sklearn_makemore._estimators.stored_network import StoredNetworkMixin

if TYPE_CHECKING:
    from sklearn_makemore._neural.bag import BagOfChars


class BagOfCharsLM(StoredNetworkMixin["BagOfChars"], BaseSequenceCharLM["BagOfChars"]):
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

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSequenceCharLM._parameter_constraints,
        "embedding_dim": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    _shape_parameters = (
        "embedding_dim",
        "hidden_size",
    )
    _epochs = 10
    _most_steps = 3_000

    def __init__(
        self,
        *,
        embedding_dim: int = 64,
        hidden_size: int = 128,
        dropout: float = 0.0,
        learning_rate: float = 0.01,
        batch_size: int = 128,
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
    def _module_class() -> "type[BagOfChars]":
        from sklearn_makemore._neural.bag import BagOfChars

        return BagOfChars
