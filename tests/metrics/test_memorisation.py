"""Membership against all pairs of words, exposure against the ranks of all words of a length."""

import itertools
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from sklearn_makemore import BigramCountLM, MLPCharLM, NGramCountLM
from sklearn_makemore.datasets import load_names
from sklearn_makemore.metrics import memorisation
from sklearn_makemore.metrics._memorisation import _area

NAMES = load_names()
ITALIAN = NAMES.data[NAMES.target == "Italian"]
TRAIN, TEST = ITALIAN[::2], ITALIAN[1::2]
LETTERS = "abc"
OF_LETTERS = ["ab", "abca", "b", "aa", "bb", "cab", "abcab", "ccab"]


@pytest.fixture(scope="module")
def fitted():
    return NGramCountLM(order=4).fit(TRAIN)


def exposures(lm, canaries, **options):
    """Return the rows of some canaries; whether words are told apart does not matter."""
    report = memorisation(lm, OF_LETTERS, ["ca", "cb"], canaries=canaries, **options)
    return report.iloc[1:].reset_index(drop=True)


def exact_exposure(lm, canary):
    words = ["".join(word) for word in itertools.product(LETTERS, repeat=len(canary))]
    log_probas = lm.score_samples(words)
    n_likelier = int((log_probas > lm.score_samples([canary])[0] + 1e-5).sum())
    return math.log2(len(words)) - math.log2(1 + n_likelier)


def test_membership_is_the_area_under_the_curve(fitted):
    report = memorisation(fitted, TRAIN, TEST)
    assert report.columns.tolist() == ["measure", "value", "lower", "upper"]
    assert report["measure"].tolist() == ["membership_auc"]
    train, test = sorted(set(TRAIN) - set(TEST)), sorted(set(TEST) - set(TRAIN))
    labels = np.repeat([1, 0], [len(train), len(test)])
    expected = roc_auc_score(labels, fitted.score_samples([*train, *test]))
    _, value, lower, upper = report.iloc[0]
    assert value == pytest.approx(expected)
    assert lower < value < upper
    assert value - lower == pytest.approx(upper - value)
    assert upper - lower < 0.1


def test_the_error_of_an_area_is_delongs():
    rng = np.random.RandomState(0)
    members, others = rng.randint(0, 8, 30).astype(float), rng.randint(-3, 6, 20).astype(float)
    members[:2], others[:4] = -np.inf, -np.inf
    above = (members[:, None] > others) + (members[:, None] == others) / 2
    variance = above.mean(axis=1).var(ddof=1) / 30 + above.mean(axis=0).var(ddof=1) / 20
    area = _area(members, others)
    assert area.value == pytest.approx(above.mean())
    assert area.standard_error == pytest.approx(math.sqrt(variance))


def test_the_interval_covers():
    """Over many samples it holds the true area, that of normal distributions, 95% of the time."""
    rng, covered = np.random.RandomState(0), 0
    truth = 0.5 * (1 + math.erf(1 / math.sqrt(2) / math.sqrt(2)))
    for _ in range(400):
        lower, upper = _area(rng.randn(60) + 1, rng.randn(40)).interval
        covered += lower < truth < upper
    assert 0.91 < covered / 400 < 0.98


def test_words_that_are_in_both_lists_or_repeated_do_not_count(fitted):
    train, test = sorted(set(TRAIN) - set(TEST)), sorted(set(TEST) - set(TRAIN))
    expected = memorisation(fitted, train, test)
    both = ["zozo", "zizi"] * 10
    repeated = memorisation(fitted, [*train, *both, *train[:9]], [*both, *test, *test[:5]])
    pd.testing.assert_frame_equal(repeated, expected)
    for kind in (pd.Series, pl.Series, np.array):
        pd.testing.assert_frame_equal(memorisation(fitted, kind(train), kind(test)), expected)


def test_bounds_stay_within_0_and_1():
    lm = NGramCountLM(order=5, smoothing=0.001).fit(["ab", "abc", "b"])
    report = memorisation(lm, ["ab", "abc", "b"], ["ca", "cac", "bb", "ac"])
    assert report.iloc[0, 1:].tolist() == [1, 1, 1]


@pytest.mark.parametrize("handle_unknown", ["penalty", "unknown"])
@pytest.mark.parametrize("n_exact", [0, 30])
def test_exposures_are_those_of_all_words_of_a_length(handle_unknown, n_exact):
    lm = NGramCountLM(order=3, alphabet=LETTERS, handle_unknown=handle_unknown).fit(OF_LETTERS)
    canaries = ["ab", "ccc", "abcab", "bcacb", "cccccc", "bbabca", "a"]
    found = exposures(lm, canaries, n_exact=n_exact, n_samples=4_000, random_state=0)
    assert found["measure"].tolist() == [f"exposure_of_{canary}" for canary in canaries]
    expected = np.array([exact_exposure(lm, canary) for canary in canaries])
    half = (found["upper"] - found["lower"]) / 2
    assert (np.abs(found["value"] - expected) < 2.5 * half + 1e-9).all()
    assert (half < 0.4).all()
    if n_exact:
        is_exact = lm.score_samples(canaries) > lm.most_likely(30)[1][-1]
        assert is_exact.sum() >= 2
        np.testing.assert_allclose(found["value"][is_exact], expected[is_exact], rtol=1e-12)
        assert (half[is_exact] == 0).all()
        assert (half[~is_exact] > 0).all()


def test_random_words_that_the_model_has_not_seen_have_exposures_of_a_bit_or_two(fitted):
    """The exposure of an unseen random word is above b with probability 2**-b."""
    rng = np.random.RandomState(0)
    letters = fitted.symbols_[1:].tolist()
    for length in (3, 8, 14):
        canaries = ["".join(rng.choice(letters, length)) for _ in range(400)]
        report = memorisation(fitted, TRAIN, TEST, canaries=canaries, random_state=0)
        values = report["value"][1:]
        assert values.mean() == pytest.approx(1 / math.log(2), abs=0.25)
        assert (values > 3).mean() == pytest.approx(1 / 8, abs=0.06)


def test_words_of_the_fit_are_exposed(fitted):
    planted = ["xqkzwjqh", "hzzkxq"]
    lm = NGramCountLM(order=5).fit([*TRAIN, *planted])
    report = memorisation(lm, TRAIN, TEST, canaries=[*planted, "hqjwzkqx"], random_state=0)
    assert (report["value"][1:3] > 15).all()
    assert report["value"][3] < 8
    assert (report["lower"] <= report["value"]).all()
    assert (report["value"] <= report["upper"]).all()


def test_where_no_sample_is_likelier_a_bound_is_known():
    """Then three words as likely as the canary, or more, would have been drawn with 95%."""
    lm = NGramCountLM(order=4, alphabet=LETTERS).fit(OF_LETTERS * 3)
    found = exposures(lm, ["cabcabcab"], n_exact=0, n_samples=200, random_state=0)
    assert found["value"][0] == pytest.approx(math.log2(3**9))
    assert found["lower"][0] < exact_exposure(lm, "cabcabcab") <= found["upper"][0]
    assert found["upper"][0] == found["value"][0]


@pytest.mark.parametrize("symbols", ["token", "split"])
def test_canaries_of_other_symbols(symbols):
    words = [["ab", "c"], ["c"], ["ab", "ab"], ["c", "c"]]
    if symbols == "split":
        words = list(map(" ".join, words))
    lm = BigramCountLM(symbols=symbols).fit(words[:2])
    report = memorisation(lm, words[:2], words[2:], canaries=words[:1] * 2, random_state=0)
    assert report["measure"].tolist() == ["membership_auc", "exposure_of_ab c"]
    assert report["value"][1] == 2


def test_canaries_at_the_edges():
    lm = BigramCountLM(smoothing=0).fit(OF_LETTERS)
    found = exposures(lm, ["", "ca", "ax", "x"], random_state=0)
    assert np.isfinite(found["value"]).tolist() == [False, True, False, False]
    assert (found["lower"] == -math.inf).tolist() == [True, False, True, True]
    lm = BigramCountLM().fit(["", ""])
    report = memorisation(lm, ["", "a"], ["b", "c"], canaries=["", "a"], random_state=0)
    assert report["value"].tolist() == [0.75, 0, -math.inf]
    with pytest.raises(ValueError, match=r"The canary 'ab.*' has 800 symbols.*Plant shorter ones"):
        exposures(BigramCountLM().fit(OF_LETTERS), ["ab" * 400])


def test_networks():
    mlp = MLPCharLM(max_steps=60, hidden_size=8, random_state=0, alphabet=LETTERS).fit(OF_LETTERS)
    found = exposures(mlp, ["abc", "ccccc"], n_exact=20)
    expected = [exact_exposure(mlp, canary) for canary in ("abc", "ccccc")]
    np.testing.assert_allclose(found["value"], expected, atol=0.3)
    pd.testing.assert_frame_equal(exposures(mlp, ["abc", "ccccc"], n_exact=20), found)


def test_what_cannot_be_measured(fitted):
    with pytest.raises(ValueError, match=r"X_train has too few words that X_test has not \(0\)"):
        memorisation(fitted, TRAIN, TRAIN)
    with pytest.raises(ValueError, match=r"X_test has too few words that X_train has not \(1\)"):
        memorisation(fitted, ["anna", "bruno", "dario"], ["anna", "carla"])
    with pytest.raises(ValueError, match="X_train has no words"):
        memorisation(fitted, [], TEST)
    with pytest.raises(ValueError, match="canaries has no words"):
        memorisation(fitted, TRAIN, TEST, canaries=[])
    with pytest.raises(TypeError, match="canaries must be a sequence of words, got a single str"):
        memorisation(fitted, TRAIN, TEST, canaries="xqkzw")
    with pytest.raises(ValueError, match="n_exact"):
        memorisation(fitted, TRAIN, TEST, n_exact=-1)
    with pytest.raises(TypeError, match="memorisation needs a fitted language model"):
        memorisation(make_pipeline(fitted), TRAIN, TEST)
    with pytest.raises(NotFittedError):
        memorisation(NGramCountLM(), TRAIN, TEST)
