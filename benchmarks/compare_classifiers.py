"""The language of a name: accuracy, log-loss and time beside linear models of n-grams, in one run.

Every model is fitted and scored on the same stratified folds of the bundled names, in turn.

Run from the root of the repository: ``python -m benchmarks.compare_classifiers``.
"""

import argparse
import time

import numpy as np
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline

from benchmarks.common import print_table, save
from sklearn_makemore import CharLMClassifier, NGramCountLM
from sklearn_makemore.datasets import load_names

OURS = "CharLMClassifier(NGramCountLM(order=3)), temperature"


def calibrated(classifier):
    """Scale log-posteriors by one number, found on cross-fitted words; fit the rest to all."""
    return CalibratedClassifierCV(classifier, method="temperature", cv=3, ensemble=False)


def models():
    """Return the classifiers compared, by name."""
    order_3 = CharLMClassifier(NGramCountLM(order=3))
    tuned = GridSearchCV(
        CharLMClassifier(NGramCountLM()),
        {"estimator__order": [2, 3, 4, 5]},
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
    )
    characters = {"analyzer": "char_wb", "ngram_range": (1, 4)}
    tfidf = TfidfVectorizer(**characters)
    return {
        OURS: calibrated(order_3),
        "CharLMClassifier()": CharLMClassifier(),
        "CharLMClassifier(), temperature": calibrated(CharLMClassifier()),
        "CharLMClassifier(NGramCountLM(order=3))": order_3,
        "CharLMClassifier, order tuned on 3 folds, temperature": calibrated(tuned),
        "TF-IDF(1-4) + LogisticRegression": make_pipeline(
            tfidf, LogisticRegression(max_iter=1_000)
        ),
        "TF-IDF(1-4) + LogisticRegression(C=10)": make_pipeline(
            tfidf, LogisticRegression(C=10, max_iter=1_000)
        ),
        "counts(1-4) + ComplementNB": make_pipeline(CountVectorizer(**characters), ComplementNB()),
    }


def cross_validate(X, y, candidates):
    """Return held-out probabilities, and seconds to fit and to predict each fold, by name."""
    proba = {name: np.empty((len(X), len(np.unique(y)))) for name in candidates}
    seconds = {name: ([], []) for name in candidates}
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    for train, test in folds.split(X, y):
        for name, candidate in candidates.items():
            start = time.perf_counter()
            model = clone(candidate).fit(X[train], y[train])
            fitted = time.perf_counter()
            proba[name][test] = model.predict_proba(X[test])
            seconds[name][0].append(fitted - start)
            seconds[name][1].append(time.perf_counter() - fitted)
    return proba, seconds


def quality_rows(y, proba):
    classes = np.unique(y)
    rows = []
    for name, of_model in proba.items():
        predicted = classes[of_model.argmax(axis=1)]
        for job, value, unit in (
            ("accuracy", accuracy_score(y, predicted), ""),
            ("balanced accuracy", balanced_accuracy_score(y, predicted), ""),
            ("log-loss", log_loss(y, of_model), "nats"),
        ):
            rows.append({"job": job, "who": name, "median": value, "unit": unit})
    return sorted(rows, key=lambda row: row["job"])


def time_rows(seconds):
    rows = []
    for place, job in enumerate(("fit 9,346 words", "predict_proba 2,336 words")):
        ours = np.array(seconds[OURS][place])
        for name, times in seconds.items():
            ratio = float(np.median(np.array(times[place]) / ours))
            median = float(np.median(times[place]))
            rows.append(
                {"job": job, "who": name, "median": median, "unit": "s", "times_ours": ratio}
            )
    return rows


def million_rows(X, y):
    """Classify a million words over 18 classes, with repeats as in a column, and all different."""
    model = CharLMClassifier(n_jobs=2).fit(X, y)
    n = 1_000_000
    of_class = [
        model.sample(90_000, label, random_state=seed) for seed, label in enumerate(model.classes_)
    ]
    drawn = np.concatenate(of_class)
    shuffled = np.random.RandomState(0).permutation(drawn)
    different = np.unique(drawn)
    while len(different) < n:  # words joined in pairs
        pairs = shuffled[: len(shuffled) // 2] + shuffled[len(shuffled) // 2 :]
        different = np.unique(np.concatenate([different, pairs]))
    different = np.random.RandomState(0).permutation(different)[:n]
    rows = []
    for words in (shuffled[:n], different):
        n_different = len(set(words))
        for n_jobs in (1, 2):
            model.set_params(n_jobs=n_jobs)
            start = time.perf_counter()
            model.predict(words)
            rows.append(
                {
                    "job": f"predict 1,000,000 words, {n_different:,} different, 18 classes",
                    "who": f"CharLMClassifier(n_jobs={n_jobs})",
                    "median": time.perf_counter() - start,
                    "unit": "s",
                }
            )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    X, y = load_names(return_X_y=True)
    proba, seconds = cross_validate(X, y, models())
    rows = [*quality_rows(y, proba), *time_rows(seconds), *million_rows(X, y)]
    print_table(rows)
    save("compare_classifiers", rows)


if __name__ == "__main__":
    main()
