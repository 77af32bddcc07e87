"""What follows the makemore lectures to the letter."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_makemore._core.context_table import ContextTable, Source
from sklearn_makemore._core.models import FloatArray, Rows
from sklearn_makemore._neural.data import cumulative_shares, require_known, rows_at
from sklearn_makemore._neural.making import seed_dropout
from sklearn_makemore._neural.modules import WindowModule
from sklearn_makemore._text.coded_words import CodedWords


class MultinomialDraw:
    """The lectures' draw: ``torch.multinomial`` in float32, one symbol at a time.

    Parameters
    ----------
    generator : torch.Generator
        Advanced by one draw for every symbol, word after word.
    """

    words_at_once = 1

    def __init__(self, generator: torch.Generator) -> None:
        self._generator = generator

    def __call__(
        self, probabilities: FloatArray, rows: Rows, candidates: NDArray[np.int64], step: int
    ) -> NDArray[np.int64]:
        row = probabilities[rows]
        if not row.any():
            return np.array([row.shape[1]])
        weights = torch.from_numpy(row).to(self._generator.device, torch.float32)
        code = torch.multinomial(weights, 1, replacement=True, generator=self._generator)
        return code[0].cpu().numpy()


class FullBatchSteps:
    """Gradient descent on all predictions at once, as the lecture trains the neural bigram.

    The lecture multiplies one-hot rows of single predictions with the weights; counts of equal
    predictions give the same loss and gradient.

    Parameters
    ----------
    weights : torch.nn.Parameter
        Changed in place.
    objective : callable
        Returns the loss of the weights, a scalar.
    rates : list of float
        Learning rate of each step.
    """

    def __init__(
        self, weights: torch.nn.Parameter, objective: Callable[[Tensor], Tensor], rates: list[float]
    ) -> None:
        self._weights = weights
        self._objective = objective
        self._rates = rates

    def take(self, step: int) -> Tensor:
        loss = self._objective(self._weights)
        (gradient,) = torch.autograd.grad(loss, self._weights)
        self._weights.data -= self._rates[step] * gradient
        return loss.detach()

    def state(self) -> dict[str, Tensor]:
        return {}

    def restore(self, state: dict[str, Tensor]) -> None:
        return None


def initialise_as_lecture(module: torch.nn.Module, generator: torch.Generator) -> None:
    """Draw every weight from ``torch.randn``: the embedding, then weights and bias by layer.

    A linear layer of torch holds the transpose of the lecture's matrix.
    """
    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, torch.nn.Embedding):
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator))
            elif isinstance(layer, torch.nn.Linear):
                drawn = torch.randn(layer.weight.T.shape, generator=generator)
                layer.weight.copy_(drawn.T)
                if layer.bias is not None:
                    layer.bias.copy_(torch.randn(layer.bias.shape, generator=generator))


@dataclass(frozen=True)
class LectureSGD:
    """The recipe of the lecture on the MLP: single predictions, the rate divided by 10 at half.

    Parameters
    ----------
    learning_rate : float, default=0.1
        Where that of the estimator is None.
    batch_size : int, default=32
        Where that of the estimator is None.
    steps_taken : int, default=200_000
        Where the estimator is given none.
    blocks_per_look : int, default=20
        Its steps are small, and the losses of few of them noisy.
    """

    learning_rate: float = 0.1
    batch_size: int = 32
    steps_taken: int = 200_000
    blocks_per_look: int = 20

    passes = 0
    initialise = staticmethod(initialise_as_lecture)

    def n_steps(self, n_batches: int) -> int:
        """Return how many steps to take, whatever the data."""
        return self.steps_taken

    def rates(self, n_steps: int, highest: float) -> list[float]:
        """Return the learning rate of every step."""
        n_fast = (n_steps + 1) // 2
        return [highest] * n_fast + [highest / 10] * (n_steps - n_fast)

    def steps(
        self,
        module: WindowModule,
        words: Source,
        rates: list[float],
        batch_size: int,
        weight_decay: float,
        generator: torch.Generator,
    ) -> "SinglePredictionSteps":
        """Return what takes the steps; there is no weight decay in the lecture."""
        if isinstance(words, ContextTable):
            raise ValueError(
                "solver='sgd' draws single predictions in the order of the words: give it the "
                "words, not counts of them, or solver='adamw'."
            )
        seed_dropout(module, generator)
        predictions = known_predictions(words, module.block_size)
        return SinglePredictionSteps(module, *predictions, rates, batch_size, generator)


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


class SinglePredictionSteps:
    """Stochastic gradient descent on single predictions, as the lecture trains the MLP.

    Parameters
    ----------
    module : torch.nn.Module
    windows : ndarray of shape (n, block_size), int64
        The context of every prediction, in the order of the words.
    targets : ndarray of shape (n,), int64
    weights : ndarray of shape (n,), float64, or None
        Predictions are drawn in proportion to them. The lecture has none.
    rates : list of float
        Learning rate of each step.
    batch_size : int
    generator : torch.Generator
        On the CPU; draws one ``torch.randint`` a step.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        windows: NDArray[np.int64],
        targets: NDArray[np.int64],
        weights: NDArray[np.float64] | None,
        rates: list[float],
        batch_size: int,
        generator: torch.Generator,
    ) -> None:
        self._module = module
        self._parameters = list(module.parameters())
        self._device = self._parameters[0].device
        self._windows = torch.from_numpy(windows).to(self._device)
        self._targets = torch.from_numpy(targets).to(self._device)
        self._cumulative = None if weights is None else cumulative_shares(torch.from_numpy(weights))
        self._rates = rates
        self._batch_size = batch_size
        self._generator = generator

    def take(self, step: int) -> Tensor:
        rows = self._draw().to(self._device)
        loss = torch.nn.functional.cross_entropy(
            self._module(self._windows[rows]), self._targets[rows]
        )
        gradients = torch.autograd.grad(loss, self._parameters)
        for parameter, gradient in zip(self._parameters, gradients, strict=True):
            parameter.data -= self._rates[step] * gradient
        return loss.detach()

    def _draw(self) -> Tensor:
        n = len(self._windows)
        if self._cumulative is None:
            return torch.randint(0, n, (self._batch_size,), generator=self._generator)
        u = torch.rand(self._batch_size, generator=self._generator, dtype=torch.float64)
        return rows_at(self._cumulative, u * self._cumulative[-1])

    def state(self) -> dict[str, Tensor]:
        return {"generator": self._generator.get_state()}

    def restore(self, state: dict[str, Tensor]) -> None:
        self._generator.set_state(state["generator"])
