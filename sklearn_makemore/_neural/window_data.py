"""The table of contexts as tensors to train on."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._neural.data import Batch, Part, cumulative_shares, rows_at

LARGEST_DENSE = 2**26  # cells of a dense table of targets: 256 MiB in float32
DRAWN_AT_ONCE = 50  # batches


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

    @property
    def device(self) -> torch.device:
        return self.windows.device

    @property
    def total_weight(self) -> float:
        return float(self.weights.sum())

    def batches(self, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
        while True:
            yield from self.draw(DRAWN_AT_ONCE, batch_size, generator).to(self.device)

    def parts(self, rows: Tensor, at_once: int) -> Sequence[Part]:
        return [(part, 1) for part in torch.split(rows, at_once)]

    def batch(self, rows: Tensor, length: int) -> Batch:
        return Batch(self.windows[rows], self.targets[rows], None)

    def passed_once(self, at_once: int) -> Iterator[Batch]:
        for start in range(0, len(self.windows), at_once):
            part = slice(start, start + at_once)
            yield Batch(self.windows[part], self.targets[part], self.weights[part])

    def draw(self, n: int, batch_size: int, generator: torch.Generator) -> Tensor:
        """Draw rows for `n` batches in proportion to their weights.

        The draw is stratified: each batch takes one number from each of `batch_size` equal parts of
        the cumulative weights, which gives the same expectation with less noise.

        Returns
        -------
        rows : Tensor of shape (n, batch_size), int64
        """
        u = torch.rand((n, batch_size), generator=generator, dtype=torch.float64)
        u = (u + torch.arange(batch_size)) / batch_size
        cumulative = cumulative_shares(self.weights)
        return rows_at(cumulative, u * cumulative[-1])
