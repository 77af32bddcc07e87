"""The predictions of words as a frame to read."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_makemore._core.grouping import group_rows, rows_of
from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.flat_text import WordColumn

CONTEXT_SHOWN = 16  # symbols, for models that look at the whole word


def symbols_frame(
    column: WordColumn,
    pieces: Iterable[CodedWords],
    model: NextSymbolModel,
    symbols: NDArray[np.object_],
) -> pd.DataFrame:
    """Return a row for each predicted symbol: word, position, context, symbol, log_proba.

    Parameters
    ----------
    column : WordColumn
        Where the words are from.
    pieces : iterable of CodedWords
        All its words, piece by piece.
    model : NextSymbolModel
    symbols : ndarray of shape (n_symbols,), dtype object
        How each symbol is shown.
    """
    counts, positions = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    contexts, targets = [np.empty(0, object)], [np.empty(0, np.int64)]
    log_probs = [np.empty(0)]
    for words in pieces:
        counts.append(words.predictions_per_word)
        positions.append(words.positions)
        contexts.append(contexts_shown(words, model.block_size, symbols))
        targets.append(words.targets.astype(np.int64))
        log_probs.append(model.log_probs(words))
    return pd.DataFrame(
        {
            "word": column.labels.repeat(np.concatenate(counts)),
            "position": np.concatenate(positions),
            "context": pd.Series(np.concatenate(contexts), dtype=object),
            "symbol": pd.Series(symbols[np.concatenate(targets)], dtype=object),
            "log_proba": np.concatenate(log_probs),
        }
    )


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
