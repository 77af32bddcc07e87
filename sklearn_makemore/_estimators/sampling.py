"""New words from a fitted model: the sampling half of the base of every language model."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.draws import Restriction
from sklearn_makemore._core.learnt import ModelMaker
from sklearn_makemore._core.sampling import CandidateSampler
from sklearn_makemore._core.search import likeliest_words
from sklearn_makemore._estimators.collecting import WordConstraints, collect
from sklearn_makemore._estimators.randomness import draw_from
from sklearn_makemore._estimators.reading import check_exclude, check_lengths
from sklearn_makemore._text.coded_words import BOUNDARY, Codes
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.vocabulary import Vocabulary, word_array

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]
LONGEST_SAMPLE = 1_000  # symbols, where no max_length is given
LONGEST_WORD = 2**20  # symbols, whatever max_length: about 350 MB are held while it is drawn

SAMPLING_CONSTRAINTS = {
    "n_samples": [Interval(Integral, 1, None, closed="left")],
    "temperature": [Interval(Real, 0, None, closed="left")],
    "top_k": [Interval(Integral, 1, None, closed="left"), None],
    "top_p": [Interval(Real, 0, 1, closed="right"), None],
    "min_length": [Interval(Integral, 0, None, closed="left")],
    "max_length": [Interval(Integral, 0, None, closed="left"), None],
    "unique": ["boolean"],
    "predicate": [callable, None],
    "return_log_proba": ["boolean"],
}
SEARCH_CONSTRAINTS = {
    "n_words": [Interval(Integral, 1, None, closed="left")],
    "max_length": [Interval(Integral, 0, None, closed="left"), None],
}


class SamplingMixin:
    """`sample` and `most_likely` over the fitted model and vocabulary of a language model."""

    random_state: Any
    _maker: ModelMaker
    score_samples: Callable[[Any], FloatArray]
    _check_arguments: Callable[[dict[str, Any], dict[str, Any]], None]

    def sample(
        self,
        n_samples: int = 1,
        *,
        random_state: Any = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        prefix: Any = "",
        min_length: int = 0,
        max_length: int | None = None,
        exclude: Any = None,
        unique: bool = False,
        predicate: Callable[[Any], bool] | None = None,
        return_log_proba: bool = False,
    ) -> ObjectArray | tuple[ObjectArray, FloatArray]:
        """Draw new words.

        Candidate i depends on the seed and i alone, and the first `n_samples` that pass are
        returned: ``sample(10)`` is the head of ``sample(1000)``.

        Parameters
        ----------
        n_samples : int, default=1
            How many words to return, at least 1.
        random_state : int, RandomState, torch.Generator or None, default=None
            Seed of the draw; None falls back to the estimator's own. A ``torch.Generator`` gives
            the stream of the makemore lectures: one ``torch.multinomial`` a symbol in float32.
        temperature : float, default=1.0
            Divides the log-probabilities: below 1 plainer words, above 1 wilder ones, 0 the most
            likely symbols only.
        top_k : int, default=None
            Draw from the `top_k` most likely symbols.
        top_p : float, default=None
            Draw from the fewest most likely symbols whose probabilities sum to `top_p`.
        prefix : str, or sequence of str, default=""
            What every word begins with: a word itself.
        min_length : int, default=0
            Fewest symbols of a word, prefix included; it does not end before.
        max_length : int, default=None
            Most symbols of a word, prefix included; a longer one is drawn anew, never cut. None
            means 1,000; what is above 2**20 means 2**20.
        exclude : set or container of words, default=None
            Words that are not returned, such as those seen in `fit`.
        unique : bool, default=False
            Whether all words returned are different.
        predicate : callable, default=None
            Called with a word; words for which it returns false are drawn anew. What has no truth
            value, such as ``pandas.NA``, is a TypeError.
        return_log_proba : bool, default=False
            Whether to return log-probabilities too.

        Returns
        -------
        words : ndarray of shape (n_samples,), dtype object
            The words.
        log_proba : ndarray of shape (n_samples,), float64
            Only with ``return_log_proba=True``: the model's own log-probability of each word in
            nats, as `score_samples` gives it, whatever the temperature.

        Raises
        ------
        ValueError
            If arguments are out of range or contradict each other.
        TypeError
            If `exclude` holds other than words, or the answer of `predicate` has no truth value.
        SamplingError
            If 10,000 + 100 `n_samples` candidates hold too few acceptable words.
        """
        check_is_fitted(self)
        self._check_arguments(SAMPLING_CONSTRAINTS, locals())
        n_samples, min_length = int(n_samples), int(min_length)
        max_length = LONGEST_SAMPLE if max_length is None else min(int(max_length), LONGEST_WORD)
        maker = self._maker
        vocabulary = maker.vocabulary
        codes, begins = encode_prefix(prefix, vocabulary)
        check_lengths(prefix, len(codes), min_length, max_length)
        sampler = CandidateSampler(
            maker.model,
            draw_from(self.random_state if random_state is None else random_state),
            Restriction(temperature, top_k, top_p),
            codes,
            min_length,
            max_length,
            vocabulary.unknown_code,
        )
        excluded = check_exclude(exclude, vocabulary.kind)
        constraints = WordConstraints(excluded, unique, predicate)
        found = collect(sampler, vocabulary, n_samples, begins, constraints)
        words = word_array(found, n_samples)
        if return_log_proba:
            return words, self.score_samples(words)
        return words

    def most_likely(
        self, n_words: int = 10, *, prefix: Any = "", max_length: int | None = None
    ) -> tuple[ObjectArray, FloatArray]:
        """Return the likeliest words, best first.

        Parameters
        ----------
        n_words : int, default=10
            How many words, at least 1.
        prefix : str, or sequence of str, default=""
            What every word begins with: a word itself.
        max_length : int, default=None
            Most symbols of a word, prefix included; None means 1,000.

        Returns
        -------
        words : ndarray of shape (n_words,), dtype object
            Fewer where the model gives positive probability to fewer.
        log_proba : ndarray of shape (n_words,), float64
            Log-probability of each whole word, in nats.

        Raises
        ------
        ValueError
            If `prefix` is longer than `max_length` or has unknown symbols.
        SamplingError
            If the search does not find the words in bounded time.
        """
        check_is_fitted(self)
        self._check_arguments(SEARCH_CONSTRAINTS, locals())
        n_words = int(n_words)
        max_length = LONGEST_SAMPLE if max_length is None else int(max_length)
        maker = self._maker
        vocabulary, shown = maker.vocabulary, maker.vocabulary.symbols
        codes, begins = encode_prefix(prefix, vocabulary)
        check_lengths(prefix, len(codes), 0, max_length)

        def is_word(word: tuple[int, ...]) -> bool:
            symbols = [*begins, *(shown[code] for code in word[len(begins) :])]
            return vocabulary.kind.hold_together(symbols)

        unknown_code = vocabulary.unknown_code
        found = likeliest_words(maker.model, n_words, codes, max_length, unknown_code, is_word)
        flat = [code for word, _ in found for code in (*word[len(codes) :], BOUNDARY)]
        words = vocabulary.decode(np.array(flat, np.int64), begins)
        log_probas = np.array([log_proba for _, log_proba in found], np.float64)
        return word_array(words, len(words)), log_probas


def encode_prefix(prefix: Any, vocabulary: Vocabulary) -> tuple[Codes, list[str]]:
    """Return the codes and the symbols of a prefix."""
    kind = vocabulary.kind
    if isinstance(prefix, str) and not prefix:
        prefix = kind.empty
    text = kind.read_all(as_column([prefix], "prefix"))
    try:
        codes = vocabulary.encode(text, to_learn=True).codes[1:-1]
    except ValueError as error:
        raise ValueError(f"prefix={prefix!r:.80}: {error}") from None
    return codes, text.to_lists()[0]
