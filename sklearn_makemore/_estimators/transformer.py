"""A transformer decoder (Vaswani et al. 2017), pre-norm as GPT-2 (Radford et al. 2019)."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

from sklearn.utils._param_validation import Interval, InvalidParameterError

from sklearn_makemore._estimators.sequence_base import BaseSequenceCharLM
from sklearn_makemore._estimators.stored_network import StoredNetworkMixin

if TYPE_CHECKING:
    from sklearn_makemore._neural.transformer import Transformer


class TransformerCharLM(StoredNetworkMixin["Transformer"], BaseSequenceCharLM["Transformer"]):
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

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSequenceCharLM._parameter_constraints,
        "block_size": [Interval(Integral, 1, None, closed="left")],
        "embedding_dim": [Interval(Integral, 1, None, closed="left")],
        "n_heads": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    _shape_parameters = (
        "block_size",
        "embedding_dim",
        "n_heads",
        "n_layers",
    )
    _epochs = 20
    _most_steps = 10_000

    def __init__(
        self,
        *,
        block_size: int = 32,
        embedding_dim: int = 64,
        n_heads: int = 4,
        n_layers: int = 4,
        dropout: float = 0.1,
        learning_rate: float = 0.003,
        batch_size: int = 64,
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
        self.n_heads = n_heads
        self.n_layers = n_layers
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

    def _new_module(self, n_inputs: int, n_targets: int) -> "Transformer":
        if self.embedding_dim % self.n_heads:
            raise InvalidParameterError(
                "The 'embedding_dim' parameter of TransformerCharLM must be a multiple of n_heads="
                f"{self.n_heads}. Got {self.embedding_dim} instead."
            )
        return super()._new_module(n_inputs, n_targets)

    @staticmethod
    def _module_class() -> "type[Transformer]":
        from sklearn_makemore._neural.transformer import Transformer

        return Transformer
