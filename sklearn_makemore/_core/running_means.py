"""Noisy curves made smooth."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def running_means(values: FloatArray, span: float) -> FloatArray:
    """Average exponentially over about `span` values, without a bias towards the first."""
    keep = max(0.0, 1 - 1 / span)
    weights, total = np.zeros(len(values)), np.zeros(len(values))
    weight = mean = 0.0
    for i, value in enumerate(values):
        weight = keep * weight + 1
        mean = keep * mean + value
        weights[i], total[i] = weight, mean
    return np.asarray(total / weights)
