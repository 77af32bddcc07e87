"""Sums and minima by word against a slow reference."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._core.scoring import log_likelihoods, word_statistics
from sklearn_makemore._text.coded_words import CodedWords
from tests.coded import WORDS, coded


@given(WORDS, st.randoms(), st.booleans())
def test_statistics_are_those_of_each_word(words, random, has_unknown):
    flat = coded(words)
    flat = CodedWords(flat.codes, flat.offsets, 4, 3 if has_unknown else None, None)
    log_probs = np.array([random.choice([-random.random(), -np.inf]) for _ in flat.targets])
    statistics = word_statistics(log_probs, flat)
    start = 0
    for w, word in enumerate(words):
        of_word = log_probs[start : start + len(word) + 1]
        start += len(word) + 1
        np.testing.assert_allclose(statistics.log_likelihood[w], of_word.sum(), rtol=1e-12)
        np.testing.assert_allclose(
            statistics.log_likelihood_per_symbol[w], of_word.mean(), rtol=1e-12
        )
        assert statistics.lowest_log_likelihood[w] == of_word.min()
        assert statistics.n_symbols[w] == len(of_word)
        assert statistics.n_unknown[w] == (word.count(3) if has_unknown else 0)
    np.testing.assert_array_equal(log_likelihoods(log_probs, flat), statistics.log_likelihood)
