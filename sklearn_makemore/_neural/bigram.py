"""The neural bigram: logits are a row of a table, with a penalty on its squares."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor

from sklearn_makemore._neural.modules import WindowModule
from sklearn_makemore._neural.schedules import STEPS_PER_BLOCK
from sklearn_makemore._neural.training import Observer, TrainingResult

FloatArray = NDArray[np.float64]
OUT_OF_ITERATIONS, STOPPED_BY_CALLBACK = 1, 99  # status of scipy's L-BFGS-B


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


def logit_table(weights: FloatArray | Tensor) -> LogitTable:
    """Return the module with these logits, of shape (n_inputs, n_targets), in float32."""
    module = LogitTable(*weights.shape)
    module.table.weight.data = torch.as_tensor(weights).to(torch.float32, copy=True)
    return module


def table_of(module: LogitTable) -> FloatArray:
    """Return a copy of the logits; the inverse of `logit_table`."""
    weights: FloatArray = module.table.weight.detach().cpu().double().numpy()
    return weights


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
    observer: Observer,
) -> tuple[FloatArray, TrainingResult]:
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
    observer : Observer
        Told of every block of iterations; may end them.

    Returns
    -------
    weights : ndarray of shape (V, V), float64
    result : TrainingResult
        With the loss before each iteration.
    """
    if device.type == "mps":  # has no float64
        device = torch.device("cpu")
    on_device = torch.from_numpy(counts).to(device)

    def loss_and_gradient(flat: FloatArray) -> tuple[float, FloatArray]:
        weights = torch.from_numpy(flat.reshape(counts.shape)).to(device).requires_grad_()
        loss = penalised_loss(weights, on_device, alpha)
        (gradient,) = torch.autograd.grad(loss, weights)
        return loss.item(), gradient.cpu().numpy().ravel()

    best = np.zeros(counts.size)
    losses = [loss_and_gradient(best)[0]]
    result = TrainingResult()

    def block_ended() -> bool:
        # Losses are those before each iteration; the last is that of where it is now.
        result.loss_curve[:] = losses[: max(1, len(losses) - 1)]
        return observer.block_ends(result, best.reshape(counts.shape).copy)

    def after_iteration(intermediate_result: Any) -> None:
        best[:] = intermediate_result.x
        losses.append(float(intermediate_result.fun))
        if (len(losses) - 1) % STEPS_PER_BLOCK == 0:
            if block_ended():
                raise StopIteration
            observer.block_begins()

    observer.block_begins()
    try:
        found = minimize(
            loss_and_gradient,
            best.copy(),
            jac=True,
            method="L-BFGS-B",
            callback=after_iteration,
            options={"maxiter": max_steps, "maxfun": 20 * max_steps, "gtol": tol, "ftol": 0.0},
        )
        result.exhausted = found.status == OUT_OF_ITERATIONS
        if found.status != STOPPED_BY_CALLBACK:
            block_ended()
    except KeyboardInterrupt:
        if len(losses) == 1:
            raise
        result.loss_curve[:] = losses[:-1]
        result.interrupted = True
    return best.reshape(counts.shape), result
