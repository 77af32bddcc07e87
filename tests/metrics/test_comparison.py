"""Paired comparison of two models."""

import math

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_makemore import BigramCountLM, CharLMClassifier
from sklearn_makemore.metrics import compare, neg_perplexity_scorer

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "luna", "nora"]
ALPHABET = "".join(sorted(set("".join(WORDS))))
WEIGHTS = np.array([1.0, 0, 3, 2, 1, 1, 0, 4, 1, 2])


def model(**parameters):
    return BigramCountLM(alphabet=ALPHABET, **parameters)


def test_comparison_is_the_difference_of_scores_and_symmetric():
    a, b = model(smoothing=0.1).fit(WORDS[::2]), model(smoothing=3).fit(WORDS[::2])
    held_out = WORDS[1::2]
    ours = compare(a, b, held_out)
    assert ours.difference == pytest.approx(a.score(held_out) - b.score(held_out), abs=1e-14)
    assert ours.z == ours.difference / ours.standard_error
    low, high = ours.confidence_interval
    assert high - low == pytest.approx(2 * 1.959964 * ours.standard_error, rel=1e-6)
    assert (low + high) / 2 == pytest.approx(ours.difference)
    other = compare(b, a, held_out)
    assert other.difference == pytest.approx(-ours.difference)
    assert other.standard_error == pytest.approx(ours.standard_error)
    assert compare(a, a, held_out) == (0.0, 0.0, 0.0, (0.0, 0.0))


def test_the_better_model_is_positive():
    good, bad = model().fit(WORDS), model(smoothing=1e6).fit(WORDS)
    result = compare(good, bad, WORDS)
    assert result.difference > 0
    assert result.z > 3


def test_weights_count_words():
    a, b = model(smoothing=0.1).fit(WORDS[::2]), model(smoothing=3).fit(WORDS[::2])
    weighted = compare(a, b, WORDS, sample_weight=WEIGHTS)
    repeated = compare(a, b, np.repeat(WORDS, WEIGHTS.astype(int)))
    np.testing.assert_allclose(weighted[:3], repeated[:3], rtol=1e-10)
    assert math.isnan(compare(a, b, ["emma"]).standard_error)


def test_the_standard_error_covers(names):
    """Over many held-out samples the difference lies within its interval about 95% of the time."""
    a, b = (BigramCountLM(smoothing=s, alphabet=set("".join(names))) for s in (0.01, 30))
    a.fit(names[:300])
    b.fit(names[:300])
    rest = np.array(names[300:])
    truth = compare(a, b, rest).difference
    rng = np.random.RandomState(0)
    samples = [compare(a, b, rng.choice(rest, 150)) for _ in range(400)]
    covered = np.mean(
        [low <= truth <= high for low, high in (s.confidence_interval for s in samples)]
    )
    assert 0.91 < covered < 0.98
    spread = np.std([sample.difference for sample in samples])
    assert np.mean([sample.standard_error for sample in samples]) == pytest.approx(spread, rel=0.1)


def test_comparison_with_probabilities_of_zero():
    a, b = model(smoothing=0).fit(WORDS), model().fit(WORDS)
    ours = compare(a, b, ["emma", "vvv"])
    assert ours.difference == -math.inf
    assert math.isnan(ours.standard_error)
    assert compare(b, a, ["emma", "vvv"]).difference == math.inf
    assert math.isfinite(compare(a, b, ["emma", "vvv"], sample_weight=[2, 0]).difference)
    with pytest.raises(ValueError, match=r"probability 0 to 1 of the words and the second to 1"):
        compare(a, a, ["emma", "vvv"])


def test_what_cannot_be_compared():
    fitted = model().fit(WORDS)
    first_letter = make_pipeline(FunctionTransformer(lambda X: [x[:1] for x in X]), model())
    with pytest.raises(ValueError, match="words of different lengths"):
        compare(fitted, first_letter.fit(WORDS), WORDS)
    with pytest.raises(ValueError, match="at least one word"):
        compare(fitted, fitted, [])


def test_what_is_no_language_model_is_refused():
    words, y = ["ab", "ba", "aa", "bb"], [0, 1, 0, 1]
    classifier = CharLMClassifier(BigramCountLM()).fit(words, y)
    with pytest.raises(TypeError, match="CharLMClassifier is no language model"):
        neg_perplexity_scorer(classifier, words)
    with pytest.raises(TypeError, match="no language model"):
        compare(classifier, BigramCountLM().fit(words), words)
    with pytest.raises(TypeError, match="list is no language model"):
        compare(words, BigramCountLM().fit(words), BigramCountLM().fit(words))


def test_models_of_other_alphabets_are_compared_with_a_warning():
    a, b = (
        BigramCountLM(alphabet=alphabet, handle_unknown="unknown").fit(["ab", "ba"])
        for alphabet in ("a", "ab")
    )
    with pytest.warns(UserWarning, match="do not know the same symbols"):
        compare(a, b, ["ab"])


def test_the_standard_error_is_that_of_a_sample():
    """Two words of one symbol each: the variance of a mean has n (n - 1) below."""
    a = BigramCountLM(smoothing=0.5, alphabet="ab").fit(["a", "a", "b"])
    b = BigramCountLM(smoothing=5, alphabet="ab").fit(["a", "b", "b"])
    words = ["a", "b"]
    differences = (a.score_samples(words) - b.score_samples(words)) / 2
    result = compare(a, b, words)
    assert result.standard_error == pytest.approx(np.std(differences, ddof=1) / np.sqrt(2))
