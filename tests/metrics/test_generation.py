"""Samples beside words: measures by hand, near copies against all edit distances."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_makemore import BigramCountLM, MLPCharLM, NGramCountLM
from sklearn_makemore._text.symbols import CHARACTERS, TOKENS
from sklearn_makemore.datasets import load_names
from sklearn_makemore.metrics import coverage_curve, generation_report
from sklearn_makemore.metrics._generation import (
    _coded,
    _divergences,
    _share_of_different,
    _symbols,
    _total_variation,
)
from sklearn_makemore.metrics._near_copies import are_near

NAMES = load_names()
ITALIAN = NAMES.data[NAMES.target == "Italian"]
TRAIN, TEST = ITALIAN[::2], ITALIAN[1::2]
MEASURES = ["known", "unique", "near_copies", "length_divergence", "symbol_divergence", "coverage"]


@pytest.fixture(scope="module")
def fitted():
    return NGramCountLM(order=4).fit(TRAIN)


@pytest.fixture(scope="module")
def report(fitted):
    return generation_report(fitted, TRAIN, TEST, random_state=0)


def edit_distance(one, other):
    row = list(range(len(other) + 1))
    for i, symbol in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, of_other in enumerate(other, 1):
            before, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, before + (symbol != of_other)),
            )
    return row[-1]


few_words = st.lists(st.text("abc", max_size=5), min_size=1, max_size=8)


@given(few_words, few_words, st.booleans())
def test_near_words_are_those_of_edit_distance_1(words, others, of_tokens):
    new = [word for word in words if word not in others]
    if not new:
        return
    lists = [list(map(tuple, some)) if of_tokens else some for some in (new, others)]
    of_new, of_others = _coded(lists, TOKENS if of_tokens else CHARACTERS)
    expected = [min(edit_distance(word, other) for other in others) == 1 for word in new]
    assert are_near(of_new.coded, of_others.coded).tolist() == expected


def test_near_words_of_long_words():
    long = "ab" * 5_000
    of_new, of_others = _coded(
        [[long[:-1], long[:-2] + "bb", "b" + long, long[2:]], [long]], CHARACTERS
    )
    assert are_near(of_new.coded, of_others.coded).tolist() == [True, True, True, False]


def test_measures_by_hand(fitted, report):
    assert report.columns.tolist() == ["measure", "value", "standard_error", "reference"]
    assert report["measure"].tolist() == MEASURES
    samples = fitted.sample(len(TEST), random_state=0).tolist()
    value = report.set_index("measure")["value"]
    reference = report.set_index("measure")["reference"]
    train, test = set(TRAIN), TEST.tolist()
    for of, words in ((value, samples), (reference, test)):
        assert of["known"] == pytest.approx(np.mean([word in train for word in words]))
        assert of["unique"] == pytest.approx(len(set(words)) / len(words))
        new = [word for word in words if word not in train]
        near = [any(is_near(word, other) for other in train) for word in new[:60]]
        coded = _coded([new[:60], list(train)], CHARACTERS)
        assert are_near(coded[0].coded, coded[1].coded).tolist() == near
        assert 0 < of["near_copies"] < 1
    for of, words in ((value, samples), (reference, TRAIN.tolist())):
        lengths, held_out = ([len(word) for word in some] for some in (words, test))
        assert of["length_divergence"] == pytest.approx(total_variation(lengths, held_out))
        letters = total_variation("".join(words), "".join(test))
        assert of["symbol_divergence"] == pytest.approx(letters)
    assert reference["coverage"] == pytest.approx(len(set(test) & train) / len(set(test)))
    covered = coverage_curve(fitted, TEST, len(train))["share"][0]
    error = report["standard_error"][5]
    assert error > 0
    assert abs(value["coverage"] - covered) < 4 * error


def is_near(one, other):
    return abs(len(one) - len(other)) <= 1 and edit_distance(one, other) == 1


def total_variation(some, others):
    shares = [pd.Series(list(each)).value_counts(normalize=True) for each in (some, others)]
    return shares[0].sub(shares[1], fill_value=0).abs().sum() / 2


def test_a_generator_that_repeats_its_words():
    lm = NGramCountLM(order=8, smoothing=0).fit(TRAIN)
    report = generation_report(lm, TRAIN, n_samples=50, random_state=0).set_index("measure")
    assert report["value"]["known"] > 0.9
    assert report["reference"].isna().all()
    assert np.isnan(report.loc["coverage", ["value", "standard_error"]].astype(float)).all()
    only = BigramCountLM(smoothing=0).fit(["ab"])
    report = generation_report(only, ["ab"], ["ab", "ac"], random_state=0).set_index("measure")
    assert report["value"][["known", "unique"]].tolist() == [1, 0.5]
    assert math.isnan(report["value"]["near_copies"])
    assert report["reference"].tolist()[:4] == [0.5, 1, 1, 0]
    assert report["value"]["symbol_divergence"] == 0.25
    assert report["value"]["coverage"] == report["reference"]["coverage"] == 0.5


def test_near_copies_are_a_share_of_the_words_that_are_new():
    fitted = NGramCountLM(order=3, alphabet="abcz").fit(["ab", "abc"])
    report = generation_report(fitted, ["ab", "abc"], ["ab", "zz", "abz", "ab"], random_state=0)
    assert report["reference"].tolist()[:3] == [0.5, 0.75, 0.5]
    samples = fitted.sample(4, random_state=0)
    new = [word for word in samples if word not in ("ab", "abc")]
    near = [is_near(word, "ab") or is_near(word, "abc") for word in new]
    assert report["value"][2] == pytest.approx(np.mean(near))


def test_as_many_samples_as_held_out_words_or_as_asked_for(fitted):
    many = generation_report(fitted, TRAIN, TEST[:50], n_samples=4_000, random_state=0)
    few = generation_report(fitted, TRAIN, TEST[:50], random_state=0)
    assert few["standard_error"][0] > 5 * many["standard_error"][0]
    assert many["reference"].equals(few["reference"])
    pd.testing.assert_frame_equal(
        generation_report(fitted, TRAIN, TEST[:50], n_samples=50, random_state=0), few
    )


def test_standard_errors_are_those_of_repeated_samples(fitted):
    runs = [
        generation_report(fitted, TRAIN, TEST, n_samples=300, random_state=seed)
        for seed in range(40)
    ]
    spread = pd.DataFrame([run["value"] for run in runs]).std()
    claimed = pd.DataFrame([run["standard_error"] for run in runs]).mean()
    np.testing.assert_allclose(claimed[[0, 2]], spread[[0, 2]], rtol=0.3)
    assert spread[1] * 0.8 < claimed[1] < 2 * spread[1]  # the jackknife is on the safe side
    # Divergences allow for the chance in the held-out words, too.
    assert (claimed[[3, 4]] > 0.7 * spread[[3, 4]]).all()
    assert (claimed[[3, 4]] < 3 * spread[[3, 4]]).all()


def test_the_error_of_a_distance_is_that_of_repeated_words():
    rng = np.random.RandomState(0)
    distances = []
    for _ in range(200):
        drawn = [
            rng.choice(["a", "ab", "abb"], 80, p=p).tolist()
            for p in ([0.6, 0.2, 0.2], [0.1, 0.3, 0.6])
        ]
        some, others = _coded(drawn, CHARACTERS)
        distances.append(_total_variation(_symbols(some), _symbols(others)))
    values, errors = np.transpose(distances)
    assert errors.mean() == pytest.approx(values.std(), rel=0.15)


def test_the_error_of_the_share_of_different_words_is_a_jackknife():
    words = ["a", "a", "a", "b", "b", "c", "d", "e"]
    left_out = [len(set(words[:i] + words[i + 1 :])) for i in range(len(words))]
    n = len(words)
    variance = (n - 1) * np.var(left_out)
    share, error = _share_of_different(words)
    assert share == 5 / 8
    assert error == pytest.approx(math.sqrt(variance * n / (n - 1)) / n)


def test_words_of_no_symbols_have_no_shares_of_symbols():
    some, others = _coded([["", ""], ["ab", ""]], CHARACTERS)
    divergences = _divergences(some, others)
    assert divergences["length_divergence"].value == 0.5
    assert math.isnan(divergences["symbol_divergence"].value)


@pytest.mark.parametrize("symbols", ["token", "split", "grapheme"])
def test_other_symbols(symbols):
    pytest.importorskip("regex")
    words = [("ab", "c"), ("c",), ("ab", "ab")]
    if symbols != "token":
        words = ["ab c", "c", "ab ab"]
    fitted = NGramCountLM(order=2, symbols=symbols).fit(words)
    report = generation_report(fitted, words, words[:2], n_samples=200, random_state=0)
    assert report["reference"].tolist()[:2] == [1, 1]
    assert report["value"].between(0, 1).all()


def test_symbols_that_the_model_does_not_know_do_no_harm():
    for handle_unknown in ("penalty", "unknown"):
        fitted = BigramCountLM(handle_unknown=handle_unknown).fit(["ab", "ba"])
        report = generation_report(fitted, ["ab", "bx"], ["ax", "éa"], random_state=0)
        assert report["value"][5] == 0
        assert report["reference"][2] == 0.5
    fitted = BigramCountLM(handle_unknown="error").fit(["ab", "ba"])
    with pytest.raises(ValueError, match="does not know these characters: 'x'"):
        generation_report(fitted, ["ab"], ["ax"], random_state=0)


def test_networks_and_containers():
    mlp = MLPCharLM(max_steps=60, hidden_size=8, random_state=0).fit(TRAIN)
    expected = generation_report(mlp, TRAIN, TEST)
    assert expected["value"].between(0, 1).all()
    for kind in (pd.Series, pl.Series):
        pd.testing.assert_frame_equal(generation_report(mlp, kind(TRAIN), kind(TEST)), expected)


def test_what_cannot_be_reported_on(fitted):
    with pytest.raises(ValueError, match="X_train has no words: give at least one"):
        generation_report(fitted, [])
    with pytest.raises(ValueError, match="X_test has no words"):
        generation_report(fitted, TRAIN, [])
    with pytest.raises(TypeError, match="X_train must be a sequence of words, got a single str"):
        generation_report(fitted, "anna")
    with pytest.raises(ValueError, match="X_test has missing values"):
        generation_report(fitted, TRAIN, ["anna", None])
    with pytest.raises(ValueError, match="n_samples"):
        generation_report(fitted, TRAIN, n_samples=1)
    with pytest.raises(TypeError, match="generation_report needs a fitted language model"):
        generation_report(make_pipeline(fitted), TRAIN)
    with pytest.raises(NotFittedError):
        generation_report(NGramCountLM(), TRAIN)
