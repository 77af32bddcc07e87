"""What people do with a model that the published checks leave out: other libraries, halving."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CrossFitTransformer,
    MLPCharLM,
    NGramCountLM,
)
from sklearn_makemore.datasets import load_names
from sklearn_makemore.metrics import (
    mean_log_likelihood_scorer,
    neg_bits_per_symbol_scorer,
    neg_perplexity_scorer,
)

NAMES = load_names()
WORDS = NAMES.data[::10].tolist()
ALPHABET = "".join(set("".join(NAMES.data)))
LM = BigramCountLM(alphabet=ALPHABET, random_state=0)


@pytest.mark.parametrize(
    "container",
    [
        np.array,
        lambda words: np.array(words, np.dtypes.StringDType()),
        lambda words: pd.Series(words, dtype="category"),
        lambda words: pd.DataFrame({"name": words}),
        pl.Series,
        lambda words: pl.DataFrame({"name": words}),
        pa.array,
        lambda words: pa.chunked_array([words[:100], words[100:]]),
    ],
)
def test_folds_do_not_depend_on_what_holds_the_words(container):
    folds = KFold(3, shuffle=True, random_state=0)
    expected = cross_val_score(LM, WORDS, cv=folds)
    np.testing.assert_array_equal(cross_val_score(LM, container(WORDS), cv=folds), expected)


def test_halving_search():
    search = HalvingGridSearchCV(
        NGramCountLM(alphabet=ALPHABET), {"order": [1, 2, 3]}, cv=2, min_resources=100,
        random_state=0,
    ).fit(WORDS)  # fmt: skip
    assert search.best_params_["order"] > 1
    assert len(search.best_estimator_.sample(5)) == 5


def test_several_named_scores_at_once():
    scoring = {
        "perplexity": neg_perplexity_scorer,
        "bits": neg_bits_per_symbol_scorer,
        "word": mean_log_likelihood_scorer,
    }
    search = GridSearchCV(LM, {"smoothing": [0.1, 10]}, scoring=scoring, refit="bits", cv=2)
    results = search.fit(WORDS).cv_results_
    np.testing.assert_allclose(
        np.log2(-results["split0_test_perplexity"]), -results["split0_test_bits"], atol=1e-12
    )
    assert results["mean_test_word"][search.best_index_] == results["mean_test_word"].max()


def test_repeats_leak_unless_they_are_kept_together():
    words = WORDS[:300] * 4
    lm = NGramCountLM(order=6, alphabet=ALPHABET)
    leaking = cross_val_score(lm, words, cv=KFold(3, shuffle=True, random_state=0)).mean()
    grouped = cross_val_score(lm, words, groups=words, cv=GroupKFold(3)).mean()
    assert leaking > grouped + 0.5


def test_a_column_of_a_polars_frame_gives_named_features():
    frame = pl.DataFrame({"name": WORDS, "n": np.ones(len(WORDS))})
    for columns in ("name", ["name"]):
        transformer = ColumnTransformer([("lm", LM, columns)], remainder="passthrough")
        out = transformer.set_output(transform="polars").fit_transform(frame)
        assert isinstance(out, pl.DataFrame)
        assert out.columns[:2] == ["lm__log_likelihood", "lm__log_likelihood_per_symbol"]
        np.testing.assert_array_equal(
            out["lm__log_likelihood"].to_numpy(), clone(LM).fit(WORDS).score_samples(WORDS)
        )


def test_cross_fitted_features_of_a_column_decide_better():
    frame = pd.DataFrame({"name": NAMES.data, "language": NAMES.target}).sample(
        1500, random_state=0
    )
    scores = []
    for wrap in (lambda model: model, lambda model: CrossFitTransformer(model, random_state=0)):
        features = ColumnTransformer([("classes", wrap(CharLMClassifier(NGramCountLM())), "name")])
        model = make_pipeline(features, StandardScaler(), LogisticRegression(max_iter=5000))
        scores.append(
            cross_val_score(model, frame, frame["language"], cv=3, scoring="neg_log_loss").mean()
        )
    assert scores[1] > scores[0] + 0.1


def test_one_model_for_each_group():
    frame = pd.DataFrame({"name": NAMES.data, "language": NAMES.target})
    models = {
        language: BigramCountLM(alphabet=ALPHABET).fit(group["name"])
        for language, group in frame.groupby("language")
    }
    assert len(models) == 18
    scores = {language: model.score(["takeshi", "yuki"]) for language, model in models.items()}
    assert max(scores, key=scores.get) == "Japanese"


def test_a_search_over_the_three_sizes_of_a_network():
    grid = {"block_size": [1, 3], "embedding_dim": [2, 5], "hidden_size": [8, 16]}
    mlp = MLPCharLM(max_steps=60, alphabet=ALPHABET, random_state=0)
    search = GridSearchCV(mlp, grid, cv=2, n_jobs=2, error_score="raise").fit(WORDS)
    assert len(search.cv_results_["params"]) == 8
    assert len(search.best_estimator_.sample(10)) == 10
