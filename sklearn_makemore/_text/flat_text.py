"""Words as one flat array of code points."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CodePoints = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class FlatText:
    """Consecutive words, their characters laid end to end.

    Parameters
    ----------
    code_points : ndarray of shape (n_characters,), unsigned integer
        Unicode code points; the dtype is only as wide as the text needs.
    offsets : ndarray of shape (n_words + 1,), int64
        Word ``i`` is ``code_points[offsets[i]:offsets[i + 1]]``.
    positions : sequence of int of length n_words
        Where each word stands in the caller's column, for error messages.
    """

    code_points: CodePoints
    offsets: NDArray[np.int64]
    positions: Sequence[int] | NDArray[np.int64]

    @classmethod
    def from_strings(cls, words: Sequence[str], first_position: int) -> "FlatText":
        """Lay out Python strings; ``TypeError`` from ``str.join`` for anything else."""
        code_points = code_points_of("".join(words))
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        positions = range(first_position, first_position + len(words))
        return cls(code_points, offsets_from_lengths(lengths), positions)

    @property
    def n_words(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.offsets)

    def to_strings(self) -> list[str]:
        """Return the words as Python strings."""
        whole = string_of(self.code_points)
        ends = self.offsets.tolist()
        return [whole[start:stop] for start, stop in itertools.pairwise(ends)]

    def keep(self, mask: NDArray[np.bool_]) -> "FlatText":
        """Return the words where `mask` (n_words,) is true."""
        lengths = self.lengths
        return FlatText(
            self.code_points[np.repeat(mask, lengths)],
            offsets_from_lengths(lengths[mask]),
            np.asarray(self.positions, np.int64)[mask],
        )


def concatenate(texts: Iterable[FlatText]) -> FlatText:
    """Join consecutive pieces of one column, at least one."""
    pieces = list(texts)
    if len(pieces) == 1:
        return pieces[0]
    first, last = pieces[0], pieces[-1]
    return FlatText(
        np.concatenate([piece.code_points for piece in pieces]),
        offsets_from_lengths(np.concatenate([piece.lengths for piece in pieces])),
        range(first.positions[0], int(last.positions[-1]) + 1),
    )


def offsets_from_lengths(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the running sum of `lengths` with a leading zero."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def code_points_of(text: str) -> CodePoints:
    """Return the code points of `text` in the narrowest unsigned dtype, lone surrogates too."""
    try:
        return np.frombuffer(text.encode("latin-1"), np.uint8)
    except UnicodeEncodeError:
        wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        return wide.astype(np.min_scalar_type(int(wide.max())))


def string_of(code_points: CodePoints) -> str:
    """Return the string with these code points, lone surrogates too."""
    return code_points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
