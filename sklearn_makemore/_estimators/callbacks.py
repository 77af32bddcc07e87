"""scikit-learn's callback protocol, which is experimental there: all that depends on it is here."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable
from typing import Any

from sklearn.callback import CallbackSupportMixin

__all__ = ["CallbackSupportMixin", "FitTasks"]


class FitTasks:
    """The tasks that a fit tells callbacks of: the fit itself and each block of steps in it.

    Parameters
    ----------
    estimator : estimator
        Being fitted.
    max_blocks : int or None
        Blocks of steps at most; None where that is not known.
    X : container of str
        The words as the caller gave them.
    y : object
    sample_weight : array-like or None
    """

    def __init__(
        self, estimator: Any, max_blocks: int | None, X: Any, y: Any, sample_weight: Any
    ) -> None:
        self._estimator = estimator
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._data = {"X": X, "y": y, "metadata": metadata}
        self._fit = estimator._init_callback_context(max_subtasks=max_blocks)
        self._fit.call_on_fit_task_begin(estimator=estimator, **self._data)

    def block_begins(self) -> None:
        """Begin a block."""
        self._block = self._fit.subcontext(task_name="block of steps")
        self._block.call_on_fit_task_begin(estimator=self._estimator, **self._data)

    def block_ends(self, fitted_state: Callable[[], dict[str, Any]]) -> bool:
        """End a block, and return whether a callback asks to stop.

        `fitted_state` makes the attributes of the estimator as if the fit had ended here; it is
        called only where a callback wants to see that estimator.
        """
        stop: bool = self._block.call_on_fit_task_end(
            estimator=self._estimator, **self._data, reconstruction_attributes=fitted_state
        )
        return stop

    def fit_ends(self) -> None:
        """End the fit, the estimator being fitted."""
        self._fit.call_on_fit_task_end(
            estimator=self._estimator, **self._data, reconstruction_attributes=dict
        )
