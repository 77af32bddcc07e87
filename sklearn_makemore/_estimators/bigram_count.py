"""Bigram counts, after Karpathy, "The spelled-out intro to language modeling" (2022)."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from numbers import Real
from typing import Self

from sklearn.utils._param_validation import Interval

from sklearn_makemore._core.bigram import (
    BigramModel,
    additive_smoothing,
    dense_counts,
    sparse_counts,
)
from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.learnt import check_array, check_distributions
from sklearn_makemore._core.models import FloatArray, check_table_size
from sklearn_makemore._estimators.counting import BaseCountLM, LearntCounts
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary


@dataclass(frozen=True)
class BigramCounts(LearntCounts):
    """Counts of bigrams and the probabilities made of them, (n_symbols, n_symbols) each."""

    counts_: FloatArray
    transition_proba_: FloatArray

    def model(self, vocabulary: Vocabulary) -> BigramModel:
        return BigramModel(self.transition_proba_)

    def table(self, vocabulary: Vocabulary) -> ContextTable:
        return sparse_counts(self.counts_)

    def checked(self, vocabulary: Vocabulary) -> Self:
        shape = vocabulary.n_symbols, vocabulary.n_symbols
        check_array("counts_", self.counts_, shape)
        check_array("transition_proba_", self.transition_proba_, shape)
        check_distributions(self.transition_proba_)
        return self


class BigramCountLM(BaseCountLM):
    """Language model that counts which symbol follows which.

    The probability of the next symbol depends on the last one alone and is its smoothed relative
    frequency. Fitting is one pass over the words.

    Parameters
    ----------
    smoothing : float, default=1.0
        Added to every count (additive or Lidstone smoothing; 1 is Laplace's). With 0, whatever
        was not seen has probability 0 and log-probability -inf.
    alphabet : str or collection of str, default=None
        All symbols that may occur, known beforehand. None takes those of the words in `fit`.
    symbols : {"char", "grapheme", "split", "token"} or re.Pattern, default="char"
        What a symbol of a word is: a code point, a grapheme cluster, what stands between white
        space, an item of a word that is a sequence of strings, or a match of a compiled pattern.
    boundary : str, default=None
        How the start and end of a word are shown; it is never looked up in a word. None takes ".",
        or another sign where that is a symbol of the words.
    handle_unknown : {"penalty", "unknown", "error"}, default="penalty"
        What happens to a symbol that is not known when a word is scored. "penalty": it costs log(N
        + 1) nats, where N is the number of predictions in `fit` (of symbols if they are more), and
        the model stays what it is. "unknown": the model has a symbol for it. "error": a ValueError.
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
        The boundary as shown, the symbols of the words in order, the unknown symbol if there is
        one.
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

    smoothing: float = parameter(Interval(Real, 0, None, closed="left"), default=1.0)

    _learnt_class = BigramCounts

    def _block_size(self) -> int:
        return 1

    def _count(self, words: CodedWords) -> ContextTable:
        check_table_size(words.n_symbols**2, words.n_symbols)
        return super()._count(words)

    def _estimate(self, table: ContextTable, vocabulary: Vocabulary) -> BigramCounts:
        check_table_size(vocabulary.n_symbols**2, vocabulary.n_symbols)
        counts = dense_counts(table)
        return BigramCounts(
            counts, additive_smoothing(counts, self.smoothing, vocabulary.unknown_code)
        )
