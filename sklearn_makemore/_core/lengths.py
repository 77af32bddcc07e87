"""How long the words of a model are, exactly."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sklearn_makemore._core.models import FloatArray
from sklearn_makemore._core.product import Product


def length_probabilities(product: Product, longest: int) -> FloatArray:
    """Return the probability of a word of each length from the first node of a product.

    Parameters
    ----------
    product : Product
    longest : int
        The last length that is asked for.

    Returns
    -------
    probabilities : ndarray of shape (longest + 1,), float64
        From 0 symbols on.
    """
    onwards, ends = product.plain.matrix.T.tocsr(), product.plain.ends
    reached = np.zeros(product.n_nodes)
    reached[0] = 1.0
    result = np.zeros(longest + 1)
    for length in range(longest + 1):
        result[length] = reached @ ends
        reached = onwards @ reached
    return result
