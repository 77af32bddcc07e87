"""Checks of what a caller gives beside the words."""

# SPDX-License-Identifier: BSD-3-Clause

import reprlib
import sys
from collections.abc import Iterator, Set
from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    validate_parameter_constraints,
)

from sklearn_makemore._text.containers import as_column


def check_arguments(constraints: dict[str, Any], arguments: dict[str, Any], caller: str) -> None:
    """Hold the arguments of a method against scikit-learn's parameter constraints.

    Raises
    ------
    InvalidParameterError
        Naming the argument; a ``ValueError`` and ``TypeError``.
    """
    named = {name: arguments[name] for name in constraints}
    validate_parameter_constraints(constraints, named, caller_name=caller)
    check_reals(constraints, named, caller)


def check_reals(constraints: dict[str, Any], arguments: dict[str, Any], caller: str) -> None:
    """Refuse integers beyond float64 where a real number is asked for, as Python's have no limit.

    Raises
    ------
    InvalidParameterError
        Naming the argument.
    """
    for name, value in arguments.items():
        is_real = any(isinstance(c, Interval) and c.type is Real for c in constraints.get(name, ()))
        if is_real and isinstance(value, Integral) and abs(int(value)) > sys.float_info.max:
            raise InvalidParameterError(
                f"The {name!r} parameter of {caller} must be a number within float64, up to "
                f"{sys.float_info.max:.2g}. Got an integer beyond it."
            )


def check_lengths(prefix: str, min_length: int, max_length: int) -> None:
    """Refuse lengths that contradict each other; `prefix` counts in the length of a word."""
    if min_length > max_length:
        raise ValueError(f"min_length={min_length} is more than max_length={max_length}.")
    if len(prefix) > max_length:
        raise ValueError(
            f"prefix={reprlib.repr(prefix)} has {len(prefix)} symbols, more than "
            f"max_length={max_length}."
        )


def check_alphabet(alphabet: Any) -> list[str]:
    """Return the characters of `alphabet`.

    Raises
    ------
    InvalidParameterError
        If it is no collection, or an element is not one character.
    """
    if isinstance(alphabet, str):
        return list(alphabet)
    if isinstance(alphabet, Iterator):
        raise InvalidParameterError(
            "The 'alphabet' parameter must be a string or a collection of characters. Got an "
            f"iterator ({type(alphabet).__name__}), which a single fit would use up: pass a list."
        )
    try:
        column = as_column(list(alphabet) if isinstance(alphabet, Set) else alphabet, "'alphabet'")
        characters = column.to_strings()
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(str(error)) from None
    for position, character in enumerate(characters):
        if len(character) != 1:
            raise InvalidParameterError(
                "The 'alphabet' parameter must be a string or hold single characters. "
                f"Got {character!r} at position {position} instead."
            )
    return characters


def check_boundary(boundary: str) -> str:
    """Return `boundary`; an empty one is an InvalidParameterError."""
    if not boundary:
        raise InvalidParameterError(
            "The 'boundary' parameter must be a non-empty string: it shows where words end. "
            "Got '' instead."
        )
    return boundary


def check_exclude(exclude: Any) -> frozenset[str]:
    """Return the words never to return: a set, any container or iterable of words, or None."""
    if exclude is None:
        return frozenset()
    unordered = isinstance(exclude, (Set, Iterator))
    column = as_column(list(exclude) if unordered else exclude, "exclude")
    return frozenset(column.to_strings())
