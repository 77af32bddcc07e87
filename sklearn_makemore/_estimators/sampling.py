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
from sklearn_makemore._estimators.collecting import WordConstraints, collect
from sklearn_makemore._estimators.conditional import LONGEST_SAMPLE, Candidates, conditional_sampler
from sklearn_makemore._estimators.conditions import Wanted, nothing_meets
from sklearn_makemore._estimators.randomness import draw_from
from sklearn_makemore._estimators.reading import check_exclude
from sklearn_makemore._text.vocabulary import word_array

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]
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


class SamplingMixin:
    """`sample` over the fitted model and vocabulary of a language model."""

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
        suffix: Any = "",
        pattern: str | None = None,
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

        With `suffix` or `pattern`, words are drawn from the distribution of the model given that
        they meet these, the lengths and `exclude`: nothing is tried and rejected. `temperature`,
        `top_k` and `top_p` change the model first. Of models that count, and of their mixtures,
        that distribution is exact. Of others, each word is taken from 32 proposals by their
        weights; its distribution comes close as these are many, and how close is told by their
        effective sample size.

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
        suffix : str, or sequence of str, default=""
            What every word ends with; it may overlap with `prefix`.
        pattern : str, default=None
            A regular expression that the whole word matches, prefix included, as
            ``re.fullmatch`` does; over characters only. Look-around, back-references and flags
            are refused.
        min_length : int, default=0
            Fewest symbols of a word, prefix included; it does not end before.
        max_length : int, default=None
            Most symbols of a word, prefix included; a longer one is drawn anew, never cut. None
            means 1,000; what is above 2**20 means 2**20.
        exclude : set or container of words, default=None
            Words that are not returned, such as those seen in `fit`. They are compared letter for
            letter: "Anna" and "änna" are other words than "anna".
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
            If arguments are out of range or contradict each other, or no word of the model meets
            `suffix`, `pattern` and lengths, or they need more than 1 GiB.
        TypeError
            If `exclude` holds other than words, or the answer of `predicate` has no truth value.
        SamplingError
            If 10,000 + 100 `n_samples` candidates hold too few acceptable words, which are its
            `words`, or proposals are so far from what is asked for that their effective sample size
            is below 0.01 of their number.

        Warns
        -----
        SamplingQualityWarning
            If it is below 0.1.
        """
        check_is_fitted(self)
        self._check_arguments(SAMPLING_CONSTRAINTS, locals())
        n_samples, min_length = int(n_samples), int(min_length)
        maker = self._maker
        vocabulary = maker.vocabulary
        wanted = Wanted.of(vocabulary, prefix, suffix, pattern)
        excluded = check_exclude(exclude, vocabulary.kind)
        draw = draw_from(self.random_state if random_state is None else random_state)
        restriction = Restriction(temperature, top_k, top_p)
        longest = LONGEST_SAMPLE if max_length is None else min(int(max_length), LONGEST_WORD)
        condition = wanted.condition(min_length, longest)
        sampler: Candidates
        if wanted.automata:
            if (narrowed := wanted.without(excluded)) is not None:
                wanted, excluded = narrowed, frozenset()
            # With no max_length, the sums are over words of any length, and longer ones redrawn.
            condition = wanted.condition(min_length, None if max_length is None else longest)
            given = conditional_sampler(maker, condition, restriction, draw)
            if given is None:
                raise nothing_meets(vocabulary, locals())
            sampler = given
        else:
            sampler = CandidateSampler(
                maker.model,
                draw,
                restriction,
                condition.prefix,
                min_length,
                longest,
                condition.unknown_code,
            )
        constraints = WordConstraints(excluded, unique, predicate)
        found = collect(sampler, vocabulary, n_samples, wanted.begins, constraints)
        words = word_array(found, n_samples)
        if return_log_proba:
            return words, self.score_samples(words)
        return words
