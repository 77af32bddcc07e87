"""A neural probabilistic language model (Bengio, Ducharme, Vincent & Jauvin, JMLR 3, 2003)."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
import warnings
from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._estimators.neural_base import (
    BaseNeuralCharLM,
    check_loss,
    fitting_device,
    known_table,
    reporter,
    require_known,
    torch_generator,
)
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

    from sklearn_makemore._neural.mlp import MLP
    from sklearn_makemore._neural.training import TrainingResult
    from sklearn_makemore._neural.window_data import WindowData

ADAMW_LEARNING_RATE, ADAMW_BATCH, ADAMW_STEPS = 0.02, 256, 1_000
ADAMW_PASSES, ADAMW_FEWEST_STEPS = 8, 50  # so that few words are not learnt by heart
SGD_LEARNING_RATE, SGD_BATCH, SGD_STEPS = 0.1, 32, 200_000


class MLPCharLM(BaseNeuralCharLM):
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
        Whether "adamw" holds out distinct words, ends when they are predicted no better, and keeps
        the weights that predicted them best.
    validation_fraction : float, default=0.1
        Share of the distinct words held out.
    n_iter_no_change : int, default=5
        Blocks of 50 steps without improvement after which to stop early.
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
    embedding_ : ndarray of shape (n_symbols_, embedding_dim), float32
        Embedding of each symbol; that of the unknown symbol is the mean of the others.
    coefs_ : list of ndarray, float32
        Weights of each layer, of shape (inputs, outputs); the last has a column for each symbol but
        the unknown one.
    intercepts_ : list of ndarray, float32
        Biases of each layer.
    loss_curve_ : ndarray of shape (n_steps_,), float64
        Loss of each step's batch before the step, in nats.
    validation_curve_ : ndarray of shape (n_blocks,), float64
        Loss of the held-out words after each block of 50 steps. Only with `early_stopping`.
    n_steps_ : int
        Steps taken.
    n_predictions_ : float
        Weighted number of symbols predicted in `fit`.
    activation_ : str
        The activation of the fitted network.
    device_ : str
        Where it was fitted; it is used there too, or on the CPU where that device is missing.
    symbols_ : ndarray of shape (n_symbols_,), dtype object
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
        **BaseNeuralCharLM._parameter_constraints,
        "block_size": [Interval(Integral, 1, None, closed="left")],
        "embedding_dim": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions({"tanh", "relu", "gelu", "silu"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "solver": [StrOptions({"adamw", "sgd"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "max_steps": [Interval(Integral, 1, None, closed="left"), None],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
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

    def _learn(self, words: CodedWords, vocabulary: Vocabulary, *, partial: bool) -> dict[str, Any]:
        device = fitting_device(self.device)
        generator = torch_generator(self.random_state)
        go_on = partial or (self.warm_start and self.__sklearn_is_fitted__())
        if go_on:
            self._require_same_network(vocabulary)
        held_out = None
        if self.early_stopping and self.solver == "adamw":
            words, held_out = _hold_out(words, self.validation_fraction, generator)
        n_known = words.n_symbols - (words.unknown_code is not None)
        module = self._first_module(words.n_symbols, n_known, generator, go_on)
        module = module.to(device)
        if self.solver == "adamw":
            result = self._train_adamw(module, words, held_out, generator, partial)
        else:
            result = self._train_sgd(module, words, generator, partial)
        return self._attributes_of(module.cpu(), words, result, device, partial)

    def _require_same_network(self, vocabulary: Vocabulary) -> None:
        if vocabulary.symbols.tolist() != self.symbols_.tolist():
            raise ValueError(
                "warm_start needs words over the symbols of the last fit. Give alphabet=, or fit "
                "with warm_start=False."
            )
        shapes = [coef.shape for coef in self.coefs_]
        n_known = shapes[-1][1]
        widths = [
            self.block_size * self.embedding_dim,
            *[self.hidden_size] * self.n_layers,
            n_known,
        ]
        wanted = list(itertools.pairwise(widths))
        if shapes != wanted or self.embedding_.shape[1] != self.embedding_dim:
            raise ValueError(
                f"The fitted network has layers {shapes}, the parameters say {wanted}."
            )

    def _first_module(
        self, n_inputs: int, n_known: int, generator: "torch.Generator", go_on: bool
    ) -> "MLP":
        """Return the network to begin with, on the CPU."""
        from sklearn_makemore._neural.lecture import initialise_as_lecture
        from sklearn_makemore._neural.mlp import MLP
        from sklearn_makemore._neural.modules import initialise, without_initialisation

        if go_on:
            return _network(vars(self), self.activation, self.dropout)
        module = without_initialisation(
            MLP,
            n_inputs,
            n_known,
            block_size=self.block_size,
            embedding_dim=self.embedding_dim,
            hidden_size=self.hidden_size,
            n_layers=self.n_layers,
            activation=self.activation,
            dropout=self.dropout,
        )
        (initialise if self.solver == "adamw" else initialise_as_lecture)(module, generator)
        return module

    def _train_adamw(
        self,
        module: "MLP",
        words: CodedWords,
        held_out: CodedWords | None,
        generator: "torch.Generator",
        partial: bool,
    ) -> "TrainingResult":
        from sklearn_makemore._neural.modules import seed_dropout
        from sklearn_makemore._neural.training import Patience, Schedule, train

        data = self._rows(words, module)
        batch_size = self.batch_size or ADAMW_BATCH
        passes = round(ADAMW_PASSES * words.n_predictions / batch_size)
        schedule = Schedule(
            self.max_steps or max(ADAMW_FEWEST_STEPS, min(ADAMW_STEPS, passes)),
            batch_size,
            self.learning_rate or ADAMW_LEARNING_RATE,
            self.weight_decay,
            one_cycle=not partial,
        )
        patience: Patience | None = None
        if held_out is not None:
            patience = Patience(self._rows(held_out, module), self.n_iter_no_change)
        seed_dropout(module, generator)
        return train(module, data, schedule, generator, patience, reporter(self.verbose))

    def _rows(self, words: CodedWords, module: "MLP") -> "WindowData":
        """Return the table of contexts of `words` on the device of a network."""
        from sklearn_makemore._neural.window_data import WindowData

        data = WindowData.from_table(known_table(words, self.block_size), module.n_targets)
        return data.to(module.output.weight.device)

    def _train_sgd(
        self,
        module: "MLP",
        words: CodedWords,
        generator: "torch.Generator",
        partial: bool,
    ) -> "TrainingResult":
        from sklearn_makemore._neural.lecture import descend_windows
        from sklearn_makemore._neural.modules import seed_dropout
        from sklearn_makemore._neural.training import TrainingResult

        windows = np.stack(words.context_columns(self.block_size), axis=1).astype(np.int64)
        targets = words.targets.astype(np.int64)
        known = (windows < module.n_targets).all(axis=1) & (targets < module.n_targets)
        require_known(int(known.sum()))
        weights = words.prediction_weights()
        n_steps, rate = self.max_steps or SGD_STEPS, self.learning_rate or SGD_LEARNING_RATE
        n_fast = n_steps if partial else (n_steps + 1) // 2
        seed_dropout(module, generator)
        losses, interrupted = descend_windows(
            module,
            windows[known],
            targets[known],
            None if weights is None else weights[known],
            self.batch_size or SGD_BATCH,
            [rate] * n_fast + [rate / 10] * (n_steps - n_fast),
            generator,
            reporter(self.verbose),
        )
        return TrainingResult(losses, interrupted=interrupted)

    def _attributes_of(
        self,
        module: "MLP",
        words: CodedWords,
        result: "TrainingResult",
        device: "torch.device",
        partial: bool,
    ) -> dict[str, Any]:
        from sklearn_makemore._neural.mlp import weights_of

        if result.interrupted:
            warnings.warn(
                f"Training was interrupted after {result.n_steps} steps; the model is as good as "
                "it had become.",
                UserWarning,
                stacklevel=5,
            )
        if result.loss_curve:
            check_loss(float(np.mean(result.loss_curve[-50:])), module.n_targets)
        embedding, coefs, intercepts = weights_of(module)
        if module.n_inputs > module.n_targets:
            embedding[-1] = embedding[:-1].mean(axis=0)
        weights = words.prediction_weights()
        n_predictions = words.n_predictions if weights is None else weights.sum()
        learnt = {
            "embedding_": embedding,
            "coefs_": coefs,
            "intercepts_": intercepts,
            "loss_curve_": np.array(result.loss_curve, np.float64),
            "n_steps_": result.n_steps,
            "n_predictions_": float(n_predictions + (self.n_predictions_ if partial else 0)),
            "activation_": self.activation,
            "device_": str(device),
        }
        if result.validation_curve:
            learnt["validation_curve_"] = np.array(result.validation_curve, np.float64)
        return learnt

    @staticmethod
    def _make_model(attributes: Mapping[str, Any]) -> NextSymbolModel:
        from sklearn_makemore._neural.device import device_or_cpu
        from sklearn_makemore._neural.scoring import TorchWindowModel

        module = _network(attributes, attributes["activation_"])
        device = device_or_cpu(attributes["device_"])
        return TorchWindowModel(module, device, attributes["n_predictions_"])

    @staticmethod
    def _make_module(attributes: Mapping[str, Any]) -> "torch.nn.Module":
        return _network(attributes, attributes["activation_"])


def _network(attributes: Mapping[str, Any], activation: str, dropout: float = 0.0) -> "MLP":
    """Return a network with the weights of fitted attributes, on the CPU."""
    from sklearn_makemore._neural.mlp import network_of

    weights = (attributes[name] for name in ("embedding_", "coefs_", "intercepts_"))
    return network_of(*weights, activation=activation, dropout=dropout)


def _hold_out(
    words: CodedWords, fraction: float, generator: "torch.Generator"
) -> tuple[CodedWords, CodedWords]:
    """Split off a share of the distinct words; repeats of a word stay together.

    Raises
    ------
    ValueError
        If there are fewer than two distinct words.
    """
    from sklearn_makemore._neural.modules import permutation

    number = words.numbered()
    n_distinct = int(number.max()) + 1
    if n_distinct < 2:
        raise ValueError("early_stopping needs at least two different words, got one.")
    order = permutation(n_distinct, generator)
    n_held_out = min(max(1, round(fraction * n_distinct)), n_distinct - 1)
    is_held_out = np.isin(number, order[:n_held_out])
    return words.keep(~is_held_out), words.keep(is_held_out)
