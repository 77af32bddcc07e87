"""The table of contexts as tensors to train on."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from sklearn_makemore._core.context_table import ContextTable

LARGEST_DENSE = 2**26  # cells of a dense table of targets: 256 MiB in float32


@dataclass(frozen=True)
class WindowData:
    """Contexts with the distribution of the next symbol after each.

    Where a dense table of distributions would be too large, every (context, symbol) entry is a row
    of its own, with the symbol as its target: the same loss on more rows.

    Parameters
    ----------
    windows : Tensor of shape (n_rows, block_size), int64
    targets : Tensor of shape (n_rows, n_targets), float32, or (n_rows,), int64
        Distributions, or single symbols.
    weights : Tensor of shape (n_rows,), float64
        Weighted number of predictions of each row.
    """

    windows: Tensor
    targets: Tensor
    weights: Tensor

    @classmethod
    def from_table(cls, table: ContextTable, n_targets: int, largest: int = LARGEST_DENSE) -> Self:
        """Return the rows of a table whose symbols are all below `n_targets`."""
        contexts = torch.from_numpy(table.contexts.astype(np.int64))
        symbols = torch.from_numpy(table.symbols.astype(np.int64))
        counts = torch.from_numpy(table.counts)
        row_of = torch.from_numpy(table.context_of_entry)
        if table.n_contexts * n_targets > largest:
            return cls(contexts[row_of], symbols, counts)
        weights = torch.from_numpy(table.totals)
        targets = torch.zeros((table.n_contexts, n_targets))
        targets[row_of, symbols] = (counts / weights[row_of]).float()
        return cls(contexts, targets, weights)

    def to(self, device: torch.device) -> Self:
        """Return the same rows on another device; weights stay, for they are drawn from there."""
        return type(self)(self.windows.to(device), self.targets.to(device), self.weights)

    def batches(self, n: int, batch_size: int, generator: torch.Generator) -> Tensor:
        """Draw rows for `n` batches in proportion to their weights.

        The draw is stratified: each batch takes one number from each of `batch_size` equal parts of
        the cumulative weights, which gives the same expectation with less noise.

        Returns
        -------
        rows : Tensor of shape (n, batch_size), int64
        """
        u = torch.rand((n, batch_size), generator=generator, dtype=torch.float64)
        u = (u + torch.arange(batch_size)) / batch_size
        cumulative = torch.cumsum(self.weights, 0)
        rows = torch.searchsorted(cumulative, u * cumulative[-1], right=True)
        return rows.clamp_(max=len(cumulative) - 1)


def mean_loss_and_gradient(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean cross-entropy of a batch and its gradient with respect to the logits.

    Written out because it takes half the calls of automatic differentiation, and because
    `cross_entropy` splits even small batches among threads.

    Parameters
    ----------
    logits : Tensor of shape (B, V)
    targets : Tensor of shape (B, V), or (B,), int64
        Distributions, or single symbols.

    Returns
    -------
    loss : Tensor, a scalar
        Nats.
    gradient : Tensor of shape (B, V)
    """
    shifted = logits - logits.amax(1, keepdim=True)  # (B, V)
    gradient = shifted.exp()
    total = gradient.sum(1, keepdim=True)  # (B, 1)
    gradient /= total
    if targets.ndim == 1:
        expected = shifted.gather(1, targets[:, None])  # (B, 1)
        gradient.scatter_add_(1, targets[:, None], -torch.ones_like(expected))
    else:
        expected = (shifted * targets).sum(1, keepdim=True)  # (B, 1)
        gradient -= targets
    gradient /= len(logits)
    return (total.log() - expected).mean(), gradient


def mean_cross_entropy(module: torch.nn.Module, data: WindowData, batch_size: int = 8192) -> float:
    """Return the weighted mean cross-entropy of all rows, in nats, without dropout."""
    was_training = module.training
    module.eval()
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(data.windows), batch_size):
            part = slice(start, start + batch_size)
            losses = cross_entropies(module(data.windows[part]), data.targets[part])
            total += float(losses.double().cpu() @ data.weights[part])
    module.train(was_training)
    return total / float(data.weights.sum())


def cross_entropies(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy of each row in nats, of shape (B,)."""
    if targets.ndim == 1:
        expected = logits.gather(1, targets[:, None])[:, 0]  # (B, V) -> (B,)
    else:
        expected = (logits * targets).sum(1)  # (B, V) -> (B,)
    return torch.logsumexp(logits, 1) - expected
