"""From log-probabilities of symbols to scores of words."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import NamedTuple

import numpy as np

from sklearn_makemore._core.models import FloatArray, NextSymbolModel
from sklearn_makemore._text.coded_words import CodedWords

SCORED_AT_ONCE = 2**19  # predictions; bounds the working memory of scoring


class WordStatistics(NamedTuple):
    """What the log-probabilities of each word's symbols amount to.

    All arrays have shape (n_words,) and dtype float64; likelihoods are in nats.
    """

    log_likelihood: FloatArray
    log_likelihood_per_symbol: FloatArray
    lowest_log_likelihood: FloatArray
    n_symbols: FloatArray
    n_unknown: FloatArray


def log_likelihoods(log_probs: FloatArray, words: CodedWords) -> FloatArray:
    """Sum `log_probs` (n_predictions,) over each word: (n_words,), in nats."""
    return np.add.reduceat(log_probs, words.offsets[:-1])


def log_probs_at_once(model: NextSymbolModel, words: CodedWords) -> FloatArray:
    """Return the log-probability of every prediction of words that fit into working memory.

    A symbol that is none of the model's costs what the words say.

    Returns
    -------
    log_probs : ndarray of shape (n_predictions,), float64
    """
    log_probs = model.log_probs(words)
    if words.n_strangers:
        return np.where(words.targets == words.n_symbols, -words.unknown_cost, log_probs)
    return log_probs


def log_probs_of(model: NextSymbolModel, words: CodedWords) -> FloatArray:
    """Return the log-probability of every prediction, of shape (n_predictions,)."""
    parts = (log_probs_at_once(model, some) for some in words.pieces(SCORED_AT_ONCE))
    return np.concatenate([np.empty(0), *parts])


def scores_of(model: NextSymbolModel, words: CodedWords) -> FloatArray:
    """Return the log-likelihood of each word, of shape (n_words,), in nats."""
    pieces = words.pieces(SCORED_AT_ONCE)
    parts = (log_likelihoods(log_probs_at_once(model, some), some) for some in pieces)
    return np.concatenate([np.empty(0), *parts])


def perplexity_of(score: float) -> float:
    """Return ``exp(-score)`` of nats per symbol; infinity where that is beyond float64."""
    with np.errstate(over="ignore"):
        return float(np.exp(-np.float64(score)))


def word_statistics(log_probs: FloatArray, words: CodedWords) -> WordStatistics:
    """Summarise `log_probs` (n_predictions,) by word."""
    starts = words.offsets[:-1]
    sums = log_likelihoods(log_probs, words)
    n_symbols = words.predictions_per_word.astype(np.float64)
    if words.unknown_code is None:
        n_unknown = np.zeros(words.n_words)
    else:
        is_unknown = (words.targets == words.unknown_code).astype(np.float64)
        n_unknown = np.add.reduceat(is_unknown, starts)
    lowest = np.minimum.reduceat(log_probs, starts)
    return WordStatistics(sums, sums / n_symbols, lowest, n_symbols, n_unknown)
