"""Tools to choose hyper-parameters, beside those of scikit-learn."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

__all__ = ["LearningRateRangeTest", "learning_rate_range_test"]


@dataclass(frozen=True, eq=False)
class LearningRateRangeTest:
    """Losses of a training whose learning rate grows from step to step.

    It is what :func:`learning_rate_range_test` returns.

    Parameters
    ----------
    learning_rates : ndarray of shape (n_steps,), float64
        Rate of each step, growing.
    losses : ndarray of shape (n_steps,), float64
        Loss before each step, in nats. Of a training that blew up, the finite ones.
    smoothed_losses : ndarray of shape (n_steps,), float64
        Running means of the losses.
    suggestion : float
        The rate at which the smoothed loss is least.

    See Also
    --------
    learning_rate_range_test : Makes it.

    Examples
    --------
    >>> from sklearn_makemore import NeuralBigramLM
    >>> from sklearn_makemore.model_selection import learning_rate_range_test
    >>> lm = NeuralBigramLM(solver="gd", random_state=0)
    >>> test = learning_rate_range_test(lm, ["emma", "ava"], lowest=1, highest=1e4, n_steps=200)
    >>> test.losses.shape, 10 < test.suggestion < 1000
    ((200,), True)
    """

    learning_rates: FloatArray
    losses: FloatArray
    smoothed_losses: FloatArray
    suggestion: float


def learning_rate_range_test(
    estimator: Any,
    X: Any,
    *,
    sample_weight: Any = None,
    lowest: float = 1e-3,
    highest: float = 1.0,
    n_steps: int = 1_000,
) -> LearningRateRangeTest:
    """Try learning rates that grow exponentially, one for each step of a single training.

    While the rate is too low the loss hardly falls, while it is right it falls, and when it is too
    high the loss rises again. The suggestion is the rate of the least loss, averaged
    exponentially over a twentieth of the steps; it is a place to begin a search from.

    Parameters
    ----------
    estimator : neural language model
        Unfitted or fitted; it is not changed. Its own `learning_rate` and `max_steps` do not
        matter.
    X : container of words of shape (n,)
        The words to train on.
    sample_weight : array-like of shape (n,), default=None
        Non-negative weight of each word.
    lowest : float, default=1e-3
        Rate of the first step.
    highest : float, default=1.0
        Rate of the last step.
    n_steps : int, default=1000
        Steps, at least 2.

    Returns
    -------
    result : LearningRateRangeTest
        `learning_rates`, `losses`, `smoothed_losses`, `suggestion`.

    Raises
    ------
    TypeError
        If the estimator is not trained with a learning rate.
    ValueError
        If the rates or steps are out of range, or the words cannot be fitted.
    FloatingPointError
        If the loss is not finite from the start.

    Warns
    -----
    UserWarning
        If the loss is least at an end of the range (a fiftieth of it), which is then too narrow.

    See Also
    --------
    sklearn.model_selection.GridSearchCV : Compares rates by the score of whole fits.

    References
    ----------
    Leslie N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017. Andrej
    Karpathy, "Building makemore Part 2: MLP", 2022, has the sweep from 0.001 to 1 in 1,000 steps.

    Examples
    --------
    >>> from sklearn_makemore import MLPCharLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.model_selection import learning_rate_range_test
    >>> test = learning_rate_range_test(MLPCharLM(random_state=0), load_names().data)
    >>> 0.005 < test.suggestion < 0.1
    True
    """
    if not hasattr(estimator, "_sweep_learning_rates"):
        raise TypeError(
            f"{type(estimator).__name__} has no learning rate; give a neural language model."
        )
    if not 0 < lowest < highest < np.inf:
        raise ValueError(f"0 < lowest < highest is needed, got {lowest!r} and {highest!r}.")
    if n_steps < 2:
        raise ValueError(f"n_steps must be at least 2, got {n_steps!r}.")
    rates = np.geomspace(lowest, highest, n_steps)
    losses = np.array(estimator._sweep_learning_rates(X, sample_weight, rates.tolist()))
    losses = losses[: int(np.isfinite(losses).argmin()) or len(losses)]
    if not np.isfinite(losses).all():
        raise FloatingPointError("The loss is not finite from the first step on.")
    rates = rates[: len(losses)]
    smoothed = _running_means(losses, span=n_steps / 20)
    best = int(smoothed.argmin())
    end = max(1, n_steps // 50)
    if best < end or best >= n_steps - end:
        warnings.warn(
            f"The loss is least at the {'lowest' if best < end else 'highest'} learning rates, "
            f"{rates[best]:.3g}: widen the range.",
            UserWarning,
            stacklevel=2,
        )
    return LearningRateRangeTest(rates, losses, smoothed, float(rates[best]))


def _running_means(values: FloatArray, span: float) -> FloatArray:
    """Average exponentially over about `span` values, without a bias towards the first."""
    keep = max(0.0, 1 - 1 / span)
    weights, total = np.zeros(len(values)), np.zeros(len(values))
    weight = mean = 0.0
    for i, value in enumerate(values):
        weight = keep * weight + 1
        mean = keep * mean + value
        weights[i], total[i] = weight, mean
    return np.asarray(total / weights)
