"""When a training looked at held-out words, of models that do not say it in `validation_steps_`.

To be deleted, with its one call, once every estimator has the attribute.
"""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS_PER_LOOK = {"adamw": 50, "sgd": 1_000}


def guessed_steps(estimator: Any, n_looks: int) -> NDArray[np.int64]:
    """Return how many steps were taken before each look at the held-out words.

    The looks are evenly spaced, but that the end of the training makes the last one come earlier.
    Parameters may have been changed since the fit, so the spacing must agree with the looks taken.
    """
    n_steps = len(estimator.loss_curve_)
    own = STEPS_PER_LOOK.get(getattr(estimator, "solver", ""))
    for spacing in filter(None, (own, *STEPS_PER_LOOK.values())):
        if n_looks in (n_steps // spacing, -(-n_steps // spacing)):
            break
    else:
        spacing = -(-n_steps // n_looks)
    return np.minimum(spacing * np.arange(1, n_looks + 1), n_steps)
