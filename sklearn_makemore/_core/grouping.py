"""Distinct rows of integer columns, exact for any number of symbols and columns."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LARGEST_KEY = 2**63 - 1
CELLS_PER_ROW = 4  # a key space this much larger than the rows is counted, not hashed
ALWAYS_COUNTED = 2**16


def group_rows(
    columns: Sequence[NDArray[np.integer[Any]]], n_symbols: int, n_rows: int
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
    keys = columns[0].astype(np.int64) if columns else np.zeros(n_rows, np.int64)
    n_keys = n_symbols if columns else 1
    for column in columns[1:]:
        if n_keys * n_symbols > LARGEST_KEY:
            keys, n_keys = rank(keys, n_keys)
        keys *= n_symbols
        keys += column
        n_keys *= n_symbols
    group, n_groups = rank(keys, n_keys)
    representatives = np.empty(n_groups, np.int64)
    representatives[group] = np.arange(n_rows)
    return group, representatives


def rank(keys: NDArray[np.int64], n_keys: int) -> tuple[NDArray[np.int64], int]:
    """Replace keys in ``0 .. n_keys - 1`` by their ranks among the distinct keys present.

    Returns
    -------
    ranks : ndarray of shape (n_rows,), int64
    n_distinct : int
    """
    if n_keys <= max(CELLS_PER_ROW * len(keys), ALWAYS_COUNTED):
        present = np.zeros(n_keys, bool)
        present[keys] = True
        rank_of = np.cumsum(present) - 1
        return rank_of[keys], int(rank_of[-1]) + 1
    numbers, distinct = pd.factorize(keys)
    order = np.argsort(distinct)
    rank_of = np.empty(len(distinct), np.int64)
    rank_of[order] = np.arange(len(distinct))
    return rank_of[numbers], len(distinct)
