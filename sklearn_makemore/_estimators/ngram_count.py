"""N-gram counts with backoff, after Chen & Goodman, "An empirical study of smoothing" (1999)."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions

from sklearn_makemore._core.calibrated import LengthCalibratedModel
from sklearn_makemore._core.context_table import COUNTED_AT_ONCE, ContextTable
from sklearn_makemore._core.learnt import ROUNDING, check_array, check_sums
from sklearn_makemore._core.models import LARGEST_TABLE_BYTES, FloatArray
from sklearn_makemore._core.ngram import NGramModel
from sklearn_makemore._core.ngram_assembly import normalise
from sklearn_makemore._core.ngram_smoothing import SMOOTHINGS, NGramCounts, smoothing_of
from sklearn_makemore._core.ngram_trie import (
    NGramTrie,
    check_trie,
    frequent,
    trie_of_table,
    window_size,
)
from sklearn_makemore._estimators.counting import BaseCountLM, LearntCounts
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._text.coded_words import CodedWords, Codes, narrowest_dtype
from sklearn_makemore._text.vocabulary import Vocabulary

# What is fitted has at most 1, ARPA files have more: after a context that lists nearly all that its
# suffix does, the little that is left is multiplied. Any number of which `exp` is finite will do.
LARGEST_LOG_BACKOFF = 690.0
FREE, CALIBRATED = "free", "calibrated"


@dataclass(frozen=True)
class LearntNGrams(LearntCounts):
    """N-grams with their probabilities, and the windows they were counted from if there are any."""

    ngram_contexts_: NDArray[np.int64]
    ngram_symbols_: Codes
    ngram_suffixes_: NDArray[np.int64]
    ngram_log_proba_: FloatArray
    ngram_log_backoff_: FloatArray
    discounts_: FloatArray | None = None
    windows_: Codes | None = None
    counts_: FloatArray | None = None
    length_counts_: FloatArray | None = None

    @classmethod
    def of_trie(
        cls, trie: NGramTrie, log_proba: FloatArray, log_backoff: FloatArray, **more: Any
    ) -> Self:
        """Return what describes a model, and `more` that says where it comes from."""
        return cls(trie.contexts, trie.symbols, trie.suffixes, log_proba, log_backoff, **more)

    def _trie(self, vocabulary: Vocabulary) -> NGramTrie:
        arrays = self.ngram_contexts_, self.ngram_symbols_, self.ngram_suffixes_
        return NGramTrie(*arrays, vocabulary.n_symbols)

    def model(self, vocabulary: Vocabulary) -> NGramModel | LengthCalibratedModel:
        trie = self._trie(vocabulary)
        ngrams = NGramModel(trie, self.ngram_log_proba_, self.ngram_log_backoff_)
        if self.length_counts_ is None:
            return ngrams
        return LengthCalibratedModel(ngrams, self.length_counts_)

    def table(self, vocabulary: Vocabulary) -> ContextTable:
        if self.windows_ is None or self.counts_ is None:
            raise ValueError(
                "This model was read from a file that has probabilities but no counts, so it "
                "cannot learn from more words: fit a new one."
            )
        return ContextTable.from_windows(
            self.windows_, self.counts_, vocabulary.n_symbols, self.length_counts_
        )

    def checked(self, vocabulary: Vocabulary) -> Self:
        nodes = np.shape(self.ngram_contexts_)[:1]
        codes = narrowest_dtype(vocabulary.n_symbols).name
        check_array("ngram_contexts_", self.ngram_contexts_, nodes, "int64")
        check_array("ngram_symbols_", self.ngram_symbols_, nodes, codes)
        check_array("ngram_suffixes_", self.ngram_suffixes_, nodes, "int64")
        check_array("ngram_log_proba_", self.ngram_log_proba_, nodes, finite=False)
        check_array("ngram_log_backoff_", self.ngram_log_backoff_, nodes, finite=False)
        if self.discounts_ is not None:
            check_array("discounts_", self.discounts_, (None, 3))
        if self.windows_ is not None:
            check_array("windows_", self.windows_, (None, None), codes)
            check_array("counts_", self.counts_, self.windows_.shape[:1])
            if (self.windows_ >= vocabulary.n_symbols).any():
                raise ValueError("windows_ has symbols that there are not")
        if self.length_counts_ is not None:
            check_array("length_counts_", self.length_counts_, (None,))
            if (self.length_counts_ < 0).any():
                raise ValueError("length_counts_ has negative weights")
        trie = self._trie(vocabulary)
        check_trie(trie)
        log_proba, log_backoff = self.ngram_log_proba_, self.ngram_log_backoff_
        if not (log_proba <= ROUNDING).all() or not (log_backoff <= LARGEST_LOG_BACKOFF).all():
            raise ValueError("ngram_log_proba_ or ngram_log_backoff_ is too large")
        check_sums(normalise(trie, log_proba, log_backoff)[-1])
        return self


def check_min_count(min_count: Any) -> NDArray[np.float64]:
    """Return the fewest occurrences of n-grams by length from 1, at least one number.

    Raises
    ------
    InvalidParameterError
        If they are no numbers from 0 up that do not descend.
    """
    try:
        thresholds = np.atleast_1d(np.asarray(min_count, dtype=np.float64))
    except (TypeError, ValueError, OverflowError):
        thresholds = np.empty(0)
    ascends = (
        thresholds.ndim == 1 and len(thresholds) and (np.diff(thresholds, prepend=0) >= 0).all()
    )
    if not ascends:
        raise InvalidParameterError(
            "The 'min_count' parameter must be a number or numbers by length from 1 that are not "
            f"negative and do not descend. Got {min_count!r} instead."
        )
    return thresholds


def check_order(order: int, size: int, bytes_a_symbol: int) -> None:
    """Refuse an order whose windows would need more than 1 GiB."""
    if size * bytes_a_symbol > LARGEST_TABLE_BYTES:
        raise ValueError(
            f"order={order} would need a table of {size * bytes_a_symbol / 2**30:.3f} GiB, more "
            "than 1 GiB. Give a lower order."
        )


class NGramCountLM(BaseCountLM):
    """Language model that counts n-grams and backs off to shorter ones.

    The probability of the next symbol depends on the last ``order - 1`` symbols, the start of the
    word included, and mixes what was counted after them with what was counted after fewer. With
    the default smoothing it is the model that KenLM's ``lmplz --discount_fallback`` estimates from
    words written with a space between characters. Of the single models of the library that need no
    gradient it predicts best.

    Parameters
    ----------
    order : int, default=5
        Length of the longest n-grams in symbols, at least 1.
    smoothing : {"kneser_ney", "witten_bell"} or float, default="kneser_ney"
        Interpolated modified Kneser-Ney with a discount for counts of 1, 2, and 3 and more of each
        length; interpolated Witten-Bell; or a number to add to every count after contexts of
        ``order - 1`` symbols, as in :class:`BigramCountLM`, with nothing known after shorter ones.
    min_count : float or array-like of float, default=0
        N-grams of two and more symbols that occur less often, weights included, are left out of the
        model, and their mass goes to what is said by shorter ones; 0 keeps all. An array has a
        number for each length from 1, not descending, the last of them for all longer ones; single
        symbols always stay. As ``lmplz --prune``, whose numbers are lower by one.
    length : {"free", "calibrated"}, default="free"
        How long words are. "free": as the n-grams say, which make short and long words too often.
        "calibrated": as those of the fit, and 20 words of the n-grams' own: the probability of a
        word is multiplied by the share that its length has there, divided by the one that it has
        by the n-grams. All that are longer than the longest word of the fit have one factor.
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
    discounts_ : ndarray of shape (n, 3), float64
        Only with Kneser-Ney: what is taken off counts of 1, 2, and 3 and more, by the length of
        n-grams. Where the counts of counts do not give discounts above 0 and at most the count,
        all three are those of ``lmplz --discount_fallback``: 0.5, 1 and 1.5. `n` is `order`, or
        the length of the longest word and its two boundaries where that is less.
    windows_ : ndarray of shape (n_windows, n), unsigned integer
        The distinct sequences of `n` symbols, as places in `symbols_`, that end in a prediction;
        boundaries stand before the start of the word.
    counts_ : ndarray of shape (n_windows,), float64
        Weighted number of times that each occurs. All counts of shorter n-grams follow from these.
    ngram_contexts_ : ndarray of shape (n_ngrams,), int64
        The n-grams of the model, shorter ones first: index of the n-gram without its last symbol.
        The first is empty (-1), then there is one for each symbol.
    ngram_symbols_ : ndarray of shape (n_ngrams,), unsigned integer
        Last symbol of each, as its place in `symbols_`. The boundary, at the end, is the end of
        the word, and before other symbols its start.
    ngram_suffixes_ : ndarray of shape (n_ngrams,), int64
        Index of the n-gram without its first symbol.
    ngram_log_proba_ : ndarray of shape (n_ngrams,), float64
        Natural logarithm of the probability of the last symbol after the others.
    ngram_log_backoff_ : ndarray of shape (n_ngrams,), float64
        Natural logarithm of the weight that the n-gram, as a context, gives to its suffix.
    length_counts_ : ndarray of shape (n_lengths,), float64
        Only with ``length="calibrated"``: weighted number of words of each length, from 0 symbols.
    symbols_ : ndarray of shape (n_symbols,), dtype object
        The boundary as shown, the symbols of the words in order, the unknown symbol if there is
        one.
    n_symbols_ : int
        Number of symbols.

    See Also
    --------
    BigramCountLM : The same as ``order=2`` with a number, as a plain table.
    MixtureLM : Together with a network, it predicts better than either.
    RNNCharLM : A network that looks at all of the word so far.
    sklearn_makemore.io.write_arpa : Write the model for KenLM and others.
    sklearn_makemore.io.read_arpa : Read a model that KenLM or others have made.

    Notes
    -----
    `sample_weight` multiplies counts, so that whole numbers are repetitions. Kneser-Ney needs
    counts of counts: there, a count that is not whole is treated as a random whole number next to
    it with that mean, and what is used are expectations. The scale of weights therefore matters,
    as the number of repetitions does. Shorter n-grams count by the number of different symbols
    before them, whatever the weights.

    lmplz leaves the last n-gram of each length but the greatest out of its counts of counts, and so
    does this estimator. Which one is last depends there on the order of the words; here it is one
    of the rarest symbols, so that the order does not matter. Where it is not the same n-gram,
    discounts differ by about one in so many n-grams as occur once. A discount that comes out as
    exactly 0, which lmplz keeps, falls back here, so that no symbol becomes impossible.

    References
    ----------
    Stanley F. Chen and Joshua Goodman, "An empirical study of smoothing techniques for language
    modeling", Computer Speech & Language 13, 1999.

    Kenneth Heafield, Ivan Pouzyrevsky, Jonathan H. Clark and Philipp Koehn, "Scalable modified
    Kneser-Ney language model estimation", ACL 2013.

    Ian H. Witten and Timothy C. Bell, "The zero-frequency problem", IEEE Transactions on
    Information Theory 37, 1991.

    Examples
    --------
    >>> from sklearn_makemore import NGramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> names = load_names().data
    >>> model = NGramCountLM(order=5).fit(names)
    >>> model.score_samples(["emma", "vvvv"]).round(2)
    array([ -7.19, -23.82])
    >>> model.sample(3, random_state=0)
    array(['kendereha', 'züts', 'ja'], dtype=object)
    >>> model.most_likely(3)[0]
    array(['anna', 'hiro', 'maria'], dtype=object)
    """

    order: int = parameter(Interval(Integral, 1, None, closed="left"), default=5)
    smoothing: str | float = parameter(
        StrOptions(set(SMOOTHINGS)), Interval(Real, 0, None, closed="left"), default="kneser_ney"
    )
    min_count: Any = parameter(Interval(Real, 0, None, closed="left"), "array-like", default=0)
    length: str = parameter(StrOptions({FREE, CALIBRATED}), default=FREE)

    _learnt_class = LearntNGrams

    def _validate_params(self) -> None:
        super()._validate_params()
        check_min_count(self.min_count)

    def _block_size(self) -> int:
        return int(self.order) - 1

    def _sums_of(self, table: ContextTable) -> FloatArray:
        return table.counts.sum(keepdims=True)

    def _count(self, words: CodedWords) -> ContextTable:
        size = window_size(words, int(self.order))
        check_order(
            self.order, size, min(words.n_predictions, COUNTED_AT_ONCE) * words.codes.itemsize
        )
        return super()._count(words)

    def _check_counts(self, parts: tuple[ContextTable, ...], total: float) -> None:
        super()._check_counts(parts, total)
        if self.length == CALIBRATED and any(part.length_counts is None for part in parts):
            raise ValueError(
                "The words so far were learnt with length='free', which keeps no count of their "
                "lengths: call fit with all words, or with WordCounts."
            )
        size = max(part.block_size for part in parts) + 1
        if sum(part.n_entries for part in parts) * size * 8 > LARGEST_TABLE_BYTES:
            check_order(int(self.order), size, ContextTable.merge(parts).n_entries * 8)

    def _estimate(self, table: ContextTable, vocabulary: Vocabulary) -> LearntNGrams:
        order, thresholds = int(self.order), check_min_count(self.min_count)
        trie, counts = trie_of_table(table)
        estimate = smoothing_of(self.smoothing)
        shares = estimate(NGramCounts(trie, counts, order, vocabulary.unknown_code))
        kept = frequent(trie, counts, thresholds)
        if not kept.all():
            shares = shares.without(trie, kept)
        log_proba, log_backoff = shares.log_probas(trie)
        if not kept.all():
            trie, log_proba, log_backoff = trie.keep(kept), log_proba[kept], log_backoff[kept]
        return LearntNGrams.of_trie(
            trie,
            log_proba,
            log_backoff,
            **{f"{name}_": value for name, value in shares.estimates.items()},
            windows_=table.windows,
            counts_=table.counts,
            length_counts_=table.length_counts if self.length == CALIBRATED else None,
        )
