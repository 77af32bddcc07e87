"""scikit-learn's conventions: parameters, fitted state, tags."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore.utils._checks.common import (
    OTHER_WORDS,
    WORDS,
    assert_close,
    fitted,
    is_language_model,
    is_of_characters,
    labels_of,
    methods_of,
    raises,
    scores_of,
    spelling_of,
)


def is_fitted(estimator: Any) -> bool:
    """Ask scikit-learn whether an estimator is fitted."""
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def check_parameters_are_kept(name: str, estimator: Any) -> None:
    """Fitting and using an estimator change no parameter, nor the models it is given."""
    words = spelling_of(estimator).all(WORDS)
    before = estimator.get_params()
    pickled = {parameter: pickle.dumps(value) for parameter, value in before.items()}
    scores_of(fitted(estimator), words)
    if is_language_model(estimator):
        estimator.score(words)
        estimator.sample(2, random_state=0)
    after = estimator.get_params()
    assert before.keys() == after.keys()
    for parameter, value in after.items():
        assert value is before[parameter], f"{name} replaced its parameter {parameter}"
        same = pickle.dumps(value) == pickled[parameter]
        assert same, f"{name} changed its parameter {parameter}"


def check_parameters_are_validated_at_fit(name: str, estimator: Any) -> None:
    """A value of a wrong type is refused by fit, which names the parameter."""
    parameters = set(estimator.get_params(deep=False))
    assert set(getattr(estimator, "_parameter_constraints", parameters)) == parameters, (
        f"_parameter_constraints of {name} are to have one entry for each parameter"
    )
    spell = spelling_of(estimator)
    words = spell.all(WORDS)
    wrong = [(name, type("NotAParameter", (), {})(), repr(name)) for name in parameters]
    if is_language_model(estimator):
        a, two = spell.symbol("a"), spell("bc")
        wrong += [("boundary", "", "'boundary'"), ("alphabet", [a, two], repr(two))]
        wrong += [("alphabet", [a, ""], "'alphabet'")]
    for parameter, value, mentions in wrong:
        broken = clone(estimator)
        setattr(broken, parameter, value)
        raises(InvalidParameterError, mentions, fitted, broken, words)


def check_unfitted_methods_raise(name: str, estimator: Any) -> None:
    """Before fit every method raises NotFittedError."""
    words = spelling_of(estimator).all(WORDS)
    for method in methods_of(estimator):
        raises(NotFittedError, "fit", method, words)
    if is_language_model(estimator):
        for method in (
            estimator.sample,
            estimator.most_likely,
            estimator.iter_likely,
            estimator.get_feature_names_out,
        ):
            raises(NotFittedError, "fit", method)
        raises(NotFittedError, "fit", estimator.complete, spelling_of(estimator)("a?"))
        raises(NotFittedError, "fit", estimator.pattern_log_proba, [".*"])
    assert not is_fitted(estimator)


def check_fit_returns_self(name: str, estimator: Any) -> None:
    """Fit returns the estimator; that of a language model ignores y and learns the symbols."""
    assert fitted(estimator) is estimator
    assert is_fitted(estimator)
    if is_language_model(estimator):
        spell = spelling_of(estimator)
        again = estimator.fit(spell.all(WORDS), np.zeros(len(WORDS)))
        assert again is estimator, "y is to be ignored"
        symbols = sorted(spell.symbols(set("".join(WORDS))))
        boundary = next(shown for shown in ".|$" if shown not in symbols)
        learnt = [estimator.boundary or boundary, *symbols]
        assert estimator.symbols_.tolist()[: len(learnt)] == learnt
        assert estimator.symbols_.dtype == object
        assert estimator.n_symbols_ == len(estimator.symbols_)


def check_fit_is_idempotent(name: str, estimator: Any) -> None:
    """Fitting again forgets the first fit."""
    once = scores_of(fitted(clone(estimator)))
    fitted(estimator, spelling_of(estimator).all("xyz" + word[::-1] for word in WORDS))
    assert_close(scores_of(fitted(estimator)), once, 1e-10, "a second fit depends on the first")


def check_failed_fit_keeps_state(name: str, estimator: Any) -> None:
    """A fit or partial_fit that fails leaves a fitted estimator as it was."""
    spell = spelling_of(estimator)
    fitted(estimator)
    before, attributes = scores_of(estimator), set(vars(estimator))
    # One word is enough for a language model, whose partial_fit needs to be told no classes.
    methods = [estimator.fit]
    bad: list[Any] = [[spell("good"), None], [spell("good"), 3], [], "bare", [spell("one")]]
    if is_language_model(estimator):
        methods, bad = [estimator.fit, estimator.partial_fit], bad[:-1]
    for words in bad:
        for method in methods:
            raises((TypeError, ValueError), "", method, words, labels_of(estimator, words))
    raises(ValueError, "sample_weight", fitted, estimator, spell.all(WORDS), -np.ones(len(WORDS)))
    assert set(vars(estimator)) == attributes
    assert_close(scores_of(estimator), before, 0, "a failed fit changed scores")


def check_methods_change_nothing(name: str, estimator: Any) -> None:
    """Scoring, sampling and searching leave the fitted attributes alone."""
    spell = spelling_of(estimator)
    others = spell.all(OTHER_WORDS)
    before = pickle.dumps(fitted(estimator))
    for method in methods_of(estimator):
        method(others)
    if is_language_model(estimator):
        a = spell("a")
        estimator.sample(3, random_state=0)
        estimator.sample(3, random_state=0, suffix=a, max_length=3)
        estimator.most_likely(2, max_length=3)
        estimator.most_likely(2, suffix=a, exclude=[a], max_length=3)
        next(estimator.iter_likely(suffix=a))
        estimator.complete(spell("a?"))
        if is_of_characters(estimator):
            estimator.pattern_log_proba(["a.?"], n_samples=2)
    assert pickle.dumps(estimator) == before, "a method changed the fitted estimator"


def check_fitted_models_do_not_heed_parameters(name: str, estimator: Any) -> None:
    """Parameters set after fit change nothing before the next fit, in a pickle neither."""
    others = spelling_of(estimator).all(OTHER_WORDS)
    before = scores_of(fitted(estimator), others)
    for parameter in set(estimator.get_params(deep=False)) - {"device", "estimators", "n_jobs"}:
        setattr(estimator, parameter, "set after fit")
    assert_close(scores_of(estimator, others), before, 0, "after parameters were set")
    again = pickle.loads(pickle.dumps(estimator))
    assert_close(scores_of(again, others), before, 0, "unpickled after that")


def check_a_fit_forgets_the_attributes_of_others(name: str, estimator: Any) -> None:
    """What is learnt from words does not depend on what was learnt from others."""
    others = spelling_of(estimator).all(OTHER_WORDS)
    expected = vars(fitted(clone(estimator))).keys()
    assert vars(fitted(fitted(estimator, others))).keys() == expected


def check_tags(name: str, estimator: Any) -> None:
    """The tags say: a one-dimensional column of words; a language model makes features of it."""
    tags = get_tags(estimator)
    assert tags.input_tags.string
    assert tags.input_tags.one_d_array
    assert not tags.input_tags.two_d_array
    if is_language_model(estimator):
        assert tags.transformer_tags is not None
        assert not tags.target_tags.required


def check_sample_weight_can_be_routed(name: str, estimator: Any) -> None:
    """`sample_weight` takes part in metadata routing."""
    requests = estimator.get_metadata_routing()
    for method in ("fit", "partial_fit", "score") if is_language_model(estimator) else ("fit",):
        assert "sample_weight" in getattr(requests, method).requests, method
