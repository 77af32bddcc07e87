"""Coded words built by hand, for the layers that never see characters."""

import numpy as np
from hypothesis import strategies as st

from sklearn_makemore._text.coded_words import CodedWords

WORDS = st.lists(st.lists(st.integers(1, 3), max_size=5), min_size=1, max_size=8)


def coded(words, n_symbols=4, weights=None):
    """Lay out lists of codes as CodedWords."""
    codes = [0]
    for word in words:
        codes += [*word, 0]
    offsets = np.cumsum([0] + [len(word) + 1 for word in words])
    weights = None if weights is None else np.array(weights, float)
    return CodedWords(
        np.array(codes, np.min_scalar_type(n_symbols)), offsets, n_symbols, None, weights
    )
