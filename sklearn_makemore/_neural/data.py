"""What training asks of its data, and the table of contexts as tensors to train on."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import numpy as np
import torch
from torch import Tensor

from sklearn_makemore._core.context_table import ContextTable, Source

NUMBERS_AT_ONCE = 2**26  # of a step, in its largest array: 256 MiB in float32
NUMBERS_OF_LAYERS = 1_024  # that layers keep of a prediction beside its logits, about
LARGEST_WORKING_BYTES = 2**32
LARGEST_DENSE = 2**26  # cells of a dense table of targets: 256 MiB in float32
DRAWN_AT_ONCE = 50  # batches of contexts


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

    def to(self, device: torch.device) -> Self:
        """Return the same rows, batches of which are on another device."""

    def draw(self, batch_size: int, generator: torch.Generator) -> Tensor:
        """Draw the rows of some batches in proportion to weights, of shape (n, batch_size)."""

    def parts(self, rows: Tensor, at_once: int) -> Sequence[Part]:
        """Split a batch so that each part has at most `at_once` predictions; no row is split."""

    def batch(self, rows: Tensor, length: int) -> Batch:
        """Return the batch of some rows, whose shape their number and its length decide.

        Its weights make the weighted sum of the losses an estimate of their mean over all data.
        Nothing in it waits for the device.
        """

    def passed_once(self, at_once: int) -> Iterator[Batch]:
        """Yield every row once, in batches of about `at_once` predictions.

        Their weights, float64 on the CPU, are those of the data: they add up to `total_weight`.
        """


class Batches:
    """Batches of rows without end, of which many are drawn at a time; it can be put back.

    Parameters
    ----------
    draw : callable
        Draws the rows of some batches, (n, batch_size), from the generator.
    generator : torch.Generator
        On the CPU.
    """

    def __init__(
        self, draw: Callable[[torch.Generator], Tensor], generator: torch.Generator
    ) -> None:
        self._draw = draw
        self._generator = generator
        self._before = generator.get_state()
        self._drawn = torch.empty((0, 0))
        self._place = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Tensor:
        if self._place == len(self._drawn):
            self._draw_from(self._generator.get_state())
        self._place += 1
        return self._drawn[self._place - 1]

    def _draw_from(self, state: Tensor) -> None:
        self._generator.set_state(state)
        self._before, self._drawn, self._place = state, self._draw(self._generator), 0

    def state(self) -> dict[str, Tensor]:
        """Return where it stands: before the last draw, and how many of it have been taken."""
        return {"draw": self._before, "place": torch.tensor(self._place)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from where another one stood: the same draw again, and those taken passed over."""
        self._draw_from(state["draw"])
        self._place = int(state["place"])


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
        # The same gradient from more rows, and memory for the entries that there are.
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

    def parts(self, rows: Tensor, at_once: int) -> Sequence[Part]:
        return [(part, 1) for part in torch.split(rows, at_once)]

    def batch(self, rows: Tensor, length: int) -> Batch:
        return Batch(self.windows[rows], self.targets[rows], None)

    def passed_once(self, at_once: int) -> Iterator[Batch]:
        for start in range(0, len(self.windows), at_once):
            part = slice(start, start + at_once)
            yield Batch(self.windows[part], self.targets[part], self.weights[part])

    def draw(self, batch_size: int, generator: torch.Generator, n: int = DRAWN_AT_ONCE) -> Tensor:
        """Draw rows for `n` batches in proportion to their weights.

        The draw is stratified: each batch takes one number from each of `batch_size` equal parts of
        the cumulative weights, which gives the same expectation with less noise.

        Returns
        -------
        rows : Tensor of shape (n, batch_size), int64
        """
        u = torch.rand((n, batch_size), generator=generator, dtype=torch.float64)
        u = (u + torch.arange(batch_size)) / batch_size  # one in each of the equal parts
        cumulative = cumulative_shares(self.weights)
        return rows_at(cumulative, u * cumulative[-1]).to(self.device)


def known_table(words: Source, block_size: int, n_known: int) -> ContextTable:
    """Count contexts and next symbols, leaving out predictions that involve unknown characters."""
    if isinstance(words, ContextTable):
        table = words
    else:
        table = ContextTable.from_words(words, block_size)
    if table.n_symbols == n_known:
        return table
    known = table.without_symbol(n_known)
    require_known(known.n_contexts)
    return known


def require_known(n: int) -> None:
    """Refuse words that leave `n` = 0 predictions without unknown characters."""
    if not n:
        raise ValueError(
            "Every prediction involves unknown characters: nothing can be learnt. Give alphabet= "
            "with more of the characters of X."
        )


def check_working_memory(n_bytes: int, what: str, remedy: str) -> None:
    """Refuse a fit that would take more than 4 GiB at once."""
    if n_bytes > LARGEST_WORKING_BYTES:
        raise ValueError(
            f"{what} would need about {n_bytes / 2**30:.1f} GiB of memory, more than 4 GiB. "
            f"{remedy}"
        )
