"""Standard errors over words."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from typing import NamedTuple

import numpy as np

from sklearn_makemore.metrics._inputs import FloatArray

NORMAL_QUANTILE = 1.959963984540054  # standard errors from the middle of a normal one to its ends


class Estimate(NamedTuple):
    """A value and its standard error."""

    value: float
    standard_error: float

    @property
    def interval(self) -> tuple[float, float]:
        """Bounds of the normal 95% interval."""
        margin = NORMAL_QUANTILE * self.standard_error
        return self.value - margin, self.value + margin


def ratio_of_sums(
    numerators: FloatArray, denominators: FloatArray, weights: FloatArray
) -> Estimate:
    """Return the ratio of two weighted sums over words with its linearised standard error.

    Parameters
    ----------
    numerators, denominators, weights : ndarray of shape (n_words,), float64
        The error is nan where words weigh no more than one together.

    References
    ----------
    William G. Cochran, "Sampling Techniques", 3rd edition, Wiley, 1977, chapter 6.
    """
    n_words, total = float(weights.sum()), float(weights @ denominators)
    ratio = float(weights @ numerators) / total
    residuals = numerators - ratio * denominators
    error = math.nan
    if n_words > 1:
        variance = float(weights @ residuals**2) * n_words / (n_words - 1)
        error = math.sqrt(variance) / total
    return Estimate(ratio, error)


def mean_of(values: FloatArray) -> Estimate:
    """Return the mean of the values (n,) of words, with its standard error."""
    ones = np.ones(len(values))
    return ratio_of_sums(values, ones, ones)
