"""The neural bigram: logits are a row of a table, with a penalty on its squares."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor

from sklearn_makemore._neural.modules import WindowModule

FloatArray = NDArray[np.float64]


class LogitTable(WindowModule):
    """Logits that are the row of the last symbol."""

    def __init__(self, n_inputs: int, n_targets: int) -> None:
        super().__init__(n_inputs, n_targets, block_size=1)
        self.table = torch.nn.Embedding(
            n_inputs, n_targets, _weight=torch.zeros((n_inputs, n_targets))
        )

    def forward(self, windows: Tensor) -> Tensor:
        logits: Tensor = self.table(windows[:, -1])  # (B, 1) -> (B, V)
        return logits


def logit_table(weights: FloatArray) -> LogitTable:
    """Return the module with these logits, of shape (n_inputs, n_targets)."""
    module = LogitTable(*weights.shape)
    module.table.weight.data = torch.tensor(weights, dtype=torch.float32)
    return module


def penalised_loss(weights: Tensor, counts: Tensor, alpha: float) -> Tensor:
    """Return mean negative log-likelihood and ``alpha`` times the mean square, a scalar.

    Parameters
    ----------
    weights : Tensor of shape (V, V)
        Logits of the symbol of each column after the symbol of each row.
    counts : Tensor of shape (V, V)
        Weighted number of times that it follows.
    alpha : float
    """
    # Not log_softmax, which splits even a small table among threads.
    log_probs = weights - torch.logsumexp(weights, dim=1, keepdim=True)
    log_likelihood = (counts * log_probs).sum() / counts.sum()
    return -log_likelihood + alpha * (weights**2).mean()


def minimise_loss(
    counts: FloatArray,
    alpha: float,
    max_steps: int,
    tol: float,
    device: torch.device,
    report: Callable[[int, float], None] | None = None,
) -> tuple[FloatArray, list[float]]:
    """Find the weights of the least loss by L-BFGS in float64.

    Parameters
    ----------
    counts : ndarray of shape (V, V), float64
    alpha : float
    max_steps : int
        Iterations at most.
    tol : float
        Largest absolute gradient at which to stop.
    device : torch.device
    report : callable, default=None
        Called with the number of steps taken and the loss after each.

    Returns
    -------
    weights : ndarray of shape (V, V), float64
    losses : list of float
        Loss before each iteration.
    """
    if device.type == "mps":  # has no float64
        device = torch.device("cpu")
    on_device = torch.from_numpy(counts).to(device)
    losses: list[float] = []

    def loss_and_gradient(flat: FloatArray) -> tuple[float, FloatArray]:
        weights = torch.from_numpy(flat.reshape(counts.shape)).to(device).requires_grad_()
        loss = penalised_loss(weights, on_device, alpha)
        (gradient,) = torch.autograd.grad(loss, weights)
        return loss.item(), gradient.cpu().numpy().ravel()

    def record(intermediate_result: Any) -> None:
        losses.append(float(intermediate_result.fun))
        if report is not None:
            report(len(losses), losses[-1])

    start = np.zeros(counts.size)
    first_loss = loss_and_gradient(start)[0]
    found = minimize(
        loss_and_gradient,
        start,
        jac=True,
        method="L-BFGS-B",
        callback=record,
        options={"maxiter": max_steps, "maxfun": 20 * max_steps, "gtol": tol, "ftol": 0.0},
    )
    return found.x.reshape(counts.shape), [first_loss, *losses[:-1]]
