"""A neural probabilistic language model (Bengio, Ducharme, Vincent & Jauvin, JMLR 3, 2003)."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions
from torch import Tensor, nn

from sklearn_makemore._estimators.network import ABOVE_0, AT_LEAST_1, SHARE, NetworkLM, Recipe
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._neural.adamw import AdamW
from sklearn_makemore._neural.lecture import LectureSGD
from sklearn_makemore._neural.modules import SeededDropout, Weights, WindowModule

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


class MLP(WindowModule):
    """Embeddings of the window side by side, hidden layers, one logit for each symbol."""

    def __init__(
        self,
        n_inputs: int,
        n_targets: int,
        *,
        block_size: int,
        embedding_dim: int,
        hidden_size: int,
        n_layers: int,
        activation: str,
        dropout: float,
    ) -> None:
        super().__init__(n_inputs, n_targets, block_size)
        self.activation = activation
        self.embedding = nn.Embedding(n_inputs, embedding_dim)
        layers: list[nn.Module] = []
        width = block_size * embedding_dim
        for _ in range(n_layers):
            layers += [nn.Linear(width, hidden_size), ACTIVATIONS[activation]()]
            if dropout:
                layers.append(SeededDropout(dropout))
            width = hidden_size
        self.hidden = nn.Sequential(*layers)
        self.output = nn.Linear(width, n_targets)

    def forward(self, windows: Tensor) -> Tensor:
        embedded = self.embedding(windows).flatten(1)  # (B, T) -> (B, T * E)
        logits: Tensor = self.output(self.hidden(embedded))  # (B, T * E) -> (B, H) -> (B, V)
        return logits

    @staticmethod
    def to_attributes(architecture: dict[str, Any], weights: list[Weights]) -> dict[str, Any]:
        embedding, *layers = weights
        return {
            "embedding_": embedding,
            # (outputs, inputs) as torch has them -> (inputs, outputs) as the lecture has them
            "coefs_": [np.ascontiguousarray(coef.T) for coef in layers[::2]],
            "intercepts_": layers[1::2],
            "activation_": architecture["activation"],
        }

    @staticmethod
    def from_attributes(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], list[Weights]]:
        embedding, coefs = attributes["embedding_"], attributes["coefs_"]
        if attributes["activation_"] not in list(ACTIVATIONS):
            raise ValueError(f"activation_ is not one of {', '.join(ACTIVATIONS)}")
        layers = zip(coefs, attributes["intercepts_"], strict=True)
        architecture = {
            "block_size": len(coefs[0]) // embedding.shape[1],
            "embedding_dim": embedding.shape[1],
            "hidden_size": coefs[0].shape[1],
            "n_layers": len(coefs) - 1,
            "activation": attributes["activation_"],
        }
        return architecture, [embedding, *(each for w, b in layers for each in (w.T, b))]


class MLPCharLM(NetworkLM):
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
    validation_steps_ : ndarray of shape (n_looks,), int64
        Steps taken before each look. Only with `early_stopping`.
    n_steps_ : int
        Steps taken.
    n_predictions_ : float
        Weighted number of symbols predicted in `fit`.
    activation_ : str
        The activation of the fitted network.
    device_ : str
        Where it was fitted; it is used there too, or on the CPU where that device is missing.
    symbols_ : ndarray of shape (n_symbols,), dtype object
        The boundary as shown, the symbols of the words in order, the unknown symbol if there is
        one.
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
    >>> mlp = MLPCharLM(random_state=0).fit(train)
    >>> mlp.score(held_out) > BigramCountLM().fit(train).score(held_out)
    True
    """

    block_size: int = parameter(AT_LEAST_1, default=3)
    embedding_dim: int = parameter(AT_LEAST_1, default=10)
    hidden_size: int = parameter(AT_LEAST_1, default=200)
    n_layers: int = parameter(AT_LEAST_1, default=1)
    activation: str = parameter(StrOptions(set(ACTIVATIONS)), default="tanh")
    dropout: float = parameter(SHARE, default=0.0)
    solver: str = parameter(StrOptions({"adamw", "sgd"}), default="adamw")
    learning_rate: float | None = parameter(ABOVE_0, None, default=None)
    batch_size: int | None = parameter(AT_LEAST_1, None, default=None)

    _module_class = MLP
    _recipes: ClassVar[dict[str, Recipe]] = {
        "adamw": AdamW(passes=8, most_steps=1_000, learning_rate=0.02, batch_size=256),
        "sgd": LectureSGD(),
    }

    @property
    def _recipe(self) -> Recipe:
        return self._recipes[self.solver]
