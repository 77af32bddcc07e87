"""A weight is a number of repetitions; chunks add up."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
from sklearn.base import clone

from sklearn_makemore.utils._checks.common import (
    OTHER_WORDS,
    WORDS,
    assert_close,
    fitted,
    is_language_model,
    is_neural,
    object_array,
    only_if,
    raises,
    scores_of,
    spelling_of,
    tolerance_of_fits,
)


def assert_same_fit(estimator: Any, expected: Any, what: str) -> None:
    """Assert that two fits score alike; those that decide also decide alike."""
    spell = spelling_of(estimator)
    atol, known = tolerance_of_fits(estimator), is_language_model(estimator)
    others = spell.all(OTHER_WORDS)
    for words in (others,) if known else (others, spell.all(["zoë", "ñ"])):
        assert_close(scores_of(estimator, words), scores_of(expected, words), atol, what)
    if not known:  # priors and thresholds, too
        decisions = expected.decision_function(others)
        assert_close(estimator.decision_function(others), decisions, atol, what)
        assert estimator.predict(others).tolist() == expected.predict(others).tolist()


def check_weight_is_repetition(name: str, estimator: Any) -> None:
    """Weight k gives the estimator and the score of k repetitions."""
    words = spelling_of(estimator).all(WORDS)
    weights = np.arange(len(words)) % 3 + 1
    repeated = np.repeat(object_array(words), weights)
    expected = fitted(clone(estimator), repeated)
    assert_same_fit(fitted(estimator, words, weights), expected, "fit with weights")
    if is_language_model(estimator):
        score = estimator.score(words, sample_weight=weights)
        atol = tolerance_of_fits(estimator)
        assert_close(score, estimator.score(repeated), atol, "score with weights")


def check_zero_weight_is_absence(name: str, estimator: Any) -> None:
    """A word of weight 0 leaves no trace, its characters included."""
    words = spelling_of(estimator).all([*WORDS, "ñandú", "zzz"])
    weights = np.r_[np.ones(len(WORDS)), 0, 0]
    expected = fitted(clone(estimator))
    assert_same_fit(fitted(estimator, words, weights), expected, "fit with weights of 0")
    if is_language_model(estimator):
        assert estimator.symbols_.tolist() == expected.symbols_.tolist()
        score = estimator.score(words, sample_weight=weights)
        atol = tolerance_of_fits(estimator)
        assert_close(score, expected.score(words[:-2]), atol, "score with weights of 0")


def check_bad_weights_are_refused(name: str, estimator: Any) -> None:
    """Weights of a wrong shape, negative, not finite or all zero raise and are named."""
    words = spelling_of(estimator).all(WORDS)
    n = len(words)
    bad = [np.ones(n - 1), -np.ones(n), np.zeros(n), np.full(n, np.nan), np.ones((n, 2)), 1.0]
    for weights in bad:
        raises(ValueError, "sample_weight", fitted, clone(estimator), words, weights)
    if is_language_model(estimator):
        estimator.fit(words)
        for weights in bad:
            raises(ValueError, "sample_weight", estimator.score, words, None, weights)


def check_order_of_words_does_not_matter(name: str, estimator: Any) -> None:
    """A permutation of the words gives the same estimator."""
    words = spelling_of(estimator).all(WORDS)
    order = np.random.RandomState(0).permutation(len(words))
    expected = scores_of(fitted(clone(estimator)))
    permuted = scores_of(fitted(estimator, [words[i] for i in order]))
    assert_close(permuted, expected, tolerance_of_fits(estimator), "fit on permuted words")


def counts(estimator: Any) -> bool:
    """Tell language models of exact counts."""
    return is_language_model(estimator) and not is_neural(estimator)


@only_if(counts)
def check_chunks_add_up(name: str, estimator: Any) -> None:
    """Count models: partial_fit on chunks is fit on all of them."""
    spell = spelling_of(estimator)
    words, others = spell.all(WORDS), spell.all(OTHER_WORDS)
    alphabet = sorted(spell.symbols(set("".join(WORDS))))
    whole = clone(estimator).set_params(alphabet=alphabet).fit(words)
    parts = clone(estimator).set_params(alphabet=alphabet)
    for start in range(0, len(words), 7):
        assert parts.partial_fit(words[start : start + 7]) is parts
    scores = parts.score_samples(others)
    assert_close(scores, whole.score_samples(others), 1e-12, "partial_fit by chunks")
    stranger = spell("ñ")
    raises(ValueError, "alphabet=", parts.partial_fit, [stranger])
    assert_close(parts.score_samples(others), scores, 0, "after a refused chunk")
    weights = np.arange(len(words)) % 4
    weighted = clone(estimator).set_params(alphabet=alphabet)
    for start in range(0, len(words), 7):
        chunk = slice(start, start + 7)
        weighted.partial_fit(words[chunk], sample_weight=weights[chunk])
    scores = weighted.score_samples(others)
    whole = weighted.fit(words, sample_weight=weights).score_samples(others)
    assert_close(scores, whole, 1e-12, "partial_fit by chunks with weights")
    estimator.set_params(handle_unknown="unknown").fit(words)
    before = estimator.score_samples([stranger])
    assert estimator.partial_fit([stranger] * 2).score_samples([stranger]) > before
