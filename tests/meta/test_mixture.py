"""MixtureLM: weights, components, nested parameters."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils import estimator_html_repr

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    MixtureLM,
    MLPCharLM,
    NeuralBigramLM,
    NGramCountLM,
    io,
)
from sklearn_makemore.datasets import load_names

WORDS = load_names().data[::7].tolist()
ALPHABET = "".join(set("".join(load_names().data)))
PAIR = [("bigrams", BigramCountLM()), ("ngrams", NGramCountLM(order=4))]


def test_probabilities_are_weighted_means():
    mixture = MixtureLM(PAIR, weights=[1, 3]).fit(WORDS)
    np.testing.assert_allclose(mixture.weights_, [0.25, 0.75])
    prefixes = ["", "a", "mar", "zzz"]
    parts = [clone(model).fit(WORDS).predict_proba(prefixes) for _, model in PAIR]
    np.testing.assert_allclose(
        mixture.predict_proba(prefixes), 0.25 * parts[0] + 0.75 * parts[1], atol=1e-12
    )
    assert MixtureLM(PAIR, weights=None).fit(WORDS).weights_.tolist() == [0.5, 0.5]


def test_found_weights_are_the_best_on_words_that_no_model_has_seen():
    words, held_out = WORDS[::2], WORDS[1::2]
    fitted = [(name, clone(model).set_params(alphabet=ALPHABET).fit(words)) for name, model in PAIR]
    mixture = MixtureLM(fitted, prefit=True).fit(held_out)
    assert mixture.estimators_[0] is not fitted[0][1], "the caller may fit it again"
    np.testing.assert_array_equal(mixture.estimators_[0].counts_, fitted[0][1].counts_)
    scores = {
        share: MixtureLM(fitted, prefit=True, weights=[share, 1 - share])
        .fit(held_out)
        .score(held_out)
        for share in np.linspace(0, 1, 21)
    }
    assert mixture.score(held_out) >= max(scores.values()) - 1e-9
    assert abs(max(scores, key=scores.get) - mixture.weights_[0]) < 0.05
    assert mixture.score(held_out) > max(model.score(held_out) for _, model in fitted)


@pytest.mark.parametrize("prefit", [False, True])
def test_found_weights_heed_the_weights_of_words(prefit):
    words, others = WORDS[::2], load_names().data[1::70].tolist()
    pair = [(str(n), NGramCountLM(order=n, smoothing=0.01, alphabet=ALPHABET)) for n in (1, 3)]
    fitted = [(name, model.fit(words)) for name, model in pair]
    counts = np.array([9 if len(word) > 6 else 1 for word in others])
    mixture = MixtureLM(fitted, prefit=prefit, alphabet=ALPHABET, random_state=0)
    plain = mixture.fit(others).weights_
    weighted = mixture.fit(others, sample_weight=counts).weights_
    repeated = mixture.fit(np.repeat(np.array(others, object), counts)).weights_
    np.testing.assert_allclose(weighted, repeated, atol=1e-6)
    assert abs(weighted - plain).max() > 1e-3


def test_models_are_fitted_again_on_all_words():
    mixture = MixtureLM(PAIR, random_state=0).fit(WORDS)
    for model, (_, parameters) in zip(mixture.estimators_, PAIR, strict=True):
        np.testing.assert_allclose(
            model.score_samples(WORDS[:9]), clone(parameters).fit(WORDS).score_samples(WORDS[:9])
        )
    assert 0 < mixture.weights_[0] < mixture.weights_[1] < 1
    assert mixture.named_estimators_.ngrams is mixture.estimators_[1]
    again = MixtureLM(PAIR, random_state=0).fit(WORDS)
    np.testing.assert_array_equal(mixture.weights_, again.weights_)


def test_repeats_and_weights_do_not_leak_into_the_held_out_words():
    """A model that knows its training words by heart has no use for words it has not seen."""
    by_heart = NGramCountLM(order=12, smoothing=1e-9)
    pair = [("heart", by_heart), ("bigrams", BigramCountLM())]
    words = WORDS * 3
    assert MixtureLM(pair, random_state=0).fit(words).weights_[0] < 0.2


def test_nested_parameters():
    mixture = clone(MixtureLM(PAIR))
    assert mixture.get_params()["ngrams__order"] == 4
    mixture.set_params(ngrams__order=2, bigrams="drop", weights=None)
    assert mixture.fit(WORDS).weights_.tolist() == [1]
    assert list(mixture.named_estimators_) == ["ngrams"]
    assert mixture.estimators_[0].order == 2
    search = GridSearchCV(
        MixtureLM([("bigrams", BigramCountLM()), ("ngrams", NGramCountLM())], alphabet=ALPHABET),
        {"ngrams__order": [2, 4], "bigrams": ["drop", BigramCountLM(smoothing=0.1)]},
        cv=2,
        error_score="raise",
    ).fit(WORDS)
    assert search.best_params_["ngrams__order"] == 4
    assert len(search.best_estimator_.sample(3)) == 3


def test_parallel_fits_give_the_same():
    mlp = ("mlp", MLPCharLM(max_steps=50, hidden_size=8))
    mixtures = [MixtureLM([*PAIR, mlp], n_jobs=n, random_state=0).fit(WORDS) for n in (1, 2)]
    np.testing.assert_allclose(mixtures[0].weights_, mixtures[1].weights_, atol=1e-6)
    np.testing.assert_allclose(
        mixtures[0].score_samples(WORDS), mixtures[1].score_samples(WORDS), atol=1e-4
    )


def test_the_symbols_are_those_of_the_mixture():
    mixture = MixtureLM(
        [("a", BigramCountLM(alphabet="xyz")), ("b", NGramCountLM(boundary="#"))],
        handle_unknown="unknown", boundary="|", weights=None,
    ).fit(["ab", "ba"])  # fmt: skip
    assert mixture.symbols_.tolist() == ["|", "a", "b", "\ufffd"]
    for model in mixture.estimators_:
        assert model.symbols_.tolist() == mixture.symbols_.tolist()
        assert model.score(["ab", "zz"]) < 0
    unknown = mixture.predict_proba([""])[0, -1]
    parts = [model.predict_proba([""])[0, -1] for model in mixture.estimators_]
    assert unknown == pytest.approx(np.mean(parts))


def test_a_model_whose_unknown_symbol_is_not_used_is_a_warning():
    models = [("a", BigramCountLM()), ("b", NGramCountLM(handle_unknown="unknown"))]
    mixture = MixtureLM(models, weights=None)
    with pytest.warns(UserWarning, match="Give handle_unknown='unknown' to MixtureLM"):
        mixture.fit(["ab", "ba"])
    mixture.set_params(handle_unknown="unknown").fit(["ab", "ba"])  # no warning
    assert np.isfinite(mixture.score(["xy"]))


def test_partial_fit_goes_on_with_every_model():
    pair = [("bigrams", BigramCountLM()), ("ngrams", NGramCountLM(order=3))]
    mixture = MixtureLM(pair, alphabet=ALPHABET, random_state=0).partial_fit(WORDS[:50])
    weights, first = mixture.weights_, mixture.estimators_[0]
    mixture.partial_fit(WORDS[50:])
    np.testing.assert_array_equal(mixture.weights_, weights)
    whole = BigramCountLM(alphabet=ALPHABET).fit(WORDS)
    np.testing.assert_array_equal(mixture.estimators_[0].counts_, whole.counts_)
    assert first.counts_.sum() < whole.counts_.sum(), "the old model is left as it was"
    refuses = MixtureLM([("a", NeuralBigramLM())], weights=None, alphabet=ALPHABET).fit(WORDS[:9])
    before = refuses.score(WORDS)
    with pytest.raises(ValueError, match="solver='gd'"):
        refuses.partial_fit(WORDS)
    assert refuses.score(WORDS) == before


def test_prefit_models_must_fit_together():
    one, other = BigramCountLM().fit(["ab"]), BigramCountLM().fit(["abc"])
    with pytest.raises(ValueError, match="'one' and 'other' differ"):
        MixtureLM([("one", one), ("other", other)], prefit=True).fit(["ab"])
    with pytest.raises(NotFittedError):
        MixtureLM([("one", BigramCountLM())], prefit=True).fit(["ab"])


def test_the_unknown_symbol_is_no_character_that_looks_like_it():
    one = BigramCountLM(handle_unknown="unknown").fit(["ab"])
    other = BigramCountLM(alphabet="ab\ufffd").fit(["ab"])
    assert one.symbols_.tolist() == other.symbols_.tolist()
    with pytest.raises(ValueError, match="'one' and 'other' differ"):
        MixtureLM([("one", one), ("other", other)], prefit=True).fit(["ab"])


def test_prefit_models_may_show_their_boundaries_in_different_ways(tmp_path):
    models = [(shown, BigramCountLM(boundary=shown).fit(WORDS)) for shown in ("|", "#")]
    mixture = MixtureLM(models, prefit=True).fit(WORDS)
    io.save(mixture, tmp_path / "mixture")
    assert io.load(tmp_path / "mixture").score(WORDS) == mixture.score(WORDS)


@pytest.mark.parametrize(
    ("estimators", "mentions"),
    [
        ([], "no model"),
        ([("a", "drop")], "no model"),
        ([BigramCountLM()], "pairs"),
        ([("a", BigramCountLM)], "language models or 'drop'"),
        ([("a", BigramCountLM()), ("a", BigramCountLM())], "not unique"),
        ([("a__b", BigramCountLM())], "must not contain __"),
        ([("weights", BigramCountLM())], "conflict"),
        ([(1, BigramCountLM())], "strings as names"),
        ([("a", BigramCountLM(smoothing=-1))], "'smoothing'"),
        ([("a", MLPCharLM(hidden_size=-3))], "'hidden_size'"),
    ],
)
def test_bad_lists_of_models_are_refused(estimators, mentions):
    with pytest.raises(ValueError, match=mentions):
        MixtureLM(estimators).fit(["ab", "b"])


@pytest.mark.parametrize(
    "weights", [[1], [1, -1], [0, 0], [np.nan, 1], [np.inf, 1], "all", ["x", "y"], [10**400, 1]]
)
def test_bad_weights_are_refused(weights):
    with pytest.raises(ValueError, match="'weights'"):
        MixtureLM(PAIR, weights=weights).fit(["ab", "b"])


def test_a_frame_in_and_out():
    words = pd.Series(WORDS[:20], index=range(5, 25))
    features = MixtureLM(PAIR, random_state=0).set_output(transform="pandas").fit_transform(words)
    assert features.index.equals(words.index)


def test_a_prefit_mixture_goes_on_learning_and_leaves_the_models_alone():
    pair = [(name, clone(model).set_params(alphabet=ALPHABET).fit(WORDS)) for name, model in PAIR]
    mixture = MixtureLM(pair, prefit=True, weights=[1, 1]).fit(WORDS)
    before = pair[0][1].counts_.sum()
    mixture.partial_fit(WORDS[:10])
    assert mixture.estimators_[0].counts_.sum() > before == pair[0][1].counts_.sum()


def test_one_model_needs_no_words_held_out():
    assert MixtureLM([("a", BigramCountLM())]).fit(["aa", "aa"]).weights_.tolist() == [1]


def test_its_html_representation_shows_the_models():
    html = estimator_html_repr(MixtureLM([("first", BigramCountLM()), ("second", "drop")]))
    assert "<label>first</label>" in html
    assert "sklearn_makemore.BigramCountLM.html" in html
    assert "drop" in html


@pytest.mark.parametrize(
    "hold",
    [
        lambda model: MixtureLM([("inner", model)], weights=None),
        lambda model: CharLMClassifier(model),
        lambda model: CharLMOutlierDetector(model),
    ],
)
def test_a_prefit_mixture_within_another_is_not_fitted(hold):
    inner = MixtureLM([("bigrams", BigramCountLM().fit(["ab", "b"]))], prefit=True)
    with pytest.raises(NotFittedError, match="BigramCountLM"):
        hold(inner).fit(["ab", "ba"], [0, 1])
