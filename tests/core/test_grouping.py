"""Distinct rows, exact where a 64-bit key would overflow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._core import grouping
from sklearn_makemore._core.grouping import group_rows, rank


@given(st.integers(0, 30), st.integers(0, 12), st.sampled_from([2, 27, 1000, 2**20]), st.randoms())
def test_groups_are_those_of_a_dictionary(n_rows, n_columns, n_symbols, random):
    letters = [random.randrange(n_symbols) for _ in range(2)]
    rows = [tuple(random.choice(letters) for _ in range(n_columns)) for _ in range(n_rows)]
    if not n_rows:
        return
    columns = [np.array(column, np.uint32) for column in zip(*rows, strict=True)]
    group, representatives = group_rows(columns, n_symbols, n_rows)
    distinct = sorted(set(rows))
    assert [distinct[g] for g in group] == rows
    assert [rows[r] for r in representatives] == distinct


def test_the_key_is_compressed_before_it_overflows():
    n_symbols, block_size = 1_000, 10
    generator = np.random.RandomState(0)
    rows = generator.randint(n_symbols, size=(500, block_size)).astype(np.uint16)
    rows[250:] = rows[:250]
    rows[:, 0] = 999  # as plain 64-bit keys, 1000**10 wraps around
    group, representatives = group_rows(list(rows.T), n_symbols, len(rows))
    assert len(representatives) == len({tuple(row) for row in rows.tolist()}) == 250
    assert (group[:250] == group[250:]).all()
    assert (rows[representatives[group]] == rows).all()


@pytest.mark.parametrize("cells_per_row", [0, 200])
def test_cells_and_sorting_rank_alike(monkeypatch, cells_per_row):
    monkeypatch.setattr(grouping, "CELLS_PER_ROW", cells_per_row)
    keys = np.array([[40, 7, 40, 999, 0]])
    ranks, n = rank(keys, 1000)
    assert ranks.tolist() == [2, 1, 2, 3, 0]
    assert n == 4
