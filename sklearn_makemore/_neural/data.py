"""What training asks of its data, whatever the shape of a batch."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

NUMBERS_AT_ONCE = 2**26  # of a step, in its largest array: 256 MiB in float32
NUMBERS_OF_LAYERS = 1_024  # that layers keep of a prediction beside its logits, about


def predictions_at_once(n_targets: int) -> int:
    """Return how many predictions a step computes together, so that its memory is bounded."""
    return max(1, NUMBERS_AT_ONCE // (n_targets + NUMBERS_OF_LAYERS))


def cumulative_shares(weights: Tensor) -> Tensor:
    """Return cumulative sums of weights (n,), scaled so that they neither over- nor underflow."""
    return torch.cumsum(weights / weights.max(), 0)


def rows_at(cumulative: Tensor, places: Tensor) -> Tensor:
    """Return the rows whose share of cumulative sums (n,) holds each place, from 0 to the last."""
    rows = torch.searchsorted(cumulative, places, right=True)
    return rows.clamp_(max=len(cumulative) - 1)  # rounding may bring a place to the last sum


Part = tuple[Tensor, int]  # rows, and how many predictions of each stand side by side


class Batch(NamedTuple):
    """What a module reads, what it should predict, and how much each prediction counts.

    Parameters
    ----------
    inputs : Tensor, int64
        What the module takes.
    targets : Tensor
        Of the shape of its logits: distributions. Of that shape without the last axis, int64:
        single symbols.
    weights : Tensor or None
        Of the shape of the logits without the last axis; None means the same for all, 1 together.
    """

    inputs: Tensor
    targets: Tensor
    weights: Tensor | None


class TrainingData(Protocol):
    """Rows (contexts, words) to draw batches from."""

    @property
    def device(self) -> torch.device:
        """Where the batches are."""

    @property
    def total_weight(self) -> float:
        """Weighted number of predictions."""

    def batches(self, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
        """Draw the rows of one batch after the other, without end, in proportion to weights."""

    def parts(self, rows: Tensor, at_once: int) -> Sequence[Part]:
        """Split a batch so that each part has at most `at_once` predictions; no row is split."""

    def batch(self, rows: Tensor, length: int) -> Batch:
        """Return the batch of some rows, whose shape their number and its length decide.

        Its weights make the weighted sum of the losses an estimate of their mean over all data.
        Nothing in it waits for the device, so that it can be recorded there.
        """

    def passed_once(self, at_once: int) -> Iterator[Batch]:
        """Yield every row once, in batches of about `at_once` predictions.

        Their weights, float64 on the CPU, are those of the data: they add up to `total_weight`.
        """
