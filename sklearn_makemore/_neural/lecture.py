"""What follows the makemore lectures to the letter."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from sklearn_makemore._core.models import FloatArray, Rows
from sklearn_makemore._neural.bigram import penalised_loss


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


def descend_bigram(
    counts: NDArray[np.float64],
    alpha: float,
    max_steps: int,
    learning_rate: float,
    start: NDArray[np.float64] | torch.Generator,
    device: torch.device,
    report: Callable[[int, float], None] | None = None,
) -> tuple[NDArray[np.float64], list[float]]:
    """Train the neural bigram by full-batch gradient descent, as the lecture does, in float32.

    The lecture multiplies one-hot rows of single predictions with the weights; counts of equal
    predictions give the same loss and gradient.

    Parameters
    ----------
    counts : ndarray of shape (V, V), float64
    alpha : float
        Weight of the mean of the squared weights.
    max_steps : int
    learning_rate : float
    start : ndarray of shape (V, V), or torch.Generator
        First weights, or what to draw them from.
    device : torch.device
    report : callable, default=None
        Called with the number of steps taken and the loss before the last.

    Returns
    -------
    weights : ndarray of shape (V, V), float64
    losses : list of float
        Loss before each step.
    """
    if isinstance(start, torch.Generator):
        first = torch.randn(counts.shape, generator=start)
    else:
        first = torch.from_numpy(start).float()
    weights = first.to(device).requires_grad_()
    on_device = torch.from_numpy(counts).to(weights.device, torch.float32)
    losses = []
    for _ in range(max_steps):
        loss = penalised_loss(weights, on_device, alpha)
        (gradient,) = torch.autograd.grad(loss, weights)
        weights.data -= learning_rate * gradient
        losses.append(loss.detach())
        if report is not None:
            report(len(losses), loss.item())
    trained = weights.detach().cpu().double().numpy()
    return trained, torch.stack(losses).cpu().tolist() if losses else []


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
                layer.bias.copy_(torch.randn(layer.bias.shape, generator=generator))


def descend_windows(
    module: torch.nn.Module,
    windows: NDArray[np.int64],
    targets: NDArray[np.int64],
    weights: NDArray[np.float64] | None,
    batch_size: int,
    rates: list[float],
    generator: torch.Generator,
    report: Callable[[int, float], None] | None = None,
) -> tuple[list[float], bool]:
    """Train by stochastic gradient descent on single predictions, as the lecture does.

    Parameters
    ----------
    module : torch.nn.Module
        Trained in place.
    windows : ndarray of shape (n, block_size), int64
        The context of every prediction, in the order of the words.
    targets : ndarray of shape (n,), int64
    weights : ndarray of shape (n,), float64, or None
        Predictions are drawn in proportion to them. The lecture has none.
    batch_size : int
    rates : list of float
        Learning rate of each step.
    generator : torch.Generator
        On the CPU; draws one ``torch.randint`` a step.
    report : callable, default=None
        Called with the number of steps taken and the loss of the last batch.

    Returns
    -------
    losses : list of float
        Loss of each step's batch before the step.
    interrupted : bool
        Whether the user stopped it.
    """
    parameters = list(module.parameters())
    device = parameters[0].device
    inputs, outputs = torch.from_numpy(windows).to(device), torch.from_numpy(targets).to(device)
    cumulative = None if weights is None else torch.from_numpy(np.cumsum(weights))
    losses: list[torch.Tensor] = []
    interrupted = False
    module.train()
    try:
        for rate in rates:
            if cumulative is None:
                rows = torch.randint(0, len(windows), (batch_size,), generator=generator)
            else:
                u = torch.rand(batch_size, generator=generator, dtype=torch.float64)
                rows = torch.searchsorted(cumulative, u * cumulative[-1], right=True)
                rows.clamp_(max=len(cumulative) - 1)
            rows = rows.to(device)
            loss = torch.nn.functional.cross_entropy(module(inputs[rows]), outputs[rows])
            gradients = torch.autograd.grad(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.data -= rate * gradient
            losses.append(loss.detach())
            if report is not None:
                report(len(losses), loss.item())
    except KeyboardInterrupt:
        interrupted = True
    module.eval()
    curve: list[float] = torch.stack(losses).cpu().tolist() if losses else []
    return curve, interrupted
