"""Arguments and hyper-parameters held against what they may be, by errors that stay short."""

# SPDX-License-Identifier: BSD-3-Clause

import math
import reprlib
import sys
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    validate_parameter_constraints,
)

MOST_ELEMENTS = 6  # of an array that are shown, as of a list
GOT = " Got "  # where scikit-learn's message goes over to the value
SHORT = reprlib.Repr()
SHORT.maxlevel, SHORT.maxstring, SHORT.maxother = 3, 80, 160


def check_arguments(
    constraints: Mapping[str, Any], arguments: Mapping[str, Any], caller: str
) -> None:
    """Hold arguments against scikit-learn's parameter constraints.

    Parameters
    ----------
    constraints : dict of str to list
        What each argument may be.
    arguments : dict of str to object
        Values, those without constraints unchecked.
    caller : str
        What errors call that which takes them.

    Raises
    ------
    InvalidParameterError
        Naming the argument; a ``ValueError`` and ``TypeError``.
    """
    for name, value in arguments.items():
        allowed = constraints.get(name, "no_validation")
        try:
            validate_parameter_constraints({name: allowed}, {name: value}, caller_name=caller)
        except InvalidParameterError as error:
            wanted, got, _ = str(error).partition(GOT)
            raise InvalidParameterError(f"{wanted}{got}{shown(value)} instead.") from None
        if _takes_reals(allowed) and isinstance(value, Integral):
            _check_within_float64(name, int(value), caller)


def shown(value: Any) -> str:
    """Return a value as errors show it: of a large one, its shape or how it begins."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and math.prod(shape) > MOST_ELEMENTS:
        return f"{type(value).__name__} of shape {tuple(shape)}"
    return SHORT.repr(value)


def _takes_reals(allowed: Any) -> bool:
    return any(isinstance(each, Interval) and each.type is Real for each in allowed)


def _check_within_float64(name: str, value: int, caller: str) -> None:
    """Refuse integers beyond float64 where a real number is asked for: Python's have no limit."""
    if abs(value) > sys.float_info.max:
        raise InvalidParameterError(
            f"The {name!r} parameter of {caller} must be a number within float64, up to "
            f"{sys.float_info.max:.2g}. Got an integer beyond it."
        )
