"""What is known of all words of a model: their entropy, their lengths, the share of known ones."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from sklearn_makemore._core.automata import Anything
from sklearn_makemore._core.draws import Restriction
from sklearn_makemore._core.finite_states import RestrictedStates
from sklearn_makemore._core.product import NotConverged, TooLarge, product_of
from sklearn_makemore._core.word_sums import WordSums, word_sums
from sklearn_makemore._estimators.arguments import check_arguments
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._text.symbols import Symbols, Word
from sklearn_makemore._text.vocabulary import word_array
from sklearn_makemore.metrics._errors import Estimate, mean_of, ratio_of_sums
from sklearn_makemore.metrics._inputs import distinct, fitted_model, log_probas_of_words, read_words
from sklearn_makemore.metrics._samples import SAMPLE_CONSTRAINTS, OwnWords, coded, log_share_kept

SHOWN_LENGTHS = 0.999  # of the probability


def word_statistics(
    estimator: Any, X: Any = None, *, n_samples: int = 10_000, random_state: Any = None
) -> pd.DataFrame:
    """Return the entropy and the lengths of a model's words, and how many of them are known.

    It is about the words that `sample` draws without constraints. All is exact for models that
    count and their mixtures, as a sum over all words; else it is estimated from samples, and so it
    is where the sum would need more than 1 GiB or words hardly ever end. The probability of `X` is
    exact for all models.

    Parameters
    ----------
    estimator : fitted language model
        Whose words they are.
    X : container of words of shape (n,), default=None
        Words whose total probability is wanted, such as those of the fit; repeats count once.
    n_samples : int, default=10_000
        Words to draw where there is no exact sum, at least 2.
    random_state : int, RandomState instance or None, default=None
        Seed of the samples; None falls back to the estimator's own.

    Returns
    -------
    statistics : DataFrame indexed by `measure`
        Columns `value` and `standard_error`, 0 where the value is exact. The measures:

        - `entropy`: of a word, in nats. Its exponential is the number of equally likely words
          among which one would be as hard to guess.
        - `entropy_per_symbol`: the entropy by the mean number of predicted symbols, the end of
          the word included: the `score` that the model expects of its own words, negated.
        - `mean_length` and `standard_deviation_of_length`: in symbols.
        - `probability_of_words`, only with `X`: the share of samples that are words of `X`.
        - `length_0`, `length_1`, ...: the share of words of so many symbols, up to the length at
          which 0.999 of all have ended.

    Raises
    ------
    TypeError
        If it is no language model.
    NotFittedError
        If it is not fitted.
    ValueError
        If `X` has no words, or a symbol is unknown and ``handle_unknown="error"``.
    SamplingError
        If the model hardly ever ends a word.

    See Also
    --------
    generation_report : Measures samples beside held-out words.
    sklearn_makemore.BigramCountLM.pattern_log_proba : Probability of the words of a pattern.

    Notes
    -----
    The unknown symbol of ``handle_unknown="unknown"`` is never drawn: what it has at each place
    goes to the other symbols. A word of `X` with a symbol that the model does not know is never
    drawn. Exact sums are over words of any length, while `sample` draws words of more than 1,000
    symbols anew, and those whose symbols side by side would be others.

    References
    ----------
    Claude E. Shannon, "A Mathematical Theory of Communication", Bell System Technical Journal 27,
    1948.

    Examples
    --------
    >>> from sklearn_makemore import NGramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.metrics import word_statistics
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> word_statistics(NGramCountLM().fit(words), words).round(3).head(7)
                                   value  standard_error
    measure
    entropy                       16.213             0.0
    entropy_per_symbol             1.916             0.0
    mean_length                    7.464             0.0
    standard_deviation_of_length   4.530             0.0
    probability_of_words           0.125             0.0
    length_0                       0.002             0.0
    length_1                       0.010             0.0
    """
    check_arguments(SAMPLE_CONSTRAINTS, {"n_samples": n_samples}, "word_statistics")
    model = fitted_model(estimator, "word_statistics")
    of_known = {}
    if X is not None:
        words = distinct(read_words(X, model._vocabulary.kind, "X"))
        of_known["probability_of_words"] = Estimate(_probability(model, words), 0.0)
    sums = _exact_sums(model)
    if sums is None:
        samples = OwnWords.of(model, int(n_samples), 0, random_state)
        measures, of_lengths = _estimated(samples, model._vocabulary.kind)
    else:
        measures, of_lengths = _exact(sums)
    rows = measures | of_known | _up_to_most(of_lengths)
    index = pd.Index(rows, name="measure")
    return pd.DataFrame(rows.values(), index, Estimate._fields, dtype=np.float64)


def _probability(model: BaseCharLM, words: list[Word]) -> float:
    """Return the probability that a sample is one of some different words."""
    log_probas = log_probas_of_words(model, words)
    known = np.flatnonzero(log_probas > -np.inf)
    possible = word_array((words[place] for place in known), len(known))
    of_draws = log_probas[known] - log_share_kept(model, coded(model, possible))
    return math.fsum(np.exp(of_draws))


def _exact_sums(model: BaseCharLM) -> WordSums | None:
    """Return the sums over all words, None where there are no states or they are too many."""
    states, unknown_code = model._model.finite_states, model._vocabulary.unknown_code
    if states is None:
        return None
    if unknown_code is not None:
        states = RestrictedStates(states, Restriction(), unknown_code)
    try:
        return word_sums(product_of(states, Anything(), (states.start, 0)))
    except (TooLarge, NotConverged):
        return None


def _exact(sums: WordSums) -> tuple[dict[str, Estimate], Iterable[Estimate]]:
    """Return measures, and the probability of each length."""
    measures = {
        "entropy": sums.entropy,
        "entropy_per_symbol": sums.entropy / (sums.mean_length + 1),
        "mean_length": sums.mean_length,
        "standard_deviation_of_length": math.sqrt(sums.variance_of_length),
    }
    of_lengths = (Estimate(of_length, 0.0) for of_length in sums.of_lengths)
    return {name: Estimate(value, 0.0) for name, value in measures.items()}, of_lengths


def _estimated(own: OwnWords, kind: Symbols) -> tuple[dict[str, Estimate], Iterable[Estimate]]:
    """Return measures, and the probability of each length, as samples have them."""
    lengths = np.array([len(kind.split(word)) for word in own.samples], np.float64)
    mean_length = mean_of(lengths)
    variance = mean_of((lengths - mean_length.value) ** 2)
    deviation = math.sqrt(variance.value)
    measures = {
        "entropy": mean_of(-own.of_draws),
        "entropy_per_symbol": ratio_of_sums(-own.of_draws, lengths + 1, np.ones(len(lengths))),
        "mean_length": mean_length,
        "standard_deviation_of_length": Estimate(
            deviation, variance.standard_error / (2 * deviation) if deviation else 0.0
        ),
    }
    longest = int(lengths.max())
    of_lengths = (mean_of((lengths == n).astype(np.float64)) for n in range(longest + 1))
    return measures, of_lengths


def _up_to_most(of_lengths: Iterable[Estimate]) -> dict[str, Estimate]:
    """Return the probabilities of lengths up to the one at which most words have ended."""
    measures, ended = {}, 0.0
    for length, of_length in enumerate(of_lengths):
        measures[f"length_{length}"] = of_length
        ended += of_length.value
        if ended >= SHOWN_LENGTHS:
            break
    return measures
