"""The table of contexts against counting one prediction at a time."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._core import context_table
from sklearn_makemore._core.context_table import ContextTable
from tests.coded import WORDS, coded


def as_counter(table):
    rows = table.contexts[table.context_of_entry].tolist()
    keys = [(tuple(row), symbol) for row, symbol in zip(rows, table.symbols.tolist(), strict=True)]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, table.counts.tolist(), strict=True))


def slow_counts(words, block_size, weights):
    counts = Counter()
    for word, weight in zip(words, weights, strict=True):
        padded = [0] * block_size + word
        for i, symbol in enumerate([*word, 0]):
            counts[tuple(padded[i : i + block_size]), symbol] += weight
    return dict(counts)


@given(WORDS, st.integers(0, 5), st.data())
def test_counts_are_exact(words, block_size, data):
    weights = data.draw(
        st.none() | st.lists(st.integers(1, 5), min_size=len(words), max_size=len(words))
    )
    table = ContextTable.from_words(coded(words, weights=weights), block_size)
    assert as_counter(table) == slow_counts(words, block_size, weights or [1] * len(words))
    contexts = table.contexts.tolist()
    assert contexts == sorted(contexts)
    assert table.block_size == block_size
    assert table.totals.sum() == pytest.approx(table.counts.sum())


@given(WORDS, WORDS, st.integers(0, 4))
def test_merge_is_concatenation(words, more, block_size):
    tables = [ContextTable.from_words(coded(part), block_size) for part in (words, more)]
    merged = ContextTable.merge(tables)
    whole = ContextTable.from_words(coded(words + more), block_size)
    for name in ("contexts", "indptr", "symbols", "counts"):
        assert getattr(merged, name).tolist() == getattr(whole, name).tolist()


@given(WORDS, st.integers(0, 4), st.randoms())
def test_order_of_words_changes_nothing(words, block_size, random):
    shuffled = random.sample(words, len(words))
    one = ContextTable.from_words(coded(words), block_size)
    other = ContextTable.from_words(coded(shuffled), block_size)
    assert as_counter(one) == as_counter(other)
    assert one.contexts.tolist() == other.contexts.tolist()


def test_long_input_is_counted_in_pieces(monkeypatch):
    words = [[1, 2, 3], [2, 1], [], [3, 3, 3, 3]] * 5
    whole = ContextTable.from_words(coded(words), 2)
    monkeypatch.setattr(context_table, "COUNTED_AT_ONCE", 4)
    assert as_counter(ContextTable.from_words(coded(words), 2)) == as_counter(whole)


def test_a_thousand_symbols_and_blocks_of_ten():
    generator = np.random.RandomState(0)
    words = [generator.randint(1, 1000, size=12).tolist() for _ in range(40)]
    table = ContextTable.from_words(coded(words, n_symbols=1000), 10)
    assert as_counter(table) == slow_counts(words, 10, [1] * 40)


def test_unlike_tables_do_not_merge():
    tables = [ContextTable.from_words(coded([[1]]), block_size) for block_size in (1, 2)]
    with pytest.raises(ValueError, match="must share symbols and block size"):
        ContextTable.merge(tables)
