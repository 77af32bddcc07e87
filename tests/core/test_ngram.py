"""Tries of n-grams, smoothing over plain arrays, and a model that needs no table."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._core import ngram
from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._core.ngram import NGramModel
from sklearn_makemore._core.ngram_assembly import add_level, find, normalise, trie_of_symbols
from sklearn_makemore._core.ngram_smoothing import (
    NGramCounts,
    discounts_of,
    kneser_ney,
    witten_bell,
)
from sklearn_makemore._core.ngram_trie import ROOT, trie_of_table, window_size
from sklearn_makemore._text.coded_words import BOUNDARY
from tests.coded import WORDS, coded

ORDERS = st.integers(1, 5)


def counted(words, order):
    """Count n-grams with dictionaries; -1 stands for the start of a word."""
    counts = Counter()
    for word in words:
        sequence = [-1, *word, 0]
        for stop in range(2, len(sequence) + 1):
            for length in range(1, min(order, stop) + 1):
                counts[tuple(sequence[stop - length : stop])] += 1
    return counts


def ngrams_of(trie):
    """Spell the nodes of a trie in codes; -1 stands for the start of a word."""
    spelt = [()]
    for context, symbol in zip(trie.contexts[1:], trie.symbols[1:].tolist(), strict=True):
        begin = (-1,) if spelt[context] == (0,) else spelt[context]
        spelt.append((*begin, symbol))
    return spelt


def table_of(words, order, n_symbols=4):
    words = coded(words, n_symbols)
    return ContextTable.from_words(words, window_size(words, order) - 1)


def model_of(words, order):
    trie, counts = trie_of_table(table_of(words, order))
    shares = kneser_ney(NGramCounts(trie, counts, order, None))
    return NGramModel(trie, *shares.log_probas(trie))


@given(WORDS, ORDERS)
def test_a_trie_holds_all_ngrams_with_their_counts(words, order):
    trie, counts = trie_of_table(table_of(words, order))
    expected = counted(words, order)
    spelt = ngrams_of(trie)
    assert len(set(spelt)) == len(spelt)
    assert {g: c for g, c in zip(spelt, counts, strict=True) if c and g} == expected
    assert counts[0] == sum(len(word) + 1 for word in words)
    assert [len(gram) for gram in spelt] == sorted(len(gram) for gram in spelt)
    node_of = {gram: node for node, gram in enumerate(spelt)}
    for node, gram in enumerate(spelt[1:], 1):
        assert trie.suffixes[node] == node_of[gram[1:]]
        symbols = np.array([0 if code == -1 else code for code in gram])
        assert find(trie, symbols[np.newaxis]) == node
    assert (np.diff(trie.contexts) >= 0).all()


@given(WORDS, WORDS, ORDERS)
def test_without_a_table_all_numbers_are_the_same(words, others, order):
    model, sparse = model_of(words, order), model_of(words, order)
    table = model._automaton
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngram, "CELLS_PER_BATCH", 0)
        others = coded(others)
        ends = others.offsets[1:] - 1
        scores = sparse.log_probs(others)
        after = sparse.next_log_probs(others)
        stepped = np.concatenate(list(NextSymbolModel.distributions(sparse, others)))
        assert "_automaton" not in vars(sparse)
    np.testing.assert_array_equal(model.log_probs(others), scores)
    np.testing.assert_array_equal(model.next_log_probs(others), after)
    np.testing.assert_array_equal(stepped[ends], after)
    stepped = np.concatenate(list(NextSymbolModel.distributions(model, others)))
    np.testing.assert_array_equal(stepped[ends], after)
    np.testing.assert_allclose(np.exp(table.rows).sum(axis=1), 1, rtol=0, atol=1e-12)


@given(WORDS, WORDS, ORDERS)
def test_the_end_of_a_word_is_no_context_of_the_next(words, others, order):
    """Whatever weight a file gives it."""
    model = model_of(words, order)
    ends = (model.trie.symbols == BOUNDARY) & (model.trie.contexts > ROOT)
    other = NGramModel(model.trie, model.log_proba, np.where(ends, -1.0, model.log_backoff))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngram, "CELLS_PER_BATCH", 0)
        scores = other.log_probs(coded(others))
    np.testing.assert_array_equal(scores, model.log_probs(coded(others)))


@given(WORDS, ORDERS)
def test_prefixes_agree_with_bulk_scores(words, order):
    model = model_of(words, order)
    prefixes = [word[:end] for word in words for end in range(len(word) + 1)]
    after = model.next_log_probs(coded(prefixes))
    targets = coded(words).targets
    np.testing.assert_array_equal(
        after[np.arange(len(prefixes)), targets], model.log_probs(coded(words))
    )


def test_discounts_by_hand():
    counts = np.repeat([1.0, 2, 3, 4, 7], [8, 4, 3, 1, 5])
    y = 8 / (8 + 2 * 4)
    expected = [1 - 2 * y * 4 / 8, 2 - 3 * y * 3 / 4, 3 - 4 * y * 1 / 3]
    np.testing.assert_allclose(discounts_of(counts), expected)


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ([], "none"),
        ([1, 1, 2, 4], "no 3"),
        ([1, 3, 3], "no 2"),
        ([2, 3, 4], "no 1"),
        ([1, 2, 3, 4, 4, 4], "3 - 4/3 * 3 < 0"),
        ([1, 2, 3, 3], "2 - 3/3 * 2 = 0"),
        ([1] + [2] * 9 + [3] * 114, "2 - 3/19 * 114/9 = 0, but for rounding"),
    ],
)
def test_discounts_fall_back(counts, why):
    assert discounts_of(np.array(counts, float)).tolist() == [0.5, 1.0, 1.5], why


def test_fractions_are_shared_by_the_counts_around_them():
    shared = np.repeat([1.0, 1.5, 2.5, 4], [9, 4, 4, 1])
    # 4 times 1.5 adds 2 to n_1 and 2 to n_2, and 4 times 2.5 adds 2 to n_2 and 2 to n_3.
    expected = discounts_of(np.repeat([1.0, 2, 3, 4], [11, 4, 2, 1]))
    np.testing.assert_allclose(discounts_of(shared), expected)
    assert expected.tolist() != [0.5, 1.0, 1.5]


def test_one_ngram_of_each_shorter_length_is_not_in_the_counts_of_counts():
    """The last bigram ends in the rarest symbol and begins with the rarest before that."""
    rng = np.random.RandomState(1)
    words = [np.minimum(rng.geometric(0.3, 5), 9).tolist() for _ in range(60)]
    trie, counts = trie_of_table(table_of(words, 3, n_symbols=10))
    discounts = kneser_ney(NGramCounts(trie, counts, 3, None)).estimates["discounts"]
    grams = counted(words, 3)
    before = Counter(gram[1:] for gram in grams)
    adjusted = {g: c if g[0] == -1 else before[g] for g, c in grams.items() if len(g) == 2}
    rarity = {code: (-before[code,], -grams[code,]) for code in range(1, 10)} | {-1: (-99,)}
    rarest = max(range(1, 10), key=rarity.__getitem__)
    all_of_them = discounts_of(np.array([*adjusted.values()], float))
    del adjusted[max((g for g in adjusted if g[1] == rarest), key=lambda g: rarity[g[0]])]
    expected = discounts_of(np.array([*adjusted.values()], float))
    np.testing.assert_allclose(discounts[1], expected)
    assert expected.tolist() != all_of_them.tolist()


@given(WORDS, ORDERS, st.randoms())
def test_a_trie_is_assembled_from_ngrams_in_any_order(words, order, random):
    trie, counts = trie_of_table(table_of(words, order))
    built = trie_of_symbols(4)
    for level in trie.levels[2:]:
        nodes = np.arange(level.start, level.stop)
        random.shuffle(nodes)
        built, places = add_level(built, trie.contexts[nodes], trie.symbols[nodes])
        assert nodes[places].tolist() == list(range(level.start, level.stop))
    for name in ("contexts", "symbols", "suffixes"):
        np.testing.assert_array_equal(getattr(built, name), getattr(trie, name))
    shares = witten_bell(NGramCounts(trie, counts, order, None))
    log_proba, log_backoff = shares.log_probas(trie)
    scale = np.exp(np.random.RandomState(0).uniform(-0.01, 0.01, trie.n_nodes))
    scale[1:5] = scale[1]
    off = log_proba + np.log(scale[trie.contexts])
    off[0], off[1:5] = 0.0, log_proba[1:5] + 0.001
    again, weights, sums = normalise(trie, off, log_backoff + np.log(scale) * (trie.contexts >= 0))
    model = NGramModel(trie, again, weights)
    np.testing.assert_allclose(np.exp(model._automaton.rows).sum(axis=1), 1, atol=1e-12)
    assert sums[0] == pytest.approx(np.exp(0.001))
