"""What an architecture is: a torch module from windows, or beginnings, of words to logits."""

# SPDX-License-Identifier: BSD-3-Clause

import inspect
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.limits import check_working_memory
from sklearn_makemore._neural.data import TrainingData, WindowData, known_table, require_known
from sklearn_makemore._neural.device import do_without_lost_threads
from sklearn_makemore._neural.sequence_data import SequenceData
from sklearn_makemore._text.coded_words import CodedWords

Module = TypeVar("Module", bound=nn.Module)
State = tuple[Tensor, ...]
Weights = NDArray[np.float32]
BYTES_PER_PLACE = 2  # of a context before it is counted, at least: a code, and its copy
LONGEST_WORD = 8_192  # predictions: attention needs their square
LARGEST_WORD = 2**27  # logits of a word: 512 MiB in float32
NEW_TENSORS = {
    torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.tensor,
    torch.arange,
}  # fmt: skip


class CharModule(nn.Module):
    """A module whose logits say which symbol comes next. Its first weights embed the symbols.

    Loss, weights, randomness and devices belong to training. It is made with ``n_inputs``,
    ``n_targets`` and, by keyword, the parameters of its estimator that it names in ``__init__``;
    all of these but `dropout` decide its shape.

    Parameters
    ----------
    n_inputs : int
        Symbols that may be read, an unknown one included.
    n_targets : int
        Symbols that may be predicted, the unknown one left out.
    """

    def __init__(self, n_inputs: int, n_targets: int) -> None:
        super().__init__()
        self.n_inputs = n_inputs
        self.n_targets = n_targets

    @classmethod
    def parameter_names(cls) -> list[str]:
        """Return the parameters of the estimator that ``__init__`` takes by keyword.

        Returns
        -------
        names : list of str
            In order of the signature.
        """
        arguments = inspect.signature(cls.__init__).parameters.values()
        return [each.name for each in arguments if each.kind == each.KEYWORD_ONLY]

    def embeddings(self) -> list[Tensor]:
        """Return the weights that have a row for each symbol to read.

        Returns
        -------
        embeddings : list of Tensor
            The last row of each becomes the mean of the others, where there is an unknown symbol.
        """
        return [next(self.parameters())]

    @classmethod
    @abstractmethod
    def n_batches(cls, words: CodedWords | ContextTable, passes: int, batch_size: int) -> int:
        """Return how many batches pass so often over what such a module is trained on.

        Parameters
        ----------
        words : CodedWords or ContextTable
            What it is trained on.
        passes : int
            How often.
        batch_size : int
            Rows of a batch.

        Returns
        -------
        n_batches : int
            How many.
        """

    @abstractmethod
    def training_data(self, words: CodedWords | ContextTable) -> TrainingData:
        """Return the rows to train on, on the CPU.

        Parameters
        ----------
        words : CodedWords or ContextTable
            The words, or their contexts where it looks at windows.

        Returns
        -------
        data : TrainingData
            The rows, from which batches are drawn.

        Raises
        ------
        ValueError
            If every prediction involves unknown characters.
        """

    @staticmethod
    def to_attributes(architecture: dict[str, Any], weights: list[Weights]) -> dict[str, Any]:
        """Return the fitted attributes that hold a network.

        Parameters
        ----------
        architecture : dict of str to object
            The parameters that decide its shape.
        weights : list of ndarray, float32
            Its weights in order.

        Returns
        -------
        attributes : dict of str to object
            What `from_attributes` takes.
        """
        return {"architecture_": architecture, "weights_": weights}

    @staticmethod
    def from_attributes(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], list[Weights]]:
        """Return shape and weights from fitted attributes; the inverse of `to_attributes`.

        Parameters
        ----------
        attributes : dict of str to object
            What `to_attributes` returned.

        Returns
        -------
        architecture : dict of str to object
            The parameters that decide the shape.
        weights : list of ndarray, float32
            The weights in order.
        """
        return attributes["architecture_"], attributes["weights_"]


class WindowModule(CharModule):
    """A module that looks at a fixed number of symbols.

    ``forward(windows)`` takes int64 codes of shape (B, block_size), oldest symbol first, and
    returns logits of shape (B, n_targets). It is trained on the table of contexts.

    Parameters
    ----------
    n_inputs : int
        Symbols that may be read, an unknown one included.
    n_targets : int
        Symbols that may be predicted, the unknown one left out.
    block_size : int
        Symbols of a window.

    See Also
    --------
    sklearn_makemore.base.SequenceModule : Looks at all symbols.
    sklearn_makemore.base.NetworkLM : Trains it.

    Examples
    --------
    >>> import torch
    >>> from sklearn_makemore import MLPCharLM
    >>> from sklearn_makemore.base import WindowModule
    >>> module = MLPCharLM(max_steps=50).fit(["anna", "hanna"]).to_torch()
    >>> isinstance(module, WindowModule), module(torch.tensor([[0, 0, 1]])).shape
    (True, torch.Size([1, 4]))
    """

    def __init__(self, n_inputs: int, n_targets: int, block_size: int) -> None:
        super().__init__(n_inputs, n_targets)
        self.block_size = block_size

    @classmethod
    def n_batches(cls, words: CodedWords | ContextTable, passes: int, batch_size: int) -> int:
        return round(passes * n_predictions(words) / batch_size)

    def training_data(self, words: CodedWords | ContextTable) -> WindowData:
        if isinstance(words, CodedWords):
            check_working_memory(
                words.n_predictions * self.block_size * BYTES_PER_PLACE,
                f"The contexts of block_size={self.block_size} symbols before each of "
                f"{words.n_predictions} predictions",
                "Lower block_size.",
            )
        table = known_table(words, self.block_size, self.n_targets)
        return WindowData.from_table(table, self.n_targets)


class SequenceModule(CharModule):
    """A module that looks at all symbols up to the one it predicts.

    ``forward(codes)`` takes int64 codes of shape (B, T), the first of each row the boundary that
    begins a word, and returns logits of shape (B, T, n_targets) of the symbol after each. It is
    causal: logits do not depend on later codes. It is trained on the distinct words.

    A module that can go on from what it has read overrides `init_state` and `read`, and has
    `forward` call them. Here they keep the symbols and read them all again.

    Parameters
    ----------
    n_inputs : int
        Symbols that may be read, an unknown one included.
    n_targets : int
        Symbols that may be predicted, the unknown one left out.
    state_size : int
        Numbers that the state of a word holds, at least about; bounds how many are kept.

    See Also
    --------
    sklearn_makemore.base.WindowModule : Looks at the last symbols only.
    sklearn_makemore.base.NetworkLM : Trains it.

    Examples
    --------
    >>> import torch
    >>> from sklearn_makemore import RNNCharLM
    >>> from sklearn_makemore.base import SequenceModule
    >>> module = RNNCharLM(max_steps=50).fit(["anna", "hanna"]).to_torch()
    >>> isinstance(module, SequenceModule), module(torch.tensor([[0, 1, 3]])).shape
    (True, torch.Size([1, 3, 4]))
    """

    def __init__(self, n_inputs: int, n_targets: int, state_size: int = 64) -> None:
        super().__init__(n_inputs, n_targets)
        self.state_size = state_size

    @classmethod
    def n_batches(cls, words: CodedWords | ContextTable, passes: int, batch_size: int) -> int:
        assert isinstance(words, CodedWords)
        n_distinct = int(words.numbered().max()) + 1
        return -(-passes * n_distinct // batch_size)

    def training_data(self, words: CodedWords | ContextTable) -> SequenceData:
        assert isinstance(words, CodedWords)
        check_longest(int(words.predictions_per_word.max()), self.n_targets)
        data = SequenceData.from_words(words)
        require_known(data.n_words)
        return data

    def init_state(self, n: int, device: torch.device) -> State:
        """Return the state of words of which nothing has been read.

        Parameters
        ----------
        n : int
            How many words.
        device : torch.device
            Where the state is to be.

        Returns
        -------
        state : tuple of Tensor, each of shape (n, ...)
            What `read` takes.
        """
        return (torch.empty((n, 0), dtype=torch.int64, device=device),)

    def read(self, codes: Tensor, state: State) -> tuple[Tensor, State]:
        """Go on reading.

        Parameters
        ----------
        codes : Tensor of shape (B, T), int64
            The next T symbols of each word.
        state : tuple of Tensor, each of shape (B, ...)
            What `init_state` or the last `read` returned; it is not changed. All words of a batch
            have been read as far.

        Returns
        -------
        logits : Tensor of shape (B, T, n_targets)
            Of the symbol after each.
        state : tuple of Tensor, each of shape (B, ...)
            After all T.
        """
        all_codes = torch.cat([state[0], codes], dim=1)  # (B, T so far + T)
        logits: Tensor = self(all_codes)
        return logits[:, state[0].shape[1] :], (all_codes,)


class SeededDropout(nn.Dropout):
    """Dropout that draws its masks from a generator of its own, not from torch's global one.

    Training gives it the generator. Until then it is torch's.

    Parameters
    ----------
    p : float, default=0.5
        Share of the values that training sets to 0.
    inplace : bool, default=False
        Not used.

    See Also
    --------
    torch.nn.Dropout : Draws from the global generator.

    Examples
    --------
    >>> import torch
    >>> from sklearn_makemore.base import SeededDropout
    >>> layer = SeededDropout(0.5)
    >>> layer.generator = torch.Generator().manual_seed(0)
    >>> sorted(set(layer(torch.ones(100)).tolist()))
    [0.0, 2.0]
    """

    generator: torch.Generator | None = None

    def forward(self, values: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return values
        if self.generator is None:
            return super().forward(values)
        drawn = torch.rand(values.shape, generator=self.generator, device=values.device)
        return values * (drawn >= self.p) / (1 - self.p)


@contextmanager
def computing_gradients() -> Iterator[None]:
    """Have torch record gradients in this thread, and leave its modes as they were.

    An interruption may fall between the steps of torch's own context managers, which then leave
    recording off; here it is put back.
    """
    do_without_lost_threads()
    before = torch.is_grad_enabled()
    try:
        with torch.inference_mode(False):
            torch.set_grad_enabled(True)
            yield
    finally:
        torch.set_grad_enabled(before)


def seeded_generator(seed: int) -> torch.Generator:
    """Return a generator on the CPU."""
    return torch.Generator().manual_seed(seed)


def permutation(n: int, generator: torch.Generator) -> NDArray[np.int64]:
    """Return 0 .. n - 1 in random order."""
    order: NDArray[np.int64] = torch.randperm(n, generator=generator).numpy()
    return order


def seed_dropout(module: nn.Module, generator: torch.Generator) -> None:
    """Give every dropout layer a generator on its module's device, seeded from `generator`."""
    device = next(module.parameters()).device
    for layer in module.modules():
        if isinstance(layer, SeededDropout):
            seed = int(torch.randint(2**62, (1,), generator=generator))
            layer.generator = torch.Generator(device).manual_seed(seed)


def without_initialisation(kind: type[Module], /, *arguments: Any, **parameters: Any) -> Module:
    """Make a module without drawing random numbers; `initialise` gives its weights values."""
    with _making():
        return kind(*arguments, **parameters)


@contextmanager
def _making(device: str | None = None) -> Iterator[None]:
    mode = _WithoutInitialisation(device)
    try:
        with mode:
            yield
    finally:
        mode.is_on = False


class _WithoutInitialisation(TorchFunctionMode):
    """Makes the functions of ``torch.nn.init`` that draw leave tensors as they are.

    Layers of Linear, Embedding and recurrent kinds call no others. With a device, new tensors are
    there. Torch would keep a mode for ever whose end is interrupted, and its own for devices would
    go on then: this one changes nothing when it is not on.
    """

    def __init__(self, device: str | None) -> None:
        super().__init__()
        self.is_on = True
        self._device = device

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if self.is_on:
            if getattr(func, "__module__", None) == nn.init.__name__:
                return kwargs["tensor"] if "tensor" in kwargs else args[0]
            if self._device is not None and func in NEW_TENSORS:
                kwargs = kwargs | {"device": self._device}
        return func(*args, **kwargs)


def n_predictions(words: CodedWords | ContextTable) -> float:
    """Return the weighted number of predictions."""
    if isinstance(words, ContextTable):
        return float(words.counts.sum())
    weights = words.prediction_weights()
    return float(words.n_predictions if weights is None else weights.sum())


def check_longest(n_predictions: int, n_targets: int) -> None:
    """Refuse a word too long to be trained on at once."""
    most = min(LONGEST_WORD, LARGEST_WORD // n_targets)
    if n_predictions > most:
        raise ValueError(
            f"A word has {n_predictions - 1} symbols; networks that read words from their start "
            f"learn from at most {most - 1}, with {n_targets} symbols to predict. Leave it out or "
            "cut it, or use NGramCountLM or MLPCharLM, which look at a few symbols only."
        )


def weights_of(module: CharModule) -> list[Weights]:
    """Return copies of a module's weights, in the order of its parameters.

    The embedding of an unknown symbol, which no training sees, is the mean of the others.
    """
    weights: dict[Tensor, Weights] = {
        each: each.detach().cpu().numpy().copy() for each in module.parameters()
    }
    if module.n_inputs > module.n_targets:
        for embedding in module.embeddings():
            weights[embedding][-1] = weights[embedding][:-1].mean(axis=0)
    return list(weights.values())


def load_weights(weights: Iterable[Weights | Tensor], module: Module) -> Module:
    """Give a module weights in the order of its parameters, and return it."""
    with torch.no_grad():
        for value, parameter in zip(weights, module.parameters(), strict=True):
            parameter.copy_(as_tensor(value))
    return module


def as_tensor(values: NDArray[Any] | Tensor) -> Tensor:
    """Return values as a tensor; arrays of a file may be read-only, of which torch would warn."""
    return torch.as_tensor(np.require(values, requirements="W"))


def shapes_of(module: nn.Module) -> list[tuple[int, ...]]:
    """Return the shapes of a module's weights."""
    return [tuple(weights.shape) for weights in module.parameters()]


def shapes_of_new(make: Callable[[], nn.Module]) -> list[tuple[int, ...]]:
    """Return the shapes of the weights of the module that `make` would make, making none."""
    return shapes_of(without_memory(make))


def without_memory(make: Callable[[], Module]) -> Module:
    """Return a module that has shapes only, or a whole one if it needs numbers to be made."""
    try:
        with _making("meta"):
            return make()
    except (RuntimeError, TypeError) as error:
        if "meta" not in str(error):
            raise
        return make()


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Give every layer torch's usual initial weights, drawn from `generator`.

    Parameters
    ----------
    module : torch.nn.Module
        Of Linear, Embedding, LayerNorm and recurrent layers. A layer of another kind that has
        weights of its own has a method ``initialise(generator)``.
    generator : torch.Generator
        On the CPU.

    Raises
    ------
    TypeError
        If a layer's weights would be left without values.
    """
    for layer in module.modules():
        own = getattr(layer, "initialise", None)
        if callable(own):
            own(generator)
            continue
        if isinstance(layer, nn.Linear):
            bound = layer.in_features**-0.5
            nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
            if layer.bias is not None:
                nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
        elif isinstance(layer, nn.Embedding):
            nn.init.normal_(layer.weight, generator=generator)
        elif isinstance(layer, nn.LayerNorm):
            nn.init.ones_(layer.weight)
            nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.RNNBase):
            bound = layer.hidden_size**-0.5
            for weights in layer.parameters():
                nn.init.uniform_(weights, -bound, bound, generator=generator)
        elif any(True for _ in layer.parameters(recurse=False)):
            raise TypeError(
                f"{type(layer).__name__} has weights that nothing gives a first value: write a "
                "method initialise(generator) for it."
            )
