"""Features of training words by models that have not seen them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
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
    with pytest.raises(NotFittedError):
        transformer.transform(WORDS)
    with pytest.raises(ValueError, match="'cv'"):
        CrossFitTransformer(BigramCountLM(), cv=1).fit(WORDS)
    with pytest.raises(ValueError, match="'estimator'"):
        CrossFitTransformer(3).fit(WORDS)
    with pytest.raises(ValueError, match="as many different words, got 2"):
        CrossFitTransformer(BigramCountLM()).fit_transform(["a", "b", "a"])


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
