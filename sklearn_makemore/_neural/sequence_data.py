"""Distinct words as tensors to train on."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_makemore._neural.data import Batch, Part, cumulative_shares, rows_at
from sklearn_makemore._text.coded_words import CodedWords

CPU = torch.device("cpu")


@dataclass(frozen=True)
class SequenceData:
    """Distinct words with their weights; the words of a batch are of about one length.

    A word is read as far as all its symbols are known: what comes after an unknown one is neither
    predicted nor read.

    Parameters
    ----------
    codes : Tensor of shape (n_codes,), int64
        Words end to end, shortest first, each beginning with a boundary. Every code but the first
        of a word is predicted.
    lengths : Tensor of shape (n_words,), int64
        Predictions of each word, ascending.
    weights : Tensor of shape (n_words,), float64
        Weight of each word.
    device : torch.device, default=CPU
        Where batches go; batches are drawn on the CPU.
    """

    codes: Tensor
    lengths: Tensor
    weights: Tensor
    device: torch.device = CPU

    @classmethod
    def from_words(cls, words: CodedWords) -> Self:
        """Return the distinct words, with the sums of their weights; there may be none."""
        n_known = known_predictions_per_word(words)
        starts = words.offsets[:-1]
        weights = np.ones(words.n_words) if words.weights is None else words.weights
        total: dict[tuple[int, bytes], float] = {}
        for start, n, weight in zip(
            starts.tolist(), n_known.tolist(), weights.tolist(), strict=True
        ):
            if n:
                key = (n, words.codes[start : start + n + 1].tobytes())
                total[key] = total.get(key, 0.0) + weight
        # In an order of their own, so that training does not depend on that of the words.
        keys = sorted(total)
        codes = np.frombuffer(b"".join(word for _, word in keys), words.codes.dtype)
        return cls(
            torch.from_numpy(codes.astype(np.int64)),
            torch.tensor([n for n, _ in keys], dtype=torch.int64),
            torch.tensor([total[key] for key in keys], dtype=torch.float64),
        )

    def to(self, device: torch.device) -> Self:
        """Return the same words, the batches of which are on another device."""
        return replace(self, codes=self.codes.to(device), device=device)

    @property
    def n_words(self) -> int:
        return len(self.lengths)

    @cached_property
    def total_weight(self) -> float:
        return float(self.weights @ self.lengths.double())

    @cached_property
    def _places(self) -> Tensor:
        """Where each word begins and how many predictions it has: (2, n_words), on the device."""
        sizes = self.lengths + 1
        return torch.stack([sizes.cumsum(0) - sizes, self.lengths]).to(self.device)

    @cached_property
    def _mean_length(self) -> float:
        return self.total_weight / float(self.weights.sum())

    def draw(self, batch_size: int, generator: torch.Generator) -> Tensor:
        """Draw the batches of an epoch, of shape (n_batches, batch_size), on the CPU.

        An epoch draws as many words as there are, rounded up to whole batches, in proportion to
        their weights and as evenly as can be: words of equal weight once each, some of them twice
        where batches do not come out even.
        """
        batch_size = min(batch_size, self.n_words)
        n_batches = -(-self.n_words // batch_size)
        n = n_batches * batch_size
        cumulative = cumulative_shares(self.weights)
        u = torch.rand(1, generator=generator, dtype=torch.float64) + torch.arange(n)
        rows = rows_at(cumulative, u * (cumulative[-1] / n))
        rows = rows[torch.randperm(n, generator=generator)]
        # Words of a batch of one length waste little on padding; chance is in the order before,
        # which a stable sort keeps within each length, and in that of the batches.
        rows = rows[torch.argsort(self.lengths[rows], stable=True)]
        order = torch.randperm(n_batches, generator=generator)
        # Words that begin alike stand together: architectures may compute that once.
        return rows.view(n_batches, batch_size)[order].sort(1).values

    def parts(self, rows: Tensor, at_once: int) -> Sequence[Part]:
        """Split rows so that a long word does not make all others as long as itself."""
        lengths = self.lengths[rows]
        longest = int(lengths.max())
        if len(rows) == 1 or len(rows) * longest <= at_once:
            return [(rows, longest)]
        is_long = lengths > longest // 2
        if is_long.all():
            halves: Sequence[Tensor] = rows.tensor_split(2)
        else:
            halves = rows[~is_long], rows[is_long]
        return [part for half in halves for part in self.parts(half, at_once)]

    def batch(self, rows: Tensor, length: int) -> Batch:
        codes, is_real = self._padded(rows, length)
        weights = is_real.to(torch.float32) / (len(rows) * self._mean_length)
        return Batch(codes[:, :-1], codes[:, 1:], weights)

    def passed_once(self, at_once: int) -> Iterator[Batch]:
        stop = self.n_words
        while stop:
            length = int(self.lengths[stop - 1])
            start = max(0, stop - max(1, at_once // length))
            codes, is_real = self._padded(torch.arange(start, stop), length)
            weights = is_real.cpu() * self.weights[start:stop, None]  # (B, T)
            yield Batch(codes[:, :-1], codes[:, 1:], weights)
            stop = start

    def _padded(self, rows: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """Return the codes (B, T + 1) of some words, and which predictions (B, T) are theirs.

        What stands after the end of a word does not matter: modules do not look ahead.
        """
        starts, lengths = self._places[:, rows.to(self.device), None]  # (B, 1) each
        places = torch.arange(length + 1, device=self.device)
        at = starts + places  # (B, T + 1)
        codes = self.codes[at.clamp_(max=len(self.codes) - 1)]
        return codes, places[:-1] < lengths


def known_predictions_per_word(words: CodedWords) -> NDArray[np.int64]:
    """Return how many predictions of each word come before its first unknown symbol."""
    lengths = words.predictions_per_word
    if words.unknown_code is None:
        return lengths
    place = words.positions
    is_known = words.targets != words.unknown_code
    place[is_known] = np.repeat(lengths, lengths)[is_known]
    first: NDArray[np.int64] = np.minimum.reduceat(place, words.offsets[:-1])
    return first
