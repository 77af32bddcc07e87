"""What follows the makemore lectures to the letter."""

# SPDX-License-Identifier: BSD-3-Clause

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
    start: torch.Tensor,
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
    start : Tensor of shape (V, V), float32
        First weights, on the device to compute on.

    Returns
    -------
    weights : ndarray of shape (V, V), float64
    losses : list of float
        Loss before each step.
    """
    weights = start.clone().requires_grad_()
    on_device = torch.from_numpy(counts).to(weights.device, torch.float32)
    losses = []
    for _ in range(max_steps):
        loss = penalised_loss(weights, on_device, alpha)
        (gradient,) = torch.autograd.grad(loss, weights)
        weights.data -= learning_rate * gradient
        losses.append(loss.detach())
    trained = weights.detach().cpu().double().numpy()
    return trained, torch.stack(losses).cpu().tolist() if losses else []
