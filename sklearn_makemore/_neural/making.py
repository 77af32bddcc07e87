"""Making networks: where they are, what their weights are drawn from, and weights as arrays."""

# SPDX-License-Identifier: BSD-3-Clause

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from sklearn_makemore._neural.modules import CharModule, SeededDropout, Weights
from sklearn_makemore._text.vocabulary import Vocabulary

Module = TypeVar("Module", bound=nn.Module)
IMPORTED_IN = os.getpid()
NEW_TENSORS = {  # the functions of torch that make tensors, which have an argument `device`
    torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.tensor,
    torch.arange,
}  # fmt: skip


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


def weights_of(module: CharModule) -> list[Weights]:
    """Return copies of a module's weights, in the order of its parameters.

    The embedding of an unknown symbol, which no training sees, is the mean of the others.
    """
    # Copies, because views would change with the module, and keep all of it alive.
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


def buffers_of(module: nn.Module) -> dict[str, Tensor]:
    """Return by name the buffers that a module's state holds, in order of their names."""
    weights = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    state = module.state_dict()
    return {name: state[name] for name in sorted(state.keys() - weights)}


def shapes_of(module: nn.Module) -> list[tuple[int, ...]]:
    """Return the shapes of a module's weights."""
    return [tuple(weights.shape) for weights in module.parameters()]


def shapes_of_new(make: Callable[[], nn.Module]) -> list[tuple[int, ...]]:
    """Return the shapes of the weights of the module that `make` would make, making none."""
    return shapes_of(without_memory(make))


def without_memory(make: Callable[[], Module]) -> Module:
    """Return a module that has shapes only, or a whole one if it needs numbers to be made."""
    # Not torch's own context for the device "meta", which imports 822 modules, its compiler among
    # them, and takes seconds.
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
    # Written out rather than left to the layers, which draw from torch's global generator.
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
            layer.reset_parameters()
        elif isinstance(layer, nn.RNNBase):
            bound = layer.hidden_size**-0.5
            for weights in layer.parameters():
                nn.init.uniform_(weights, -bound, bound, generator=generator)
        elif any(True for _ in layer.parameters(recurse=False)):
            raise TypeError(
                f"{type(layer).__name__} has weights that nothing gives a first value: write a "
                "method initialise(generator) for it."
            )


def new_module(
    kind: type[CharModule], vocabulary: Vocabulary, parameters: Mapping[str, Any]
) -> CharModule:
    """Return a network over some symbols, weights without values, on the CPU."""
    return without_initialisation(kind, vocabulary.n_symbols, vocabulary.n_known, **parameters)


def do_without_lost_threads() -> None:
    """Have torch compute in one thread if this process was forked from the one that imported it.

    The other threads have stayed behind in the parent, and GNU OpenMP would wait for them for ever.
    """
    if os.getpid() != IMPORTED_IN:
        torch.set_num_threads(1)


def resolve_device(device: Any) -> torch.device:
    """Return the device to fit on: "auto" is CUDA, else MPS, else the CPU.

    Raises
    ------
    TypeError
        If it is neither a string nor a torch.device.
    ValueError
        If the device is not there, saying which are.
    """
    if not isinstance(device, (str, torch.device)):
        raise TypeError(
            f"device must be 'auto', the name of a torch device or a torch.device, got "
            f"{device!r:.80}."
        )
    if device == "auto":
        return available_devices()[0]
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"device={device!r:.80} is no torch device: {error}") from None
    if not is_there(wanted):
        there = ", ".join(map(str, available_devices()))
        raise ValueError(f"device={str(device)!r} is not there; available: auto, {there}.")
    return wanted


def device_or_cpu(name: str) -> torch.device:
    """Return the device to score on: the CPU where the one a model was fitted on is missing."""
    device = torch.device(name)
    return device if is_there(device) else torch.device("cpu")


def is_there(device: torch.device) -> bool:
    """Tell whether tensors can be put on a device."""
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    return any(device.type == other.type for other in available_devices())


def available_devices() -> list[torch.device]:
    """Return the devices that are there, the preferred one first."""
    found = [torch.device("cuda", i) for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append(torch.device("mps"))
    return [*found, torch.device("cpu")]


def named_device(name: str) -> torch.device:
    """Return the device of this name, whether it is there or not.

    Raises
    ------
    ValueError
        If torch knows no such device.
    """
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"{name!r} is no torch device: {error}") from None
