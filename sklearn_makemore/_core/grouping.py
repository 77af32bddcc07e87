"""Distinct rows of integer columns, exact for any number of symbols and columns."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.window_keys import Keys, Packing, begins_of, sorting_order

CELLS_PER_ROW = 4  # a key space this much larger than the rows still has a cell for every key


def group_rows(
    columns: Sequence[NDArray[Any]], n_symbols: int, n_rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the distinct rows of some columns of codes in lexicographic order.

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
    packing = Packing(n_symbols, max(len(columns), 1))
    group, n_groups = rank(packing.keys(columns, n_rows), packing.n_keys)
    representatives = np.empty(n_groups, np.int64)
    representatives[group] = np.arange(n_rows)
    return group, representatives


def rows_of(columns: Sequence[NDArray[Any]], rows: NDArray[Any]) -> NDArray[Any]:
    """Return some rows of columns as an array of shape (n, n_columns); no columns are allowed."""
    result = np.empty((len(rows), len(columns)), columns[0].dtype if columns else np.uint8)
    for j, column in enumerate(columns):
        result[:, j] = column[rows]
    return result


def rank(keys: Keys, n_keys: int) -> tuple[NDArray[np.int64], int]:
    """Replace keys below `n_keys` by their ranks among the distinct keys present.

    Parameters
    ----------
    keys : ndarray of shape (n_limbs, n_rows), integer
        As `Packing` makes them.
    n_keys : int
        Number of possible keys.

    Returns
    -------
    ranks : ndarray of shape (n_rows,), int64
    n_distinct : int
    """
    n_rows = keys.shape[1]
    if n_keys <= CELLS_PER_ROW * n_rows:
        present = np.zeros(n_keys, bool)
        present[keys[0]] = True
        rank_of = np.cumsum(present, dtype=np.min_scalar_type(n_rows))
        return rank_of[keys[0]].astype(np.int64) - 1, int(rank_of[-1])
    order = sorting_order(keys)
    in_order = np.cumsum(begins_of(keys[:, order]))
    ranks = np.empty(n_rows, np.int64)
    ranks[order] = in_order - 1
    return ranks, int(in_order[-1])
