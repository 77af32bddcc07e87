"""New words: reproducible, as likely as the model says, within the constraints."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle
import random
import re
import sys
from collections import Counter
from itertools import chain, islice, product
from typing import Any

import numpy as np

from sklearn_makemore.exceptions import SamplingError
from sklearn_makemore.utils._checks.common import (
    OTHER_WORDS,
    WORDS,
    assert_close,
    fitted,
    is_of_characters,
    only_if,
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


def check_endings(name: str, estimator: Any) -> None:
    """Words end as asked, whatever they begin with; beginning and ending may overlap."""
    spell = spelling_of(estimator)
    fitted(estimator)
    words, log_proba = estimator.sample(
        10, random_state=0, suffix=spell("a"), return_log_proba=True
    )
    assert all(spell.split(word)[-1:] == spell.symbols("a") for word in words)
    atol = tolerance(estimator)
    assert_close(log_proba, estimator.score_samples(words), atol, "log_proba of samples")
    ends = {"prefix": spell("ann"), "suffix": spell("nna"), "max_length": 5}
    overlapping = estimator.sample(10, random_state=0, **ends).tolist()
    assert set(overlapping) <= {spell("anna"), spell("annna")}
    fewer = estimator.sample(3, random_state=0, **ends).tolist()
    assert fewer == overlapping[:3], "fewer words are not the head of more"
    if not is_of_characters(estimator):  # of which check_patterns asks the same and more
        assert_all_holds_together(estimator, prefix=spell("e"), suffix=spell("a"))
    assert_no_word_is_found(estimator, suffix=spell("em"), max_length=1)


@only_if(is_of_characters)
def check_patterns(name: str, estimator: Any) -> None:
    """Words match the pattern from end to end, and fewer words are the head of more."""
    fitted(estimator)
    asked = {"pattern": r"\w*[lm]\w{2}", "max_length": 6}
    words = estimator.sample(10, random_state=0, **asked).tolist()
    assert all(re.fullmatch(r"\w*[lm]\w{2}", word) for word in words)
    fewer = estimator.sample(3, random_state=0, **asked).tolist()
    assert fewer == words[:3], "fewer words are not the head of more"
    words = assert_all_holds_together(
        estimator, prefix="e", suffix="a", pattern="(?:[^a]{2})+|.+[lm].+"
    )
    assert all(re.fullmatch(".+[lm].+", word) for word in words)
    assert_no_word_is_found(estimator, pattern="漢")


def assert_all_holds_together(estimator: Any, **asked: Any) -> list[Any]:
    """Assert that words from e to a meet what else is asked of them, and return them."""
    spell = spelling_of(estimator)
    seen = set(spell.all(WORDS))
    asked |= {"exclude": seen, "max_length": 6}
    drawn = estimator.sample(20, random_state=0, unique=True, min_length=3, **asked).tolist()
    best = estimator.most_likely(20, **asked)[0].tolist()
    for words in (drawn, best):
        assert len(set(words)) == 20
        assert not set(words) & seen
        for symbols in map(spell.split, words):
            assert symbols[:1] + symbols[-1:] == spell.symbols("ea")
            assert len(symbols) <= 6
    assert min(len(spell.split(word)) for word in drawn) >= 3
    return drawn + best


def assert_no_word_is_found(estimator: Any, **impossible: Any) -> None:
    """Assert that what no word meets raises in sample, and is empty in most_likely."""
    raises(ValueError, "No word", estimator.sample, **impossible)
    words, log_proba = estimator.most_likely(**impossible)
    assert words.shape == log_proba.shape == (0,)


def check_words_given_an_ending_are_as_likely_as_said(name: str, estimator: Any) -> None:
    """Words with an ending come as often as the model says, changed by temperature first."""
    n = 300
    spell = spelling_of(estimator)
    symbols = fitted(estimator).symbols_[1:].tolist()
    a = symbols.index(spell.symbol("a"))
    words = [spell("a"), *(spell.join([symbol, symbols[a]]) for symbol in symbols)]
    prefixes = [spell(""), *(spell.join([symbol]) for symbol in symbols), *words[1:]]
    log_proba = estimator.predict_log_proba(prefixes)
    for temperature in (1.0, 0.5):
        proba = np.exp(log_proba / temperature)
        proba /= proba.sum(axis=1, keepdims=True)
        start, after_one, after_two = np.split(proba, [1, 1 + len(symbols)])
        of_two = start[0, 1:] * after_one[:, a + 1] * after_two[:, 0]
        expected = np.append(start[0, a + 1] * after_one[a, 0], of_two)
        expected *= n / expected.sum()
        controls = {"max_length": 2, "temperature": temperature}
        drawn = estimator.sample(n, random_state=0, suffix=spell("a"), **controls).tolist()
        counts = Counter(drawn)
        observed = np.array([counts[word] for word in words])
        assert observed.sum() == n
        common = expected > 5
        assert_frequencies(observed[common], expected[common], "words with an ending")


def check_condition_arguments(name: str, estimator: Any) -> None:
    """Endings and patterns that cannot be read raise at once."""
    spell = spelling_of(estimator)
    fitted(estimator)
    unreadable: list[tuple[str, dict[str, Any]]] = [
        ("suffix", {"suffix": None}),
        ("suffix", {"suffix": "em" if spell.of_tokens else ["e", "m"]}),
        (repr(spell.symbol("漢")), {"suffix": spell("漢")}),
    ]
    if is_of_characters(estimator):
        wrong = ("(", "(?=a).*", re.compile("a"), ["a"])
        unreadable += [("pattern", {"pattern": pattern}) for pattern in wrong]
    else:
        unreadable.append(("pattern", {"pattern": ".*"}))
    for mentions, arguments in unreadable:
        for method in (estimator.sample, estimator.most_likely, estimator.iter_likely):
            raises((ValueError, TypeError), mentions, method, **arguments)


def check_most_likely_given_an_ending(name: str, estimator: Any) -> None:
    """The likeliest words with an ending are the best of all that have it, or a pattern."""
    spell = spelling_of(estimator)
    symbols = fitted(estimator, spell.all(WORDS * 3)).symbols_[1:]
    all_words = [spell("a"), *(spell.join([symbol, spell.symbol("a")]) for symbol in symbols)]
    atol = 20 * tolerance(estimator)
    ways = [{"suffix": suffix, "max_length": 2} for suffix in spell.forms("a")]
    ways += [{"pattern": ".?a"}] if is_of_characters(estimator) else []
    for asked, without in product(ways, ([], spell.all(["a", "ma"]))):
        words, log_proba = estimator.most_likely(5, **asked, exclude=without)
        assert (np.diff(log_proba) <= 0).all()
        assert_close(log_proba, estimator.score_samples(words), atol, "log_proba of most_likely")
        others = [word for word in all_words if word not in without]
        assert set(words) <= set(others)
        best = np.sort(estimator.score_samples(others))[::-1]
        assert_close(log_proba, best[:5], atol, "log_proba of the best of all")


def check_likely_words_one_by_one(name: str, estimator: Any) -> None:
    """iter_likely gives what most_likely does, of the model as it was when it was called."""
    spell = spelling_of(estimator)
    fitted(estimator)
    atol = tolerance(estimator)
    words, log_proba = estimator.most_likely(20, suffix=spell("a"))
    pairs = list(islice(estimator.iter_likely(suffix=spell("a")), 20))
    assert [word for word, _ in pairs] == words.tolist()
    assert_close([each for _, each in pairs], log_proba, atol, "log-probabilities one by one")
    all_words, log_proba = estimator.most_likely(1_000, max_length=1)
    to_the_last = estimator.iter_likely(max_length=1)
    fitted(estimator, spell.all(OTHER_WORDS))
    words_then, log_proba_then = zip(*to_the_last, strict=True)
    assert list(words_then) == all_words.tolist(), "a later fit changed what is iterated"
    assert_close(log_proba_then, log_proba, atol, "log-probabilities to the last word")
