"""Best-first search against trying all words."""

from itertools import product

import numpy as np
import pytest

from sklearn_makemore._core import search
from sklearn_makemore._core.bigram import BigramModel
from sklearn_makemore._core.search import likeliest_words
from sklearn_makemore.exceptions import SamplingError
from tests.coded import coded
from tests.core.test_models import MODELS

NO_PREFIX = np.array([], np.uint8)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("prefix", [(), (2,), (1, 3)])
def test_nothing_is_missed(model, prefix):
    endings = [word for n in range(6 - len(prefix)) for word in product((1, 2, 3), repeat=n)]
    words = [(*prefix, *ending) for ending in endings]
    scores = np.array([model.log_probs(coded([list(word)])).sum() for word in words])
    found = likeliest_words(model, 20, np.array(prefix, np.uint8), 5, None)
    best = np.argsort(-scores, kind="stable")[:20]
    np.testing.assert_allclose([score for _, score in found], scores[best], atol=1e-12)
    for word, score in found:
        assert score == pytest.approx(scores[words.index(word)], abs=1e-12)
    assert len({word for word, _ in found}) == 20


def test_all_words_of_a_finite_language_and_no_more():
    model = BigramModel(np.array([[0, 0.25, 0.75], [0.5, 0, 0.5], [1.0, 0, 0]]))
    found = likeliest_words(model, 10, NO_PREFIX, 1000, None)
    assert [word for word, _ in found] == [(2,), (1,), (1, 2)]
    np.testing.assert_allclose(np.exp([score for _, score in found]), [0.75, 0.125, 0.125])
    assert likeliest_words(model, 10, np.array([2, 1], np.uint8), 1000, None) == []


def test_equals_come_in_order_of_their_codes():
    model = BigramModel(np.array([[0, 0.5, 0.5], [1.0, 0, 0], [1.0, 0, 0]]))
    assert [word for word, _ in likeliest_words(model, 2, NO_PREFIX, 9, None)] == [(1,), (2,)]


def test_memory_is_bounded_for_many_symbols(monkeypatch):
    monkeypatch.setattr(search, "CELLS", 50 * 101)
    flat = np.full((101, 101), 0.01)
    flat[:, 0] = 1e-9
    with pytest.raises(SamplingError, match="after looking at 50 beginnings"):
        likeliest_words(BigramModel(flat), 1, NO_PREFIX, 1000, None)


def test_the_unknown_symbol_is_left_out():
    model = BigramModel(np.array([[0, 0.25, 0.75], [0.5, 0, 0.5], [1.0, 0, 0]]))
    assert [word for word, _ in likeliest_words(model, 10, NO_PREFIX, 9, 2)] == [(1,)]


def test_a_search_without_end_is_ended(monkeypatch):
    monkeypatch.setattr(search, "EXPANSIONS", 50)
    never_ending = BigramModel(np.array([[0, 0.5, 0.5], [0, 0.5, 0.5], [0, 0.5, 0.5]]))
    with pytest.raises(SamplingError, match="Found 0 of the 1 likeliest words after looking at"):
        likeliest_words(never_ending, 1, NO_PREFIX, 1000, None)
