"""NGramCountLM beside exact fractions, and what only counts can promise."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sklearn_makemore import BigramCountLM, NGramCountLM
from sklearn_makemore._core import ngram
from tests.ngram_reference import END, ReferenceNGrams

ALPHABET = "ab.é"
WORDS = st.lists(st.text(ALPHABET, max_size=6), min_size=1, max_size=20)
ORDERS = st.integers(1, 6)
SMOOTHINGS = st.sampled_from(["kneser_ney", "witten_bell", 0, 0.5, 3])
ATTRIBUTES = ("ngram_contexts_", "ngram_suffixes_", "ngram_log_proba_", "ngram_log_backoff_")


def prefixes_of(words, *others):
    return sorted({word[:end] for word in words for end in range(len(word) + 1)} | set(others))


@given(WORDS, ORDERS, SMOOTHINGS)
@example(["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella"], 3, "kneser_ney")
@example(["abba"] * 3 + ["bab", "aab", "bbbb", "ba", "a"], 2, "kneser_ney")
def test_probabilities_are_those_of_the_papers(words, order, smoothing):
    characters = "".join(sorted(set(ALPHABET + "z" + "".join(words))))
    model = NGramCountLM(order=order, smoothing=smoothing, alphabet=characters).fit(words)
    reference = ReferenceNGrams(words, order, smoothing, [END, *characters])
    prefixes = prefixes_of(words, "z", "zz", "éz", "a.aaa.")
    expected = [[float(reference.proba(p, s)) for s in reference.symbols] for p in prefixes]
    proba = model.predict_proba(prefixes)
    np.testing.assert_allclose(proba, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-12)
    if smoothing == "kneser_ney":
        n = len(model.discounts_)
        np.testing.assert_allclose(model.discounts_, np.array(reference.discounts[:n], float))


def many_words(seed=1, n=40, longest=5):
    """Words over so many characters that the counts of counts give discounts of every length."""
    rng = np.random.RandomState(seed)
    codes = np.minimum(rng.geometric(0.15, (n, longest)), 25).tolist()
    return ["".join(chr(ord("a") + c) for c in row[: rng.randint(longest + 1)]) for row in codes]


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("smoothing", ["kneser_ney", "witten_bell", 0.25])
@pytest.mark.parametrize("quarters", [None, (1, 26), (1, 5)])
def test_weights_that_are_not_whole_numbers(order, smoothing, quarters):
    """A count of 2.25 is 2 in three cases of four, and 3 in one."""
    words = many_words()
    weights = None
    if quarters is not None:
        drawn = np.random.RandomState(0).randint(*quarters, len(words)).tolist()
        weights = [Fraction(k, 4) for k in drawn]
    alphabet = "".join(sorted(set("".join(words))))
    model = NGramCountLM(order=order, smoothing=smoothing, alphabet=alphabet)
    model.fit(words, sample_weight=None if weights is None else np.array(weights, float))
    reference = ReferenceNGrams(words, order, smoothing, [END, *alphabet], weights)
    if smoothing == "kneser_ney":
        np.testing.assert_allclose(model.discounts_, np.array(reference.discounts, float))
        assert (model.discounts_ != [0.5, 1, 1.5]).any(), "all of them are the fallback"
    prefixes = prefixes_of(words)
    expected = [[float(reference.proba(p, s)) for s in reference.symbols] for p in prefixes]
    np.testing.assert_allclose(model.predict_proba(prefixes), expected, rtol=1e-11)


@pytest.mark.parametrize("seed", [24, 62, 78, 86])
def test_of_symbols_with_as_many_before_them_the_rarer_is_last(seed):
    words = many_words(seed, n=25, longest=4)
    model = NGramCountLM(order=3).fit(words)
    reference = ReferenceNGrams(words, 3, "kneser_ney", [END, *model.symbols_[1:].tolist()])
    np.testing.assert_allclose(model.discounts_, np.array(reference.discounts, float))


@pytest.mark.parametrize("fewest", [[2], [0, 2], [0, 0, 2], [1, 1.5, 2, 4], [0, 0, 0, 3]])
@pytest.mark.parametrize("smoothing", ["kneser_ney", "witten_bell"])
def test_what_rare_ngrams_had_goes_to_shorter_contexts(fewest, smoothing):
    words = many_words()
    weights = [Fraction(1 + i % 3, 2) for i in range(len(words))]
    model = NGramCountLM(order=4, smoothing=smoothing, min_count=fewest)
    model.fit(words, sample_weight=np.array(weights, float))
    symbols = [END, *model.symbols_[1:].tolist()]
    reference = ReferenceNGrams(words, 4, smoothing, symbols, weights, fewest)
    n_kept = sum(len(gram) > 1 and not reference.is_rare(gram) for gram in reference.raw)
    assert len(model.ngram_symbols_) == 1 + model.n_symbols_ + n_kept
    prefixes = prefixes_of(words)
    expected = [[float(reference.proba(p, s)) for s in symbols] for p in prefixes]
    np.testing.assert_allclose(model.predict_proba(prefixes), expected, rtol=1e-11)


def test_numbers_by_hand():
    """Bigrams of "a" twice and "b": fallback discounts, for no pair has an adjusted count of 3."""
    model = NGramCountLM(order=2).fit(["a", "a", "b"])
    assert model.discounts_.tolist() == [[0.5, 1.0, 1.5]] * 2
    # Symbols before a: <s>. Before b: <s>. Before </s>: a, b. D of 1, 1, 2 is 0.5, 0.5, 1.
    lower = {"a": 0.5 / 4 + 2 / 4 / 3, "b": 0.5 / 4 + 2 / 4 / 3, END: 1 / 4 + 2 / 4 / 3}
    # After <s>: a twice, b once. D is 1 and 0.5, so that half of the mass goes to shorter ones.
    expected = [0.5 * lower[END], 1 / 3 + 0.5 * lower["a"], 0.5 / 3 + 0.5 * lower["b"]]
    np.testing.assert_allclose(model.predict_proba([""])[0], expected, rtol=1e-14)


@given(WORDS, st.sampled_from([0, 0.01, 1, 100, 1e308]), st.sampled_from(["error", "unknown"]))
def test_two_symbols_and_a_number_are_bigram_counts(words, smoothing, handle_unknown):
    common = {"smoothing": smoothing, "handle_unknown": handle_unknown, "alphabet": ALPHABET + "z"}
    bigrams = BigramCountLM(**common).fit(words)
    ngrams = NGramCountLM(order=2, **common).fit(words)
    prefixes = ["", *ALPHABET, "z"]
    expected = bigrams.predict_proba(prefixes)
    np.testing.assert_allclose(ngrams.predict_proba(prefixes), expected, rtol=1e-13)
    np.testing.assert_allclose(
        ngrams.score_samples(words), bigrams.score_samples(words), rtol=1e-13
    )


@given(WORDS, ORDERS, SMOOTHINGS, st.integers(1, 5))
def test_partial_fit_is_fit_on_all_chunks(words, order, smoothing, size):
    parts = NGramCountLM(order=order, smoothing=smoothing, alphabet=ALPHABET)
    for start in range(0, len(words), size):
        parts.partial_fit(words[start : start + size])
    whole = NGramCountLM(order=order, smoothing=smoothing, alphabet=ALPHABET).fit(words)
    for name in ("windows_", "counts_", *ATTRIBUTES):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


@given(WORDS, ORDERS, SMOOTHINGS, st.data())
def test_weights_are_repetitions_exactly(words, order, smoothing, data):
    weights = data.draw(st.lists(st.integers(0, 4), min_size=len(words), max_size=len(words)))
    repeated = [word for word, k in zip(words, weights, strict=True) for _ in range(k)]
    if not repeated:
        return
    parameters = {"order": order, "smoothing": smoothing}
    weighted = NGramCountLM(**parameters).fit(words, sample_weight=weights)
    expected = NGramCountLM(**parameters).fit(repeated)
    assert weighted.symbols_.tolist() == expected.symbols_.tolist()
    for name in ("windows_", "counts_", *ATTRIBUTES):
        np.testing.assert_array_equal(getattr(weighted, name), getattr(expected, name))


@given(WORDS, ORDERS, SMOOTHINGS, st.data())
def test_any_weights_give_distributions_that_sum_to_1(words, order, smoothing, data):
    weight = st.one_of(st.floats(1e-3, 10), st.sampled_from([5e-324, 1e-300, 1e300]))
    weights = data.draw(st.lists(weight, min_size=len(words), max_size=len(words)))
    model = NGramCountLM(order=order, smoothing=smoothing).fit(words, sample_weight=weights)
    proba = model.predict_proba(prefixes_of(words))
    assert (proba >= 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-9)


def test_denormal_weights_fall_back_without_a_warning():
    model = NGramCountLM(order=1).fit(["a", ""], sample_weight=[5e-324, 2.5])
    np.testing.assert_array_equal(model.discounts_, [[0.5, 1, 1.5]])
    np.testing.assert_allclose(model.predict_proba([""]).sum(), 1, atol=1e-9)


def test_weights_near_whole_numbers_are_nearly_repetitions():
    words = ["abba", "aab", "bab", "bbbb", "ba", "a"] * 2
    weights = np.arange(len(words)) % 3 + 1.0
    whole = NGramCountLM(order=3).fit(words, sample_weight=weights)
    near = NGramCountLM(order=3).fit(words, sample_weight=weights + 1e-7)
    assert (whole.ngram_log_proba_ != near.ngram_log_proba_).any()
    np.testing.assert_allclose(near.ngram_log_proba_, whole.ngram_log_proba_, atol=1e-5)


@given(WORDS, ORDERS, SMOOTHINGS)
def test_words_sum_the_log_probabilities_of_their_symbols(words, order, smoothing):
    model = NGramCountLM(order=order, smoothing=smoothing).fit(words)
    code = {symbol: i for i, symbol in enumerate(model.symbols_.tolist()) if i}
    expected = []
    for word in words:
        log_proba = model.predict_log_proba([word[:end] for end in range(len(word) + 1)])
        targets = [*(code[c] for c in word), 0]
        expected.append(log_proba[np.arange(len(targets)), targets].sum())
    np.testing.assert_allclose(model.score_samples(words), expected, rtol=1e-13)


@given(WORDS, st.integers(2, 5), SMOOTHINGS, st.integers(2, 4))
def test_rare_ngrams_are_left_out(words, order, smoothing, min_count):
    parameters = {"order": order, "smoothing": smoothing, "alphabet": ALPHABET}
    model = NGramCountLM(min_count=min_count, **parameters).fit(words)
    full = NGramCountLM(**parameters).fit(words)
    reference = ReferenceNGrams(words, order, "witten_bell", [])
    frequent = [g for g, c in reference.raw.items() if len(g) > 1 and c >= min_count]
    assert len(model.ngram_symbols_) == 1 + model.n_symbols_ + len(frequent)
    np.testing.assert_array_equal(model.counts_, full.counts_)
    proba = model.predict_proba(prefixes_of(words))
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-12)
    by_length = NGramCountLM(min_count=[0, min_count], **parameters).fit(words)
    np.testing.assert_array_equal(by_length.ngram_log_proba_, model.ngram_log_proba_)


def test_light_words_are_not_left_out_unasked():
    model = NGramCountLM(order=3, smoothing=0).fit(["ab", "b"], sample_weight=[0.75, 0.25])
    np.testing.assert_allclose(model.predict_proba([""])[0], [0, 0.75, 0.25])


def test_pruned_mass_goes_to_the_suffix_by_hand():
    """After <s>, "a" keeps 2 of 3 and "b" gives its 1 away: additive without smoothing."""
    model = NGramCountLM(order=2, smoothing=0, min_count=2).fit(["a", "a", "b"])
    np.testing.assert_allclose(model.predict_proba([""])[0], [1 / 9, 2 / 3 + 1 / 9, 1 / 9])


@pytest.mark.parametrize("min_count", ["2", [2, 1], [], [[1, 2]], [1, math.nan], -1, [-1], None])
def test_bad_min_count_is_refused_at_fit(min_count):
    with pytest.raises(ValueError, match="'min_count' parameter"):
        NGramCountLM(min_count=min_count).fit(["ab"])


@pytest.mark.parametrize(
    "parameters", [{"order": 0}, {"order": 2.5}, {"smoothing": -1}, {"smoothing": "laplace"}]
)
def test_bad_parameters_are_refused_at_fit(parameters):
    with pytest.raises(ValueError, match=f"'{next(iter(parameters))}' parameter of NGramCountLM"):
        NGramCountLM(**parameters).fit(["ab"])


@given(WORDS, SMOOTHINGS)
def test_an_order_beyond_the_words_changes_nothing(words, smoothing):
    longest = max(map(len, words)) + 2
    expected = NGramCountLM(order=longest, smoothing=smoothing).fit(words)
    beyond = NGramCountLM(order=10**9, smoothing=smoothing).fit(words)
    for name in ATTRIBUTES:
        np.testing.assert_array_equal(getattr(beyond, name), getattr(expected, name))


@pytest.mark.parametrize(("order", "shown"), [(1, ["", "", ""]), (3, ["..", ".a", "ab"])])
def test_contexts_are_what_the_model_looks_at(order, shown):
    model = NGramCountLM(order=order).fit(["ab", "b"])
    assert model.score_symbols(["ab"])["context"].tolist() == shown


def test_an_order_changed_between_chunks():
    model = NGramCountLM(order=4).fit(["abab", "ba"])
    model.set_params(order=2).partial_fit(["aab"])
    expected = NGramCountLM(order=2).fit(["abab", "ba", "aab"])
    np.testing.assert_array_equal(model.ngram_log_proba_, expected.ngram_log_proba_)
    with pytest.raises(ValueError, match="order=2, which is not enough for order=3"):
        model.set_params(order=3).partial_fit(["aab"])
    np.testing.assert_array_equal(model.ngram_log_proba_, expected.ngram_log_proba_)


def test_a_table_that_is_too_large_is_refused():
    with pytest.raises(ValueError, match=r"order=200000 would need .* GiB.*lower order"):
        NGramCountLM(order=200_000).fit(["ab" * 100_000])


def test_weights_whose_sums_overflow_are_refused():
    with pytest.raises(ValueError, match="sums of it overflow"):
        NGramCountLM().fit(["ab", "b"], sample_weight=[1e308, 1e308])


def test_unknown_symbols_have_the_mass_of_the_smoothing_alone():
    model = NGramCountLM(order=2, smoothing=0, handle_unknown="unknown").fit(["ab"])
    assert model.score_samples(["ñ"])[0] == -np.inf
    model = NGramCountLM(order=3, handle_unknown="unknown").fit(["ab"])
    # Three symbols occur once after one other: half of the mass is shared by four.
    assert model.predict_proba(["ññ"])[0, -1] == pytest.approx(0.5 / 4)


@pytest.mark.parametrize("smoothing", ["kneser_ney", "witten_bell", 1e-4])
def test_a_huge_alphabet(smoothing):
    rng = np.random.RandomState(0)
    characters = np.array([chr(0x10000 + i) for i in range(70_000)])
    words = ["".join(row) for row in rng.choice(characters, (2_000, 4))]
    model = NGramCountLM(smoothing=smoothing, alphabet="".join(characters)).fit(words)
    assert model.n_symbols_ == 70_001
    assert np.isfinite(model.score_samples(words)).all()
    proba = model.predict_proba(["", words[0][:2]])
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-9)
    assert model.sample(2, prefix=words[0], top_p=0.1, random_state=0).shape == (2,)


def test_a_table_of_situations_gives_the_same_words(monkeypatch):
    words = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella"] * 3
    parameters = {"order": 4, "handle_unknown": "unknown"}
    model = NGramCountLM(**parameters).fit(words)
    drawn, log_proba = model.sample(500, random_state=0, return_log_proba=True)
    assert "_automaton" in vars(model._model)
    monkeypatch.setattr(ngram, "CELLS_PER_BATCH", 1)
    sparse = NGramCountLM(**parameters).fit(words)
    again, log_proba_again = sparse.sample(500, random_state=0, return_log_proba=True)
    assert "_automaton" not in vars(sparse._model)
    assert again.tolist() == drawn.tolist()
    np.testing.assert_array_equal(log_proba_again, log_proba)


def test_a_fit_leaves_nothing_of_the_one_before():
    model = NGramCountLM().fit(["ab", "ba"])
    assert hasattr(model, "discounts_")
    assert not hasattr(model.set_params(smoothing=0.1).fit(["ab"]), "discounts_")
