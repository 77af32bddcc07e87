"""scikit-learn's conventions: parameters, fitted state, copies, tags."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks as sklearn_checks
from sklearn.utils import get_tags
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore.utils._checks.common import (
    METHODS_OF_WORDS,
    OTHER_WORDS,
    WORDS,
    assert_close,
    checks_in,
    raises,
)

WITHOUT_DATA = [
    sklearn_checks.check_do_not_raise_errors_in_init_or_set_params,
    sklearn_checks.check_estimator_cloneable,
    sklearn_checks.check_estimator_repr,
    sklearn_checks.check_estimator_tags_renamed,
    sklearn_checks.check_get_params_invariance,
    sklearn_checks.check_mixin_order,
    sklearn_checks.check_no_attributes_set_in_init,
    sklearn_checks.check_parameters_default_constructible,
    sklearn_checks.check_set_params,
    sklearn_checks.check_valid_tag_types,
]


def checks_of(estimator: Any) -> Iterator[Callable[[str, Any], None]]:
    """Yield the checks of this subject, scikit-learn's own that need no data among them."""
    yield from WITHOUT_DATA
    yield from checks_in(globals())


def is_fitted(estimator: Any) -> bool:
    """Ask scikit-learn whether an estimator is fitted."""
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def check_parameters_are_kept(name: str, estimator: Any) -> None:
    """Fitting and using a model change no parameter."""
    before = estimator.get_params()
    values = copy.deepcopy(before)
    estimator.fit(WORDS).score(WORDS)
    estimator.sample(2, random_state=0)
    after = estimator.get_params()
    assert before.keys() == after.keys()
    for parameter, value in after.items():
        assert value is before[parameter], f"{name} replaced its parameter {parameter}"
        assert repr(value) == repr(values[parameter]), f"{name} changed its parameter {parameter}"


def check_parameters_are_validated_at_fit(name: str, estimator: Any) -> None:
    """A value of a wrong type is refused by fit, which names the parameter."""
    constrained = set(
        getattr(estimator, "_parameter_constraints", estimator.get_params(deep=False))
    )
    assert constrained == set(estimator.get_params(deep=False)), (
        f"_parameter_constraints of {name} are to have one entry for each parameter"
    )
    for parameter in estimator.get_params(deep=False):
        broken = clone(estimator)
        setattr(broken, parameter, type("NotAParameter", (), {})())
        raises(InvalidParameterError, f"'{parameter}'", broken.fit, WORDS)
    raises(InvalidParameterError, "boundary", clone(estimator).set_params(boundary="").fit, WORDS)
    alphabet = ["a", "bc"]
    raises(InvalidParameterError, "'bc'", clone(estimator).set_params(alphabet=alphabet).fit, WORDS)


def check_unfitted_methods_raise(name: str, estimator: Any) -> None:
    """Before fit every method raises NotFittedError."""
    for method in METHODS_OF_WORDS:
        raises(NotFittedError, "fit", getattr(estimator, method), WORDS)
    for method in ("sample", "most_likely", "get_feature_names_out"):
        raises(NotFittedError, "fit", getattr(estimator, method))
    assert not is_fitted(estimator)


def check_fit_returns_self(name: str, estimator: Any) -> None:
    """Fit and partial_fit return the estimator, with the symbols it has learnt."""
    assert estimator.fit(WORDS) is estimator
    assert is_fitted(estimator)
    assert estimator.fit(WORDS, np.zeros(len(WORDS))) is estimator, "y is to be ignored"
    characters = sorted(set("".join(WORDS)))
    assert estimator.symbols_.tolist()[: len(characters) + 1] == [estimator.boundary, *characters]
    assert estimator.symbols_.dtype == object
    assert estimator.n_symbols_ == len(estimator.symbols_)


def check_fit_is_idempotent(name: str, estimator: Any) -> None:
    """Fitting again forgets the first fit."""
    once = clone(estimator).fit(WORDS).score_samples(OTHER_WORDS)
    again = estimator.fit(["xyz", *WORDS]).fit(WORDS).score_samples(OTHER_WORDS)
    assert_close(again, once, 1e-10, "a second fit depends on the first")


def check_failed_fit_keeps_state(name: str, estimator: Any) -> None:
    """A fit or partial_fit that fails leaves a fitted model as it was."""
    estimator.fit(WORDS)
    before = estimator.score_samples(OTHER_WORDS)
    attributes = set(vars(estimator))
    for words in (["good", None], ["good", 3], [], "bare"):
        for method in (estimator.fit, estimator.partial_fit):
            raises((TypeError, ValueError), "", method, words)
    raises(ValueError, "sample_weight", estimator.fit, ["good"], None, [-1.0])
    assert set(vars(estimator)) == attributes
    assert_close(estimator.score_samples(OTHER_WORDS), before, 0, "a failed fit changed scores")


def check_methods_change_nothing(name: str, estimator: Any) -> None:
    """Scoring and sampling leave the fitted attributes alone."""
    estimator.fit(WORDS)
    before = pickle.dumps(estimator)
    for method in METHODS_OF_WORDS:
        getattr(estimator, method)(OTHER_WORDS)
    estimator.sample(3, random_state=0)
    estimator.most_likely(2, max_length=3)
    assert pickle.dumps(estimator) == before, "a method changed the fitted estimator"


def check_fitted_models_do_not_heed_parameters(name: str, estimator: Any) -> None:
    """Parameters set after fit change nothing before the next fit, in a pickle neither."""
    estimator.fit(WORDS)
    before = estimator.score_samples(OTHER_WORDS)
    for parameter in set(estimator.get_params(deep=False)) - {"device", "estimators"}:
        setattr(estimator, parameter, "set after fit")
    assert_close(estimator.score_samples(OTHER_WORDS), before, 0, "after parameters were set")
    again = pickle.loads(pickle.dumps(estimator))
    assert_close(again.score_samples(OTHER_WORDS), before, 0, "unpickled after that")


def check_a_fit_forgets_the_attributes_of_others(name: str, estimator: Any) -> None:
    """What is learnt from words does not depend on what was learnt from others."""
    expected = vars(clone(estimator).fit(WORDS)).keys()
    assert vars(estimator.fit(OTHER_WORDS).fit(WORDS)).keys() == expected


def check_tags(name: str, estimator: Any) -> None:
    """The tags say: density estimator over a one-dimensional column of strings."""
    tags = get_tags(estimator)
    assert tags.estimator_type == "density_estimator"
    assert tags.transformer_tags is not None
    assert tags.input_tags.string
    assert tags.input_tags.one_d_array
    assert not tags.input_tags.two_d_array
    assert not tags.target_tags.required


def check_sample_weight_can_be_routed(name: str, estimator: Any) -> None:
    """`sample_weight` takes part in metadata routing."""
    requests = estimator.get_metadata_routing()
    for method in ("fit", "partial_fit", "score"):
        assert "sample_weight" in getattr(requests, method).requests, method
