"""What follows the makemore lectures to the letter."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_makemore._core.models import FloatArray, Rows
from sklearn_makemore._neural.bigram import LogitTable, logit_table, penalised_loss
from sklearn_makemore._neural.data import cumulative_shares


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
    module : LogitTable
    counts : ndarray of shape (V, V), float64
    alpha : float
        Weight of the mean of the squared weights.
    rates : list of float
        Learning rate of each step.
    """

    def __init__(
        self, module: LogitTable, counts: NDArray[np.float64], alpha: float, rates: list[float]
    ) -> None:
        self._weights = module.table.weight
        self._counts = torch.from_numpy(counts).to(self._weights.device, torch.float32)
        self._alpha = alpha
        self._rates = rates

    def take(self, steps: range, losses: list[Tensor]) -> None:
        for step in steps:
            loss = penalised_loss(self._weights, self._counts, self._alpha)
            (gradient,) = torch.autograd.grad(loss, self._weights)
            self._weights.data -= self._rates[step] * gradient
            losses.append(loss.detach())


def first_table(n_symbols: int, generator: torch.Generator) -> LogitTable:
    """Return the neural bigram of random weights that the lecture begins with."""
    return logit_table(torch.randn((n_symbols, n_symbols), generator=generator))


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

    def take(self, steps: range, losses: list[Tensor]) -> None:
        for step in steps:
            rows = self._draw().to(self._device)
            loss = torch.nn.functional.cross_entropy(
                self._module(self._windows[rows]), self._targets[rows]
            )
            gradients = torch.autograd.grad(loss, self._parameters)
            for parameter, gradient in zip(self._parameters, gradients, strict=True):
                parameter.data -= self._rates[step] * gradient
            losses.append(loss.detach())

    def _draw(self) -> Tensor:
        n = len(self._windows)
        if self._cumulative is None:
            return torch.randint(0, n, (self._batch_size,), generator=self._generator)
        u = torch.rand(self._batch_size, generator=self._generator, dtype=torch.float64)
        rows = torch.searchsorted(self._cumulative, u * self._cumulative[-1], right=True)
        return rows.clamp_(max=n - 1)
