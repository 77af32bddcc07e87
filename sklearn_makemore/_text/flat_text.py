"""Words as one flat array of code points."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.slices import slices

CodePoints = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class FlatText:
    """Consecutive words, their characters laid end to end with a slot before, between and after.

    The slots hold 0, which is a character too (NUL): only `offsets` say where words end.

    Parameters
    ----------
    code_points : ndarray of shape (n_characters + n_words + 1,), unsigned integer
        Unicode code points; the dtype is only as wide as the text needs.
    offsets : ndarray of shape (n_words + 1,), int64
        Where the slots are: word ``i`` is ``code_points[offsets[i] + 1:offsets[i + 1]]``.
    positions : sequence of int of length n_words
        Where each word stands in the caller's column, for error messages.
    """

    code_points: CodePoints
    offsets: NDArray[np.int64]
    positions: Sequence[int] | NDArray[np.int64]

    @classmethod
    def from_strings(cls, words: Sequence[str], first_position: int) -> "FlatText":
        """Lay out Python strings; ``TypeError`` from ``str.join`` for anything else."""
        code_points = code_points_of("\0".join(["", *words, ""]))
        offsets = np.flatnonzero(code_points == 0)
        if len(offsets) != len(words) + 1:  # a word has a NUL of its own
            offsets = slots_for(np.fromiter(map(len, words), np.int64, len(words)))
        return cls(code_points, offsets, range(first_position, first_position + len(words)))

    @property
    def n_words(self) -> int:
        return len(self.offsets) - 1

    def distinct_characters(self) -> NDArray[np.integer[Any]]:
        """Return the sorted distinct code points of the words."""
        largest = int(self.code_points.max())
        if largest < 2**16:
            present = np.zeros(largest + 1, bool)
            for part in slices(len(self.code_points)):
                present[self.code_points[part]] = True
            distinct = np.flatnonzero(present)
        else:
            distinct = np.unique(self.code_points)
        n_zeros = len(self.code_points) - np.count_nonzero(self.code_points)
        only_slots = n_zeros == len(self.offsets)
        return distinct[1:] if only_slots else distinct

    def to_strings(self) -> list[str]:
        """Return the words as Python strings."""
        whole = string_of(self.code_points)
        return [whole[slot + 1 : end] for slot, end in itertools.pairwise(self.offsets.tolist())]

    def keep(self, mask: NDArray[np.bool_]) -> "FlatText":
        """Return the words where `mask` (n_words,) is true."""
        sizes = np.diff(self.offsets)
        kept = np.repeat(mask, sizes)
        return FlatText(
            np.concatenate([self.code_points[:1], self.code_points[1:][kept]]),
            slots_for(sizes[mask] - 1),
            np.asarray(self.positions, np.int64)[mask],
        )


def concatenate(texts: Iterable[FlatText]) -> FlatText:
    """Join consecutive pieces of one column, at least one."""
    pieces = list(texts)
    if len(pieces) == 1:
        return pieces[0]
    first, *rest = pieces
    starts = np.cumsum([0, *(piece.offsets[-1] for piece in pieces[:-1])])
    return FlatText(
        np.concatenate([first.code_points, *(piece.code_points[1:] for piece in rest)]),
        np.concatenate(
            [[0], *(piece.offsets[1:] + start for piece, start in zip(pieces, starts, strict=True))]
        ),
        range(first.positions[0], int(pieces[-1].positions[-1]) + 1),
    )


def slots_for(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the slots around words of these lengths are, of shape (n_words + 1,)."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths + 1, out=offsets[1:])
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
