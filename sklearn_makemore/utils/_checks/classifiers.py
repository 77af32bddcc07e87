"""The conventions of scikit-learn's classifiers, carried over to words."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier

from sklearn_makemore.utils._checks.common import (
    assert_close,
    is_neural,
    raises,
    spelling_of,
    tolerance,
)

ITALIAN = ("matteo", "giulia", "lorenzo", "francesca", "alessandro", "chiara", "lorenzo", "marco")
POLISH = ("agnieszka", "krzysztof", "wojciech", "grzegorz", "katarzyna", "jerzy", "zbigniew")
FINNISH = ("väinö", "päivi", "aino", "jukka", "pekka", "ilkka", "hannele", "aarne", "jyrki")
NAMES = ITALIAN + POLISH + FINNISH
LANGUAGES = np.repeat(["it", "pl", "fi"], [len(ITALIAN), len(POLISH), len(FINNISH)])
TWO = np.repeat(["it", "pl", "it"], [len(ITALIAN), len(POLISH), len(FINNISH)])


def check_classes(name: str, estimator: Any) -> None:
    """Classes are sorted and keep the type of the labels; predictions are some of them."""
    assert is_classifier(estimator)
    names = spelling_of(estimator).all(NAMES)
    codes = np.unique(LANGUAGES, return_inverse=True)[1]
    for labels in (LANGUAGES, LANGUAGES.astype(object), codes, codes > 0):
        model = clone(estimator).fit(names, labels)
        expected = np.unique(labels)
        assert model.classes_.dtype == expected.dtype
        assert model.classes_.tolist() == expected.tolist()
        assert model.predict(names).dtype == expected.dtype
        assert model.predict([]).shape == (0,)
    expected_labels = clone(estimator).fit(names, LANGUAGES).predict(names).tolist()
    others: list[Any] = [
        LANGUAGES.tolist(),
        pd.Series(LANGUAGES, dtype="string"),
        pd.Categorical(LANGUAGES, categories=["pl", "fi", "it", "none of these"]),
    ]
    for same in others:
        assert clone(estimator).fit(names, same).predict(names).tolist() == expected_labels


def check_training_words_are_recognised(name: str, estimator: Any) -> None:
    """A classifier has learnt something: it knows most of the words it was fitted to."""
    names = spelling_of(estimator).all(NAMES)
    for labels in (LANGUAGES, TWO):
        model = clone(estimator).fit(names, labels)
        assert model.score(names, labels) > 0.83
        accuracy = np.mean(model.predict(names) == labels)
        assert_close(model.score(names, labels), accuracy, 1e-12, "score is accuracy")


def check_probabilities_agree(name: str, estimator: Any) -> None:
    """Probabilities sum to 1 and agree with predict and decision_function."""
    spell = spelling_of(estimator)
    names = spell.all(NAMES)
    for labels in (LANGUAGES, TWO):
        model = clone(estimator).fit(names, labels)
        words = [*names, *spell.all(["", "ñ", "zzzzzzzz" * 20])]
        n_classes = len(model.classes_)
        log_proba, proba = model.predict_log_proba(words), model.predict_proba(words)
        assert proba.shape == (len(words), n_classes)
        assert proba.dtype == log_proba.dtype == np.float64
        assert_close(proba.sum(axis=1), 1, 1e-12, "rows of predict_proba")
        assert_close(np.exp(log_proba), proba, 1e-12, "log and proba")
        predicted = model.predict(words)
        assert (model.classes_[log_proba.argmax(axis=1)] == predicted).all()
        decision = model.decision_function(words)
        if n_classes == 2:
            assert decision.shape == (len(words),)
            assert (model.classes_[(decision > 0).astype(int)] == predicted).all()
            assert_close(decision, log_proba[:, 1] - log_proba[:, 0], 1e-9, "log-odds")
        else:
            assert decision.shape == (len(words), n_classes)
            assert (model.classes_[decision.argmax(axis=1)] == predicted).all()


def check_bayes_rule(name: str, estimator: Any) -> None:
    """Posteriors are priors times likelihoods, normalised."""
    names = spelling_of(estimator).all(NAMES)
    given = {None: [9 / 24, 8 / 24, 7 / 24], "uniform": [1 / 3] * 3, (0.5, 0.2, 0.3): None}
    for priors, expected in given.items():
        model = clone(estimator).set_params(priors=priors).fit(names, LANGUAGES)
        prior = np.array(priors if expected is None else expected)
        assert_close(model.class_prior_, prior, 1e-12, "class_prior_")
        likelihoods = model.transform(names)
        joint = np.exp(likelihoods - likelihoods.max(axis=1, keepdims=True)) * prior
        posterior = joint / joint.sum(axis=1, keepdims=True)
        assert_close(model.predict_proba(names), posterior, 1e-9, "Bayes' rule")
    for bad in ([0.5, 0.5], [0.5, 0.6, 0.2], [-0.5, 1, 0.5], [[0.5, 0.2, 0.3]]):
        raises(ValueError, "priors", clone(estimator).set_params(priors=bad).fit, names, LANGUAGES)


def check_likelihoods_are_those_of_the_models(name: str, estimator: Any) -> None:
    """Transform has a column a class: the log-likelihoods of its model, all over one alphabet."""
    names = spelling_of(estimator).all([*NAMES, "ñ"])
    estimator.fit(names[:-1], LANGUAGES)
    words = pd.Series(names, index=[f"row {i}" for i in range(len(names))])
    columns = [model.score_samples(words) for model in estimator.estimators_]
    assert_close(estimator.transform(words), np.stack(columns, axis=1), 1e-9, "transform")
    for model in estimator.estimators_:
        assert model.symbols_.tolist() == estimator.estimators_[0].symbols_.tolist()
        assert "\ufffd" not in model.symbols_
    frame = estimator.set_output(transform="pandas").transform(words)
    assert frame.index.equals(words.index)
    assert frame.columns.tolist() == estimator.get_feature_names_out().tolist()
    assert len(set(frame.columns)) == 3


def check_explanations_add_up(name: str, estimator: Any) -> None:
    """Log-odds of symbols and of priors sum to those of the two likeliest classes."""
    words = spelling_of(estimator).all([*NAMES, "", "ñ"])
    estimator.fit(words[:-2], LANGUAGES)
    rows = estimator.explain(words)
    log_proba = estimator.predict_log_proba(words)
    ranked = np.argsort(-log_proba, axis=1, kind="stable")
    each = np.arange(len(words))
    expected = log_proba[each, ranked[:, 0]] - log_proba[each, ranked[:, 1]]
    prior = np.log(estimator.class_prior_)
    odds = rows.groupby("word")["log_odds"].sum() + prior[ranked[:, 0]] - prior[ranked[:, 1]]
    assert_close(odds, expected, 40 * tolerance(estimator), "log-odds of explain")
    of_word = rows.groupby("word")[["label", "runner_up"]].first()
    assert of_word["label"].tolist() == estimator.predict(words).tolist()
    assert of_word["runner_up"].tolist() == estimator.classes_[ranked[:, 1]].tolist()


def check_samples_are_of_their_class(name: str, estimator: Any) -> None:
    """Words are sampled from the model of a class, with its options; other labels raise."""
    estimator.fit(spelling_of(estimator).all(NAMES), LANGUAGES)
    for label, model in zip(estimator.classes_, estimator.estimators_, strict=True):
        drawn = estimator.sample(5, label, random_state=0, min_length=2)
        assert drawn.tolist() == model.sample(5, random_state=0, min_length=2).tolist()
    raises(ValueError, "klingon", estimator.sample, 1, "klingon")


def check_bad_labels_are_refused(name: str, estimator: Any) -> None:
    """One class, missing or continuous labels, none at all and other lengths raise."""
    names = spelling_of(estimator).all(NAMES)
    n = len(names)
    numbers = np.arange(n) % 2.0
    numbers[3] = np.nan
    bad: list[tuple[str, Any]] = [
        ("class", ["it"] * n),
        ("y", None),
        ("NaN", [*LANGUAGES[:-1].tolist(), None]),
        ("NaN", [*LANGUAGES[:-1].tolist(), np.nan]),
        ("NaN", pd.Series([*LANGUAGES[:-1], None], dtype="string")),
        ("NaN", pd.Categorical([*LANGUAGES[:-1], None])),
        ("NaN", numbers),
        ("inconsistent", LANGUAGES[:-1]),
        ("continuous", np.linspace(0, 1, n)),
    ]
    for mentions, labels in bad:
        raises(ValueError, mentions, clone(estimator).fit, names, labels)
    only_one = (LANGUAGES == "it").astype(float)
    raises(ValueError, "class", clone(estimator).fit, names, LANGUAGES, only_one)


def check_chunks_need_classes(name: str, estimator: Any) -> None:
    """The first partial_fit is told all classes; a refused chunk changes nothing."""
    if not hasattr(estimator, "partial_fit"):
        return
    spell = spelling_of(estimator)
    names, hans = spell.all(NAMES), spell("hans")
    if is_neural(estimator):  # which gains no symbols after its first words
        alphabet = sorted(spell.symbols(set("".join(NAMES))))
        estimator.set_params(estimator__alphabet=alphabet)
    raises(ValueError, "classes", clone(estimator).partial_fit, names, LANGUAGES)
    estimator.partial_fit(names[:9], LANGUAGES[:9], classes=["pl", "it", "fi"])
    assert estimator.classes_.tolist() == ["fi", "it", "pl"]
    assert (estimator.predict_proba(names)[:, 0] == 0).all(), "nothing is known of 'fi' yet"
    raises(ValueError, "fi", estimator.sample, 1, "fi")
    assert estimator.partial_fit(names[9:], LANGUAGES[9:]) is estimator
    before = estimator.predict_log_proba(names)
    raises(ValueError, "'de'", estimator.partial_fit, [hans], ["de"])
    raises(ValueError, "classes", estimator.partial_fit, names, LANGUAGES, classes=["it", "de"])
    raises(ValueError, "1", estimator.partial_fit, [hans, None], ["it", "pl"])
    assert_close(estimator.predict_log_proba(names), before, 0, "after a refused chunk")
    assert estimator.score(names, LANGUAGES) > 0.5
