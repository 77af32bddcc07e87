"""Checks of what a caller gives beside the words."""

# SPDX-License-Identifier: BSD-3-Clause

import reprlib
from collections.abc import Iterator, Set
from typing import Any

from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore._text.containers import as_column


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


def check_exclude(exclude: Any) -> frozenset[str]:
    """Return the words never to return: a set, any container or iterable of words, or None."""
    if exclude is None:
        return frozenset()
    unordered = isinstance(exclude, (Set, Iterator))
    column = as_column(list(exclude) if unordered else exclude, "exclude")
    return frozenset(column.to_strings())
