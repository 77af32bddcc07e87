"""An instance of every estimator of the library."""

from sklearn_makemore import BigramCountLM, NGramCountLM
from sklearn_makemore.utils.discovery import all_estimators

COUNTS = [("bigrams", BigramCountLM(smoothing=0.1)), ("ngrams", NGramCountLM(order=3))]


def instances():
    """Yield an unfitted estimator of each class, models that hold others with two of them."""
    for _, kind in all_estimators():
        holds_others = "estimators" in kind._parameter_constraints
        yield kind(COUNTS, weights=None) if holds_others else kind()


def predictors():
    """Yield an unfitted classifier or outlier detector of each class."""
    for _, kind in all_estimators(["classifier", "outlier_detector"]):
        yield kind()
