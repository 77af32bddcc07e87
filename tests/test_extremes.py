"""Extremes of scale and shape in every estimator: finite, normalised, or one clear error."""

import tracemalloc
import warnings

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_makemore import (
    BagOfCharsLM,
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    ConvCharLM,
    CrossFitTransformer,
    MixtureLM,
    MLPCharLM,
    NeuralBigramLM,
    NGramCountLM,
    RNNCharLM,
)
from sklearn_makemore._neural.modules import check_longest
from sklearn_makemore.exceptions import SamplingError
from tests.instances import COUNTS, instances

WORDS = ["ab", "b", "", "aab", "ba", "abc"]
VARIANTS = [
    *instances(),
    NGramCountLM(smoothing="witten_bell"),
    NGramCountLM(order=3, smoothing=0.5),
    BigramCountLM(smoothing=1e9),
    NeuralBigramLM(solver="gd"),
    MLPCharLM(solver="sgd"),
    MixtureLM(COUNTS),
]


def quick(estimator):
    """Give a network few steps."""
    if "max_steps" in estimator.get_params():
        estimator.set_params(max_steps=3)
    return estimator


def fit(estimator, words, weights=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so few steps teach little
        return quick(estimator).set_params(random_state=0).fit(words, sample_weight=weights)


def assert_sound(model, words):
    scores = model.score_samples(words)
    assert not np.isnan(scores).any()
    assert (scores <= 1e-12).all()
    proba = model.predict_proba(words)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-9)
    assert np.isfinite(model.transform(words)[:, 3:]).all()
    assert len(model.sample(3, max_length=50, random_state=0)) == 3


@pytest.mark.parametrize("weights", [
    [1e-300] * 6,
    [5e-324] * 6,
    [1e300] * 6,
    [1e300, 1e-300, 1, 5e-324, 1e16, 3],
    [5e-324, 1e-310, 1e-300, 1, 2, 3],
], ids=["1e-300", "denormal", "1e300", "mixed", "small beside"])  # fmt: skip
@pytest.mark.parametrize("model", VARIANTS, ids=repr)
def test_weights_of_any_size(model, weights):
    fit(model, WORDS, weights)
    assert_sound(model, WORDS)
    assert np.isfinite(model.score(WORDS, sample_weight=weights))


@pytest.mark.parametrize("model", VARIANTS, ids=repr)
def test_sums_of_weights_that_overflow_are_refused(model):
    with pytest.raises(ValueError, match="scale it down"):
        fit(model, WORDS, [1.7e308] * 6)


@pytest.mark.parametrize("model", VARIANTS[:-1], ids=repr)
@pytest.mark.parametrize("word", ["", "a"])
def test_one_word_of_one_symbol_or_none(model, word):
    fit(model, [word])
    assert_sound(model, [word])
    assert model.n_symbols_ == 1 + len(word)
    assert model.most_likely(1)[0].shape == (1,)


@pytest.fixture(scope="module")
def fitted():
    return [fit(clone(model), [*WORDS, "abab", "cab"] * 3) for model in VARIANTS]


def drawn(model, **controls):
    """Return five words, or that there are none: the likeliest symbols alone may never end."""
    try:
        return model.sample(5, random_state=0, **controls).tolist()
    except SamplingError as error:
        return str(error)


def test_extreme_controls_of_samples(fitted):
    for model in fitted:
        likeliest = model.most_likely(3)[0]
        short = {"max_length": 8}
        assert drawn(model, temperature=1e-6, **short)
        assert drawn(model, temperature=0, **short) == drawn(model, temperature=1e-300, **short)
        assert drawn(model, top_p=1e-300, **short) == drawn(model, top_k=1, **short)
        assert drawn(model, top_k=10**30) == drawn(model, max_length=10**6) == drawn(model)
        if model.score_samples([""])[0] > np.log(0.01):  # else all candidates may be too long
            assert model.sample(2, max_length=0, random_state=0).tolist() == ["", ""]
        assert set(drawn(model, max_length=1)) <= {"", "a", "b", "c"}
        assert model.most_likely(1, max_length=0)[0].tolist() == [""]
        assert model.most_likely(3, max_length=10**6)[0].tolist() == likeliest.tolist()
        for bad in (0, -1, 1.5):
            with pytest.raises(ValueError, match="n_samples"):
                model.sample(bad)


def test_an_endless_temperature_is_a_uniform_draw(fitted):
    for model in fitted:
        drawn = model.sample(4_000, temperature=1e6, max_length=1, min_length=1, random_state=0)
        counts = np.unique(drawn, return_counts=True)[1]
        possible = np.isfinite(model.predict_log_proba([""])[0, 1:]).sum()
        assert len(counts) == possible
        assert np.abs(counts - 4_000 / possible).max() < 6 * np.sqrt(4_000 / possible)


@pytest.mark.parametrize(
    "model", [BigramCountLM(smoothing=0), NGramCountLM(order=2, smoothing=0)], ids=repr
)
def test_words_that_hardly_end(model):
    """The search and the sample end where the chance of an end is one in a hundred thousand."""
    model.fit(["a" * 100_000])
    with pytest.raises(SamplingError, match="by max_length=10"):
        model.sample(1, max_length=10, random_state=0, exclude=["", *("a" * n for n in range(11))])
    words, log_proba = model.most_likely(2, max_length=100)
    assert words.tolist() == ["a", "aa"]
    np.testing.assert_allclose(log_proba, np.log(1e-5) + np.arange(2) * np.log1p(-1e-5))
    assert len(model.sample(1, max_length=10**6, random_state=0)[0]) > 100


def test_a_million_samples():
    words = BigramCountLM().fit(WORDS).sample(10**6, random_state=0)
    assert words.shape == (10**6,)
    assert set(map(len, words[:100])) != {0}


HUGE = "".join(map(chr, range(0x4E00, 0x9FFF)))  # 20,991 Chinese characters


@pytest.mark.parametrize(("model", "remedy"), [
    (BigramCountLM(), "NGramCountLM"),
    (NeuralBigramLM(), "NGramCountLM"),
    (MLPCharLM(hidden_size=100_000), "Lower the sizes of the layers"),
    (RNNCharLM(hidden_size=100_000), "Lower the sizes of the layers"),
    (RNNCharLM(hidden_size=10**12), "RNNCharLM.*Lower the sizes of the layers"),
    (BagOfCharsLM(embedding_dim=10**30), "BagOfCharsLM.*Lower the sizes of the layers"),
    (MixtureLM(COUNTS, weights=None), "alphabet="),
], ids=repr)  # fmt: skip
def test_tables_that_do_not_fit_are_refused_before_they_are_made(model, remedy):
    with pytest.raises(ValueError, match=remedy):
        model.set_params(alphabet=HUGE).fit([HUGE[:5], HUGE[5:9]])


def test_a_window_of_any_length_is_made_or_refused():
    with pytest.raises(ValueError, match=r"block_size=1099511627776 .* more than 4 GiB. Lower bl"):
        ConvCharLM(block_size=2**40).fit(WORDS)
    assert_sound(fit(ConvCharLM(block_size=300, hidden_size=4), WORDS), WORDS)


def test_a_network_that_does_not_fit_is_not_made_to_be_compared():
    model = fit(MLPCharLM(hidden_size=4, warm_start=True), ["ab"])
    with pytest.raises(ValueError, match="Lower the sizes of the layers"):
        model.set_params(hidden_size=10**9).fit(["ab"])


def test_lbfgs_counts_the_memory_of_its_past_steps():
    words = [HUGE[:3_500]]
    with pytest.raises(ValueError, match="solver='gd'"):
        NeuralBigramLM().fit(words)


@pytest.mark.parametrize("model", [
    NGramCountLM(),
    NGramCountLM(smoothing="witten_bell"),
    MLPCharLM(hidden_size=4, batch_size=16),
    RNNCharLM(hidden_size=4, batch_size=16),
    MixtureLM([("a", NGramCountLM(order=2)), ("b", NGramCountLM())]),
], ids=repr)  # fmt: skip
def test_an_alphabet_of_many_thousands(model):
    words = [HUGE[i : i + 3] for i in range(0, 2_000, 3)]
    fit(model, words)
    few = words[:20]
    assert np.isfinite(model.score_samples(few)).all()
    np.testing.assert_allclose(model.predict_proba(["", few[0]]).sum(axis=1), 1, rtol=0, atol=1e-9)
    assert len(model.sample(5, random_state=0)) == 5


def test_other_estimators_with_an_alphabet_of_many_thousands():
    words = [HUGE[i : i + 3] for i in range(0, 2_000, 3)]
    labels = np.arange(len(words)) % 2
    proba = CharLMClassifier().fit(words, labels).predict_proba(words[:20])
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-9)
    detector = CharLMOutlierDetector().fit(words)
    assert np.isfinite(detector.explain(words[:20])["expected"]).all()
    features = CrossFitTransformer(NGramCountLM()).fit_transform(words)
    assert np.isfinite(features).all()


@pytest.mark.parametrize("model", [BigramCountLM(), NGramCountLM(), MLPCharLM(hidden_size=4)])
def test_a_long_word(model):
    word = "ab" * 50_000
    fit(model, [word])
    assert np.isfinite(model.score_samples([word])).all()
    assert len(model.score_symbols([word])) == len(word) + 1
    assert model.predict([word[:1001]]).shape == (1,)


def test_a_word_too_long_for_attention_is_refused():
    with pytest.raises(ValueError, match="at most 8191, with 2 symbols"):
        fit(RNNCharLM(), ["a" * 10_000])


def test_words_may_be_less_long_where_there_are_many_symbols():
    check_longest(1_000, 2**17)
    with pytest.raises(ValueError, match="at most 127, with 1048576 symbols"):
        check_longest(1_000, 2**20)


def test_errors_of_a_network_of_one_s_own_are_not_taken_for_its_size():
    class Faulty(RNNCharLM):
        def _new_module(self, vocabulary):
            raise RuntimeError("of my own")

    with pytest.raises(RuntimeError, match="of my own"):
        Faulty().fit(["ab"])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "model", [BigramCountLM(), NGramCountLM(), RNNCharLM(max_steps=2, hidden_size=4)]
)
def test_a_long_word_is_explained_in_bounded_memory(model):
    """The distributions of all its symbols at once would take 400 MB."""
    detector = CharLMOutlierDetector(model, cv=2).fit([HUGE[:500], "ab"])
    tracemalloc.start()
    try:
        rows = detector.explain(["ab" * 50_000])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(rows) == 100_001
    assert np.isfinite(rows["expected"]).all()
    assert most < 250e6


def test_weights_of_a_prefit_mixture_whose_sum_overflows():
    words = [*WORDS, "c"]
    models = [(name, clone(model).fit(words)) for name, model in COUNTS]
    weights = MixtureLM(models, prefit=True).fit(words, sample_weight=[1.7e308] * 7).weights_
    np.testing.assert_allclose(weights, MixtureLM(models, prefit=True).fit(words).weights_)
