"""Exponential averages."""

import numpy as np

from sklearn_makemore._core.running_means import running_means


def test_running_means_by_hand():
    means = running_means(np.array([4.0, 0.0, 2.0]), span=2)
    np.testing.assert_allclose(means, [4, 2 / 1.5, (1 + 0 + 2) / 1.75])
    np.testing.assert_array_equal(running_means(np.array([4.0, 1.0]), span=0.1), [4, 1])
