"""The predictions of words as a frame to read."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_makemore._core.grouping import group_rows, rows_of
from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._core.scoring import log_probs_of
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.flat_text import WordColumn
from sklearn_makemore._text.symbols import Symbols
from sklearn_makemore._text.vocabulary import Vocabulary, word_array

CONTEXT_SHOWN = 16  # symbols, for models that look at the whole word


def symbols_frame(
    column: WordColumn, vocabulary: Vocabulary, model: NextSymbolModel
) -> pd.DataFrame:
    """Return a row for each predicted symbol: word, text, position, context, symbol, log_proba.

    Parameters
    ----------
    column : WordColumn
        The words.
    vocabulary : Vocabulary
        What the codes of the model stand for.
    model : NextSymbolModel
    """
    counts, positions = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    log_probs = [np.empty(0)]
    texts, contexts, symbols = ([np.empty(0, object)] for _ in range(3))
    for text in vocabulary.kind.pieces(column):
        words = vocabulary.encode(text)
        spelled, shown = vocabulary.spell(text, words)
        sizes = words.predictions_per_word
        counts.append(sizes)
        positions.append(words.positions)
        texts.append(word_array(vocabulary.kind.words(text), text.n_words).repeat(sizes))
        contexts.append(contexts_shown(spelled, model.block_size, shown, vocabulary.kind))
        symbols.append(shown[spelled.targets])
        log_probs.append(log_probs_of(model, words))
    return pd.DataFrame(
        {
            "word": column.labels.repeat(np.concatenate(counts)),
            "text": pd.Series(np.concatenate(texts), dtype=object),
            "position": np.concatenate(positions),
            "context": pd.Series(np.concatenate(contexts), dtype=object),
            "symbol": pd.Series(np.concatenate(symbols), dtype=object),
            "log_proba": np.concatenate(log_probs),
        }
    )


def contexts_shown(
    words: CodedWords, block_size: int | None, shown: NDArray[np.object_], kind: Symbols
) -> NDArray[np.object_]:
    """Return the context of every prediction, written as a word, of shape (n_predictions,).

    Parameters
    ----------
    words : CodedWords
    block_size : int or None
        Symbols of a context, padded with boundaries at the start of a word; None shows what has
        been read of the word, one boundary included, at most the last 16 symbols.
    shown : ndarray of shape (n_symbols,), dtype object
        How each symbol is shown.
    kind : Symbols
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
        texts[row] = kind.join([shown[code] for code in codes])
    return texts[group]
