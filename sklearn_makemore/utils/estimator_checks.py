"""The conventions of estimators over words, as checks that any of them can be held to.

scikit-learn's own ``check_estimator`` runs a single check on estimators that take a column of
strings; these carry its common checks over to words, those of classifiers and outlier detectors
too, and add what a language model promises: distributions that sum to 1, scores that agree with
each other, samples that follow the seed. Tags say which of them an estimator is, and its parameter
`symbols` in which form it is given words.
"""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sklearn.base import clone
from sklearn.utils import estimator_checks as sklearn_checks

from sklearn_makemore.utils._checks import (
    api,
    classifiers,
    inputs,
    outlier_detectors,
    persistence,
    probabilities,
    sampling,
    weights,
    word_predictors,
    workflows,
)
from sklearn_makemore.utils._checks.common import Check, checks_in, is_language_model, kind_of

__all__ = [
    "check_char_lm",
    "check_word_classifier",
    "check_word_outlier_detector",
    "parametrize_with_checks",
]

WITHOUT_DATA = (
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
)
OF_ALL = (api, persistence, inputs, weights)
SUBJECTS = {
    "density_estimator": (*OF_ALL, probabilities, sampling, workflows),
    "classifier": (*OF_ALL, word_predictors, classifiers),
    "outlier_detector": (*OF_ALL, word_predictors, outlier_detectors),
}


def check_char_lm(estimator: Any, *, expected_failed_checks: dict[str, str] | None = None) -> None:
    """Hold an estimator to the conventions of language models over words.

    Parameters
    ----------
    estimator : estimator object
        Unfitted instance; it is cloned for every check. Of the parameters that all language models
        share `symbols` is kept, and words are written in its kind: a pattern has to match every
        letter by itself, as ``re.compile(".", re.DOTALL)`` does. The others (alphabet, boundary,
        handle_unknown, random_state) are set by the checks.
    expected_failed_checks : dict of str to str, default=None
        Names of checks that are known to fail, with the reason; they are skipped.

    Raises
    ------
    AssertionError
        From the first check that fails, saying what was expected.

    See Also
    --------
    parametrize_with_checks : The same checks as separate tests of pytest.
    sklearn.utils.estimator_checks.check_estimator : The checks of scikit-learn.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.utils.estimator_checks import check_char_lm
    >>> check_char_lm(BigramCountLM())
    >>> check_char_lm(BigramCountLM(symbols="token"))
    """
    _check("density_estimator", estimator, expected_failed_checks)


def check_word_classifier(
    estimator: Any, *, expected_failed_checks: dict[str, str] | None = None
) -> None:
    """Hold an estimator to the conventions of classifiers over words.

    Parameters
    ----------
    estimator : estimator object
        Unfitted instance with parameters `estimator`, `priors` and `n_jobs`; it is cloned for
        every check. Words are of the `symbols` of its language model.
    expected_failed_checks : dict of str to str, default=None
        Names of checks that are known to fail, with the reason; they are skipped.

    Raises
    ------
    AssertionError
        From the first check that fails, saying what was expected.

    See Also
    --------
    parametrize_with_checks : The same checks as separate tests of pytest.

    Examples
    --------
    >>> from sklearn_makemore import CharLMClassifier
    >>> from sklearn_makemore.utils.estimator_checks import check_word_classifier
    >>> check_word_classifier(CharLMClassifier())
    """
    _check("classifier", estimator, expected_failed_checks)


def check_word_outlier_detector(
    estimator: Any, *, expected_failed_checks: dict[str, str] | None = None
) -> None:
    """Hold an estimator to the conventions of outlier detectors over words.

    Parameters
    ----------
    estimator : estimator object
        Unfitted instance with parameters `estimator`, `contamination`, `statistic` and `n_jobs`;
        it is cloned for every check. Words are of the `symbols` of its language model.
    expected_failed_checks : dict of str to str, default=None
        Names of checks that are known to fail, with the reason; they are skipped.

    Raises
    ------
    AssertionError
        From the first check that fails, saying what was expected.

    See Also
    --------
    parametrize_with_checks : The same checks as separate tests of pytest.

    Examples
    --------
    >>> from sklearn_makemore import CharLMOutlierDetector
    >>> from sklearn_makemore.utils.estimator_checks import check_word_outlier_detector
    >>> check_word_outlier_detector(CharLMOutlierDetector())
    """
    _check("outlier_detector", estimator, expected_failed_checks)


def parametrize_with_checks(estimators: Sequence[Any]) -> Any:
    """Make a pytest decorator that runs every check on every estimator as a test of its own.

    Parameters
    ----------
    estimators : sequence of estimator objects
        Unfitted instances: language models, classifiers and outlier detectors over words, with any
        `symbols`.

    Returns
    -------
    decorator : pytest.MarkDecorator
        Parametrises a test with the arguments `estimator` and `check`, to be called as
        ``check(estimator)``.

    See Also
    --------
    check_char_lm : Run all checks at once, without pytest.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.utils.estimator_checks import parametrize_with_checks
    >>> @parametrize_with_checks([BigramCountLM(), BigramCountLM(smoothing=0.1)])
    ... def test_conventions(estimator, check):
    ...     check(estimator)
    """
    import pytest

    cases = [
        pytest.param(estimator, partial(_run, check), id=f"{estimator}-{check.__name__}")
        for estimator in estimators
        for check in _checks_of(estimator)
    ]
    return pytest.mark.parametrize(("estimator", "check"), cases)


def _check(kind: str, estimator: Any, expected_failed_checks: dict[str, str] | None) -> None:
    """Run all checks of a kind of estimators, if the estimator says that it is one."""
    found = kind_of(estimator)
    assert found == kind, f"the tags of {estimator} say {found!r}, not {kind!r}"
    for check in _checks_of(estimator):
        if check.__name__ not in (expected_failed_checks or {}):
            _run(check, estimator)


def _run(check: Check, estimator: Any) -> None:
    """Run a check on a clone with a seed and the defaults of what all language models share."""
    fresh = clone(estimator)
    if is_language_model(estimator):
        fresh.set_params(alphabet=None, boundary=None, handle_unknown="error", random_state=0)
    elif "estimator__random_state" in fresh.get_params():
        fresh.set_params(estimator__random_state=0)
    check(type(estimator).__name__, fresh)


def _checks_of(estimator: Any) -> Iterator[Check]:
    yield from WITHOUT_DATA
    for module in SUBJECTS[kind_of(estimator)]:
        yield from checks_in(module, estimator)
