"""Any torch module as a language model."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from sklearn.utils._param_validation import InvalidParameterError, StrOptions

from sklearn_makemore._estimators.network import ABOVE_0, AT_LEAST_1, NetworkLM
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._neural.adamw import AdamW
from sklearn_makemore._neural.making import new_module
from sklearn_makemore._neural.module_checks import check_causal, check_kept, check_trainable
from sklearn_makemore._neural.modules import CharModule
from sklearn_makemore._neural.own_module import KINDS, LearntModule, OwnModule, drawing_from
from sklearn_makemore._text.vocabulary import Vocabulary


class TorchCharLM(NetworkLM):
    """Language model of a torch module of your own.

    The module maps codes of symbols to logits, and need know nothing of this library. It is
    trained, scored, sampled and saved as the networks of the library are. Code 0 is the boundary,
    with which each word begins and ends; then come the symbols of words, and the unknown symbol, if
    there is one, which is read but never predicted.

    Its ``__init__`` draws the first weights, from `random_state`, and so do its layers
    ``nn.Dropout``; torch's global generator is left as it was. Weights are trained that ask for
    gradients, and buffers, such as the running means of batch normalisation, are kept. All are in
    float32.

    Parameters
    ----------
    module : class derived from torch.nn.Module, default=None
        What is trained. It is called with those of `n_inputs` (symbols that may be read),
        `n_targets` (symbols that may be predicted) and `block_size` that its ``__init__`` names,
        and with `module_params`. None is a small network: an embedding and a GRU of 128 units, or
        for windows a hidden layer.
    kind : {"sequence", "window"}, default="sequence"
        What its ``forward`` does. "sequence": from int64 codes (B, T), each row beginning with the
        boundary, to logits (B, T, n_targets) of the symbol after each; it must take any length and
        not look ahead. "window": from the last `block_size` codes (B, block_size) to logits
        (B, n_targets).
    module_params : dict of str to object, default=None
        Other arguments of the module by name. In a grid they are one parameter:
        ``{"module_params": [{"hidden_size": 64}, {"hidden_size": 256}]}``. Files hold numbers,
        strings, collections of these, and classes of modules.
    block_size : int, default=8
        Symbols of a window. A module for sequences gets it if it names it.
    learning_rate : float, default=0.005
        Highest rate of AdamW, which goes through one cycle; gradients are scaled down to a norm
        of at most 1.
    batch_size : int, default=128
        Rows of a step: words of about one length, or contexts, drawn in proportion to how often
        they occur.
    max_steps : int, default=None
        Steps; None means as many as pass 10 times over the words or predictions, at most 3,000, but
        at least 50.
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
        Weights of the module, in the order of ``to_torch().parameters()``.
    buffers_ : list of ndarray
        Buffers of the module that its ``state_dict()`` holds, in order of their names.
    architecture_ : dict
        The fitted `kind`, `module`, `module_params` and `block_size`.
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
    sklearn_makemore.base.NetworkLM : To make an architecture an estimator with parameters.
    sklearn_makemore.io.load : Reads a file of it, given the class of the module.
    RNNCharLM : Recurrent networks, which keep their state when they sample.

    Examples
    --------
    >>> from torch import nn
    >>> from sklearn_makemore import TorchCharLM
    >>> from sklearn_makemore.datasets import load_names
    >>> class Net(nn.Sequential):
    ...     def __init__(self, n_inputs, n_targets, block_size, width=64):
    ...         super().__init__(
    ...             nn.Embedding(n_inputs, 16), nn.Flatten(), nn.Linear(16 * block_size, width),
    ...             nn.BatchNorm1d(width), nn.Tanh(), nn.Dropout(0.1), nn.Linear(width, n_targets),
    ...         )
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> lm = TorchCharLM(Net, kind="window", block_size=4, random_state=0).fit(words)
    >>> lm.score(["giovanna"]) > lm.score(["annavoig"])
    True
    """

    module: Any = parameter(default=None, kw_only=False)
    kind: str = parameter(StrOptions(set(KINDS)), default="sequence")
    module_params: dict[str, Any] | None = parameter(dict, None, default=None)
    block_size: int = parameter(AT_LEAST_1, default=8)
    learning_rate: float = parameter(ABOVE_0, default=0.005)
    batch_size: int = parameter(AT_LEAST_1, default=128)

    _learnt_class = LearntModule
    _adamw: ClassVar[AdamW] = AdamW(passes=10, most_steps=3_000, largest_gradient=1.0)

    @property
    def _module_class(self) -> type[OwnModule]:  # type: ignore[override]
        return KINDS[self.kind]

    @classmethod
    def _learnt_from(cls, attributes: Mapping[str, Any]) -> LearntModule:
        kind = attributes["architecture_"]["kind"]
        return LearntModule.from_attributes(KINDS[kind], attributes)

    def _validate_params(self) -> None:
        super()._validate_params()
        of_class = isinstance(self.module, type) and issubclass(self.module, torch.nn.Module)
        if self.module is not None and not of_class:
            raise InvalidParameterError(
                "The 'module' parameter must be a class derived from torch.nn.Module, whose "
                f"arguments are given in module_params. Got {self.module!r:.200} instead."
            )

    def _architecture(self) -> dict[str, Any]:
        return super()._architecture() | {"module_params": copy.deepcopy(self.module_params or {})}

    def _new_module(self, vocabulary: Vocabulary) -> CharModule:
        return new_module(self._module_class, vocabulary, self._architecture())

    def _first_module(self, vocabulary: Vocabulary, generator: torch.Generator) -> OwnModule:
        self._checked_shapes(vocabulary)
        seed = int(torch.randint(2**62, (1,), generator=generator))
        with drawing_from(seed):
            sizes = vocabulary.n_symbols, vocabulary.n_known
            module = self._module_class(*sizes, **self._architecture())
        check_trainable(module)
        again = self._new_module(vocabulary)
        again.load_state_dict(module.state_dict())
        check_kept(module, again)
        check_causal(module)
        return module

    def to_torch(self) -> torch.nn.Module:
        module = super().to_torch()
        assert isinstance(module, OwnModule)
        return module.own
