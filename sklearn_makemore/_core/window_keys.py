"""Windows of symbols as integers that sort as the windows do, and sums of weights by window."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.coded_words import Codes, narrowest_dtype

Keys = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
KEY_BITS = 64


@dataclass(frozen=True)
class Packing:
    """How windows of one length become keys: as numbers in base `n_symbols`.

    A key is a row of limbs, the most significant first, each as many digits as 64 bits hold: one
    limb for 12 symbols of an alphabet of 39. Keys are arrays of shape (n_limbs, n).

    Parameters
    ----------
    n_symbols : int
        Number of symbols.
    length : int
        Symbols of a window.
    """

    n_symbols: int
    length: int

    @cached_property
    def limbs(self) -> list[slice]:
        """The places of a window that each limb holds."""
        n_digits = 1
        while n_digits < self.length and self.n_symbols ** (n_digits + 1) <= 2**KEY_BITS:
            n_digits += 1
        return [
            slice(start, min(start + n_digits, self.length))
            for start in range(0, self.length, n_digits)
        ]

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The narrowest dtype for a limb and the base: narrower keys are sorted in less time."""
        n_digits = self.limbs[0].stop if self.limbs else 0
        return narrowest_dtype(max(self.n_symbols**n_digits - 1, self.n_symbols))

    @property
    def n_keys(self) -> int:
        """How many different keys are possible."""
        return int(self.n_symbols**self.length)

    @property
    def bytes_of_window(self) -> int:
        """Memory of a window while it is sorted: symbols, key, weight, and its place twice."""
        symbols = self.length * narrowest_dtype(self.n_symbols).itemsize
        return symbols + len(self.limbs) * self.dtype.itemsize + 3 * 8

    def keys(self, columns: Sequence[Codes], n_rows: int) -> Keys:
        """Return the keys of windows given by their columns, oldest symbol first."""
        keys = np.zeros((len(self.limbs), n_rows), self.dtype)
        for limb, places in zip(keys, self.limbs, strict=True):
            for column in columns[places]:
                self._append(limb, column)
        return keys

    def _append(self, limb: Keys, digits: Codes) -> None:
        limb *= limb.dtype.type(self.n_symbols)
        np.add(limb, digits, out=limb, dtype=limb.dtype, casting="unsafe")

    def _cut(self, limb: Keys) -> tuple[Keys, Keys]:
        """Return a limb without its last digit, and that digit."""
        base = limb.dtype.type(self.n_symbols)
        others = limb // base
        return others, limb - others * base

    def windows(self, keys: Keys) -> Codes:
        """Return the windows of keys, of shape (n, length)."""
        windows = np.empty((keys.shape[1], self.length), narrowest_dtype(self.n_symbols))
        for limb, places in zip(keys, self.limbs, strict=True):
            for place in reversed(range(places.start, places.stop)):
                limb, windows[:, place] = self._cut(limb)
        return windows

    @property
    def of_contexts(self) -> "Packing":
        """The packing of windows without their last symbol."""
        return Packing(self.n_symbols, self.length - 1)

    def with_last(self, contexts: Keys, symbols: Codes) -> Keys:
        """Return the keys of windows from those of their contexts."""
        keys = np.zeros((len(self.limbs), len(symbols)), self.dtype)
        keys[: len(contexts)] = contexts
        self._append(keys[-1], symbols)
        return keys

    def without_last(self, keys: Keys) -> tuple[Keys, Codes]:
        """Return the keys of the contexts of windows, and their last symbols."""
        others, symbols = self._cut(keys[-1])
        contexts = np.concatenate([keys[:-1], others[np.newaxis]])
        n_limbs = len(self.of_contexts.limbs)  # one less, if that was the only digit
        return contexts[:n_limbs], symbols.astype(narrowest_dtype(self.n_symbols))


@dataclass(frozen=True)
class Run:
    """Distinct keys in ascending order, with the sum of the weights of each.

    Parameters
    ----------
    keys : ndarray of shape (n_limbs, n), unsigned integer
    counts : ndarray of shape (n,), float64
    """

    keys: Keys
    counts: Floats

    @classmethod
    def of_keys(cls, keys: Keys, weights: Floats | None) -> "Run":
        """Count keys in any order, which may be sorted in place; no weights are all 1.

        They are sorted rather than hashed: a hash table of millions of keys misses the cache at
        each, where sorting reads memory in order.
        """
        if weights is None and len(keys) == 1:
            keys.sort(axis=1)
            return cls._of_sorted(keys, None)
        order = sorting_order(keys)
        return cls._of_sorted(keys[:, order], None if weights is None else weights[order])

    @classmethod
    def merge(cls, runs: Iterable["Run"]) -> "Run":
        """Add up runs, at least one."""
        parts = list(runs)
        keys = np.concatenate([run.keys for run in parts], axis=1)
        # This sort finds runs that are in order and merges them, in little more than linear time.
        order = np.lexsort(keys[::-1])
        return cls._of_sorted(keys[:, order], np.concatenate([run.counts for run in parts])[order])

    @classmethod
    def _of_sorted(cls, keys: Keys, weights: Floats | None) -> "Run":
        begins = begins_of(keys)
        starts = np.flatnonzero(begins)
        if weights is None:
            return cls(keys[:, starts], np.diff(starts, append=len(begins)).astype(np.float64))
        # Not reduceat, which adds many numbers in another order than they come in.
        sums = np.bincount(np.cumsum(begins) - 1, weights).astype(np.float64, copy=False)
        return cls(keys[:, starts], sums)


def begins_of(keys: Keys) -> NDArray[np.bool_]:
    """Tell where sorted keys differ from the one before, of shape (n,)."""
    begins = np.zeros(keys.shape[1], bool)
    begins[:1] = True
    for limb in keys:
        begins[1:] |= limb[1:] != limb[:-1]
    return begins


def sorting_order(keys: Keys) -> NDArray[np.int64]:
    """Return the order that sorts keys of any integer type, equal ones as they come.

    Where a key and its place fit 64 bits together, both are sorted as one number, which takes a
    part of the time of sorting places by their keys.
    """
    n_rows = keys.shape[1]
    bits_of_place = max(n_rows - 1, 0).bit_length()
    if len(keys) == 1 and int(keys.max(initial=0)).bit_length() + bits_of_place <= KEY_BITS:
        both = keys[0].astype(np.uint64)
        both <<= np.uint64(bits_of_place)
        both |= np.arange(n_rows, dtype=np.uint64)
        both.sort()
        both &= np.uint64(2**bits_of_place - 1)
        return np.asarray(both.view(np.int64))
    return np.asarray(np.lexsort(keys[::-1]))


def total(runs: Iterable[Run]) -> Run:
    """Add up runs, at least one, as they come.

    As in a binary counter, each is merged only with others of about its length, so that of those
    kept each is at least twice as long as the next. What many runs hold is merged again no more
    often than its length doubles, not once for each run.
    """
    kept: list[Run] = []
    for run in runs:
        length, n_kept = len(run.counts), len(kept)
        while n_kept and len(kept[n_kept - 1].counts) < 2 * length:
            n_kept -= 1
            length += len(kept[n_kept].counts)
        merging = [*kept[n_kept:], run]
        kept[n_kept:] = [Run.merge(merging)] if len(merging) > 1 else merging
    return kept[0] if len(kept) == 1 else Run.merge(kept)
