"""The contexts of predictions as a reader wants to see them."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.grouping import group_rows, rows_of
from sklearn_makemore._text.coded_words import CodedWords

CONTEXT_SHOWN = 16  # symbols, for models that look at the whole word


def contexts_shown(
    words: CodedWords, block_size: int | None, symbols: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return the context of every prediction as a string, of shape (n_predictions,).

    Parameters
    ----------
    words : CodedWords
    block_size : int or None
        Symbols of a context, padded with boundaries at the start of a word; None shows what has
        been read of the word, one boundary included, at most the last 16 symbols.
    symbols : ndarray of shape (n_symbols,), dtype object
        How each symbol is shown.
    """
    width = CONTEXT_SHOWN if block_size is None else block_size
    columns = words.context_columns(width)
    group, representatives = group_rows(columns, words.n_symbols, words.n_predictions)
    contexts = rows_of(columns, representatives)
    texts = np.empty(len(contexts), dtype=object)
    for row, codes in enumerate(contexts.tolist()):
        if block_size is None:
            padding = len(codes) - len(np.trim_zeros(codes, "f"))
            codes = codes[max(padding - 1, 0) :]
        texts[row] = "".join([symbols[code] for code in codes])
    return texts[group]
