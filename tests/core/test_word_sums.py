"""Sums over all words, held against dense linear algebra and against all words themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore import BigramCountLM, MixtureLM, NGramCountLM
from sklearn_makemore._core import word_sums as module
from sklearn_makemore._core.automata import Anything
from sklearn_makemore._core.product import NotConverged, product_of
from sklearn_makemore._core.word_sums import word_sums

WORDS = ["ab", "abab", "b", "aa", "bb", "cab", ""]


def product_of_all(fitted):
    states = fitted._model.finite_states
    return product_of(states, Anything(), (states.start, 0))


@pytest.mark.parametrize(
    "model",
    [
        BigramCountLM(),
        NGramCountLM(order=4),
        NGramCountLM(order=3, smoothing=0.1),
        MixtureLM([("one", BigramCountLM()), ("other", NGramCountLM(order=3))], weights=[0.3, 0.7]),
    ],
    ids=repr,
)
def test_sums_solve_the_equations(model):
    product = product_of_all(model.fit(WORDS))
    steps = product.numbers.matrix.toarray()
    np.testing.assert_allclose(steps.sum(axis=1) + product.numbers.ends, 1)
    left = np.eye(len(steps)) - steps
    n_predictions = np.linalg.solve(left, np.ones(len(steps)))
    squares = np.linalg.solve(left, 2 * n_predictions - 1)
    sums = word_sums(product)
    edges = np.exp(product.log_probs)
    sources = np.repeat(np.arange(product.n_nodes), np.diff(product.indptr))
    of_next = -np.bincount(sources, edges * product.log_probs, product.n_nodes)
    of_next -= product.numbers.ends * product.log_ends
    assert sums.entropy == pytest.approx(np.linalg.solve(left, of_next)[0], rel=1e-11)
    assert sums.mean_length == pytest.approx(n_predictions[0] - 1, rel=1e-11)
    assert sums.variance_of_length == pytest.approx(squares[0] - n_predictions[0] ** 2, rel=1e-9)
    assert sums.of_lengths.sum() == pytest.approx(1, rel=1e-12)


@given(st.lists(st.sets(st.sampled_from("abcdef")), min_size=1, max_size=8), st.integers(2, 4))
def test_sums_are_those_over_all_words_where_there_are_few(sets, order):
    """Where letters ascend in all words, n-grams without smoothing make no others."""
    words = ["".join(sorted(letters)) for letters in sets]
    fitted = NGramCountLM(order=order, smoothing=0).fit(words)
    every, log_probas = fitted.most_likely(1_000)
    probas = np.exp(log_probas)
    assert probas.sum() == pytest.approx(1, rel=1e-12)
    sums = word_sums(product_of_all(fitted))
    lengths = np.array([len(word) for word in every])
    assert sums.entropy == pytest.approx(-probas @ log_probas, rel=1e-11, abs=1e-13)
    np.testing.assert_allclose(sums.of_lengths, np.bincount(lengths, probas), rtol=1e-11)
    assert sums.mean_length == pytest.approx(probas @ lengths, rel=1e-11)


def test_lengths_of_one_word_and_of_a_fair_coin():
    one = word_sums(product_of_all(BigramCountLM(smoothing=0).fit(["ab"])))
    assert (one.entropy, one.mean_length, one.variance_of_length) == (0, 2, 0)
    assert one.of_lengths.tolist() == [0, 0, 1]
    coin = word_sums(product_of_all(BigramCountLM(smoothing=1e12).fit(["a"])))
    assert coin.entropy == pytest.approx(2 * np.log(2))
    assert coin.mean_length == pytest.approx(1)
    assert coin.variance_of_length == pytest.approx(2)


def test_words_that_hardly_ever_end(monkeypatch):
    product = product_of_all(BigramCountLM(smoothing=0).fit(["a" * 200]))
    assert word_sums(product).mean_length == pytest.approx(200)
    monkeypatch.setattr(module, "MOST_TERMS", 1_000 * (2 + 2))  # two edges, two nodes
    with pytest.raises(NotConverged, match="hardly ever end, even after 1000 symbols"):
        word_sums(product)
