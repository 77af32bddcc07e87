"""NGramCountLM(length="calibrated") beside its definition, summed over all words."""

import io as standard_io
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_makemore import MixtureLM, NGramCountLM, WordCounts
from sklearn_makemore._core import calibrated
from sklearn_makemore.io import load, save, write_arpa
from sklearn_makemore.utils.estimator_checks import check_char_lm

WORDS = st.lists(st.text("abé", max_size=4), min_size=1, max_size=12)
ORDERS = st.integers(1, 5)
OWN = 20  # words of the model's own


def of_length(alphabet, length):
    return ["".join(symbols) for symbols in itertools.product(alphabet, repeat=length)]


def slow_log_proba(free, words, weights, asked):
    """Return log p(w) q(|w|) / p(|w|) of words no longer than the longest of the fit, or one more.

    All words of each length are summed.
    """
    alphabet = [str(symbol) for symbol in free.symbols_[1:]]
    lengths, total = [len(word) for word in words], sum(weights)
    result = []
    for word in asked:
        own = np.exp(free.score_samples(of_length(alphabet, len(word)))).sum()
        counted = sum(w for n, w in zip(lengths, weights, strict=True) if n == len(word))
        factor = (counted + OWN * own) / (total + OWN) / own
        if len(word) > max(lengths):
            factor = OWN / (total + OWN)
        result.append(free.score_samples([word])[0] + np.log(factor))
    return np.array(result)


@settings(max_examples=25)
@given(WORDS, ORDERS, st.sampled_from(["kneser_ney", "witten_bell", 0.5]), st.integers(0, 3))
def test_it_is_the_definition(words, order, smoothing, seed):
    weights = np.random.RandomState(seed).randint(1, 4, len(words)) / 2
    parameters = {"order": order, "smoothing": smoothing, "alphabet": "abé"}
    free = NGramCountLM(**parameters).fit(words, sample_weight=weights)
    model = NGramCountLM(**parameters, length="calibrated").fit(words, sample_weight=weights)
    asked = sorted({*words, "", "a", "bé", "aaé", max(words, key=len) + "b"})
    expected = slow_log_proba(free, words, weights.tolist(), asked)
    np.testing.assert_allclose(model.score_samples(asked), expected, rtol=0, atol=1e-10)
    prefixes = ["", "a", "aé", "bbb", "aéaéa", "aéaéaéaéa"]
    proba = model.predict_proba(prefixes)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-12)
    by_symbol = model.score_symbols(asked)
    for word, rows in by_symbol.groupby("word"):
        assert rows["log_proba"].sum() == pytest.approx(expected[word], abs=1e-10)
        beginnings = [asked[word][:place] for place in range(len(rows))]
        codes = [list(model.symbols_).index(c) for c in asked[word]] + [0]
        steps = model.predict_log_proba(beginnings)[np.arange(len(rows)), codes]
        np.testing.assert_allclose(rows["log_proba"], steps, rtol=0, atol=1e-12)


@pytest.fixture(scope="module")
def names():
    from sklearn_makemore.datasets import load_names

    return np.unique(load_names().data)


@pytest.fixture(scope="module")
def model(names):
    return NGramCountLM(order=4, length="calibrated").fit(names)


def shares_of_lengths(words, n=25):
    return np.bincount([min(len(word), n) for word in words], minlength=n + 1) / len(words)


def test_sampled_words_are_as_long_as_those_of_the_fit(model, names):
    drawn = shares_of_lengths(model.sample(20_000, random_state=0))
    free = NGramCountLM(order=4).fit(names).sample(20_000, random_state=0)
    wanted = shares_of_lengths(names)
    assert np.abs(drawn - wanted).sum() / 2 < 0.02
    assert np.abs(shares_of_lengths(free) - wanted).sum() / 2 > 0.1


def test_held_out_words_are_predicted_better(names):
    train, held_out = names[::2], names[1::2]
    free = NGramCountLM(order=5).fit(train).score(held_out)
    assert NGramCountLM(order=5, length="calibrated").fit(train).score(held_out) > free + 0.01


def test_patterns_and_the_likeliest_words_know_it(model, names):
    wanted = np.mean([len(name) == 7 for name in names])
    assert np.exp(model.pattern_log_proba([".{7}"])[0]) == pytest.approx(wanted, rel=0.02)
    assert np.exp(model.pattern_log_proba([".*"])[0]) == pytest.approx(1, abs=1e-12)
    words, log_proba = model.most_likely(2_000)
    np.testing.assert_array_equal(log_proba, np.sort(log_proba)[::-1])
    np.testing.assert_allclose(model.score_samples(words), log_proba, rtol=0, atol=1e-12)


@pytest.mark.parametrize("weights", [None, [0.25, 2, 1, 3]])
def test_parts_and_counts_give_the_model_of_the_whole(weights):
    words = ["anna", "ann", "bob", "hannah"]
    whole = NGramCountLM(order=3, length="calibrated").fit(words, sample_weight=weights)
    first, second = (None, None) if weights is None else (weights[:2], weights[2:])
    parts = NGramCountLM(order=3, length="calibrated").fit(words[:2], sample_weight=first)
    parts.partial_fit(words[2:], sample_weight=second)
    counts = WordCounts.count(words[:2], first) + WordCounts.count(words[2:], second)
    for other in (parts, NGramCountLM(order=3, length="calibrated").fit(counts)):
        np.testing.assert_array_equal(other.length_counts_, whole.length_counts_)
        asked = ["", "ann", "bobo"]
        np.testing.assert_allclose(other.score_samples(asked), whole.score_samples(asked))


def test_files_keep_it(model):
    file = standard_io.BytesIO()
    save(model, file)
    file.seek(0)
    again = load(file)
    words = ["emma", "", "zzzz", "annnnnnnnnnnnnnnnnnnnnnnnna"]
    np.testing.assert_array_equal(again.score_samples(words), model.score_samples(words))


def test_arpa_files_cannot_hold_it(model, tmp_path):
    with pytest.raises(ValueError, match=r"length='free'.*io\.save"):
        write_arpa(model, tmp_path / "model.arpa")
    assert not list(tmp_path.iterdir())


def test_more_words_after_a_free_model_are_refused():
    model = NGramCountLM(order=3).fit(["anna", "bob"])
    before = model.score_samples(["anna"])
    with pytest.raises(ValueError, match="learnt with length='free'"):
        model.set_params(length="calibrated").partial_fit(["ada"])
    np.testing.assert_array_equal(model.score_samples(["anna"]), before)


@pytest.mark.parametrize("words", [["anna"], ["a" * 2_000, "b"], [""], ["", "a"]])
def test_few_or_odd_words(words):
    model = NGramCountLM(order=3, length="calibrated").fit(words)
    assert np.isfinite(model.score_samples([*words, "a" * 30])[: len(words)]).all()
    np.testing.assert_allclose(model.predict_proba([""]).sum(axis=1), 1, atol=1e-12)
    assert len(model.sample(3, random_state=0, max_length=5_000)) == 3


def test_tiny_weights_leave_the_lengths_of_the_ngrams():
    words = ["anna", "bob", "ada"]
    model = NGramCountLM(order=2, length="calibrated").fit(words, sample_weight=[1e-9] * 3)
    free = NGramCountLM(order=2).fit(words, sample_weight=[1e-9] * 3)
    np.testing.assert_allclose(model.score_samples(words), free.score_samples(words), atol=1e-6)


def test_lengths_beyond_memory_are_told_apart_no_more(monkeypatch, names):
    n_states = NGramCountLM(order=2).fit(names)._model.n_states
    monkeypatch.setattr(calibrated, "MOST_SUMS", 5 * n_states)
    model = NGramCountLM(order=2, length="calibrated").fit(names)
    drawn, wanted = (
        shares_of_lengths(model.sample(20_000, random_state=0)),
        shares_of_lengths(names),
    )
    np.testing.assert_allclose(drawn[:6], wanted[:6], atol=0.01)
    assert drawn[6:].sum() == pytest.approx(wanted[6:].sum(), abs=0.01)


def test_what_would_need_too_much_memory_is_refused_by_name(monkeypatch, names):
    monkeypatch.setattr(calibrated, "LARGEST_TABLE_BYTES", 1_000)
    with pytest.raises(ValueError, match=r"length='calibrated' would need .* lower order"):
        NGramCountLM(length="calibrated").fit(names).score(names)


def test_unknown_symbols_and_mixtures(names):
    with_unknown = NGramCountLM(order=3, length="calibrated", handle_unknown="unknown").fit(names)
    assert np.isfinite(with_unknown.score_samples(["жя"])).all()
    np.testing.assert_allclose(with_unknown.predict_proba(["ж"]).sum(), 1, atol=1e-12)
    penalised = NGramCountLM(order=3, length="calibrated").fit(names)
    assert penalised.score_samples(["жя"])[0] == pytest.approx(
        -2 * penalised._vocabulary.unknown_cost
        + penalised.score_symbols(["жя"])["log_proba"].iloc[2]
    )
    parts = [("free", NGramCountLM(order=2)), ("calibrated", penalised)]
    mixture = MixtureLM(parts, weights=[0.5, 0.5]).fit(names)
    own = np.logaddexp(*(np.log(0.5) + m.predict_log_proba(["an"]) for m in mixture.estimators_))
    np.testing.assert_allclose(mixture.predict_log_proba(["an"]), own, atol=1e-12)


def test_it_passes_the_published_checks():
    check_char_lm(NGramCountLM(order=3, length="calibrated"))
