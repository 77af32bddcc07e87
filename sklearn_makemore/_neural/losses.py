"""Cross-entropy, its mean over a batch or over all data, and its gradient."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import Tensor

from sklearn_makemore._neural.data import TrainingData, predictions_at_once
from sklearn_makemore._neural.modules import CharModule

PREDICTIONS_AT_ONCE = 8192


def mean_loss_and_gradient(
    logits: Tensor, targets: Tensor, weights: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return the mean cross-entropy of a batch and a gradient with respect to the logits.

    Written out because it takes half the calls of automatic differentiation, and because
    `cross_entropy` splits even small batches among threads.

    Parameters
    ----------
    logits : Tensor of shape (..., V)
    targets : Tensor of shape (..., V), or (...,), int64
        Distributions, or single symbols.
    weights : Tensor of shape (...,), default=None
        How much each prediction counts; None means the same for all, 1 together.

    Returns
    -------
    loss : Tensor, a scalar
        The weighted mean, in nats.
    gradient : Tensor of shape (..., V)
        Of the weighted sum: that of the mean where the weights add up to 1. Batches of unequal
        length keep their share in the mean of all data in this way.
    """
    shifted = logits - logits.amax(-1, keepdim=True)  # (..., V)
    gradient = shifted.exp()
    total = gradient.sum(-1, keepdim=True)  # (..., 1)
    gradient /= total
    if targets.ndim < logits.ndim:
        expected = shifted.gather(-1, targets[..., None])  # (..., 1)
        gradient.scatter_add_(-1, targets[..., None], -torch.ones_like(expected))
    else:
        expected = (shifted * targets).sum(-1, keepdim=True)  # (..., 1)
        gradient -= targets
    losses = total.log() - expected
    if weights is None:
        gradient /= len(logits)
        return losses.mean(), gradient
    gradient *= weights[..., None]
    return torch.dot(losses.flatten(), weights.flatten()) / weights.sum(), gradient


def mean_cross_entropy(
    module: CharModule, data: TrainingData, at_once: int = PREDICTIONS_AT_ONCE
) -> float:
    """Return the weighted mean cross-entropy of all predictions, in nats, without dropout."""
    was_training = module.training
    module.eval()
    total = 0.0
    at_once = min(at_once, predictions_at_once(module.n_targets))
    with torch.no_grad():
        for inputs, targets, weights in data.passed_once(at_once):
            assert weights is not None
            losses = cross_entropies(module(inputs), targets)
            total += float(losses.cpu().double().flatten() @ weights.flatten())
    module.train(was_training)
    return total / data.total_weight


def cross_entropies(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy of each prediction in nats, of shape (...,)."""
    if targets.ndim < logits.ndim:
        expected = logits.gather(-1, targets[..., None])[..., 0]  # (..., V) -> (...)
    else:
        expected = (logits * targets).sum(-1)  # (..., V) -> (...)
    return torch.logsumexp(logits, -1) - expected
