"""Every published check on every estimator of the library."""

import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from sklearn_makemore import BigramCountLM
from sklearn_makemore.utils.discovery import all_estimators
from sklearn_makemore.utils.estimator_checks import parametrize_with_checks


@parametrize_with_checks([estimator() for _, estimator in all_estimators()])
def test_conventions(estimator, check):
    check(estimator)


@parametrize_with_checks([BigramCountLM(smoothing=0), BigramCountLM(smoothing=50)])
def test_conventions_hold_for_extreme_parameters(estimator, check):
    check(estimator)


def test_scikit_learns_own_checks():
    for _, estimator in all_estimators():
        with pytest.warns(SkipTestWarning, match="one_d_array=True"):
            check_estimator(estimator())
