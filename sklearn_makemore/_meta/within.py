"""Where the language models are within what is none itself: what errors tell to give instead."""

# SPDX-License-Identifier: BSD-3-Clause

import re
from collections.abc import Iterator
from typing import Any

from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.ngram_count import NGramCountLM
from sklearn_makemore._meta.holder import ModelHolderMixin

# What holds one estimator, by the name of its class, and what holds several, in which of its
# parameters: what errors call it, and the way to those within it once it is fitted.
OF_ONE = {
    "BaseSearchCV": ("search", ".best_estimator_"),
    "CalibratedClassifierCV": ("classifier", ".calibrated_classifiers_[k].estimator"),
    "CharLMClassifier": ("classifier", ".estimators_[k]"),
    "CharLMOutlierDetector": ("detector", ".estimators_[k]"),
    "CrossFitTransformer": ("transformer", ".estimator_"),
    "FrozenEstimator": ("frozen", ".estimator"),
}
OF_SEVERAL = {
    "ColumnTransformer": ("transformer", ".named_transformers_[{name!r}]", "transformers"),
    "FeatureUnion": ("union", "[{name!r}]", "transformer_list"),
    "Pipeline": ("pipeline", "[{place}]", "steps"),
    "StackingClassifier": ("classifier", ".named_estimators_[{name!r}]", "estimators"),
    "VotingClassifier": ("classifier", ".named_estimators_[{name!r}]", "estimators"),
}
STEP = re.compile(r"\[-?\d")


def kind_given(given: Any) -> str:
    """Return what errors call an object or a class."""
    return f"the class {given.__name__}" if isinstance(given, type) else type(given).__name__


def what_to_give(given: Any, such_as: str = "BigramCountLM") -> str:
    """Say what to give in place of an object or a class that is no fitted language model."""
    if isinstance(given, type) and issubclass(given, BaseCharLM):
        return f"Fit an instance, {given.__name__}().fit(words)."
    way = way_within(given, BaseCharLM)
    if not way:
        return f"Fit one, such as {such_as}().fit(words), or read one by io.load."
    seen = ", and words as that step sees them" if STEP.search(way) else ""
    return f"Give the model in it, {way}{seen}."


def way_within(holder: Any, kinds: type | tuple[type, ...]) -> str:
    """Return an expression for the first estimator of some kinds within another, "" if none is.

    Parameters
    ----------
    holder : object
    kinds : type or tuple of types
    """
    way = _way(holder, kinds)
    return f"{_entry(holder)[0]}{way}" if way else ""


def _way(holder: Any, kinds: type | tuple[type, ...]) -> str:
    for way, inner in _within(holder):
        if isinstance(inner, kinds):
            return way
        if rest := _way(inner, kinds):
            return way + rest
    return ""


def _within(holder: Any) -> Iterator[tuple[str, Any]]:
    """Yield the way to each estimator that another holds, and that estimator, maybe unfitted."""
    _, way, *several = _entry(holder)
    if several:
        members = getattr(holder, several[0])
        for place, (name, inner, *_) in enumerate(members):
            is_last = place == len(members) - 1
            yield way.format(name=name, place=-1 if is_last else place), inner
    elif way:
        is_default = holder.estimator is None and isinstance(holder, ModelHolderMixin)
        yield way, NGramCountLM() if is_default else holder.estimator


def _entry(holder: Any) -> tuple[str, ...]:
    names = (kind.__name__ for kind in type(holder).__mro__)
    return next((entry for name in names if (entry := (OF_ONE | OF_SEVERAL).get(name))), ("", ""))
