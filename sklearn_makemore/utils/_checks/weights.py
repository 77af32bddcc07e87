"""A weight is a number of repetitions; chunks add up."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.base import clone

from sklearn_makemore.utils._checks.common import (
    OTHER_WORDS,
    WORDS,
    assert_close,
    checks_in,
    is_neural,
    raises,
    tolerance,
)


def checks_of(estimator: Any) -> Iterator[Callable[[str, Any], None]]:
    """Yield the checks of this subject; those of exact counts for models that count."""
    for check in checks_in(globals()):
        if check is not check_chunks_add_up or not is_neural(estimator):
            yield check


def check_weight_is_repetition(name: str, estimator: Any) -> None:
    """Weight k gives the model and the score of k repetitions."""
    weights = np.arange(len(WORDS)) % 3 + 1
    repeated = [word for word, k in zip(WORDS, weights, strict=True) for _ in range(k)]
    expected = clone(estimator).fit(repeated)
    weighted = estimator.fit(WORDS, sample_weight=weights)
    atol = 20 * tolerance(estimator)
    scores = weighted.score_samples(OTHER_WORDS)
    assert_close(scores, expected.score_samples(OTHER_WORDS), atol, "fit with weights")
    score = weighted.score(WORDS, sample_weight=weights)
    assert_close(score, weighted.score(repeated), atol, "score with weights")


def check_zero_weight_is_absence(name: str, estimator: Any) -> None:
    """A word of weight 0 leaves no trace, its characters included."""
    words = [*WORDS, "ñandú", "zzz"]
    weights = np.r_[np.ones(len(WORDS)), 0, 0]
    expected = clone(estimator).fit(WORDS)
    weighted = estimator.fit(words, sample_weight=weights)
    assert weighted.symbols_.tolist() == expected.symbols_.tolist()
    scores = weighted.score_samples(OTHER_WORDS)
    atol = 20 * tolerance(estimator)
    assert_close(scores, expected.score_samples(OTHER_WORDS), atol, "fit with weights of 0")
    score = weighted.score(words, sample_weight=weights)
    assert_close(score, expected.score(WORDS), atol, "score with weights of 0")


def check_bad_weights_are_refused(name: str, estimator: Any) -> None:
    """Weights of a wrong shape, negative, not finite or all zero raise and are named."""
    n = len(WORDS)
    bad = [np.ones(n - 1), -np.ones(n), np.zeros(n), np.full(n, np.nan), np.ones((n, 2)), 1.0]
    for weights in bad:
        raises(ValueError, "sample_weight", clone(estimator).fit, WORDS, None, weights)
    estimator.fit(WORDS)
    for weights in bad:
        raises(ValueError, "sample_weight", estimator.score, WORDS, None, weights)


def check_order_of_words_does_not_matter(name: str, estimator: Any) -> None:
    """A permutation of the words gives the same model."""
    order = np.random.RandomState(0).permutation(len(WORDS))
    expected = clone(estimator).fit(WORDS).score_samples(OTHER_WORDS)
    permuted = estimator.fit([WORDS[i] for i in order]).score_samples(OTHER_WORDS)
    assert_close(permuted, expected, 20 * tolerance(estimator), "fit on permuted words")


def check_chunks_add_up(name: str, estimator: Any) -> None:
    """Count models: partial_fit on chunks is fit on all of them."""
    alphabet = "".join(sorted(set("".join(WORDS))))
    whole = clone(estimator).set_params(alphabet=alphabet).fit(WORDS)
    parts = clone(estimator).set_params(alphabet=alphabet)
    for start in range(0, len(WORDS), 7):
        assert parts.partial_fit(WORDS[start : start + 7]) is parts
    scores = parts.score_samples(OTHER_WORDS)
    assert_close(scores, whole.score_samples(OTHER_WORDS), 1e-12, "partial_fit by chunks")
    raises(ValueError, "alphabet=", parts.partial_fit, ["ñ"])
    assert_close(parts.score_samples(OTHER_WORDS), scores, 0, "after a refused chunk")
    weights = np.arange(len(WORDS)) % 4
    weighted = clone(estimator).set_params(alphabet=alphabet)
    for start in range(0, len(WORDS), 7):
        chunk = slice(start, start + 7)
        weighted.partial_fit(WORDS[chunk], sample_weight=weights[chunk])
    scores = weighted.score_samples(OTHER_WORDS)
    whole = weighted.fit(WORDS, sample_weight=weights).score_samples(OTHER_WORDS)
    assert_close(scores, whole, 1e-12, "partial_fit by chunks with weights")
    estimator.set_params(handle_unknown="unknown").fit(WORDS)
    before = estimator.score_samples(["ñ"])
    assert estimator.partial_fit(["ñ", "ñ"]).score_samples(["ñ"]) > before
