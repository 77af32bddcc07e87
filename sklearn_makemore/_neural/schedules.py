"""Learning rates, one for every step, and how many steps are a block."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
STEPS_PER_BLOCK = 50  # between looks at the losses: a device is not waited for within a block


def one_cycle(n_steps: int, highest: float) -> list[float]:
    """Let the rate rise and fall once (Smith & Topin 2018).

    It rises for 30 % of the steps from a 25th of the highest rate and falls to nearly 0, both along
    a cosine.
    """
    rise = max(1, round(0.3 * n_steps))
    fall = max(1, n_steps - rise)
    steps = np.arange(n_steps)
    up = _cosine(1 / 25, 1.0, steps / rise)
    down = _cosine(1.0, 1e-5, (steps - rise) / fall)
    rates: list[float] = (highest * np.where(steps < rise, up, down)).tolist()
    return rates


def constant(n_steps: int, rate: float) -> list[float]:
    """Keep one rate."""
    return [rate] * n_steps


def drop_at_half(n_steps: int, rate: float) -> list[float]:
    """Divide the rate by 10 at half of the steps, as the lecture does."""
    n_fast = (n_steps + 1) // 2
    return [rate] * n_fast + [rate / 10] * (n_steps - n_fast)


def _cosine(start: float, stop: float, progress: FloatArray) -> FloatArray:
    """Go from `start` to `stop` along half a cosine as `progress` goes from 0 to 1."""
    return np.asarray(stop + (start - stop) * (1 + np.cos(np.pi * progress)) / 2)
