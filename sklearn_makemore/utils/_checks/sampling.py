"""New words: reproducible, as likely as the model says, within the constraints."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle
import random
import sys
from collections import Counter
from itertools import chain
from typing import Any

import numpy as np

from sklearn_makemore.exceptions import SamplingError
from sklearn_makemore.utils._checks.common import (
    WORDS,
    assert_close,
    fitted,
    raises,
    spelling_of,
    tolerance,
)


def check_samples_are_words(name: str, estimator: Any) -> None:
    """Sample returns exactly as many words as asked for, in an object array."""
    kind = type(spelling_of(estimator)(""))
    fitted(estimator)
    for size in (1, 7):
        words = estimator.sample(size, random_state=0)
        assert words.shape == (size,)
        assert words.dtype == object
        assert all(type(word) is kind for word in words)
        assert all(type(symbol) is str for word in words for symbol in word)
    assert estimator.sample(random_state=0).shape == (1,)
    for n in (0, -1, 1.5, None):
        raises(ValueError, "n_samples", estimator.sample, n)


def check_samples_have_the_symbols_they_were_drawn_as(name: str, estimator: Any) -> None:
    """No new word is read as other symbols than those of the model, though some would merge."""
    spell = spelling_of(estimator)
    apart = ["e", "\u0301x", "xe", "\u0301", "ex", "\u0301xe"]  # never e and the accent after it
    estimator.fit(list(map(spell.join, apart)))
    words = estimator.sample(200, random_state=0).tolist()
    words += estimator.most_likely(20)[0].tolist()
    lists = list(map(spell.split, words))
    assert set(chain.from_iterable(lists)) <= set(estimator.symbols_[1:])
    assert list(map(spell.join, lists)) == words
    assert estimator.transform(words)[:, 3].tolist() == [len(symbols) + 1 for symbols in lists]


def check_samples_follow_the_seed(name: str, estimator: Any) -> None:
    """The same seed gives the same words, and fewer words are the head of more."""
    fitted(estimator)
    words = estimator.sample(200, random_state=3).tolist()
    assert estimator.sample(200, random_state=3).tolist() == words, "two calls with one seed differ"
    assert estimator.sample(20, random_state=3).tolist() == words[:20]
    assert estimator.sample(200, random_state=4).tolist() != words
    own = estimator.set_params(random_state=3).sample(20).tolist()
    assert own == words[:20], "random_state=None does not fall back to the parameter"
    stream = np.random.RandomState(3)
    first, second = (
        estimator.sample(20, random_state=stream),
        estimator.sample(20, random_state=stream),
    )
    assert first.tolist() != second.tolist(), "a RandomState is not advanced"


def check_no_global_seed_is_touched(name: str, estimator: Any) -> None:
    """With a seed of their own, fit and sample leave the global generators alone."""
    estimator.set_params(random_state=0)
    torch = sys.modules.get("torch")
    numpy_state = np.random.get_state()  # noqa: NPY002
    torch_state = None if torch is None else torch.random.get_rng_state()
    try:
        np.random.seed(20230112)  # noqa: NPY002
        untouched = np.random.random()  # noqa: NPY002
        np.random.seed(20230112)  # noqa: NPY002
        settings = global_settings(torch)
        pickle.loads(pickle.dumps(fitted(estimator))).sample(5)
        assert global_settings(torch) == settings, "a global setting was changed"
        assert np.random.random() == untouched, "NumPy's global generator was used"  # noqa: NPY002
        if torch is not None:
            same = torch.equal(torch.random.get_rng_state(), torch_state)
            assert same, "torch's global generator was used"
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002


def global_settings(torch: Any) -> list[Any]:
    """Return what else is global and easily changed in passing."""
    settings: list[Any] = [random.getstate(), np.geterr()]
    if torch is not None:
        settings += [torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()]
        settings += [torch.get_default_dtype(), torch.is_grad_enabled()]
    return settings


def check_samples_are_as_likely_as_said(name: str, estimator: Any) -> None:
    """First symbols come as often as predict_proba says, words as score_samples does."""
    n = 20_000
    spell = spelling_of(estimator)
    drawn = fitted(estimator).sample(n, random_state=0).tolist()
    proba = estimator.predict_proba([spell("")])[0]
    code = {symbol: i for i, symbol in enumerate(estimator.symbols_.tolist()) if i}
    first = [code.get(next(iter(spell.split(word)), ""), 0) for word in drawn]
    observed = np.bincount(first, minlength=len(proba))
    assert not observed[proba == 0].any()
    assert_frequencies(observed[proba > 0], n * proba[proba > 0], "first symbols")
    frequent, log_proba = estimator.most_likely(12)
    counts = Counter(drawn)
    assert_frequencies(
        np.array([counts[word] for word in frequent]), n * np.exp(log_proba), "whole words"
    )


def assert_frequencies(observed: Any, expected: Any, what: str) -> None:
    """Assert that counts are near what is expected of them (chi-square, six deviations)."""
    statistic = ((observed - expected) ** 2 / expected).sum()
    bound = len(expected) + 6 * np.sqrt(2 * len(expected))
    assert statistic < bound, f"{what} of samples are not from the model"


def check_returned_log_proba(name: str, estimator: Any) -> None:
    """Log-probabilities beside the words are the model's own, whatever the temperature."""
    em = spelling_of(estimator)("em")
    fitted(estimator)
    for controls in ({}, {"temperature": 0.5, "top_k": 3}, {"prefix": em}):
        words, log_proba = estimator.sample(50, random_state=0, return_log_proba=True, **controls)
        assert log_proba.dtype == np.float64
        assert_close(
            log_proba, estimator.score_samples(words), tolerance(estimator), "log_proba of samples"
        )


def check_sampling_controls(name: str, estimator: Any) -> None:
    """Each control does what it says, and takes what a word is."""
    spell = spelling_of(estimator)
    fitted(estimator)

    def draw(n: int = 60, **controls: Any) -> list[Any]:
        return estimator.sample(n, random_state=0, **controls).tolist()

    def lengths(words: list[Any]) -> set[int]:
        return {len(spell.split(word)) for word in words}

    def has_a(word: Any) -> bool:
        return type(word) is type(spell("")) and spell.symbol("a") in spell.split(word)

    for prefix in spell.forms("em"):
        assert all(spell.split(word)[:2] == spell.symbols("em") for word in draw(prefix=prefix))
    assert lengths(draw(min_length=3, max_length=6)) <= {3, 4, 5, 6}
    assert lengths(draw(5, prefix=spell("a"), min_length=2, max_length=2)) == {2}
    seen = set(spell.all(WORDS))
    for exclude in (seen, *zip(*map(spell.forms, WORDS), strict=True)):
        assert not set(draw(exclude=exclude)) & seen
    assert len(set(draw(unique=True))) == 60
    assert all(map(has_a, draw(predicate=has_a)))
    assert draw(top_k=10**6) == draw() == draw(top_p=1.0), "a control that keeps all"
    by_probability = np.argsort(-estimator.predict_proba([spell("")])[0], kind="stable")
    two_likeliest = estimator.symbols_[by_probability[:2]].tolist()
    first = {[*spell.split(word), estimator.symbols_[0]][0] for word in draw(top_k=2)}
    assert first <= set(two_likeliest)


def check_sampling_arguments(name: str, estimator: Any) -> None:
    """Arguments that are out of range or contradict each other raise at once."""
    spell = spelling_of(estimator)
    fitted(estimator)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("temperature", {"temperature": -1.0}),
        ("top_k", {"top_k": 0}),
        ("top_p", {"top_p": 0.0}),
        ("top_p", {"top_p": 1.5}),
        ("prefix", {"prefix": None}),
        ("prefix", {"prefix": "em" if spell.of_tokens else ["e", "m"]}),
        ("max_length", {"min_length": 5, "max_length": 4}),
        ("max_length", {"prefix": spell("emma"), "max_length": 3}),
        ("max_length", {"min_length": 2000}),
        (repr(spell.symbol("漢")), {"prefix": spell("漢")}),
        ("predicate", {"predicate": "a"}),
        ("seed", {"random_state": "a seed"}),
    ]
    for mentions, arguments in wrong:
        raises((ValueError, TypeError), mentions, estimator.sample, 1, **arguments)
    raises(TypeError, "str", estimator.sample, 1, exclude="emma")


def check_impossible_constraints_end(name: str, estimator: Any) -> None:
    """Constraints that nothing meets end in SamplingError, which counts the rejections."""
    estimator.fit(spelling_of(estimator).all(["ab", "ba"]))
    raises(SamplingError, "by predicate", estimator.sample, 1, predicate=lambda word: False)
    raises(
        SamplingError, "Rejected: ", estimator.sample, 50, unique=True, max_length=1, random_state=0
    )


def check_most_likely(name: str, estimator: Any) -> None:
    """The words come best first, with their own log-probabilities, and none is better."""
    spell = spelling_of(estimator)
    estimator.fit(spell.all(WORDS * 3))
    words, log_proba = estimator.most_likely(5)
    assert len(words) == len(log_proba) == len(set(words)) == 5
    assert (np.diff(log_proba) <= 0).all()
    atol = 20 * tolerance(estimator)
    assert_close(log_proba, estimator.score_samples(words), atol, "log_proba of most_likely")
    others = sorted(set(estimator.sample(500, random_state=0)) - set(words))
    assert estimator.score_samples(others).max() <= log_proba[-1] + atol
    words, _ = estimator.most_likely(3, prefix=spell("o"), max_length=4)
    for symbols in map(spell.split, words):
        assert symbols[:1] == spell.symbols("o")
        assert len(symbols) <= 4
    raises(ValueError, "n_words", estimator.most_likely, 0)
    raises(ValueError, "max_length", estimator.most_likely, prefix=spell("emma"), max_length=2)
