"""What classifiers and outlier detectors do with the language models that they hold."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

from sklearn.base import clone

from sklearn_makemore.utils._checks.common import (
    Counter,
    assert_close,
    fitted,
    raises,
    scores_of,
    spelling_of,
    tolerance,
)


def check_nested_parameters(name: str, estimator: Any) -> None:
    """Parameters of the language model are reached as ``estimator__*`` and heeded by fit."""
    if estimator.estimator is None:
        from sklearn_makemore import NGramCountLM

        estimator.set_params(estimator=NGramCountLM(order=2))
    assert "estimator__alphabet" in estimator.get_params()
    spell = spelling_of(estimator)
    estimator.set_params(estimator__alphabet=spell.symbols("abcdefghijklmnopqrstuvwxyzëö."))
    for model in fitted(estimator).estimators_:
        known = model.symbols_.tolist()
        assert spell.symbol("q") in known, "the alphabet of the language model was not used"


def check_workers_do_not_matter(name: str, estimator: Any) -> None:
    """Two workers give what one gives."""
    expected = scores_of(fitted(clone(estimator)))
    beside = scores_of(fitted(estimator.set_params(n_jobs=2)))
    assert_close(beside, expected, 20 * tolerance(estimator), "n_jobs=2")


def check_callbacks_are_told(name: str, estimator: Any) -> None:
    """Callbacks hear of the fit and, if they ask for it, of those of the language models."""
    counter = Counter()
    if estimator.estimator is None:
        from sklearn_makemore import BigramCountLM

        estimator.set_params(estimator=BigramCountLM())
    model = type(estimator.estimator).__name__
    models = fitted(clone(estimator).set_callbacks(counter)).estimators_
    assert counter.estimators[0] == name
    assert counter.estimators.count(model) >= len(models)
    assert not any(hasattr(held, "_skl_callbacks") for held in models)
    raises(TypeError, "Register them directly", fitted, _with_callback(estimator))


def _with_callback(estimator: Any) -> Any:
    """Return a clone whose language model has a callback that belongs to the outermost one."""
    held = clone(estimator.estimator).set_callbacks(Counter())
    return clone(estimator).set_params(estimator=held)
