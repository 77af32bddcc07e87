"""Warnings that point to the line of the caller, however deep they arise."""

# SPDX-License-Identifier: BSD-3-Clause

import sys
import warnings

OURS = ("sklearn_makemore", "sklearn", "joblib")


def warn(message: str, category: type[Warning]) -> None:
    """Warn, naming the nearest line outside of this library and scikit-learn.

    `warnings.warn` itself can be told so from Python 3.12 on only.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in OURS:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
