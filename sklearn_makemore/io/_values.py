"""Parameters and fitted attributes as JSON, with arrays of numbers set aside by name.

Numbers, strings, True, False, None and lists are themselves; everything else is an object with one
key that says what it is, so that nothing is guessed when it is read.
"""

# SPDX-License-Identifier: BSD-3-Clause

import math
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
Encoder = Callable[[Any, str, Arrays], Any]
Decoder = Callable[[str, Any], Any]
NUMERIC_KINDS = "biuf"
LONGEST_PATTERN = 10_000  # characters
STRING_KINDS = ("O", "U", "T")  # of ndarrays
COLLECTIONS: dict[str, type[Any]] = {"tuple": tuple, "set": set, "frozenset": frozenset}


class NotStorableError(ValueError):
    """A value that files cannot hold; the message names its type."""


def refuse(value: Any, name: str, arrays: Arrays) -> Any:
    """Say that a value cannot be stored."""
    raise NotStorableError(type(value).__name__)


def unknown_form(tag: str, content: Any) -> Any:
    """Say that a value in a file is of no known form."""
    raise ValueError(f"a value is not of a known form: {tag!r:.80}")


def encode(value: Any, name: str, arrays: Arrays, other: Encoder = refuse) -> Any:
    """Return what `json.dumps` turns into text, and put arrays of numbers into `arrays`.

    Parameters
    ----------
    value : object
    name : str
        For its arrays: that of element i of a list is ``f"{name}.{i}"``.
    arrays : dict of str to ndarray
        Gains the arrays of `value`.
    other : callable, default=refuse
        Called as this function is for values of other kinds.

    Raises
    ------
    NotStorableError
        If something in it cannot be stored.
    """
    if isinstance(value, np.generic):
        value = value.item()
    kind = type(value)
    if value is None or kind in (bool, int):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is str:
        return _encode_string(value)
    if isinstance(value, np.ndarray):
        return _encode_array(value, name, arrays)
    if kind in (list, dict, *COLLECTIONS.values()):
        return _encode_collection(value, name, arrays, other)
    if (kind.__module__, kind.__name__) == ("torch", "device"):
        return {"device": str(value)}
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        return {"pattern": [_encode_string(value.pattern), int(value.flags) & ~re.DEBUG]}
    return other(value, name, arrays)


def decode(value: Any, arrays: Mapping[str, NDArray[Any]], other: Decoder = unknown_form) -> Any:
    """Return the value that `encode` turned into JSON.

    Parameters
    ----------
    value : object
    arrays : dict of str to ndarray
    other : callable, default=unknown_form
        Called with the one key of an object, where it is not known here, and what stands there.

    Raises
    ------
    ValueError
        If it is not of that form.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, list):
        return [decode(element, arrays, other) for element in value]
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f"a value is not of a known form: {value!r:.80}")
    ((tag, content),) = value.items()
    if isinstance(content, list):
        return _decode_collection(tag, content, arrays, other)
    if tag == "array" and isinstance(content, str) and content in arrays:
        return arrays[content]
    if tag == "float" and content in ("nan", "inf", "-inf"):
        return float(content)
    if tag == "device" and isinstance(content, str):
        return _device(content)
    return other(tag, content)


def _encode_collection(value: Any, name: str, arrays: Arrays, other: Encoder) -> Any:
    kind = type(value)
    elements = list(value)
    if kind is dict:
        elements = [list(item) for item in value.items()]
    elif kind in (set, frozenset):
        elements.sort(key=repr)  # so that files do not depend on the order of a set
    encoded = [encode(element, f"{name}.{i}", arrays, other) for i, element in enumerate(elements)]
    return encoded if kind is list else {kind.__name__: encoded}


def _encode_string(value: str) -> Any:
    """Return the string; of surrogates, JSON would make one character of two neighbours."""
    if any("\ud800" <= character <= "\udfff" for character in value):
        return {"code_points": list(map(ord, value))}
    return value


def _encode_array(value: NDArray[Any], name: str, arrays: Arrays) -> Any:
    if value.dtype.kind in NUMERIC_KINDS and value.dtype.itemsize <= 8:
        arrays[name] = np.asarray(value, value.dtype.newbyteorder("="), order="C")
        return {"array": name}
    if value.dtype.kind in STRING_KINDS and value.ndim == 1:
        strings = value.tolist()
        if all(type(element) is str for element in strings):
            return {value.dtype.kind: [_encode_string(element) for element in strings]}
    raise NotStorableError(f"ndarray of shape {value.shape} and dtype {value.dtype}")


def _decode_collection(
    tag: str, content: list[Any], arrays: Mapping[str, NDArray[Any]], other: Decoder
) -> Any:
    if tag == "code_points":
        return "".join(map(chr, content))
    if tag in STRING_KINDS:
        return _decode_strings(content, tag)
    elements = decode(content, arrays, other)
    if tag == "pattern":
        return _pattern(*elements)
    if tag == "dict":
        return dict(elements)
    if tag in COLLECTIONS:
        return COLLECTIONS[tag](elements)
    return other(tag, content)


def _decode_strings(content: list[Any], kind: str) -> NDArray[Any]:
    strings = decode(content, {})
    if not all(isinstance(element, str) for element in strings):
        raise ValueError("an array of strings holds other values")
    if kind == "T":
        return np.array(strings, dtype=np.dtypes.StringDType())
    return np.array(strings, dtype=object if kind == "O" else np.str_)


def _pattern(pattern: Any, flags: Any) -> re.Pattern[str]:
    # The flag for debugging would print.
    if not isinstance(pattern, str) or type(flags) is not int or flags & re.DEBUG:
        raise ValueError("a pattern is not of its form")
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has more than {LONGEST_PATTERN} characters")
    with warnings.catch_warnings(action="ignore"):  # of what may mean more one day
        return re.compile(pattern, flags)


def _device(name: str) -> Any:
    from sklearn_makemore._neural.making import named_device

    return named_device(name)
