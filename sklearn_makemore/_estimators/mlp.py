"""A neural probabilistic language model (Bengio, Ducharme, Vincent & Jauvin, JMLR 3, 2003)."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
from collections.abc import Mapping
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_makemore._estimators.layout import ArrayLayout
from sklearn_makemore._estimators.neural_base import require_known
from sklearn_makemore._estimators.trained import training_layout
from sklearn_makemore._estimators.window_base import BaseWindowCharLM
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

    from sklearn_makemore._neural.mlp import MLP
    from sklearn_makemore._neural.training import Patience, Steps

ADAMW_LEARNING_RATE, ADAMW_BATCH = 0.02, 256
SGD_LEARNING_RATE, SGD_BATCH, SGD_STEPS = 0.1, 32, 200_000
SGD_BLOCKS_PER_LOOK = 20  # its steps are small, and the losses of few of them noisy


class MLPCharLM(BaseWindowCharLM["MLP"]):
    """Language model of a multilayer perceptron over the last symbols.

    Each of the last `block_size` symbols is embedded; the embeddings side by side go through hidden
    layers to the logits of the next symbol.

    Parameters
    ----------
    block_size : int, default=3
        How many symbols the model looks at.
    embedding_dim : int, default=10
        Dimensions of a symbol's embedding.
    hidden_size : int, default=200
        Units of a hidden layer.
    n_layers : int, default=1
        Hidden layers.
    activation : {"tanh", "relu", "gelu", "silu"}, default="tanh"
        Function after each hidden layer.
    dropout : float, default=0.0
        Share of hidden units left out in each step of the training.
    solver : {"adamw", "sgd"}, default="adamw"
        "adamw" draws distinct contexts in proportion to how often they occur and learns the
        distribution of the next symbol, while the rate goes through one cycle. "sgd" follows the
        lecture step for step: weights from ``torch.randn``, batches of single predictions.
    learning_rate : float, default=None
        Highest rate of "adamw" (None means 0.02); rate of "sgd", divided by 10 at half of the steps
        (None means 0.1).
    batch_size : int, default=None
        Rows of a step; None means 256 for "adamw" and 32 for "sgd".
    max_steps : int, default=None
        Steps; None means 200,000 for "sgd". For "adamw" it means 1,000, or as many as pass 8 times
        over the predictions where that is fewer, but at least 50.
    weight_decay : float, default=0.01
        Decoupled weight decay of "adamw".
    early_stopping : bool, default=False
        Whether to hold out distinct words, end when they are predicted no better, and keep the
        weights that predicted them best. `partial_fit` holds out none. With `warm_start`, give a
        `random_state`, so that the words held out are the same each time.
    validation_fraction : float, default=0.1
        Share of the distinct words held out.
    n_iter_no_change : int, default=5
        Looks at the held-out words without improvement after which to stop early. "adamw" looks
        every 50 steps, "sgd" every 1,000.
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
    embedding_ : ndarray of shape (n_symbols, embedding_dim), float32
        Embedding of each symbol; that of the unknown symbol is the mean of the others.
    coefs_ : list of ndarray, float32
        Weights of each layer, of shape (inputs, outputs); the last has a column for each symbol but
        the unknown one.
    intercepts_ : list of ndarray, float32
        Biases of each layer.
    loss_curve_ : ndarray of shape (n_steps,), float64
        Loss of each step's batch before the step, in nats.
    validation_curve_ : ndarray of shape (n_looks,), float64
        Loss of the held-out words at each look. Only with `early_stopping`.
    n_steps_ : int
        Steps taken.
    n_predictions_ : float
        Weighted number of symbols predicted in `fit`.
    activation_ : str
        The activation of the fitted network.
    device_ : str
        Where it was fitted; it is used there too, or on the CPU where that device is missing.
    symbols_ : ndarray of shape (n_symbols,), dtype object
        The boundary as shown, the characters in code-point order, the unknown symbol (U+FFFD) if
        there is one.
    n_symbols_ : int
        Number of symbols.

    See Also
    --------
    BigramCountLM : Counts instead of a network; much faster, and worse.
    NeuralBigramLM : One linear layer.

    References
    ----------
    Yoshua Bengio, Rejean Ducharme, Pascal Vincent and Christian Jauvin, "A Neural Probabilistic
    Language Model", Journal of Machine Learning Research 3, 2003.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM, MLPCharLM
    >>> from sklearn_makemore.datasets import load_names
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> train, held_out = words[::2], words[1::2]
    >>> mlp = MLPCharLM(handle_unknown="unknown", random_state=0).fit(train)
    >>> mlp.score(held_out) > BigramCountLM(handle_unknown="unknown").fit(train).score(held_out)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseWindowCharLM._parameter_constraints,
        "solver": [StrOptions({"adamw", "sgd"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "embedding_dim": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions({"tanh", "relu", "gelu", "silu"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        block_size: int = 3,
        embedding_dim: int = 10,
        hidden_size: int = 200,
        n_layers: int = 1,
        activation: str = "tanh",
        dropout: float = 0.0,
        solver: str = "adamw",
        learning_rate: float | None = None,
        batch_size: int | None = None,
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
        self.n_layers = n_layers
        self.activation = activation
        self.dropout = dropout
        self.solver = solver
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

    def _highest_rate(self) -> float:
        default = ADAMW_LEARNING_RATE if self.solver == "adamw" else SGD_LEARNING_RATE
        return self.learning_rate or default

    def _rows_per_step(self) -> int:
        return self.batch_size or (ADAMW_BATCH if self.solver == "adamw" else SGD_BATCH)

    def _default_steps(self, words: CodedWords) -> int:
        return super()._default_steps(words) if self.solver == "adamw" else SGD_STEPS

    def _rates(self, words: CodedWords, partial: bool) -> list[float]:
        from sklearn_makemore._neural.schedules import drop_at_half

        if partial or self.solver == "adamw":
            return super()._rates(words, partial)
        return drop_at_half(self._n_steps(words), self._highest_rate())

    def _initialise(self, module: "MLP", generator: "torch.Generator") -> None:
        from sklearn_makemore._neural.lecture import initialise_as_lecture

        if self.solver == "adamw":
            super()._initialise(module, generator)
        else:
            initialise_as_lecture(module, generator)

    def _steps(
        self, words: CodedWords, module: "MLP", rates: list[float], generator: "torch.Generator"
    ) -> "Steps":
        from sklearn_makemore._neural.lecture import SinglePredictionSteps
        from sklearn_makemore._neural.modules import seed_dropout

        if self.solver == "adamw":
            return super()._steps(words, module, rates, generator)
        seed_dropout(module, generator)
        return SinglePredictionSteps(
            module,
            *known_predictions(words, self.block_size),
            rates,
            self._rows_per_step(),
            generator,
        )

    def _patience(self, held_out: CodedWords, module: "MLP") -> "Patience":
        patience = super()._patience(held_out, module)
        if self.solver == "sgd":
            patience = replace(patience, blocks_per_look=SGD_BLOCKS_PER_LOOK)
        return patience

    def _new_module(self, n_inputs: int, n_targets: int) -> "MLP":
        from sklearn_makemore._neural.mlp import MLP
        from sklearn_makemore._neural.modules import without_initialisation

        return without_initialisation(
            MLP,
            n_inputs,
            n_targets,
            block_size=self.block_size,
            embedding_dim=self.embedding_dim,
            hidden_size=self.hidden_size,
            n_layers=self.n_layers,
            activation=self.activation,
            dropout=self.dropout,
        )

    @staticmethod
    def _weights_of(module: "MLP") -> dict[str, Any]:
        from sklearn_makemore._neural.mlp import layers_of

        embedding, coefs, intercepts = layers_of(module)
        return {
            "embedding_": embedding,
            "coefs_": coefs,
            "intercepts_": intercepts,
            "activation_": module.activation,
        }

    @staticmethod
    def _layout(attributes: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
        coefs = attributes["coefs_"]
        embedding_dim, hidden_size = attributes["embedding_"].shape[1], coefs[0].shape[1]
        block_size = len(coefs[0]) // embedding_dim
        hidden = [hidden_size] * (len(coefs) - 1)
        widths = [block_size * embedding_dim, *hidden, vocabulary.n_known]
        return {
            "embedding_": ArrayLayout((vocabulary.n_symbols, None), "float32"),
            "coefs_": [ArrayLayout(shape, "float32") for shape in itertools.pairwise(widths)],
            "intercepts_": [ArrayLayout((width,), "float32") for width in widths[1:]],
            "activation_": str,
            **training_layout(attributes),
        }

    @staticmethod
    def _make_module(attributes: Mapping[str, Any]) -> "MLP":
        from sklearn_makemore._neural.mlp import network_of

        weights = (attributes[name] for name in ("embedding_", "coefs_", "intercepts_"))
        return network_of(*weights, activation=attributes["activation_"])


def known_predictions(
    words: CodedWords, block_size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64] | None]:
    """Return contexts, next symbols and weights of the predictions without unknown characters."""
    windows = np.stack(words.context_columns(block_size), axis=1).astype(np.int64)
    targets = words.targets.astype(np.int64)
    weights = words.prediction_weights()
    if words.unknown_code is None:
        return windows, targets, weights
    known = (windows != words.unknown_code).all(axis=1) & (targets != words.unknown_code)
    require_known(int(known.sum()))
    return windows[known], targets[known], None if weights is None else weights[known]
