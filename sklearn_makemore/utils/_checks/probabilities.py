"""Distributions sum to 1, and every way to ask for a likelihood gives the same."""

# SPDX-License-Identifier: BSD-3-Clause

import re
from itertools import product
from typing import Any

import numpy as np

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


def check_distributions_sum_to_one(name: str, estimator: Any) -> None:
    """Each row of predict_proba is a distribution over the symbols."""
    fitted(estimator)
    beginnings = sorted({word[:end] for word in WORDS for end in range(len(word) + 1)})
    prefixes = spelling_of(estimator).all(beginnings)
    proba = estimator.predict_proba(prefixes)
    assert proba.shape == (len(prefixes), estimator.n_symbols_)
    assert proba.dtype == np.float64
    assert (proba >= 0).all()
    assert_close(proba.sum(axis=1), 1, 1e-9, "rows of predict_proba")
    assert_close(np.exp(estimator.predict_log_proba(prefixes)), proba, 1e-12, "log and proba")


def check_words_share_all_probability(name: str, estimator: Any) -> None:
    """Words up to a length and the beginnings of longer ones have probability 1 together."""
    spell = spelling_of(estimator)
    estimator.fit(spell.all(["ab", "b", "", "aab", "ba", "ab"]))
    words = ["".join(letters) for n in range(5) for letters in product("ab", repeat=n)]
    mass = np.exp(estimator.score_samples(spell.all(words))).sum()
    longest = [word for word in words if len(word) == 4]
    rows = estimator.score_symbols(spell.all(longest))
    beginnings = rows[rows["position"] < 4].groupby("word")["log_proba"].sum()
    ends = rows[rows["position"] == 4].set_index("word")["log_proba"]
    still_open = (np.exp(beginnings) * -np.expm1(ends)).sum()
    assert_close(mass + still_open, 1, 1e-6, "probability of all words")


def check_symbols_sum_to_words(name: str, estimator: Any) -> None:
    """score_samples adds up score_symbols, which agrees with predict_log_proba."""
    spell = spelling_of(estimator)
    words = spell.all(WORDS)
    fitted(estimator)
    atol = tolerance(estimator)
    rows = estimator.score_symbols(words)
    assert len(rows) == sum(len(word) + 1 for word in WORDS), "one row a symbol and a boundary"
    sums = rows.groupby("word")["log_proba"].sum().to_numpy()
    assert_close(sums, estimator.score_samples(words), 20 * atol, "score_symbols and score_samples")
    prefixes = [spell(WORDS[w][:p]) for w, p in zip(rows["word"], rows["position"], strict=True)]
    targets = [symbol for word in WORDS for symbol in [*spell.symbols(word), None]]
    code = {symbol: i for i, symbol in enumerate(estimator.symbols_.tolist()) if i}
    codes = [code.get(symbol, 0) for symbol in targets]
    log_proba = estimator.predict_log_proba(prefixes)[np.arange(len(rows)), codes]
    assert_close(rows["log_proba"], log_proba, atol, "score_symbols and predict_log_proba")
    assert rows["symbol"].tolist() == estimator.symbols_[codes].tolist()


def check_symbols_are_shown_as_words_are(name: str, estimator: Any) -> None:
    """The text of score_symbols is the word, and a context is joined as the word is."""
    spell = spelling_of(estimator)
    words = spell.all(WORDS)
    rows = fitted(estimator).score_symbols(words)
    assert rows["text"].tolist() == [words[w] for w in rows["word"]]
    for word, position, context in rows[["word", "position", "context"]].itertuples(index=False):
        before = [estimator.symbols_[0]] * 100 + spell.symbols(WORDS[word][:position])
        ends = (spell.join(before[len(before) - n :]) for n in range(len(before)))
        assert context in ends, f"{context!r} is not what stands before place {position}"


def check_scores_agree(name: str, estimator: Any) -> None:
    """Score is the weighted mean per symbol; perplexity and bits are functions of it."""
    fitted(estimator)
    others = spelling_of(estimator).all(OTHER_WORDS)
    n_symbols = np.array([len(word) + 1 for word in OTHER_WORDS])
    weights = np.arange(len(others), dtype=float)
    of_words = estimator.score_samples(others)
    assert of_words.dtype == np.float64
    for sample_weight, w in ((None, np.ones(len(others))), (weights, weights)):
        score = estimator.score(others, sample_weight=sample_weight)
        assert isinstance(score, float)
        assert_close(score, (w @ of_words) / (w @ n_symbols), tolerance(estimator), "score")
        perplexity = estimator.perplexity(others, sample_weight=sample_weight)
        assert_close(perplexity, np.exp(-score), 1e-3 * perplexity, "perplexity")
        bits = estimator.bits_per_symbol(others, sample_weight=sample_weight)
        assert_close(bits, -score / np.log(2), tolerance(estimator), "bits_per_symbol")


def check_seen_words_are_likelier(name: str, estimator: Any) -> None:
    """A model has learnt something: its words score better than by a uniform guess."""
    words = spelling_of(estimator).all(WORDS)
    estimator.fit(words * 20)
    assert estimator.score(words) > -np.log(estimator.n_symbols_)


def check_predict_takes_the_likeliest(name: str, estimator: Any) -> None:
    """Predict returns the first of the likeliest symbols, never the unknown one."""
    fitted(estimator.set_params(handle_unknown="unknown"))
    prefixes = spelling_of(estimator).all(["", "a", "emm", "ñ", "oli"])
    predicted = estimator.predict(prefixes)
    assert predicted.shape == (len(prefixes),)
    assert predicted.dtype == object
    likeliest = estimator.predict_proba(prefixes)[:, :-1].argmax(axis=1)
    assert predicted.tolist() == estimator.symbols_[likeliest].tolist()


def check_features(name: str, estimator: Any) -> None:
    """Transform gives the sum, mean and minimum of a word's symbols, and their number."""
    words = spelling_of(estimator).all(WORDS)
    features = estimator.fit_transform(words)
    assert features.shape == (len(words), 5)
    assert features.dtype == np.float64
    names = estimator.get_feature_names_out()
    assert names.tolist() == [
        "log_likelihood",
        "log_likelihood_per_symbol",
        "lowest_log_likelihood",
        "n_symbols",
        "n_unknown",
    ]
    by_word = estimator.score_symbols(words).groupby("word")["log_proba"]
    expected = [by_word.sum(), by_word.mean(), by_word.min(), by_word.size(), 0 * by_word.size()]
    atol = 20 * tolerance(estimator)
    assert_close(features, np.stack(expected, axis=1), atol, "likelihood features")


@only_if(is_of_characters)
def check_pattern_log_proba(name: str, estimator: Any) -> None:
    """The probability of a pattern is that of its words, of no word 0, of all 1."""
    atol = 20 * tolerance(fitted(estimator))
    narrow_to_wide = ("ann", "ann|anna|ava", ".*")
    log_proba, std = estimator.pattern_log_proba(
        narrow_to_wide, n_samples=1_000, random_state=0, return_std=True
    )
    assert log_proba.shape == std.shape == (3,)
    assert log_proba.dtype == std.dtype == np.float64
    assert (np.diff(log_proba) >= -atol).all(), "a pattern is likelier than one that it implies"
    scores = estimator.score_samples(["ann", "anna", "ava"])
    assert_close(log_proba[0], scores[0], atol, "log-probability of one word")
    some = np.logaddexp.reduce(scores)
    assert_close(log_proba[1], some, 6 * std[1] + atol, "log-probability of three words")
    assert_close(log_proba[2], 0, atol, "log-probability of all words")
    alone = estimator.pattern_log_proba(["a漢", "[^\\s\\S]"])
    assert alone.tolist() == [-np.inf, -np.inf], "log-probability of no word"
    assert estimator.pattern_log_proba([]).shape == (0,)
    raises(TypeError, "patterns", estimator.pattern_log_proba, ".*")
    for wrong in ("(", "(?=a)", re.compile("a"), 3):
        raises((TypeError, ValueError), "pattern", estimator.pattern_log_proba, [wrong])
    raises(ValueError, "n_samples", estimator.pattern_log_proba, [".*"], n_samples=1)


def check_blanks_are_filled(name: str, estimator: Any) -> None:
    """Blanks are filled with a symbol each; the ways to do it have probability 1 together.

    A blank that is a symbol of the model raises, and so does another symbol that is none.
    """
    spell = spelling_of(estimator)
    fitted(estimator)
    atol = 20 * tolerance(estimator)
    for blanks in ("?va", "e??a"):
        for word in spell.forms(blanks):
            ways = estimator.complete(word, 1_000)
            assert list(ways.columns) == ["word", "proba"]
            for filled in map(spell.split, ways["word"]):
                assert len(filled) == len(blanks)
                there = zip(filled, spell.symbols(blanks), strict=True)
                assert all(symbol == asked for symbol, asked in there if asked != "?")
        words, proba = ways["word"].tolist(), ways["proba"].to_numpy()
        assert len(set(words)) == len(words)
        assert (proba <= 1 + atol).all()
        assert (np.diff(proba) <= 0).all(), "not best first"
        assert_close(proba.sum(), 1, atol, "probability of all ways")
        scores = estimator.score_samples(words)
        log_total = np.logaddexp.reduce(scores)
        assert_close(proba, np.exp(scores - log_total), atol, "probability of each way")
        fewer = estimator.complete(spell(blanks), 3)
        assert_close(fewer["proba"], proba[:3], atol, "fewer ways")
    assert estimator.complete(spell("ann"))["word"].tolist() == [spell("ann")]
    other = estimator.complete(spell("ann_"), 1_000, blank="_")["word"].tolist()
    assert other == estimator.complete(spell("ann?"), 1_000)["word"].tolist()
    a, unknown = spell.symbol("a"), spell.symbol("漢")
    raises(ValueError, "blank", estimator.complete, spell("ann?"), blank=a)
    raises(ValueError, "blank", estimator.complete, spell("ann?"), blank="")
    raises(ValueError, repr(unknown), estimator.complete, spell("a漢?"))
    raises(ValueError, "'n'", estimator.complete, spell("ann?"), 0)
