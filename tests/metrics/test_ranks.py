"""Ranks of words: counted and by Monte Carlo."""

import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_makemore import BigramCountLM, MLPCharLM, NGramCountLM
from sklearn_makemore.metrics import RankEstimator, _samples, rank_estimate
from sklearn_makemore.metrics._samples import Ranks, coded, log_share_kept

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "luna", "nora"]
ALPHABET = "".join(sorted(set("".join(WORDS))))


def model(**parameters):
    return BigramCountLM(alphabet=ALPHABET, **parameters)


def n_likelier(fitted, threshold):
    """Count the words above a log-probability: no word is likelier than any of its prefixes."""
    characters = fitted.symbols_[1 : len(ALPHABET_OF_TWO) + 1].tolist()
    count, prefixes, log_proba = 0, [""], np.array([0.0])
    while prefixes:
        of_next = log_proba[:, None] + fitted.predict_log_proba(prefixes)
        count += int((of_next[:, 0] > threshold + 1e-5).sum())
        longer = [
            (prefix + character, of_next[i, 1 + j])
            for i, prefix in enumerate(prefixes)
            for j, character in enumerate(characters)
            if of_next[i, 1 + j] > threshold
        ]
        prefixes = [prefix for prefix, _ in longer]
        log_proba = np.array([of_prefix for _, of_prefix in longer])
    return count


ALPHABET_OF_TWO = "ab"
RANKED = ["", "a", "ab", "abba", "bbbb", "ababab", "bbabbabb"]


ENUMERATED = [
    BigramCountLM(),
    BigramCountLM(handle_unknown="unknown", smoothing=2),
    MLPCharLM(max_steps=60, hidden_size=8, random_state=0, handle_unknown="unknown"),
]


@pytest.mark.parametrize("estimator", ENUMERATED, ids=repr)
def test_ranks_of_a_model_that_can_be_enumerated(estimator):
    fitted = clone(estimator).fit(["ab", "abab", "b", "aa", "bb"])
    exact = np.array([n_likelier(fitted, of_word) for of_word in fitted.score_samples(RANKED)])
    estimated = rank_estimate(fitted, RANKED, n_samples=20_000, random_state=0)
    assert (exact > 20).sum() >= 3
    assert (np.abs(estimated["rank"] - exact) < 4 * estimated["standard_error"] + 1e-9).all()
    assert (estimated["standard_error"] < 0.1 * estimated["rank"] + 1e-9).sum() >= 6


def test_ranks_would_be_too_high_if_the_unknown_symbol_were_forgotten(monkeypatch):
    fitted = clone(ENUMERATED[1]).fit(["ab", "abab", "b", "aa"])
    exact = n_likelier(fitted, fitted.score_samples(["ababab"])[0])
    monkeypatch.setattr(_samples, "log_share_kept", lambda _, words: np.zeros(words.n_words))
    estimated = rank_estimate(fitted, ["ababab"], n_samples=20_000, random_state=0)
    assert estimated["rank"][0] > exact + 4 * estimated["standard_error"][0]


def test_standard_errors_of_ranks_are_those_of_repeated_estimates():
    fitted = BigramCountLM().fit(["ab", "abab", "b", "aa"])
    runs = [rank_estimate(fitted, ["ababab"], 500, random_state=seed) for seed in range(60)]
    ranks = [run["rank"][0] for run in runs]
    claimed = np.mean([run["standard_error"][0] for run in runs])
    assert np.std(ranks, ddof=1) == pytest.approx(claimed, rel=0.3)


def by_samples(log_probas, of_samples):
    counted = np.ones(len(of_samples), bool)
    return Ranks.of(np.empty(0), np.inf, of_samples, of_samples, counted).of_words(log_probas)


def test_ranks_of_three_samples_by_hand():
    """Samples of probability 1/2, 1/4, 1/8 stand for 2, 4, 8 words; the word is beyond two."""
    of_samples = -np.log([2.0, 4, 8])
    ranks, errors = by_samples(-np.log([5.0]), of_samples)
    stand_for = np.array([2.0, 4, 0])
    np.testing.assert_allclose(ranks, stand_for.mean())
    np.testing.assert_allclose(errors, stand_for.std(ddof=1) / np.sqrt(3))


def test_what_differs_by_rounding_is_as_likely():
    own = np.array([-1.0 + 1e-6, -1.0, -1.0 - 1e-6])
    assert by_samples(np.array([-1.0]), own)[0] == 0


def test_the_likeliest_word_has_rank_zero_and_ranks_rise():
    fitted = BigramCountLM().fit(WORDS)
    words, _ = fitted.most_likely(50)
    ranks = rank_estimate(fitted, words, random_state=0)["rank"]
    assert ranks[0] == 0
    assert (np.diff(ranks) >= 0).all()
    assert ranks[49] == pytest.approx(49, rel=0.2)


def test_ranks_carry_an_index_and_have_a_seed():
    fitted = model(random_state=5).fit(WORDS)
    words = pd.Series(["emma", "nora"], index=["x", "y"])
    ranks = rank_estimate(fitted, words, 100)
    assert ranks.index.tolist() == ["x", "y"]
    assert ranks.columns.tolist() == ["rank", "standard_error"]
    assert (ranks.dtypes == np.float64).all()
    pd.testing.assert_frame_equal(rank_estimate(fitted, words.to_frame(), 100), ranks)
    plain = rank_estimate(fitted, words.tolist(), 100, random_state=5)
    assert plain.index.equals(pd.RangeIndex(2))
    np.testing.assert_array_equal(plain, ranks)


def test_ranks_at_the_edges():
    fitted = model(smoothing=0).fit(WORDS)
    ranks = rank_estimate(fitted, ["emma", "vvv"], 100, random_state=0)
    assert ranks["rank"][1] == math.inf
    assert math.isnan(ranks["standard_error"][1])
    assert math.isfinite(ranks["rank"][0])
    empty = rank_estimate(fitted, pd.Series([], dtype=str, index=pd.Index([], dtype=object)))
    assert empty.shape == (0, 2)
    assert empty.index.dtype == object
    with pytest.raises(ValueError, match="n_samples"):
        rank_estimate(fitted, ["emma"], n_samples=1)
    with pytest.raises(NotFittedError):
        rank_estimate(model(), ["emma"])
    with pytest.raises(NotFittedError):
        rank_estimate(model(), [])


def test_long_words_do_not_overflow():
    words = ["ab" * 200] * 3
    fitted = BigramCountLM(smoothing=1).fit(words)
    long = rank_estimate(fitted, ["ba" * 3000], 200, random_state=0)
    assert (long > 1e10).all(axis=None)


def test_an_alphabet_that_holds_the_sign_of_the_unknown_symbol():
    words = ["a\ufffd", "\ufffd", "aa"]
    for lm in (BigramCountLM(), BigramCountLM(handle_unknown="unknown")):
        fitted = lm.fit(words)
        samples = fitted.sample(50, random_state=0)
        unknown = [
            fitted.predict_proba([word[:end] for end in range(len(word) + 1)])[:, -1]
            if lm.handle_unknown == "unknown"
            else np.zeros(1)
            for word in samples
        ]
        expected = [np.log1p(-of_word).sum() for of_word in unknown]
        np.testing.assert_allclose(log_share_kept(fitted, coded(fitted, samples)), expected)


def test_ranks_carry_the_index():
    lm = BigramCountLM().fit(["ab", "ba"])
    words = pd.Index(["ab", "b"], name="word")
    assert rank_estimate(lm, pd.Series(["ab", "b"], index=[7, 9]), random_state=0).index[1] == 9
    assert len(rank_estimate(lm, words, random_state=0)) == 2


@pytest.mark.parametrize("estimator", ENUMERATED, ids=repr)
def test_ranks_of_the_likeliest_words_are_counted(estimator):
    fitted = clone(estimator).fit(["ab", "abab", "b", "aa", "bb"])
    exact = np.array([n_likelier(fitted, of_word) for of_word in fitted.score_samples(RANKED)])
    estimator = RankEstimator(fitted, 2_000, n_exact=60, random_state=0)
    ranks = estimator.rank(RANKED)
    counted = fitted.score_samples(RANKED) >= estimator.exact_down_to - 1e-5
    assert 3 <= counted.sum() < len(RANKED)
    assert (ranks["rank"][counted] == exact[counted]).all()
    assert (ranks["standard_error"][counted] == 0).all()
    rest = ranks[~counted]
    margins = 4 * rest["standard_error"] + 5  # where no sample lies between, there is no error
    assert (np.abs(rest["rank"] - exact[~counted]) < margins).all()
    sampled = rank_estimate(fitted, RANKED, 2_000, random_state=0)
    assert (rest["standard_error"] <= 1.01 * sampled["standard_error"][~counted]).all()


@given(
    words=st.lists(st.text("abc", max_size=4), min_size=1, max_size=6),
    order=st.integers(1, 3),
    n_exact=st.integers(1, 300),
)
def test_counted_ranks_are_places_in_the_order_of_all_words(words, order, n_exact):
    fitted = NGramCountLM(order=order, smoothing=0.5, alphabet="abc").fit(words)
    some, log_proba = fitted.most_likely(1_000)
    expected = (log_proba > log_proba[:, None] + 1e-5).sum(axis=1)
    estimator = RankEstimator(fitted, 10, n_exact, random_state=0)
    ranks = estimator.rank(some)
    counted = log_proba >= estimator.exact_down_to - 1e-6
    assert counted.sum() >= n_exact
    assert (ranks["rank"][counted] == expected[counted]).all()
    assert (ranks["standard_error"][counted] == 0).all()
    assert (ranks["rank"][~counted] >= n_exact).all()


def test_where_all_words_are_found_all_ranks_are_exact():
    fitted = BigramCountLM(smoothing=0).fit(["ab", "a", "a", "b"])
    estimator = RankEstimator(fitted, 10, n_exact=100, random_state=0)
    assert estimator.exact_down_to == -math.inf
    ranks = estimator.rank(["a", "ab", "b", "ba"])
    assert ranks["rank"].tolist() == [0, 1, 1, math.inf]
    np.testing.assert_array_equal(ranks["standard_error"], [0, 0, 0, math.nan])
    assert RankEstimator(fitted, 10, random_state=0).exact_down_to == math.inf


def test_equally_likely_words_have_one_rank_though_not_all_were_searched_for():
    """Of three symbols, all words of a length are as likely: 1, 3, 9, 27 words."""
    fitted = BigramCountLM(smoothing=1e9).fit(["abc"])
    estimator = RankEstimator(fitted, 20_000, n_exact=8, random_state=0)
    ranks = estimator.rank(["", "c", "ab", "cc", "abc"])
    assert ranks["rank"][:4].tolist() == [0, 1, 4, 4]
    assert (ranks["standard_error"][:4] == 0).all()
    assert abs(ranks["rank"][4] - 13) < 4 * ranks["standard_error"][4]


def test_an_estimate_is_not_below_what_was_counted():
    fitted = BigramCountLM(smoothing=0.01).fit(["a"] * 1000 + ["b"])
    words, log_proba = fitted.most_likely(20)
    ranks = RankEstimator(fitted, 2, n_exact=10, random_state=0).rank(words)
    assert (
        ranks["rank"][:10].tolist() == (log_proba > log_proba[:, None] + 1e-5).sum(1)[:10].tolist()
    )
    assert (ranks["rank"][10:] >= 10).all()


def test_ranks_are_those_of_the_model_as_it_was():
    fitted = model(smoothing=0.1).fit(WORDS)
    before = set(vars(fitted))
    estimator = RankEstimator(fitted, 100, n_exact=20, random_state=0)
    ranks = estimator.rank(WORDS)
    assert set(vars(fitted)) == before
    fitted.partial_fit(["vvv"] * 100)
    pd.testing.assert_frame_equal(estimator.rank(WORDS), ranks)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(estimator)).rank(WORDS), ranks)
    fitted.fit(WORDS)
    pd.testing.assert_frame_equal(rank_estimate(fitted, WORDS, 100, 0), by_estimator(fitted, 100))


def by_estimator(fitted, n_samples):
    return RankEstimator(fitted, n_samples, random_state=0).rank(WORDS)


@pytest.mark.parametrize("handle_unknown", ["penalty", "unknown", "error"])
def test_a_word_with_an_unknown_symbol_has_no_rank(handle_unknown):
    fitted = model(handle_unknown=handle_unknown).fit(WORDS)
    estimator = RankEstimator(fitted, 50, n_exact=5, random_state=0)
    if handle_unknown == "error":
        with pytest.raises(ValueError, match="does not know these characters: 'x'"):
            estimator.rank(["emma", "max"])
        return
    ranks = estimator.rank(["emma", "max"])
    assert np.isfinite(ranks["rank"]).tolist() == [True, False]


@pytest.mark.parametrize("symbols", ["token", "split", "grapheme"])
def test_ranks_of_other_symbols(symbols):
    pytest.importorskip("regex")
    words = [("ab", "c"), ("c",), ("ab", "ab")] if symbols == "token" else ["ab c", "c", "ab ab"]
    fitted = NGramCountLM(order=2, symbols=symbols).fit(words)
    estimator = RankEstimator(fitted, 200, n_exact=10, random_state=0)
    ranks = estimator.rank(words)["rank"]
    likeliest = list(fitted.most_likely(10)[0])
    assert all(ranks[i] <= likeliest.index(w) for i, w in enumerate(words) if w in likeliest)
    assert np.isfinite(ranks).all()


def test_what_has_no_ranks_is_refused():
    fitted = model().fit(WORDS)
    with pytest.raises(ValueError, match="n_exact"):
        RankEstimator(fitted, n_exact=-1)
    with pytest.raises(TypeError, match="single str"):
        RankEstimator(fitted, 10).rank("emma")
