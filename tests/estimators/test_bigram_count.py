"""BigramCountLM: smoothing, tables, what only counts can promise."""

import itertools
import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore import BigramCountLM
from sklearn_makemore._core import bigram
from tests.conftest import words_with_counts

WORDS = st.lists(st.text("abc.é", max_size=5), min_size=1, max_size=12)


@given(WORDS, st.sampled_from([0, 0.01, 1, 100]))
def test_probabilities_are_smoothed_frequencies(words, smoothing):
    model = BigramCountLM(smoothing=smoothing, alphabet="abc.éz").fit(words)
    counts = Counter()
    for word in words:
        symbols = ["^", *word, "^"]
        counts.update(itertools.pairwise(symbols))
    shown = ["^", *sorted("abc.éz")]
    for i, first in enumerate(shown):
        row = np.array([counts[first, second] + smoothing for second in shown], float)
        if row.sum() == 0:
            row[:] = 1
        np.testing.assert_allclose(model.transition_proba_[i], row / row.sum(), atol=1e-12)
        assert model.counts_[i].tolist() == [counts[first, second] for second in shown]


@given(WORDS, st.data())
def test_weights_are_repetitions_exactly(words, data):
    weights = data.draw(st.lists(st.integers(0, 4), min_size=len(words), max_size=len(words)))
    repeated = [word for word, k in zip(words, weights, strict=True) for _ in range(k)]
    if not repeated:
        with pytest.raises(ValueError, match="sample_weight is zero for every word"):
            BigramCountLM().fit(words, sample_weight=weights)
        return
    weighted = BigramCountLM().fit(words, sample_weight=weights)
    expected = BigramCountLM().fit(repeated)
    assert weighted.symbols_.tolist() == expected.symbols_.tolist()
    assert (weighted.counts_ == expected.counts_).all()
    assert (weighted.transition_proba_ == expected.transition_proba_).all()


@given(WORDS, st.integers(1, 5))
def test_partial_fit_is_fit_on_all_chunks(words, size):
    parts = BigramCountLM(alphabet="abc.é")
    for start in range(0, len(words), size):
        parts.partial_fit(words[start : start + size])
    whole = BigramCountLM(alphabet="abc.é").fit(words)
    assert (parts.counts_ == whole.counts_).all()
    assert (parts.transition_proba_ == whole.transition_proba_).all()


def test_no_smoothing_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = BigramCountLM(smoothing=0, alphabet="abcz").fit(["ab", "b"])
        assert model.score_samples(["ab", "ba", "z", "c"]).tolist()[1:] == [-np.inf] * 3
        assert model.score(["ba"]) == -np.inf
        assert model.perplexity(["ba"]) == np.inf
        assert model.bits_per_symbol(["ba"]) == np.inf
        assert model.transform(["ba"])[0, 0] == -np.inf
        np.testing.assert_allclose(model.predict_proba(["z", "", "a"]).sum(axis=1), 1)
        assert set(model.sample(100, random_state=0)) == {"ab", "b"}
        assert set(model.most_likely(10)[0]) == {"ab", "b"}


def test_unknown_symbols_have_the_mass_of_the_smoothing_alone():
    model = BigramCountLM(handle_unknown="unknown").fit(["ab"])
    assert model.predict_proba(["a"])[0].tolist() == [1 / 5, 1 / 5, 2 / 5, 1 / 5]
    model = BigramCountLM(handle_unknown="unknown", smoothing=0).fit(["ab"])
    assert model.score_samples(["añ"])[0] == -np.inf
    assert model.predict_proba(["ñ"])[0].tolist() == [1 / 3, 1 / 3, 1 / 3, 0]


def test_a_restricted_alphabet_counts_the_rest_as_unknown():
    model = BigramCountLM(alphabet="ab", handle_unknown="unknown").fit(["abz", "az"])
    assert model.symbols_.tolist() == [".", "a", "b", "\ufffd"]
    assert model.counts_[1].tolist() == [0, 0, 1, 1]


def test_a_table_that_is_too_large_is_refused():
    words = [chr(0x4E00 + i) for i in range(12_000)]
    with pytest.raises(ValueError, match=r"V=12001 .* 1\.073 GiB.*alphabet="):
        BigramCountLM().fit(words)
    small = BigramCountLM(alphabet=words[:100], handle_unknown="unknown").fit(words)
    assert small.n_symbols_ == 102


def test_bad_smoothing_is_refused_at_fit():
    for smoothing in (-1, np.nan, np.inf, "1"):
        with pytest.raises(ValueError, match="'smoothing' parameter of BigramCountLM"):
            BigramCountLM(smoothing=smoothing).fit(["a"])


def test_grid_search_finds_the_smoothing():
    words = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella"] * 3
    search = GridSearchCV(
        BigramCountLM(alphabet="abcdefghijklmnopqrstuvwxyz"), {"smoothing": [0.01, 1, 100]}, cv=3
    )
    search.fit(pd.Series(words))
    assert search.best_params_ == {"smoothing": 0.01}
    assert len(search.best_estimator_.sample(10)) == 10


@given(WORDS)
def test_a_table_of_counts_is_enough_to_make_words(words):
    counts = Counter()
    for word in words:
        symbols = ["^", *word, "^"]
        counts.update(itertools.pairwise(symbols))
    others = words_with_counts(counts, boundary="^")
    assert (BigramCountLM().fit(others).counts_ == BigramCountLM().fit(words).counts_).all()


def test_weights_whose_sums_overflow_are_refused():
    model = BigramCountLM().fit(["ab"], sample_weight=[1e308])
    before = model.transition_proba_.copy()
    with pytest.raises(ValueError, match="sums of it overflow"):
        BigramCountLM().fit(["ab", "b"], sample_weight=[1e308, 1e308])
    with pytest.raises(ValueError, match="sums of it overflow"):
        model.partial_fit(["ab"], sample_weight=[1e308])
    assert (model.transition_proba_ == before).all()


@pytest.mark.parametrize("weight", [5e-324, 1e-300, 1e300, 1e308])
def test_scores_do_not_depend_on_the_scale_of_weights(weight):
    model = BigramCountLM().fit(["ab", "ba", "c"])
    expected = model.score(["ab", "c"])
    assert model.score(["ab", "c"], sample_weight=[weight] * 2) == pytest.approx(
        expected, abs=1e-14
    )


@pytest.mark.parametrize("parameters", [{"smoothing": -0.5}, {"handle_unknown": "x"}])
def test_partial_fit_validates_parameters_every_time(parameters):
    model = BigramCountLM().fit(["ab", "ba"])
    before = model.transition_proba_.copy()
    model.set_params(**parameters)
    with pytest.raises(InvalidParameterError, match=f"'{next(iter(parameters))}'"):
        model.partial_fit(["ab"])
    assert (model.transition_proba_ == before).all()


def test_a_large_table_steps_by_rows(monkeypatch):
    model = BigramCountLM().fit(["emma", "olivia", "ava"])
    words = model.sample(50, random_state=0).tolist()
    monkeypatch.setattr(bigram, "STEPS_OF_A_WORD", 0.01)
    assert model.sample(50, random_state=0).tolist() == words


@pytest.mark.parametrize("weight", [1e-300, 1e300])
def test_extreme_weights(weight):
    model = BigramCountLM(smoothing=0).fit(["ab", "b"], sample_weight=[weight, weight])
    np.testing.assert_allclose(model.transition_proba_[0], [0, 0.5, 0.5])
    assert model.score(["ab"], sample_weight=[weight]) == pytest.approx(np.log(0.5) / 3)
    assert model.score(["ab", "b"], sample_weight=[weight] * 2) == pytest.approx(
        2 * np.log(0.5) / 5
    )
