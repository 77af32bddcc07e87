"""Distinct rows of integer columns, exact for any number of symbols and columns."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_makemore._text.slices import SLICE, slices

LARGEST_KEY = 2**63 - 1
CELLS_PER_ROW = 4  # a key space this much larger than the rows is counted, not hashed
ALWAYS_COUNTED = 2**16


def group_rows(
    columns: Sequence[NDArray[Any]], n_symbols: int, n_rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the distinct rows of some columns of codes in lexicographic order.

    Columns are packed into one 64-bit key as far as it holds them; when the next one would
    overflow, the keys so far are replaced by their ranks, of which there are at most `n_rows`.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n_rows,)
        Codes below `n_symbols`; no columns make all rows equal.
    n_symbols : int
        Number of different codes.
    n_rows : int
        Number of rows.

    Returns
    -------
    group : ndarray of shape (n_rows,), int64
        Number of each row's group, from 0, ordered as the rows are.
    representatives : ndarray of shape (n_groups,), int64
        One row of each group.
    """
    keys, n_keys = _pack(columns, n_symbols, n_rows)
    group, n_groups = rank(keys, n_keys)
    representatives = np.empty(n_groups, np.int64)
    representatives[group] = np.arange(n_rows)
    return group, representatives


def rows_of(columns: Sequence[NDArray[Any]], rows: NDArray[Any]) -> NDArray[Any]:
    """Return some rows of columns as an array of shape (n, n_columns); no columns are allowed."""
    result = np.empty((len(rows), len(columns)), columns[0].dtype if columns else np.uint8)
    for j, column in enumerate(columns):
        result[:, j] = column[rows]
    return result


def count_rows(
    columns: Sequence[NDArray[Any]],
    n_symbols: int,
    n_rows: int,
    weights: NDArray[np.float64] | None,
) -> tuple[list[NDArray[Any]], NDArray[np.float64]]:
    """Sum the weights of equal rows.

    Parameters
    ----------
    columns, n_symbols, n_rows
        As in `group_rows`.
    weights : ndarray of shape (n_rows,), float64, or None
        Positive; None means 1 for all.

    Returns
    -------
    distinct : list of ndarray of shape (n_groups,)
        The columns of the distinct rows, in lexicographic order.
    counts : ndarray of shape (n_groups,), float64
    """
    if _is_counted(n_symbols ** len(columns), n_rows):
        n_keys = n_symbols ** len(columns)
        sums = np.zeros(n_keys)
        for part in slices(n_rows, max(SLICE, n_keys)):
            length = min(part.stop, n_rows) - part.start
            keys, _ = _pack([column[part] for column in columns], n_symbols, length)
            sums += np.bincount(keys, None if weights is None else weights[part], n_keys)
        rest = np.flatnonzero(sums)
        counts = sums[rest]
        distinct: list[NDArray[Any]] = []
        for column in reversed(columns):
            rest, codes = np.divmod(rest, n_symbols)
            distinct.insert(0, codes.astype(column.dtype))
        return distinct, counts
    group, representatives = group_rows(columns, n_symbols, n_rows)
    counts = np.bincount(group, weights, len(representatives)).astype(np.float64)
    return [column[representatives] for column in columns], counts


def _pack(columns: Sequence[NDArray[Any]], n_symbols: int, n_rows: int) -> tuple[NDArray[Any], int]:
    """Return a key for every row, ordered as the rows are, and a bound on the keys."""
    keys: NDArray[Any] = np.zeros(n_rows, np.uint8)
    n_keys = 1
    for column in columns:
        if n_keys * n_symbols > LARGEST_KEY:
            keys, n_keys = rank(keys, n_keys)
        n_keys *= n_symbols
        keys = keys.astype(np.min_scalar_type(n_keys))
        keys *= keys.dtype.type(n_symbols)
        keys += column.astype(keys.dtype)
    return keys, n_keys


def _is_counted(n_keys: int, n_rows: int) -> bool:
    """Tell whether so many possible keys are counted in an array rather than hashed."""
    return n_keys <= max(CELLS_PER_ROW * n_rows, ALWAYS_COUNTED)


def rank(keys: NDArray[Any], n_keys: int) -> tuple[NDArray[np.int64], int]:
    """Replace keys in ``0 .. n_keys - 1`` by their ranks among the distinct keys present.

    Returns
    -------
    ranks : ndarray of shape (n_rows,), int64
    n_distinct : int
    """
    if _is_counted(n_keys, len(keys)):
        present = np.zeros(n_keys, bool)
        present[keys] = True
        rank_of = np.cumsum(present) - 1
        return rank_of[keys], int(rank_of[-1]) + 1
    numbers, distinct = pd.factorize(keys)
    order = np.argsort(distinct)
    rank_of = np.empty(len(distinct), np.int64)
    rank_of[order] = np.arange(len(distinct))
    return rank_of[numbers], len(distinct)
