"""Fits that are parts of another: one that the user interrupts ends the whole."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any

_IS_PART = ContextVar("is_part_of_another_fit", default=False)


def run_as_part(fit: Callable[[], Any]) -> Any:
    """Return ``fit()``, knowing all the while that it is a part of another fit.

    That holds for whatever is fitted within it, such as the steps of a pipeline. It runs in a
    context of its own, so that nothing is left of it wherever it is interrupted.
    """
    context = copy_context()
    context.run(_IS_PART.set, True)
    return context.run(fit)


def is_part_of_another_fit() -> bool:
    """Tell whether what is being fitted here is a part of another fit."""
    return _IS_PART.get()
