"""What is no estimator of the library is refused by `save`, and named with what can be saved."""

import re

import joblib
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer

from sklearn_makemore import BigramCountLM, CharLMClassifier
from sklearn_makemore.io import load, save

WORDS, LABELS = ["anna", "bea", "emma", "otto"] * 3, [0, 0, 1, 1] * 3
LM, CLASSIFIER = BigramCountLM(), CharLMClassifier(BigramCountLM())
FRAME = pd.DataFrame({"name": WORDS, "n": range(len(WORDS))})
COLUMNS = make_column_transformer((LM, "name"), ("passthrough", ["n"]))
HOLDERS = [
    (make_pipeline(FunctionTransformer(), LM), "pipeline[-1]"),
    (make_pipeline(LM, LogisticRegression()), "pipeline[0]"),
    (make_union(LM, CLASSIFIER), "union['bigramcountlm']"),
    (COLUMNS, "transformer.named_transformers_['bigramcountlm']"),
    (
        make_pipeline(COLUMNS, LogisticRegression()),
        "pipeline[0].named_transformers_['bigramcountlm']",
    ),
    (CalibratedClassifierCV(CLASSIFIER, cv=2), "classifier.calibrated_classifiers_[k].estimator"),
    (GridSearchCV(CLASSIFIER, {}, cv=2), "search.best_estimator_"),
    (GridSearchCV(make_pipeline(CLASSIFIER), {}, cv=2), "search.best_estimator_[-1]"),
    (FrozenEstimator(BigramCountLM().fit(WORDS)), "frozen.estimator"),
    (VotingClassifier([("a", CLASSIFIER)]), "classifier.named_estimators_['a']"),
    (StackingClassifier([("a", CLASSIFIER)], cv=2), "classifier.named_estimators_['a']"),
]


@pytest.mark.parametrize(
    ("holder", "way"), HOLDERS, ids=[f"{type(holder).__name__} {way}" for holder, way in HOLDERS]
)
def test_what_holds_a_model_is_refused_with_the_way_to_it(holder, way, tmp_path):
    of_frame = "named_transformers_" in way
    holder.fit(FRAME if of_frame else WORDS, LABELS)
    said = f"{type(holder).__name__} is no estimator of sklearn_makemore and no BaseCharLM: use"
    remedy = f"joblib or skops for the whole, or io.save for what is in it, {way}."
    for error in (TypeError, ValueError):
        with pytest.raises(error, match=f"^{said}.*{re.escape(remedy)}$"):
            save(holder, tmp_path / "whole.safetensors")
    names = {re.match(r"\w+", way)[0]: holder, "k": 0}
    inner = eval(way, names)  # the way leads there
    save(inner, tmp_path / "inner.safetensors")
    again = load(tmp_path / "inner.safetensors")
    assert (again.transform(WORDS) == inner.transform(WORDS)).all()
    joblib.dump(holder, tmp_path / "whole.joblib")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["inner.safetensors", "whole.joblib"]


@pytest.mark.parametrize(
    "other", [make_pipeline(LogisticRegression()), WORDS, None, {"model": LM}], ids=repr
)
def test_what_holds_no_model_is_refused(other, tmp_path):
    with pytest.raises(TypeError, match=r"is no estimator.*: use pickle, joblib or skops\.$"):
        save(other, tmp_path / "model.safetensors")


def test_classes_are_refused(tmp_path):
    with pytest.raises(TypeError, match="takes a fitted estimator, got the class BigramCountLM"):
        save(BigramCountLM, tmp_path / "model.safetensors")
