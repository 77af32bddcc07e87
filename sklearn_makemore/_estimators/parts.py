"""Fits that are parts of another: one that the user interrupts ends the whole."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MARK = "_is_part_of_another_fit"


@contextmanager
def part_of_another_fit(estimator: Any) -> Iterator[None]:
    """Mark an estimator while it is fitted for another one."""
    setattr(estimator, MARK, True)
    try:
        yield
    finally:
        vars(estimator).pop(MARK, None)


def is_part_of_another_fit(estimator: Any) -> bool:
    """Tell whether an estimator is being fitted for another one."""
    return MARK in vars(estimator)
