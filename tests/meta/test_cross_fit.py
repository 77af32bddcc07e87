"""Features of training words by models that have not seen them."""

from functools import partial
from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

from sklearn_makemore import BigramCountLM, CharLMClassifier, CrossFitTransformer
from sklearn_makemore.datasets import load_names

WORDS = ["emma", "olivia", "ava", "emma", "mia", "amelia", "zoe", "ava", "noah", "liam"]


def test_no_word_is_seen_by_the_model_that_scores_it():
    """A word of its own characters, however often repeated, is strange to the other folds."""
    words = ["xyx"] * 20 + WORDS
    features = CrossFitTransformer(BigramCountLM(), cv=3, random_state=0).fit_transform(words)
    n_symbols = 1 + len(set("".join(words)))
    unseen = np.log(1 / n_symbols)  # rows of x and y were empty in the other folds
    by_hand = features[0, 0]
    assert by_hand == pytest.approx(features[19, 0])
    alone = BigramCountLM(alphabet="".join(set("".join(words))))
    first = alone.fit(words).score_samples(["xyx"])[0]
    assert by_hand < first - 5
    assert features[0, 2] <= unseen


def test_each_fold_is_a_manual_fit():
    transformer = CrossFitTransformer(BigramCountLM(), cv=2, random_state=1)
    features = transformer.fit_transform(np.array(WORDS, object))
    alphabet = "".join(set("".join(WORDS)))
    matched = set()
    distinct = sorted(set(WORDS))
    for mask in range(1, 2 ** len(distinct) - 1):
        held_out = {word for i, word in enumerate(distinct) if mask >> i & 1}
        train = [word for word in WORDS if word not in held_out]
        scores = BigramCountLM(alphabet=alphabet).fit(train).score_samples(WORDS)
        rows = [i for i, word in enumerate(WORDS) if word in held_out]
        if np.allclose(scores[rows], features[rows, 0], atol=1e-12):
            matched |= {frozenset(held_out)}
    assert any(a | b == set(distinct) and not a & b for a in matched for b in matched)


def test_transform_is_the_model_of_all_words():
    transformer = CrossFitTransformer(BigramCountLM()).fit(WORDS)
    expected = BigramCountLM().fit(WORDS).transform(["ava", "noa"])
    np.testing.assert_array_equal(transformer.transform(["ava", "noa"]), expected)
    assert transformer.get_feature_names_out()[0] == "log_likelihood"


@pytest.mark.parametrize("container", [list, pd.Series, pl.Series])
def test_containers_and_frames(container):
    transformer = CrossFitTransformer(BigramCountLM(), cv=2, random_state=0)
    expected = transformer.fit_transform(WORDS)
    np.testing.assert_array_equal(transformer.fit_transform(container(WORDS)), expected)
    words = pd.Series(WORDS, index=range(3, 13))
    frame = clone(transformer).set_output(transform="pandas").fit_transform(words)
    assert frame.index.equals(words.index)
    assert frame.columns[0] == "log_likelihood"


def test_weights_and_unknown_characters():
    weights = np.arange(10) % 3 + 1.0
    repeated = [word for word, k in zip(WORDS, weights, strict=True) for _ in range(int(k))]
    lm = BigramCountLM(handle_unknown="unknown")
    transformer = CrossFitTransformer(lm, cv=2, random_state=0)
    weighted = transformer.fit_transform(WORDS, sample_weight=weights)
    unweighted = transformer.fit_transform(WORDS)
    assert not np.allclose(weighted, unweighted)
    assert unweighted[WORDS.index("zoe"), 4] == 1, "z is in no other fold"
    np.testing.assert_allclose(
        transformer.transform(WORDS), lm.fit(WORDS).transform(WORDS), atol=1e-12
    )
    transformer.fit(WORDS, sample_weight=weights)
    np.testing.assert_allclose(
        transformer.transform(WORDS), lm.fit(repeated).transform(WORDS), atol=1e-12
    )


def test_in_a_pipeline_that_is_searched():
    names = load_names()
    words, y = names.data[::10], names.target[::10] == "Japanese"
    lm = BigramCountLM(handle_unknown="unknown")
    pipeline = make_pipeline(CrossFitTransformer(lm, random_state=0), LogisticRegression())
    grid = {"crossfittransformer__estimator__smoothing": [0.1, 1.0]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(words, y)
    assert search.best_score_ > 0.7


def test_conventions():
    transformer = CrossFitTransformer(BigramCountLM())
    assert get_tags(transformer).input_tags.string
    assert not get_tags(transformer).target_tags.required
    assert get_tags(CrossFitTransformer(CharLMClassifier())).target_tags.required
    with pytest.raises(NotFittedError):
        transformer.transform(WORDS)
    with pytest.raises(ValueError, match="'cv'"):
        CrossFitTransformer(BigramCountLM(), cv=1).fit(WORDS)
    with pytest.raises(ValueError, match="'estimator'"):
        CrossFitTransformer(3).fit(WORDS)
    with pytest.raises(ValueError, match="as many different words, got 2"):
        CrossFitTransformer(BigramCountLM()).fit_transform(["a", "b", "a"])
    for y in ([0] * (len(WORDS) - 1), "y"):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            CrossFitTransformer(BigramCountLM()).fit_transform(WORDS, y)


def test_a_fold_that_lacks_a_class_is_refused_and_changes_nothing():
    words, y = ["anna"] * 20 + ["bob"] * 20 + ["carl"] * 20, np.repeat(["x", "y", "z"], 20)
    transformer = CrossFitTransformer(CharLMClassifier(BigramCountLM()), cv=3, random_state=0)
    transformer.fit(WORDS, np.arange(len(WORDS)) % 2)
    before = transformer.transform(WORDS)
    with pytest.raises(ValueError, match="lacks what the whole has, such as a class"):
        transformer.fit_transform(words, y)
    with pytest.raises(ValueError, match="as many different words"):
        transformer.fit_transform(["zz", "zy"], [0, 1])
    np.testing.assert_array_equal(transformer.transform(WORDS), before)


def test_the_seed_decides_the_folds():
    first, again, other = (
        CrossFitTransformer(BigramCountLM(), cv=2, random_state=seed).fit_transform(WORDS)
        for seed in (0, 0, 3)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_an_index_of_pandas_and_sparse_features():
    transformer = CrossFitTransformer(BigramCountLM(), cv=2, random_state=0)
    np.testing.assert_array_equal(
        transformer.fit_transform(pd.Index(WORDS)), transformer.fit_transform(WORDS)
    )
    counts = CrossFitTransformer(CountVectorizer(analyzer="char", vocabulary=list("aeim")), cv=2)
    np.testing.assert_array_equal(counts.fit_transform(WORDS), counts.transform(WORDS))


class Weighed(TransformerMixin, BaseEstimator):
    """Notes what its fits are given, for all its clones."""

    given: ClassVar = []

    def fit(self, X, y=None, sample_weight=None, limit=None):
        self.given.append((len(X), sample_weight, limit))
        return self

    def transform(self, X):
        return np.zeros((len(X), 1))

    def get_feature_names_out(self, input_features=None):
        return np.array(["zero"])


WEIGHTS = np.arange(10) % 3 + 1.0


@pytest.mark.parametrize("weights", [WEIGHTS, WEIGHTS.tolist(), pd.Series(WEIGHTS, range(5, 15))])
def test_what_fit_is_given_is_cut_to_the_folds(weights):
    Weighed.given.clear()
    transformer = CrossFitTransformer(Weighed(), cv=2, random_state=0)
    transformer.fit_transform(WORDS, sample_weight=weights, limit=3)
    (n_all, of_all, _), *folds = Weighed.given
    assert n_all == len(of_all) == 10
    assert [len(of_fold) for _, of_fold, _ in folds] == [n for n, _, _ in folds]
    np.testing.assert_allclose(sum(map(np.sum, (w for _, w, _ in folds))), WEIGHTS.sum())
    assert {limit for _, _, limit in Weighed.given} == {3}


def test_no_weights_go_to_estimators_that_have_none():
    counts = CountVectorizer(analyzer="char", vocabulary=list("aeim"))
    transformer = CrossFitTransformer(counts, cv=2)
    assert transformer.fit_transform(WORDS, sample_weight=None).shape == (10, 4)
    with pytest.raises(TypeError, match="sample_weight"):
        transformer.fit(WORDS, sample_weight=WEIGHTS)


def test_weights_are_routed_to_the_estimator():
    lm = BigramCountLM(handle_unknown="unknown")
    make = partial(CrossFitTransformer, cv=2, random_state=0)
    expected = make(lm).fit_transform(WORDS, sample_weight=WEIGHTS)
    unweighted = make(lm).fit_transform(WORDS)
    with config_context(enable_metadata_routing=True):
        asks = make(clone(lm).set_fit_request(sample_weight=True))
        refuses = make(clone(lm).set_fit_request(sample_weight=False))
        for transformer in (asks, make_pipeline(asks)):
            features = transformer.fit_transform(WORDS, sample_weight=WEIGHTS)
            np.testing.assert_array_equal(features, expected)
        pipeline = make_pipeline(clone(asks), FunctionTransformer())
        np.testing.assert_array_equal(
            pipeline.fit(WORDS, sample_weight=WEIGHTS).transform(WORDS),
            clone(lm).fit(WORDS, sample_weight=WEIGHTS).transform(WORDS),
        )
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            make(lm).fit(WORDS, sample_weight=WEIGHTS)
        both = make_pipeline(refuses, LogisticRegression().set_fit_request(sample_weight=True))
        both.fit(WORDS, np.arange(10) % 2, sample_weight=WEIGHTS)
        np.testing.assert_array_equal(refuses.fit_transform(WORDS), unweighted)
        renamed = make(clone(lm).set_fit_request(sample_weight="of_words"))
        np.testing.assert_array_equal(renamed.fit_transform(WORDS, of_words=WEIGHTS), expected)
