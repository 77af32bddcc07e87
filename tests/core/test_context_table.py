"""The table of contexts against counting one prediction at a time."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._core import context_table
from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.window_keys import Packing, Run, total
from tests.coded import WORDS, coded

ALPHABETS = st.sampled_from([1, 2, 4, 40, 256, 1_000, 2**16, 70_000])
BLOCKS = st.integers(0, 12)


@st.composite
def weighted_words(draw, alphabets=ALPHABETS):
    """Words of few of the symbols of an alphabet, the last one among them, with whole weights."""
    n_symbols = draw(alphabets)
    codes = st.sampled_from(sorted({1, n_symbols // 2, n_symbols - 1} - {0}))
    word = st.lists(codes, max_size=6) if n_symbols > 1 else st.just([])
    words = draw(st.lists(word, min_size=1, max_size=10))
    weight = st.integers(1, 2**40)
    weights = st.none() | st.lists(weight, min_size=len(words), max_size=len(words))
    return n_symbols, words, draw(weights)


def slow_counts(words, block_size, weights=None):
    """Count windows with a dictionary."""
    counts = Counter()
    for word, weight in zip(words, weights or [1] * len(words), strict=True):
        padded = [0] * block_size + word + [0]
        for start in range(len(word) + 1):
            counts[tuple(padded[start : start + block_size + 1])] += weight
    return counts


def assert_holds(table, expected, block_size):
    """Hold a table to a dictionary of windows: every array, its order and its dtype."""
    windows = sorted(expected)
    assert table.windows.tolist() == [list(window) for window in windows]
    assert table.counts.tolist() == [expected[window] for window in windows]
    contexts = sorted({window[:-1] for window in windows})
    assert table.contexts.tolist() == [list(context) for context in contexts]
    assert [contexts[row] for row in table.context_of_entry] == [w[:-1] for w in windows]
    assert table.symbols.tolist() == [window[-1] for window in windows]
    assert table.block_size == block_size
    assert table.n_entries == table.indptr[-1] == len(windows)
    assert table.contexts.dtype == table.symbols.dtype == np.min_scalar_type(table.n_symbols)
    assert table.counts.dtype == np.float64
    assert table.totals.sum() == pytest.approx(table.counts.sum())


def assert_same(one, other):
    for name in ("contexts", "indptr", "symbols", "counts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert getattr(one, name).dtype == getattr(other, name).dtype


@given(weighted_words(), BLOCKS, st.sampled_from([0, 1, 40, 300, 2**20]))
def test_counts_are_those_of_a_dictionary(given, block_size, at_once):
    n_symbols, words, weights = given
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context_table, "SORTED_AT_ONCE", at_once * 10)
        patch.setattr(context_table, "COUNTED_AT_ONCE", at_once)
        patch.setattr(context_table, "SLICE", 1)
        table = ContextTable.from_words(coded(words, n_symbols, weights), block_size)
    assert_holds(table, slow_counts(words, block_size, weights), block_size)


@given(WORDS, st.integers(0, 4), st.randoms(), st.integers(1, 9))
def test_neither_order_nor_pieces_change_anything(words, block_size, random, at_once):
    one = ContextTable.from_words(coded(words), block_size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context_table, "COUNTED_AT_ONCE", 0)
        patch.setattr(context_table, "SORTED_AT_ONCE", at_once)
        shuffled = random.sample(words, len(words))
        assert_same(ContextTable.from_words(coded(shuffled), block_size), one)


@pytest.mark.parametrize("sorted_at_once", [2**27, 10_000])
@pytest.mark.parametrize(("n_symbols", "block_size"), [(30, 5), (30, 11), (1_000, 10)])
def test_thousands_of_words(monkeypatch, n_symbols, block_size, sorted_at_once):
    """Keys of 32 bits, of 64 and of more, and weights that are sorted with and without places."""
    monkeypatch.setattr(context_table, "SORTED_AT_ONCE", sorted_at_once)
    rng = np.random.RandomState(0)
    words = [rng.randint(1, min(n_symbols, 2 + i % 70), 8).tolist() for i in range(1, 2_000)]
    for weights in (None, rng.randint(1, 9, len(words)).tolist()):
        table = ContextTable.from_words(coded(words, n_symbols, weights), block_size)
        assert_holds(table, slow_counts(words, block_size, weights), block_size)


@given(weighted_words(), BLOCKS)
def test_keys_sort_as_windows_do(given, block_size):
    n_symbols, words, _ = given
    windows = ContextTable.from_words(coded(words, n_symbols), block_size).windows
    packing = Packing(n_symbols, block_size + 1)
    keys = packing.keys(list(windows.T), len(windows))
    assert sorted(keys.T.tolist()) == keys.T.tolist()
    np.testing.assert_array_equal(packing.windows(keys), windows)


@given(weighted_words(), BLOCKS, BLOCKS)
def test_a_table_of_another_block_size_is_that_of_the_same_words(given, before, after):
    n_symbols, words, weights = given
    table = ContextTable.from_words(coded(words, n_symbols, weights), before)
    longest = max(map(len, words))
    assert table.holds_words == (longest < before or not longest)
    if after > before and not table.holds_words:
        with pytest.raises(ValueError, match=f"{before} symbols cannot become {after} long"):
            table.resized(after)
    else:
        assert_holds(table.resized(after), slow_counts(words, after, weights), after)


CHUNKS = st.lists(st.tuples(weighted_words(st.just(4)), BLOCKS), min_size=1, max_size=6)


@given(CHUNKS)
def test_tables_add_up_whatever_their_block_sizes(chunks):
    tables, limits, blocks = [], [], []
    for (n_symbols, words, weights), block_size in chunks:
        table = ContextTable.from_words(coded(words, n_symbols, weights), block_size)
        tables.append(table)
        blocks.append(block_size)
        longest = max(map(len, words))
        limits += [block_size] if longest and longest >= block_size else []
    expected_block = min(limits) if limits else max(blocks)
    expected = Counter()
    for (_, words, weights), _ in chunks:
        expected.update(slow_counts(words, expected_block, weights))
    assert_holds(ContextTable.merge(tables), expected, expected_block)


@given(st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=30), min_size=1, max_size=9))
def test_runs_add_up_as_they_come(parts):
    runs = (Run.of_keys(np.array([part], np.uint8), None) for part in parts)
    whole, expected = total(runs), Counter(key for part in parts for key in part)
    assert whole.keys[0].tolist() == sorted(expected)
    assert dict(zip(whole.keys[0].tolist(), whole.counts.tolist(), strict=True)) == expected


def test_many_runs_are_merged_no_more_often_than_their_length_doubles(monkeypatch):
    merged, merge = [], Run.merge

    def counted(runs):
        merged.append(sum(len(run.counts) for run in runs))
        return merge(runs)

    monkeypatch.setattr(Run, "merge", counted)
    total(Run.of_keys(np.array([[key]], np.uint16), None) for key in range(1024))
    assert sum(merged) <= 1024 * 11


def test_unlike_tables_do_not_merge():
    tables = [ContextTable.from_words(coded([[1]], n_symbols), 2) for n_symbols in (3, 2)]
    with pytest.raises(ValueError, match=r"must share symbols, got n_symbols = \[2, 3\]"):
        ContextTable.merge(tables)


def test_a_table_alone_is_its_own_merge():
    table = ContextTable.from_words(coded([[1, 2, 3]]), 1)
    assert ContextTable.merge(iter([table])) is table


@given(weighted_words(), BLOCKS, st.randoms())
def test_symbols_take_places_among_others(given, block_size, random):
    n_symbols, words, weights = given
    used = sorted({code for word in words for code in word})
    n_more = random.randrange(300)
    places = [0, *sorted(random.sample(range(1, 1 + len(used) + n_more), len(used)))]
    code_of = dict(zip([0, *used], places, strict=True))
    lookup = np.arange(n_symbols) + n_more  # those that do not occur may be anywhere
    lookup[[0, *used]] = places
    table = ContextTable.from_words(coded(words, n_symbols, weights), block_size)
    recoded = table.recoded(lookup, n_symbols + n_more)
    words = [[code_of[code] for code in word] for word in words]
    expected = ContextTable.from_words(coded(words, n_symbols + n_more, weights), block_size)
    assert recoded.n_symbols == n_symbols + n_more
    assert_same(recoded, expected)


@given(weighted_words(), BLOCKS)
def test_symbols_that_become_one_are_counted_as_one(given, block_size):
    n_symbols, words, weights = given
    table = ContextTable.from_words(coded(words, n_symbols, weights), block_size)
    joined = [[1] * len(word) for word in words]
    expected = slow_counts(joined, block_size, weights)
    assert_holds(table.recoded(np.minimum(np.arange(n_symbols), 1), 2), expected, block_size)


@given(weighted_words(), st.integers(0, 4))
def test_without_a_symbol_nothing_of_it_is_left(given, block_size):
    n_symbols, words, weights = given
    table = ContextTable.from_words(coded(words, n_symbols, weights), block_size)
    expected = slow_counts(words, block_size, weights)
    left = {window: n for window, n in expected.items() if n_symbols - 1 not in window}
    assert_holds(table.without_symbol(n_symbols - 1), left, block_size)
