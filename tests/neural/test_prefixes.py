"""Prefixes found in rows of codes, against sets of tuples."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._neural.prefixes import Prefixes
from tests.neural.networks import sequence_modules

WORDS = st.integers(1, 5).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 3), min_size=n, max_size=n), min_size=1, max_size=12)
)


def prefixes_of(words):
    return [tuple(word[: t + 1]) for word in words for t in range(len(word))]


@given(WORDS)
def test_symbols_with_one_number_have_one_prefix(words):
    expected = prefixes_of(words)
    first, number = Prefixes.of(torch.tensor(words))
    assert [expected[first[n]] for n in number] == expected
    assert number[first].tolist() == list(range(len(first)))


@given(WORDS)
def test_of_sorted_words_each_prefix_stands_once(words):
    words.sort()
    first, number = Prefixes.of(torch.tensor(words))
    assert len(first) == len(set(prefixes_of(words))) == number.max() + 1


def test_rows_are_kept_once_and_spread():
    prefixes = Prefixes.of(torch.tensor([[0, 1], [0, 2], [0, 2]]))
    values = torch.tensor([[1.0], [2.0], [1.0], [3.0], [1.0], [3.0]])
    once = prefixes.once(values)
    assert once.tolist() == [[1.0], [2.0], [3.0]]
    assert torch.equal(prefixes.spread(once), values)


def test_a_transformer_computes_the_shared_prefixes_of_many_words_once():
    module = sequence_modules()["transformer"]
    n_rows = []
    module.blocks[0].feed_forward.register_forward_hook(
        lambda layer, inputs, output: n_rows.append(len(output))
    )
    words = torch.cartesian_prod(*[torch.arange(4)] * 3)
    module(words[:63])
    module(words)
    assert n_rows == [63 * 3, 4 + 4**2 + 4**3]
