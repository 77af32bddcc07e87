"""From the random_state of a caller to the numbers of a draw."""

# SPDX-License-Identifier: BSD-3-Clause

import sys
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sklearn_makemore._core.draws import Draw, InverseCDFDraw
from sklearn_makemore._estimators.arguments import shown


def draw_from(random_state: Any) -> Draw:
    """Return the draw for a seed, a RandomState, None (NumPy's global state) or torch.Generator.

    Raises
    ------
    ValueError
        If `random_state` is none of them.
    """
    torch = sys.modules.get("torch")  # a caller who has a torch.Generator has loaded it
    if torch is not None and isinstance(random_state, torch.Generator):
        from sklearn_makemore._neural.lecture import MultinomialDraw

        return MultinomialDraw(random_state)
    try:
        generator = check_random_state(random_state)
    except ValueError as error:
        reason = str(error).removeprefix(repr(random_state)).strip()
        raise ValueError(f"random_state={shown(random_state)}: {reason}.") from None
    seed = generator.randint(2**63 - 1, dtype=np.int64)
    return InverseCDFDraw(int(seed))
