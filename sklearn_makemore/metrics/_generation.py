"""Is a generator good: its samples beside the words of the fit and held-out words."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from collections import Counter
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_makemore._estimators.arguments import check_arguments
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.symbols import Symbols, Word
from sklearn_makemore._text.vocabulary import ERROR, Vocabulary
from sklearn_makemore.metrics._coverage import shares_covered
from sklearn_makemore.metrics._errors import Estimate, mean_of, ratio_of_sums
from sklearn_makemore.metrics._inputs import (
    FloatArray,
    distinct,
    fitted_model,
    log_probas_of_words,
    read_words,
)
from sklearn_makemore.metrics._near_copies import are_near
from sklearn_makemore.metrics._samples import SAMPLE_CONSTRAINTS, OwnWords

SAMPLES = 10_000
CONSTRAINTS = {"n_samples": [*SAMPLE_CONSTRAINTS["n_samples"], None]}
MEASURES = ("known", "unique", "near_copies", "length_divergence", "symbol_divergence", "coverage")
NOT_KNOWN = Estimate(math.nan, math.nan)


def generation_report(
    lm: Any,
    X_train: Any,
    X_test: Any = None,
    *,
    n_samples: int | None = None,
    random_state: Any = None,
) -> pd.DataFrame:
    """Measure how new, how varied and how true to the words a model's samples are.

    Each measure stands beside a reference: what held-out words, which are new, varied and true,
    have themselves. A good generator comes close to it.

    Parameters
    ----------
    lm : fitted language model
        The generator.
    X_train : container of words of shape (n,)
        The words of the fit, at least one.
    X_test : container of words of shape (m,), default=None
        Held-out words, at least one.
    n_samples : int, default=None
        Words to draw, at least 2. None means as many as `X_test` has, so that like is compared
        with like, or 10,000 without.
    random_state : int, RandomState instance or None, default=None
        Seed of the samples; None falls back to the estimator's own.

    Returns
    -------
    report : DataFrame of shape (6, 4)
        Columns `measure`, `value`, `standard_error` and `reference`, which is nan without `X_test`.
        The measures:

        - `known`: share of the samples that are words of `X_train`. Reference: of the held-out
          words.
        - `unique`: share of different words among the samples, which falls as these become more.
          Reference: among the held-out words.
        - `near_copies`: of the samples that are not in `X_train`, the share that differs from a
          word of it by one symbol put in, left out or replaced. Reference: of the held-out words
          that are not in it.
        - `length_divergence`: total variation distance between the lengths of the samples and
          those of the held-out words: the share of samples that would have to be of another length.
          Reference: of the words of `X_train` in place of samples. Without `X_test`, the samples
          are compared with `X_train`.
        - `symbol_divergence`: the same of how often each symbol occurs.
        - `coverage`: share of the different held-out words that are among the likeliest words of
          the model, as many as `X_train` has different words. Reference: the share that is in
          `X_train`, a list of the same size.

    Raises
    ------
    TypeError
        If it is no language model.
    NotFittedError
        If it is not fitted.
    ValueError
        If there are no words, or a symbol of `X_test` is unknown and ``handle_unknown="error"``.
    SamplingError
        If the model hardly ever ends a word.

    See Also
    --------
    memorisation : Whether the model tells words of the fit from others.
    coverage_curve : Coverage by lists of other sizes.
    word_statistics : What is known of all words of the model.

    Notes
    -----
    Standard errors are those of the samples, and in divergences of the words compared with, too. A
    distance of small samples is too large: two samples of the same words differ, as the reference
    shows. Where repeats have been removed from the words, their references of `known` and `unique`
    are 0 and 1, and no target.

    Examples
    --------
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn_makemore import NGramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.metrics import generation_report
    >>> train, test = train_test_split(load_names().data, random_state=0)
    >>> generation_report(NGramCountLM().fit(train), train, test, random_state=0).round(3)
                 measure  value  standard_error  reference
    0              known  0.210           0.008      0.209
    1             unique  0.936           0.006      0.937
    2        near_copies  0.438           0.010      0.579
    3  length_divergence  0.260           0.012      0.018
    4  symbol_divergence  0.031           0.005      0.017
    5           coverage  0.198           0.002      0.176
    """
    check_arguments(CONSTRAINTS, {"n_samples": n_samples}, "generation_report")
    model = fitted_model(lm, "generation_report")
    kind = model._vocabulary.kind
    train = read_words(X_train, kind, "X_train")
    test = None if X_test is None else read_words(X_test, kind, "X_test")
    n_samples = n_samples or (SAMPLES if test is None else max(2, len(test)))
    own = OwnWords.of(model, max(int(n_samples), SAMPLES), 0, random_state)
    samples = own.samples[: int(n_samples)].tolist()
    if test is None:
        of_samples, of_train = _coded([samples, train], kind)
        measures = _beside(of_samples, of_train) | _divergences(of_samples, of_train)
        references: dict[str, Estimate] = {}
    else:
        of_samples, of_train, of_test = _coded([samples, train, test], kind)
        measures = _beside(of_samples, of_train) | _divergences(of_samples, of_test)
        references = _beside(of_test, of_train) | _divergences(of_train, of_test)
        known, held_out = set(train), distinct(test)
        ranks, errors = own.ranks().of_words(log_probas_of_words(model, held_out))
        shares = shares_covered(ranks, errors, np.array([len(known)]))
        measures["coverage"] = Estimate(*(float(of_one[0]) for of_one in shares))
        references["coverage"] = mean_of(_is_in(held_out, known))
    rows = [
        (name, *measures.get(name, NOT_KNOWN), references.get(name, NOT_KNOWN).value)
        for name in MEASURES
    ]
    return pd.DataFrame(rows, columns=["measure", *Estimate._fields, "reference"])


@dataclass(frozen=True)
class _Words:
    """Words as a model writes them, and in codes that they share with others."""

    words: list[Word]
    coded: CodedWords


def _coded(lists: list[list[Word]], kind: Symbols) -> list[_Words]:
    """Code the symbols of all words alike, known to the model or not."""
    texts = [kind.read_all(as_column(words)) for words in lists]
    vocabulary = reduce(or_, (Vocabulary.of_text(text, None, ERROR, kind) for text in texts))
    coded = map(vocabulary.encode, texts)
    return [_Words(words, codes) for words, codes in zip(lists, coded, strict=True)]


def _is_in(words: list[Word], known: set[Word]) -> FloatArray:
    return np.array([word in known for word in words], np.float64)


def _beside(some: _Words, train: _Words) -> dict[str, Estimate]:
    """Return what words have in common with those of the fit and with each other."""
    known = _is_in(some.words, set(train.words))
    new = known == 0
    near = NOT_KNOWN
    if new.any():
        near = mean_of(are_near(some.coded.keep(new), train.coded).astype(np.float64))
    return {"known": mean_of(known), "unique": _share_of_different(some.words), "near_copies": near}


def _share_of_different(words: list[Word]) -> Estimate:
    """Return the share of different words, with an error that is rather too large.

    If a word is left out that occurs once, there is one less: the variance is that of the
    jackknife, which is at least the true one (Bradley Efron and Charles Stein, "The Jackknife
    Estimate of Variance", Annals of Statistics 9, 1981).
    """
    n_words, counts = len(words), Counter(words)
    n_single = sum(count == 1 for count in counts.values())
    error = math.sqrt(n_single * (1 - n_single / n_words)) / n_words
    return Estimate(len(counts) / n_words, error)


def _divergences(some: _Words, others: _Words) -> dict[str, Estimate]:
    """Return how far lengths and symbols of words are from those of others."""
    return {
        "length_divergence": _total_variation(_lengths(some), _lengths(others)),
        "symbol_divergence": _total_variation(_symbols(some), _symbols(others)),
    }


class _Items(NamedTuple):
    """What words consist of.

    codes : ndarray of shape (n_items,), integer
        0 is no item.
    starts : ndarray of shape (n_words,), int64
        The place of the first item of each word, which there must be.
    """

    codes: NDArray[np.integer[Any]]
    starts: NDArray[np.int64]


def _lengths(some: _Words) -> _Items:
    sizes = some.coded.predictions_per_word  # the end included, so that none is 0
    return _Items(sizes, np.arange(len(sizes)))


def _symbols(some: _Words) -> _Items:
    return _Items(some.coded.targets, some.coded.offsets[:-1])


def _total_variation(some: _Items, others: _Items) -> Estimate:
    """Return half the sum of the differences of shares, with its standard error over words.

    Which of two shares is larger is taken for granted: then it is a difference of two ratios.
    """
    n_codes = 1 + max(int(some.codes.max()), int(others.codes.max()))
    counts = [np.bincount(each.codes, minlength=n_codes)[1:] for each in (some, others)]
    if not all(count.any() for count in counts):
        return NOT_KNOWN
    shares = [count / count.sum() for count in counts]
    signs = np.append(0.0, np.sign(shares[0] - shares[1]))
    ratios = []
    for codes, starts in (some, others):
        ones = np.ones(len(starts))
        n_items = np.add.reduceat((codes > 0).astype(np.float64), starts)
        ratios.append(ratio_of_sums(np.add.reduceat(signs[codes], starts), n_items, ones))
    error = math.hypot(*(ratio.standard_error for ratio in ratios)) / 2
    return Estimate((ratios[0].value - ratios[1].value) / 2, error)
