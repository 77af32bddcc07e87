"""Torch modules that know nothing of this library, as architectures."""

# SPDX-License-Identifier: BSD-3-Clause

import inspect
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sklearn_makemore._core.learnt import check_array, check_type
from sklearn_makemore._neural.learnt import LearntNetwork
from sklearn_makemore._neural.making import as_tensor, buffers_of, without_memory
from sklearn_makemore._neural.modules import (
    CharModule,
    SeededDropout,
    SequenceModule,
    State,
    WindowModule,
)
from sklearn_makemore._neural.training import TrainingResult
from sklearn_makemore._text.vocabulary import Vocabulary

MAKING = threading.RLock()  # torch has one global generator for all threads


@contextmanager
def drawing_from(seed: int | None) -> Iterator[None]:
    """Have torch's global generator draw from a seed, if there is one, and leave it as it was."""
    with MAKING, torch.random.fork_rng(devices=[]):
        if seed is not None:
            torch.default_generator.manual_seed(seed)
        yield


class EmbeddedGRU(nn.Module):
    """What reads words from their start if nothing else is given."""

    def __init__(
        self, n_inputs: int, n_targets: int, embedding_dim: int = 32, hidden_size: int = 128
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_inputs, embedding_dim)
        self.hidden = nn.GRU(embedding_dim, hidden_size, batch_first=True)
        self.output = nn.Linear(hidden_size, n_targets)

    def forward(self, codes: Tensor) -> Tensor:
        hidden = self.hidden(self.embedding(codes))[0]  # (B, T) -> (B, T, H)
        logits: Tensor = self.output(hidden)  # (B, T, H) -> (B, T, V)
        return logits


class EmbeddedMLP(nn.Sequential):
    """What looks at windows if nothing else is given."""

    def __init__(
        self,
        n_inputs: int,
        n_targets: int,
        block_size: int,
        embedding_dim: int = 16,
        hidden_size: int = 128,
    ) -> None:
        super().__init__(
            nn.Embedding(n_inputs, embedding_dim),
            nn.Flatten(),
            nn.Linear(block_size * embedding_dim, hidden_size),
            nn.Tanh(),
            nn.Linear(hidden_size, n_targets),
        )


class OwnWindow(WindowModule):
    """A module from windows (B, block_size) to logits (B, n_targets)."""

    def __init__(
        self,
        n_inputs: int,
        n_targets: int,
        *,
        kind: str,
        module: type[nn.Module] | None,
        module_params: Mapping[str, Any],
        block_size: int,
    ) -> None:
        super().__init__(n_inputs, n_targets, block_size)
        given = {"n_inputs": n_inputs, "n_targets": n_targets, "block_size": block_size}
        self.own = make_own(EmbeddedMLP if module is None else module, given, module_params)

    def forward(self, windows: Tensor) -> Tensor:
        expected = (len(windows), self.n_targets)
        return logits_of(self.own(windows), expected, self.own, "window")

    def embeddings(self) -> list[Tensor]:
        return symbol_embeddings(self)


class OwnSequence(SequenceModule):
    """A module from codes (B, T) to logits (B, T, n_targets).

    One that can go on reading, a `SequenceModule`, does; others read all symbols again.
    """

    def __init__(
        self,
        n_inputs: int,
        n_targets: int,
        *,
        kind: str,
        module: type[nn.Module] | None,
        module_params: Mapping[str, Any],
        block_size: int,
    ) -> None:
        super().__init__(n_inputs, n_targets)
        given = {"n_inputs": n_inputs, "n_targets": n_targets, "block_size": block_size}
        self.own = make_own(EmbeddedGRU if module is None else module, given, module_params)

    def forward(self, codes: Tensor) -> Tensor:
        expected = (*codes.shape, self.n_targets)
        try:
            logits = self.own(codes)
        except IndexError as error:
            raise ValueError(
                f"{type(self.own).__name__} fails on words of {codes.shape[1] - 1} symbols: "
                f"{error}. Make its table of positions longer, leave out longer words, or give "
                "`sample` a max_length."
            ) from error
        return logits_of(logits, expected, self.own, "sequence")

    def init_state(self, n: int, device: torch.device) -> State:
        if isinstance(self.own, SequenceModule):
            return self.own.init_state(n, device)
        return super().init_state(n, device)

    def read(self, codes: Tensor, state: State) -> tuple[Tensor, State]:
        if isinstance(self.own, SequenceModule):
            return self.own.read(codes, state)
        return super().read(codes, state)

    def embeddings(self) -> list[Tensor]:
        return symbol_embeddings(self)


OwnModule = OwnWindow | OwnSequence
KINDS: dict[str, type[OwnModule]] = {"sequence": OwnSequence, "window": OwnWindow}


@dataclass(frozen=True)
class LearntModule(LearntNetwork):
    """A trained network that learns into buffers, too.

    Parameters
    ----------
    buffers_ : list of ndarray
        Buffers that the state of the module holds, in order of their names.
    """

    buffers_: list[NDArray[Any]] = field(default_factory=list)

    @classmethod
    def of_training(
        cls,
        module: CharModule,
        architecture: dict[str, Any],
        result: TrainingResult,
        n_predictions: float,
    ) -> Self:
        learnt = super().of_training(module, architecture, result, n_predictions)
        buffers = [each.cpu().numpy().copy() for each in buffers_of(module).values()]
        return replace(learnt, buffers_=buffers)

    def fill(self, module: CharModule) -> CharModule:
        for buffer, values in zip(buffers_of(module).values(), self.buffers_, strict=True):
            buffer.copy_(as_tensor(values))
        return super().fill(module)

    def checked(self, vocabulary: Vocabulary) -> Self:
        check_type("buffers_", self.buffers_, list)
        super().checked(vocabulary)
        architecture, _ = self.kind.from_attributes(self.network)
        new = without_memory(lambda: self._new(vocabulary, architecture))
        wanted = list(buffers_of(new).values())
        if len(self.buffers_) != len(wanted):
            raise ValueError(f"buffers_ is not a list of {len(wanted)}")
        for i, (values, buffer) in enumerate(zip(self.buffers_, wanted, strict=True)):
            dtype = str(buffer.dtype).removeprefix("torch.")
            check_array(f"buffers_[{i}]", values, tuple(buffer.shape), dtype)
        return self


def make_own(
    kind: type[nn.Module], given: Mapping[str, Any], parameters: Mapping[str, Any]
) -> nn.Module:
    """Make a module in float32, with what it asks for by name of what is given, and parameters.

    Raises
    ------
    TypeError
        If that is not possible.
    """
    taken = inspect.signature(kind).parameters.values()
    takes_all = any(each.kind == each.VAR_KEYWORD for each in taken)
    names = given.keys() if takes_all else given.keys() & {each.name for each in taken}
    try:
        with drawing_from(None):
            made = kind(**{name: given[name] for name in names}, **parameters)
    except TypeError as error:
        raise TypeError(
            f"{kind.__name__} cannot be made: {error}. It is called with those of "
            f"{', '.join(given)} that its __init__ names, and with module_params="
            f"{dict(parameters)!r:.200}, which must hold the other arguments."
        ) from error
    if any(isinstance(each, nn.parameter.UninitializedParameter) for each in made.parameters()):
        raise TypeError(f"{kind.__name__} has lazy layers: give all layers their sizes.")
    draw_from_seeds(made)
    return made.float()


def draw_from_seeds(module: nn.Module) -> None:
    """Put layers that draw from a generator of their own in place of torch's dropout."""
    for layer in list(module.modules()):
        for name, inner in list(layer.named_children()):
            if type(inner) is nn.Dropout:
                setattr(layer, name, SeededDropout(inner.p))


def symbol_embeddings(module: OwnModule) -> list[Tensor]:
    """Return the weights of the embeddings with as many rows as there are symbols to read."""
    layers = (layer for layer in module.modules() if isinstance(layer, nn.Embedding))
    return [layer.weight for layer in layers if layer.num_embeddings == module.n_inputs]


def logits_of(values: Any, expected: tuple[int, ...], module: nn.Module, kind: str) -> Tensor:
    """Return logits in float32, if that is what a module has returned."""
    if isinstance(values, Tensor) and values.shape == expected:
        return values.float()
    found = tuple(values.shape) if isinstance(values, Tensor) else f"a {type(values).__name__}"
    per = "after each symbol" if kind == "sequence" else "after each window"
    raise TypeError(
        f"{type(module).__name__} returns {found}, where kind={kind!r} needs logits of shape "
        f"{expected}: have its forward return one for each of n_targets symbols {per}, or set "
        f"kind={'window' if kind == 'sequence' else 'sequence'!r}."
    )
