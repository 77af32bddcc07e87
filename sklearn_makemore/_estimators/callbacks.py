"""scikit-learn's callback protocol, which is experimental there: all that depends on it is here."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any

from sklearn.callback import CallbackSupportMixin

__all__ = ["CallbackSupportMixin", "FitPart", "FitTasks", "deep_copy"]

KEPT_IN = "_skl_callbacks"  # by `set_callbacks`
_IS_PART = ContextVar("is_part_of_another_fit", default=False)


def run_as_part(fit: Callable[[], Any]) -> Any:
    """Return ``fit()``, knowing all the while that it is a part of another fit.

    That holds for whatever is fitted within it, such as the steps of a pipeline. It runs in a
    context of its own, so that nothing is left of it wherever it is interrupted.
    """
    context = copy_context()
    context.run(_IS_PART.set, True)
    return context.run(fit)


class FitTasks:
    """The tasks that a fit tells callbacks of: the fit itself and each block of steps in it.

    Parameters
    ----------
    estimator : estimator
        Being fitted.
    max_blocks : int or None
        Blocks of steps, or parts, at most; None where that is not known.
    X : container of str, or callable
        The words as the caller gave them, or what makes them where a callback asks for them.
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

    @property
    def is_part(self) -> bool:
        """Whether the fit is a part of another, such as a search: what ends it ends the whole."""
        return hasattr(self._estimator, "_parent_callback_ctx") or _IS_PART.get()

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

    def part(self, name: str) -> "FitPart":
        """Return a part of the fit that another estimator does."""
        return FitPart(self._estimator, self._fit.subcontext(task_name=name))

    def fit_ends(self) -> None:
        """End the fit, the estimator being fitted."""
        self._fit.call_on_fit_task_end(
            estimator=self._estimator, **self._data, reconstruction_attributes=dict
        )


class FitPart:
    """A part of a fit that a sub-estimator does, maybe in another process.

    Parameters
    ----------
    estimator : estimator
        Whose fit it is a part of.
    context : CallbackContext
        Of the part.
    """

    def __init__(self, estimator: Any, context: Any) -> None:
        self._estimator = estimator
        self._context = context

    def fit(self, sub_estimator: Any, method: str, *arguments: Any, **keywords: Any) -> Any:
        """Fit the sub-estimator by one of its methods, callbacks passed on to it meanwhile."""
        with self._context.propagate_callback_context(sub_estimator):
            self._context.call_on_fit_task_begin(estimator=self._estimator)
            call = partial(getattr(sub_estimator, method), *arguments, **keywords)
            fitted = run_as_part(call)
            self._context.call_on_fit_task_end(estimator=self._estimator)
        return fitted


def deep_copy(estimator: Any) -> Any:
    """Return a deep copy that tells the very callbacks of the original, as a clone does."""
    models = [estimator, *estimator.get_params().values()]
    callbacks = (callback for model in models for callback in getattr(model, KEPT_IN, ()))
    return copy.deepcopy(estimator, {id(callback): callback for callback in callbacks})
