"""Bigram counts, after Karpathy, "The spelled-out intro to language modeling" (2022)."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from sklearn_makemore._core.bigram import BigramModel, additive_smoothing, dense_counts
from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.checks import check_counts, check_table_size
from sklearn_makemore._estimators.layout import ArrayLayout, check_distributions
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary


class BigramCountLM(BaseCharLM):
    """Language model that counts which symbol follows which.

    The probability of the next symbol depends on the last one alone and is its smoothed relative
    frequency. Fitting is one pass over the words.

    Parameters
    ----------
    smoothing : float, default=1.0
        Added to every count (additive or Lidstone smoothing; 1 is Laplace's). With 0, whatever
        was not seen has probability 0 and log-probability -inf.
    alphabet : str or collection of str, default=None
        All characters that may occur, known beforehand. None takes those of the words in `fit`.
    boundary : str, default="."
        How the start and end of a word are shown; it is never looked up in a word.
    handle_unknown : {"error", "unknown"}, default="error"
        What happens to a character that is not among the symbols: a ValueError, or it becomes
        the unknown symbol, which has the mass of the smoothing.
    random_state : int, RandomState instance or None, default=None
        Seed of what is random in `fit`, and of `sample` where it is given none.

    Attributes
    ----------
    counts_ : ndarray of shape (n_symbols, n_symbols), float64
        Weighted number of times that symbol j follows symbol i.
    transition_proba_ : ndarray of shape (n_symbols, n_symbols), float64
        Probability of symbol j after symbol i; each row sums to 1. Without smoothing, the row of
        a symbol that was never seen is uniform: the limit of vanishing smoothing.
    symbols_ : ndarray of shape (n_symbols,), dtype object
        The boundary as shown, the characters in code-point order, the unknown symbol (U+FFFD) if
        there is one.
    n_symbols_ : int
        Number of symbols.

    See Also
    --------
    sklearn.feature_extraction.text.CountVectorizer : Counts n-grams of characters as features.

    References
    ----------
    Andrej Karpathy, "The spelled-out intro to language modeling: building makemore", 2022.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> model = BigramCountLM().fit(["emma", "olivia", "ava", "isabella", "sophia"])
    >>> model.score_samples(["ava", "vvvv"]).round(2)
    array([ -7.49, -13.39])
    >>> model.sample(3, random_state=0)
    array(['iimaaosaa', 'vvvp', 'he'], dtype=object)
    >>> model.predict(["oliv"])
    array(['a'], dtype=object)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseCharLM._parameter_constraints,
        "smoothing": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        smoothing: float = 1.0,
        alphabet: Any = None,
        boundary: str = ".",
        handle_unknown: str = "error",
        random_state: Any = None,
    ) -> None:
        self.smoothing = smoothing
        self.alphabet = alphabet
        self.boundary = boundary
        self.handle_unknown = handle_unknown
        self.random_state = random_state

    def _learn(self, words: CodedWords, vocabulary: Vocabulary, *, partial: bool) -> dict[str, Any]:
        check_table_size(words.n_symbols**2, words.n_symbols)
        counts = dense_counts(ContextTable.from_words(words, block_size=1))
        if partial:
            with np.errstate(over="ignore"):
                counts += self.counts_
        check_counts(counts)
        probabilities = additive_smoothing(counts, self.smoothing, words.unknown_code)
        return {"counts_": counts, "transition_proba_": probabilities}

    @staticmethod
    def _layout(attributes: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
        table = ArrayLayout((vocabulary.n_symbols, vocabulary.n_symbols))
        return {"counts_": table, "transition_proba_": table}

    @staticmethod
    def _check_values(attributes: Mapping[str, Any], vocabulary: Vocabulary) -> None:
        check_distributions(attributes["transition_proba_"])

    @staticmethod
    def _make_model(attributes: Mapping[str, Any]) -> BigramModel:
        return BigramModel(attributes["transition_proba_"])
