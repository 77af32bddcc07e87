"""CharLMClassifier: Bayes' rule beside a slow reference, and what the classes share."""

import itertools
import pickle
from collections import Counter

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score, train_test_split
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    MixtureLM,
    NeuralBigramLM,
    NGramCountLM,
)
from sklearn_makemore._text.vocabulary import Vocabulary
from sklearn_makemore.datasets import load_names
from sklearn_makemore.utils.estimator_checks import parametrize_with_checks
from tests.instances import COUNTS

WORDS = st.lists(st.text("abé", max_size=4), min_size=2, max_size=10)


@parametrize_with_checks(
    [
        CharLMClassifier(BigramCountLM()),
        CharLMClassifier(NGramCountLM(order=3, smoothing="witten_bell"), n_jobs=2),
        CharLMClassifier(NeuralBigramLM(solver="gd", max_steps=20)),
        CharLMClassifier(MixtureLM(COUNTS, weights=[1, 2])),
    ]
)
def test_conventions(estimator, check):
    check(estimator)


def add_one_likelihood(word, words, alphabet):
    """The probability of a word by add-one bigrams, but for the price of unknown characters."""
    counts = Counter()
    for other in words:
        counts.update(itertools.pairwise(["<", *other, "<"]))
    n_symbols = len(alphabet) + 1
    symbols = ["<", *(c if c in alphabet else "?" for c in word), "<"]
    likelihood = 1.0
    for first, second in itertools.pairwise(symbols):
        if second == "?":
            continue
        after = sum(count for (a, _), count in counts.items() if a == first)
        likelihood *= (counts[first, second] + 1) / (after + n_symbols)
    return likelihood


def test_bayes_rule_by_hand():
    """Classes {a, ab} and {b}: symbols are the boundary, a and b."""
    model = CharLMClassifier(BigramCountLM()).fit(["a", "ab", "b"], ["x", "x", "y"])
    # x: the start is followed by a, a; a by the end, b. y: the start by b; b by the end.
    of_x = (2 + 1) / (2 + 3) * (1 + 1) / (2 + 3)
    of_y = 1 / (1 + 3) * 1 / 3
    expected = np.array([2 / 3 * of_x, 1 / 3 * of_y])
    np.testing.assert_allclose(model.predict_proba(["a"]), [expected / expected.sum()], atol=1e-14)
    np.testing.assert_allclose(
        model.decision_function(["a"]), np.log([expected[1] / expected[0]]), atol=1e-13
    )
    np.testing.assert_allclose(model.transform(["a"]), np.log([[of_x, of_y]]), atol=1e-14)


@given(WORDS, WORDS, st.text("abéñ", max_size=5), st.sampled_from([None, "uniform", (0.9, 0.1)]))
def test_bayes_rule_beside_a_slow_reference(first, second, word, priors):
    alphabet = set().union(*first, *second)
    model = CharLMClassifier(BigramCountLM(), priors=priors)
    model.fit(first + second, [0] * len(first) + [1] * len(second))
    shares = {None: (len(first), len(second)), "uniform": (1, 1)}.get(priors, priors)
    joint = [
        share * add_one_likelihood(word, words, alphabet)
        for share, words in zip(shares, (first, second), strict=True)
    ]
    expected = np.array(joint) / sum(joint)
    np.testing.assert_allclose(model.predict_proba([word])[0], expected, rtol=1e-9)
    assert model.predict([word])[0] == int(np.argmax(model.predict_log_proba([word])))


@given(WORDS, WORDS, st.integers(0, 10))
def test_chunks_add_up(first, second, cut):
    words, labels = first + second, ["f"] * len(first) + ["s"] * len(second)
    assume(0 < cut < len(words))
    base = BigramCountLM(alphabet="abé")
    whole = CharLMClassifier(base).fit(words, labels)
    parts = CharLMClassifier(base).partial_fit(words[:cut], labels[:cut], classes=["s", "f"])
    parts.partial_fit(words[cut:], labels[cut:])
    others = ["ab", "é", "", "zz"]
    np.testing.assert_allclose(parts.predict_proba(others), whole.predict_proba(others))
    np.testing.assert_array_equal(parts.class_count_, whole.class_count_)


@given(WORDS, WORDS, st.data())
def test_weights_of_words_are_repetitions_in_models_and_priors(first, second, data):
    words = np.array(first + second, dtype=object)
    labels = np.array([0] * len(first) + [1] * len(second))
    weights = data.draw(st.lists(st.integers(1, 9), min_size=len(words), max_size=len(words)))
    base = BigramCountLM(alphabet="abé")
    weighted = CharLMClassifier(base).fit(words, labels, sample_weight=weights)
    expected = CharLMClassifier(base).fit(np.repeat(words, weights), np.repeat(labels, weights))
    np.testing.assert_array_equal(weighted.class_count_, expected.class_count_)
    others = ["ab", "é", "", "zz"]
    np.testing.assert_allclose(weighted.predict_proba(others), expected.predict_proba(others))
    weighted.partial_fit(words, labels, sample_weight=weights)
    expected.partial_fit(np.repeat(words, weights), np.repeat(labels, weights))
    np.testing.assert_array_equal(weighted.class_prior_, expected.class_prior_)
    np.testing.assert_allclose(weighted.predict_proba(others), expected.predict_proba(others))


def test_characters_of_other_classes_have_a_finite_price():
    model = CharLMClassifier().fit(["aaa", "aab", "bbb", "ccc", "ccd", "ddd"], [0, 0, 0, 1, 1, 1])
    log_likelihoods = model.transform(["ccc", "aaa", "zzz", "a", "c"])
    assert np.isfinite(log_likelihoods).all()
    assert model.predict(["aba", "cdc", "a", "c"]).tolist() == [0, 1, 0, 1]
    for one in model.estimators_:
        assert one.symbols_.tolist() == [".", "a", "b", "c", "d"]
    assert model.predict_proba(["zzz"])[0].tolist() == pytest.approx([0.5, 0.5])


def test_words_impossible_in_every_class_have_the_prior():
    model = CharLMClassifier(BigramCountLM(smoothing=0)).fit(["ab", "ba", "cc"], [0, 0, 1])
    words = ["zz", "ac", "ab", "cc"]
    expected = [[2 / 3, 1 / 3], [2 / 3, 1 / 3], [1, 0], [0, 1]]
    np.testing.assert_allclose(model.predict_proba(words), expected)
    np.testing.assert_allclose(
        model.decision_function(words), [np.log(0.5), np.log(0.5), -np.inf, np.inf]
    )
    rows = model.explain(["ab", "zz"])
    assert not rows["log_odds"].isna().any()
    assert rows["log_odds"][0] == np.inf
    assert rows.loc[rows["word"] == 1, "log_odds"].tolist() == [0, 0, 0]


def test_the_first_of_classes_that_are_as_likely_is_predicted():
    assert CharLMClassifier().fit(["ab", "ab"], ["y", "x"]).predict(["ab"]).tolist() == ["x"]


def test_a_class_of_one_word():
    words, labels = ["anna", "hanna", "hannah", "x"], ["h", "h", "h", "x"]
    for order in (1, 5):
        model = CharLMClassifier(NGramCountLM(order=order)).fit(words, labels)
        assert model.predict(["anna", "x"]).tolist() == ["h", "x"]
        assert np.isfinite(model.predict_log_proba(["anna", "x", "hx", ""])).all()


def test_a_prior_of_zero_rules_a_class_out():
    model = CharLMClassifier(priors=[0, 1]).fit(["aa", "ab", "bb"], [0, 0, 1])
    assert model.predict(["aa"]).tolist() == [1]
    np.testing.assert_array_equal(model.predict_log_proba(["aa"]), [[-np.inf, 0.0]])


def test_an_alphabet_of_the_model_is_that_of_the_classes():
    base = BigramCountLM(alphabet="ab", handle_unknown="unknown")
    model = CharLMClassifier(base).fit(["ab", "ac", "cc"], [0, 1, 1])
    for one in model.estimators_:
        assert one.symbols_.tolist() == [".", "a", "b", "\ufffd"]
    np.testing.assert_array_equal(model.predict_proba(["ac"]), model.predict_proba(["az"]))


def test_parameters_of_the_default_model_can_be_set():
    model = CharLMClassifier().set_params(estimator__order=2, priors="uniform")
    assert repr(model) == "CharLMClassifier(estimator=NGramCountLM(order=2), priors='uniform')"
    kept = CharLMClassifier(BigramCountLM()).set_params(estimator__smoothing=0.5)
    assert repr(kept.estimator) == "BigramCountLM(smoothing=0.5)"
    given = CharLMClassifier().set_params(estimator=BigramCountLM(), estimator__smoothing=0.5)
    assert repr(given.estimator) == "BigramCountLM(smoothing=0.5)"
    assert CharLMClassifier().set_params(priors=None).estimator is None
    with pytest.raises(ValueError, match="Invalid parameter 'oder' for estimator NGramCountLM"):
        CharLMClassifier().set_params(estimator__oder=2)
    search = GridSearchCV(CharLMClassifier(), {"estimator__order": [1, 2]}, cv=2)
    search.fit(["ab", "abab", "ba", "baba"], [0, 0, 1, 1])
    assert search.best_params_ == {"estimator__order": 2}


@pytest.mark.parametrize("priors", [{0: 0.5, 1: 0.5}, ["a", "b"]])
def test_priors_that_are_no_numbers_are_refused(priors):
    with pytest.raises(ValueError, match="in the order of classes_"):
        CharLMClassifier(priors=priors).fit(["a", "b"], [0, 1])


def test_what_is_no_language_model_is_refused():
    class Alike(KernelDensity):
        """Has the methods and parameters, but no model that can be asked for codes."""

        alphabet, handle_unknown = None, "unknown"
        score_symbols = KernelDensity.score_samples

    for wrong in (KernelDensity(), LogisticRegression(), Alike(), "NGramCountLM", NGramCountLM):
        with pytest.raises(InvalidParameterError, match="'estimator' parameter must be a language"):
            CharLMClassifier(wrong).fit(["a", "b"], [0, 1])
    with pytest.raises(InvalidParameterError, match=r"give NGramCountLM\(\) instead"):
        CharLMClassifier(NGramCountLM).fit(["a", "b"], [0, 1])
    with pytest.raises(InvalidParameterError, match="'order'"):
        CharLMClassifier(NGramCountLM(order=0)).fit(["a", "b"], [0, 1])


@pytest.mark.parametrize("holder", [CharLMClassifier(), CharLMOutlierDetector()], ids=repr)
def test_words_are_coded_once_for_all_models(holder, monkeypatch):
    encode, n_coded = Vocabulary.encode, []

    def counting(vocabulary, text, weights=None, **options):
        n_coded.append(text.n_words)
        return encode(vocabulary, text, weights, **options)

    monkeypatch.setattr(Vocabulary, "encode", counting)
    holder.fit(["ab", "ba", "b", "ab", "ca", "ca"], [0, 1, 2, 0, 3, 3])
    assert sum(n_coded) <= 6
    n_coded.clear()
    holder.predict(["ab", "z", "ab"])
    assert n_coded == [2]


def test_a_model_that_was_fitted_again_is_asked_in_its_own_symbols():
    model = CharLMClassifier(BigramCountLM()).fit(["ab", "ba", "bc"], [0, 1, 1])
    model.estimators_[0].set_params(alphabet="xyzabc").fit(["ab", "zz"])
    words = ["ab", "zz", "c", "q"]
    expected = np.stack([one.score_samples(words) for one in model.estimators_], axis=1)
    np.testing.assert_array_equal(model.transform(words), expected)


def test_partial_fit_is_there_if_the_model_has_it():
    class WithoutChunks(BigramCountLM):
        @property
        def partial_fit(self):
            raise AttributeError("partial_fit")

    assert not hasattr(CharLMClassifier(WithoutChunks()), "partial_fit")
    assert hasattr(CharLMClassifier(BigramCountLM()), "partial_fit")
    assert hasattr(CharLMClassifier(), "partial_fit")


def test_a_chunk_that_fails_in_one_class_changes_none():
    model = CharLMClassifier(BigramCountLM()).fit(["ab", "ba", "b"], [0, 1, 1])
    model.partial_fit(["ab", "bb"], [0, 1], sample_weight=[1.0, 1.7e308])
    before, counts = model.transform(["ab", "bb"]), model.class_count_
    with pytest.raises(ValueError, match="overflow"):
        model.partial_fit(["ab", "bb"], [0, 1], sample_weight=[1.0, 1.7e308])
    np.testing.assert_array_equal(model.transform(["ab", "bb"]), before)
    np.testing.assert_array_equal(model.class_count_, counts)


def test_explain_shows_labels_as_they_are():
    words = pd.Series(["ab", "b"], index=["r", "s"])
    model = CharLMClassifier(BigramCountLM()).fit(["ab", "ba", "b"], [3, 7, 7])
    rows = model.explain(words)
    assert rows.columns.tolist() == [
        "word", "text", "position", "context", "symbol", "label", "runner_up", "log_odds",
    ]  # fmt: skip
    assert rows["word"].tolist() == ["r", "r", "r", "s", "s"]
    assert rows["label"].dtype == np.int64
    assert set(rows["label"]) | set(rows["runner_up"]) == {3, 7}
    assert rows["symbol"].tolist() == ["a", "b", ".", "b", "."]
    assert rows["context"].tolist() == [".", "a", "b", ".", "b"]


def test_explain_against_a_class_that_is_asked_for():
    words = ["ab", "ba", "cc"]
    model = CharLMClassifier(BigramCountLM()).fit([*words, "cba"], ["z", "y", "x", "z"])
    of_ba = model.predict_log_proba(["ba"])[0]
    assert of_ba[1] > of_ba[2] > of_ba[0]
    rows = model.explain(words, runner_up="y").groupby("word").first()
    assert rows["label"].tolist() == ["z", "z", "x"]
    assert set(rows["runner_up"]) == {"y"}
    rows = model.explain(words, runner_up=pd.Series(["x", "x", "y"], index=[5, 5, 6]))
    assert rows.groupby("word")["runner_up"].first().tolist() == ["x", "x", "y"]
    log_odds = model.predict_log_proba(words) - np.log(model.class_prior_)
    np.testing.assert_allclose(
        rows.groupby("word")["log_odds"].sum(),
        log_odds[range(3), [2, 1, 0]] - log_odds[range(3), [0, 0, 1]],
    )
    np.testing.assert_array_equal(model.explain(words, runner_up=None), model.explain(words))
    assert model.explain([], runner_up="y").empty
    with pytest.raises(ValueError, match="'w' is not among the classes"):
        model.explain(words, runner_up="w")
    for labels in (["x"], ["x", "y"], []):
        with pytest.raises(ValueError, match=f"one for each of 3 words, got {len(labels)}"):
            model.explain(words, runner_up=labels)


def test_set_output_polars():
    model = CharLMClassifier().set_output(transform="polars")
    frame = model.fit_transform(["ab", "ba", "b"], ["x", "y", "y"])
    assert frame.columns == ["log_likelihood_x", "log_likelihood_y"]
    assert frame.shape == (3, 2)


@pytest.fixture(scope="module")
def some_names():
    X, y = load_names(return_X_y=True)
    some = np.isin(y, ["Finnish", "Italian", "Polish"])
    return X[some], y[some]


def test_model_selection_tools(some_names):
    X, y = some_names
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    scores = cross_val_score(CharLMClassifier(), X, y, cv=folds)
    assert scores.min() > 0.74
    grid = {"estimator__order": [1, 3], "priors": [None, "uniform"]}
    search = GridSearchCV(
        CharLMClassifier(NGramCountLM()), grid, cv=folds, scoring="neg_log_loss"
    ).fit(pd.Series(X), y)
    assert search.best_params_["estimator__order"] == 3
    assert search.best_estimator_.estimators_[0].order == 3


@pytest.mark.parametrize("method", ["temperature", "sigmoid"])
def test_calibration_lowers_the_log_loss(some_names, method):
    X_train, X_test, y_train, y_test = train_test_split(*some_names, random_state=0)
    plain = CharLMClassifier().fit(X_train, y_train)
    calibrated = CalibratedClassifierCV(CharLMClassifier(), method=method, cv=3, ensemble=False)
    calibrated.fit(X_train, y_train)
    before = log_loss(y_test, plain.predict_proba(X_test))
    after = log_loss(y_test, calibrated.predict_proba(X_test))
    assert after < before - 0.02
    assert calibrated.score(X_test, y_test) > 0.74


def test_likelihoods_are_features_of_a_further_model(some_names):
    X, y = some_names
    pipeline = make_pipeline(CharLMClassifier(), StandardScaler(), LogisticRegression())
    assert pipeline.fit(X, y).score(X, y) > 0.85
    assert pipeline[:-1].get_feature_names_out()[0] == "log_likelihood_Finnish"
    stack = StackingClassifier([("lm", CharLMClassifier())], LogisticRegression(), cv=3)
    assert stack.fit(X, y).score(X, y) > 0.85


def test_weights_are_routed(some_names):
    X, y = some_names
    weights = np.where(y == "Polish", 0.0, 1.0)
    weights[np.flatnonzero(y == "Polish")[:300]] = 1.0
    with sklearn.config_context(enable_metadata_routing=True):
        model = CharLMClassifier().set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=False)
        search = GridSearchCV(model, {"priors": [None]}, cv=2).fit(X, y, sample_weight=weights)
    counts = dict(zip(*np.unique(y, return_counts=True), strict=True)) | {"Polish": 300}
    expected = [counts[label] for label in search.classes_]
    np.testing.assert_array_equal(search.best_estimator_.class_count_, expected)


def test_save_and_load(tmp_path, some_names):
    X, y = some_names
    model = CharLMClassifier().fit(X, y)
    joblib.dump(model, tmp_path / "model.joblib")
    for other in (joblib.load(tmp_path / "model.joblib"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict_proba(X[::9]), model.predict_proba(X[::9]))
        drawn = other.sample(3, "Finnish", random_state=0)
        assert drawn.tolist() == model.sample(3, "Finnish", random_state=0).tolist()
