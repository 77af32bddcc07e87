"""What a fitted model knows of all words: the likeliest, how likely a pattern is, blanks filled."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.automata import ANY, fixed_symbols
from sklearn_makemore._core.conditions import Condition
from sklearn_makemore._core.draws import Draw, InverseCDFDraw, Restriction
from sklearn_makemore._core.enumeration import (
    Beginnings,
    BeginningsOfModel,
    BeginningsOfProduct,
    CodedBand,
    TooFar,
    likeliest_first,
)
from sklearn_makemore._core.guided import best_proposals
from sklearn_makemore._core.learnt import ModelMaker
from sklearn_makemore._core.product import TooLarge
from sklearn_makemore._core.scoring import scores_of
from sklearn_makemore._estimators.conditional import (
    LONGEST_SAMPLE,
    given_condition,
    longest_rest,
    warn_of_share,
)
from sklearn_makemore._estimators.conditions import Wanted, codes_with_blanks, pattern_automaton
from sklearn_makemore._estimators.randomness import draw_from
from sklearn_makemore._estimators.reading import check_exclude
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, narrowest_dtype
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.symbols import Word
from sklearn_makemore._text.vocabulary import word_array
from sklearn_makemore.exceptions import SamplingError

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]
# Beginnings of words that are followed: at most, and before the product of a model that counts is
# made, for few words are found sooner without.
FOLLOWED, FOLLOWED_PER_WORD, FOLLOWED_FIRST = 1_000_000, 1_000, 20_000
MOST_FILLS = 2**14  # ways to fill blanks that are all scored, where a model has no states
PROPOSALS_FOR_BLANKS = 10_000

SEARCH_CONSTRAINTS = {
    "n_words": [Interval(Integral, 1, None, closed="left")],
    "max_length": [Interval(Integral, 0, None, closed="left"), None],
}
PATTERN_CONSTRAINTS = {
    "n_samples": [Interval(Integral, 2, None, closed="left")],
    "return_std": ["boolean"],
}
COMPLETE_CONSTRAINTS = {"n": [Interval(Integral, 1, None, closed="left")]}


class SearchingMixin:
    """`most_likely`, `iter_likely`, `complete` and `pattern_log_proba` of a language model."""

    random_state: Any
    _maker: ModelMaker
    _check_arguments: Callable[[dict[str, Any], dict[str, Any]], None]

    def most_likely(
        self,
        n_words: int = 10,
        *,
        prefix: Any = "",
        suffix: Any = "",
        pattern: str | None = None,
        exclude: Any = None,
        max_length: int | None = None,
    ) -> tuple[ObjectArray, FloatArray]:
        """Return the likeliest words, best first.

        Parameters
        ----------
        n_words : int, default=10
            How many words, at least 1.
        prefix : str, or sequence of str, default=""
            What every word begins with: a word itself.
        suffix : str, or sequence of str, default=""
            What every word ends with.
        pattern : str, default=None
            A regular expression that the whole word matches, as in `sample`.
        exclude : set or container of words, default=None
            Words that are left out, such as those seen in `fit`: letter for letter, as in `sample`.
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
            If `prefix` is longer than `max_length`, `prefix` or `suffix` has unknown symbols, or
            `pattern` cannot be read.
        SamplingError
            If the search does not find the words in bounded time.
        """
        check_is_fitted(self)
        self._check_arguments(SEARCH_CONSTRAINTS, locals())
        search = _Search.of(self._maker, prefix, suffix, pattern, exclude, max_length)
        words, log_proba = search.likeliest(int(n_words))
        return word_array(words, len(words)), log_proba

    def iter_likely(
        self,
        *,
        prefix: Any = "",
        suffix: Any = "",
        pattern: str | None = None,
        exclude: Any = None,
        max_length: int | None = None,
    ) -> Iterator[tuple[Any, float]]:
        """Iterate over the words of the model, likeliest first.

        It goes on for as long as it is asked, or to the last word. Words come as `most_likely`
        returns them, equals too, and from the model as it was when this was called.

        Parameters
        ----------
        prefix : str, or sequence of str, default=""
            What every word begins with: a word itself.
        suffix : str, or sequence of str, default=""
            What every word ends with.
        pattern : str, default=None
            A regular expression that the whole word matches, as in `sample`.
        exclude : set or container of words, default=None
            Words that are left out, such as those seen in `fit`: letter for letter, as in `sample`.
        max_length : int, default=None
            Most symbols of a word, prefix included; None means 1,000.

        Returns
        -------
        words : iterator of (str or tuple, float)
            Each word and its log-probability, in nats.

        Raises
        ------
        ValueError
            If `prefix` is longer than `max_length`, `prefix` or `suffix` has unknown symbols, or
            `pattern` cannot be read.
        SamplingError
            While it is iterated: if the search does not find the next word in bounded time.
        """
        check_is_fitted(self)
        self._check_arguments({"max_length": SEARCH_CONSTRAINTS["max_length"]}, locals())
        search = _Search.of(self._maker, prefix, suffix, pattern, exclude, max_length)
        return itertools.chain.from_iterable(
            zip(words, log_probas.tolist(), strict=True) for words, log_probas in search.bands(None)
        )

    def pattern_log_proba(
        self,
        patterns: Any,
        *,
        n_samples: int = 10_000,
        random_state: Any = None,
        return_std: bool = False,
    ) -> FloatArray | tuple[FloatArray, FloatArray]:
        """Return how likely it is that a word of the model matches each pattern.

        Parameters
        ----------
        patterns : container of str of shape (n,)
            Regular expressions, as `sample` takes one.
        n_samples : int, default=10_000
            Proposals to weigh for each pattern, at least 2, where the model is none that counts.
        random_state : int, RandomState instance or None, default=None
            Seed of these; None falls back to the estimator's own.
        return_std : bool, default=False
            Whether to return standard errors too.

        Returns
        -------
        log_proba : ndarray of shape (n,), float64
            Log-probabilities in nats, -inf where no word matches: exact within a relative 1e-12 for
            models that count and their mixtures, else an estimate by importance sampling.
        std : ndarray of shape (n,), float64
            Only with ``return_std=True``: standard error of each log-probability, 0 where exact.

        Raises
        ------
        ValueError
            If a pattern cannot be read, its product with the model would need more than 1 GiB, or
            words hardly ever end.
        TypeError
            If `patterns` is a single string.

        Warns
        -----
        SamplingQualityWarning
            If the effective sample size is below 0.1 of the proposals.
        """
        check_is_fitted(self)
        self._check_arguments(PATTERN_CONSTRAINTS, locals())
        if isinstance(patterns, str):
            raise TypeError(
                f"patterns must be a list of regular expressions, got {patterns!r:.60}: give it "
                "as a list of one."
            )
        maker = self._maker
        automata = [
            pattern_automaton(pattern, maker.vocabulary)
            for pattern in as_column(patterns, "patterns").to_strings()
        ]
        nothing = np.empty(0, np.uint8)
        unknown_code = maker.vocabulary.unknown_code
        draw = draw_from(self.random_state if random_state is None else random_state)
        results = [
            _log_proba(maker, Condition(nothing, each, 0, None, unknown_code), draw, int(n_samples))
            for each in automata
        ]
        log_proba, std = np.array(results, np.float64).reshape(-1, 2).T
        return (log_proba, std) if return_std else log_proba

    def complete(self, word: Any, n: int = 10, *, blank: str = "?") -> pd.DataFrame:
        """Fill the blanks of a word, one symbol each, in the likeliest ways.

        Parameters
        ----------
        word : str, or sequence of str
            A word with blanks.
        n : int, default=10
            How many ways, at least 1.
        blank : str, default="?"
            The symbol that stands for what is missing; none of the model's.

        Returns
        -------
        words : DataFrame of shape (n, 2)
            `word`, and `proba`, its probability given the symbols that are there: exact for models
            that count, and where there are few ways. Best first; fewer rows where there are fewer
            ways.

        Raises
        ------
        ValueError
            If `blank` is a symbol of the model, or the word has other unknown symbols.
        """
        check_is_fitted(self)
        self._check_arguments(COMPLETE_CONSTRAINTS, locals())
        maker = self._maker
        vocabulary = maker.vocabulary
        if vocabulary.kind.empty == "" and not isinstance(word, str):
            raise TypeError(
                f"complete fills the blanks of one word, a str, got a {type(word).__name__}: call "
                "it for each word."
            )
        codes = codes_with_blanks(word, blank, vocabulary)
        automaton = fixed_symbols(codes, vocabulary.n_symbols)
        nothing = np.empty(0, np.uint8)
        condition = Condition(nothing, automaton, 0, len(codes), vocabulary.unknown_code)
        search = _Search(maker, condition, [], frozenset(), has_condition=True)
        n_blanks = codes.count(ANY)
        is_exact = maker.model.finite_states is not None and not vocabulary.kind.may_merge
        if not is_exact and (vocabulary.n_known - 1) ** n_blanks <= MOST_FILLS:
            words, log_probas = _all_fills(maker, codes)
            log_total = logsumexp(log_probas)
        else:
            words, log_probas = search.likeliest(int(n))
            draw = InverseCDFDraw(0)
            log_total, _ = _log_proba(maker, condition, draw, PROPOSALS_FOR_BLANKS)
        order = np.argsort(-log_probas, kind="stable")[: int(n)]
        shown = word_array((words[place] for place in order), len(order))
        return pd.DataFrame({"word": shown, "proba": np.exp(log_probas[order] - log_total)})


@dataclass(frozen=True)
class _Search:
    """The words that meet a condition, likeliest first.

    Parameters
    ----------
    maker : ModelMaker
    condition : Condition
    begins : list of str
        The symbols of the prefix.
    excluded : frozenset of words
        Words left out that are not part of the condition.
    has_condition : bool
        Whether more is asked for than a prefix.
    """

    maker: ModelMaker
    condition: Condition
    begins: list[str]
    excluded: frozenset[Word]
    has_condition: bool

    @classmethod
    def of(
        cls,
        maker: ModelMaker,
        prefix: Any,
        suffix: Any,
        pattern: Any,
        exclude: Any,
        max_length: int | None,
    ) -> Self:
        wanted = Wanted.of(maker.vocabulary, prefix, suffix, pattern)
        excluded = check_exclude(exclude, maker.vocabulary.kind)
        if (narrowed := wanted.without(excluded)) is not None:
            wanted, excluded = narrowed, frozenset()
        longest = LONGEST_SAMPLE if max_length is None else int(max_length)
        condition = wanted.condition(0, longest)
        return cls(maker, condition, wanted.begins, excluded, bool(wanted.automata))

    def likeliest(self, n_words: int) -> tuple[list[Word], FloatArray]:
        """Return the first of them, or all, and their log-probabilities."""
        words: list[Word] = []
        log_probas = [np.empty(0)]
        for band, of_band in self.bands(n_words):
            words += band
            log_probas.append(of_band)
            if len(words) >= n_words:
                break
        return words[:n_words], np.concatenate(log_probas)[:n_words]

    def bands(self, n_words: int | None) -> Iterator[tuple[list[Word], FloatArray]]:
        """Yield them in parts, with their log-probabilities; `n_words` is how many are wanted."""
        vocabulary, kind = self.maker.vocabulary, self.maker.vocabulary.kind
        for codes, costs in self._coded(n_words):
            log_probas = -costs
            words = vocabulary.decode(codes, self.begins)
            if kind.may_merge or self.excluded:
                lists = vocabulary.to_lists(codes, self.begins)
                kept = [
                    place
                    for place, (word, symbols) in enumerate(zip(words, lists, strict=True))
                    if word not in self.excluded and kind.hold_together(symbols)
                ]
                words, log_probas = [words[place] for place in kept], log_probas[kept]
            yield words, log_probas

    def _coded(self, n_words: int | None) -> Iterator[CodedBand]:
        """Yield the words after the prefix."""
        longest, error = longest_rest(self.condition), None
        if not self.condition.is_within(longest):
            return
        for beginnings, most in self._ways_to_search(n_words):
            try:
                yield from likeliest_first(beginnings, longest, n_words, most, error)
                return
            except TooFar as too_far:
                error = too_far
        if error is None:
            return
        wanted = "likeliest words" if n_words is None else f"of the {n_words} likeliest words"
        raise SamplingError(
            f"Found {error.n_found} {wanted} after looking at {error.n_followed} beginnings of "
            "words. Give a prefix or a max_length, or ask for fewer."
        )

    def _ways_to_search(self, n_words: int | None) -> Iterator[tuple[Beginnings, float]]:
        """Yield beginnings to follow, and how many at most, until all words are found."""
        model, condition = self.maker.model, self.condition
        budget = FOLLOWED + FOLLOWED_PER_WORD * (n_words or FOLLOWED)
        if (known := model.finite_states) is None:
            yield BeginningsOfModel(model, condition), budget
            return
        states, factors = known.by_length()
        is_easy = states is known and not self.has_condition
        if is_easy:
            yield BeginningsOfModel(model, condition), FOLLOWED_FIRST
        try:
            reached = condition.product(states)
        except TooLarge:
            if self.has_condition:
                raise
            yield BeginningsOfModel(model, condition), budget
            return
        if reached is not None:  # else no word begins with the prefix
            yield BeginningsOfProduct(*reached, condition.shares(factors)), budget


def _log_proba(
    maker: ModelMaker, condition: Condition, draw: Draw, n_samples: int
) -> tuple[float, float]:
    """Return the log-probability that a word meets a condition, and its standard error."""
    states = maker.model.finite_states
    if states is not None:
        given = given_condition(states, condition, Restriction())
        return (-np.inf if given is None else given.log_proba), 0.0
    proposals, share = best_proposals(
        maker.model, maker.own_words, condition, Restriction(), longest_rest(condition)
    )
    if proposals is None:
        return -np.inf, 0.0
    warn_of_share(share)
    log_weights = proposals.draw(draw, 0, n_samples).log_weights
    highest = log_weights.max()
    if highest == -np.inf:
        return -np.inf, np.inf
    weights = np.exp(log_weights - highest)
    mean, spread = weights.mean(), weights.std(ddof=1)
    return float(highest + np.log(mean)), float(spread / mean / np.sqrt(n_samples))


def _all_fills(maker: ModelMaker, codes: list[int]) -> tuple[list[Word], FloatArray]:
    """Return the words of all ways to fill blanks, and their log-probabilities."""
    vocabulary = maker.vocabulary
    n_fills = (vocabulary.n_known - 1,) * codes.count(ANY)
    fills = np.indices(n_fills).reshape(len(n_fills), math.prod(n_fills)) + 1
    table = np.repeat(np.array([[BOUNDARY, *codes, BOUNDARY]]), fills.shape[1], axis=0)
    table[:, np.flatnonzero(table[0] == ANY)] = fills.T
    # One boundary between neighbours: the end of a word is the start of the next.
    flat = np.concatenate([[BOUNDARY], table[:, 1:].ravel()])
    flat = flat.astype(narrowest_dtype(vocabulary.n_symbols))
    offsets = np.arange(len(table) + 1) * (len(codes) + 1)
    words = CodedWords(flat, offsets, vocabulary.n_symbols, vocabulary.unknown_code, None)
    lists = vocabulary.to_lists(flat[1:])
    whole = [place for place, each in enumerate(lists) if vocabulary.kind.hold_together(each)]
    joined = [vocabulary.kind.join(lists[place]) for place in whole]
    return joined, scores_of(maker.model, words)[whole]
