"""What an architecture is: a torch module from windows of symbols to logits."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

Module = TypeVar("Module", bound=nn.Module)


class WindowModule(nn.Module):
    """A module that looks at a fixed number of symbols.

    ``forward(windows)`` takes int64 codes of shape (B, block_size), oldest symbol first, and
    returns logits of shape (B, n_targets). Loss, weights, randomness and devices belong to
    training.

    Parameters
    ----------
    n_inputs : int
        Symbols that may stand in a window, an unknown one included.
    n_targets : int
        Symbols that may be predicted, the unknown one left out.
    block_size : int
        Symbols of a window.
    """

    def __init__(self, n_inputs: int, n_targets: int, block_size: int) -> None:
        super().__init__()
        self.n_inputs = n_inputs
        self.n_targets = n_targets
        self.block_size = block_size


class SeededDropout(nn.Dropout):
    """Dropout that draws its masks from a generator of its own, not from torch's global one."""

    generator: torch.Generator | None = None

    def forward(self, values: Tensor) -> Tensor:
        if not self.training or self.p == 0 or self.generator is None:
            return super().forward(values)
        drawn = torch.rand(values.shape, generator=self.generator, device=values.device)
        return values * (drawn >= self.p) / (1 - self.p)


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


def without_initialisation(kind: type[Module], *arguments: Any, **parameters: Any) -> Module:
    """Make a module whose weights have no values yet, without drawing any random numbers."""
    with _SkipInitialisation():
        return kind(*arguments, **parameters)


class _SkipInitialisation(TorchFunctionMode):
    """Makes the functions of ``torch.nn.init`` leave tensors as they are."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__module__", None) == nn.init.__name__:
            return kwargs["tensor"] if "tensor" in kwargs else args[0]
        return func(*args, **kwargs)


def copy_weights(source: nn.Module, target: nn.Module) -> None:
    """Give a module the weights of another whose parameters have the same order and shapes."""
    with torch.no_grad():
        for value, parameter in zip(source.parameters(), target.parameters(), strict=True):
            parameter.copy_(value)


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Give every layer torch's usual initial weights, drawn from `generator`.

    Parameters
    ----------
    module : torch.nn.Module
        Of Linear, Embedding and normalisation layers.
    generator : torch.Generator
        On the CPU.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            bound = layer.in_features**-0.5
            nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
            if layer.bias is not None:
                nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
        elif isinstance(layer, nn.Embedding):
            nn.init.normal_(layer.weight, generator=generator)
