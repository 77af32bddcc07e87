"""The header of a model file: what it says of the estimator, checked before arrays are read."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
import json
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import sklearn_makemore
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.word_counts import WordCounts
from sklearn_makemore._meta.holder import NOT_LEARNT
from sklearn_makemore._text.symbols import CHARACTERS, NAMED, Matches, Symbols
from sklearn_makemore._text.vocabulary import ERROR, PENALTY, UNKNOWN, Vocabulary
from sklearn_makemore.io._classes import Classes, UnreadableError, class_named
from sklearn_makemore.io._values import decode

FORMAT_VERSION = 2  # 1 has no validation_steps_, and no symbols but characters
OLD_KEYS = {"boundary", "characters", "has_unknown"}
SYMBOL_KEYS = {"boundary", "symbols", "alphabet", "handle_unknown", "n_predictions"}
METADATA_KEY = "sklearn_makemore"
DTYPES = {
    "BOOL": "bool", "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "F16": "float16", "F32": "float32", "F64": "float64",
}  # fmt: skip
SAVE_ANEW = "Save the model anew, or copy the file again if it was copied."


class Description(NamedTuple):
    """What the header says of an estimator; all but the class in the form of `_values`.

    An estimator that is not fitted has no attributes, None; one that holds others no vocabulary.
    """

    kind: type[Any]
    parameters: dict[str, Any]
    vocabulary: Vocabulary | None
    attributes: dict[str, Any] | None


def read_header(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return the header, once its format is one that can be read."""
    text = metadata.get(METADATA_KEY)
    if text is None:
        raise UnreadableError("is a safetensors file, but not one that sklearn_makemore wrote.")
    try:
        header = json.loads(text, parse_constant=_refuse, object_pairs_hook=_without_repeats)
        version = header["format"]
        if type(version) is not int or version < 1 or not isinstance(header["estimator"], dict):
            raise ValueError(f"format {version!r:.80}")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableError(f"has a header that cannot be read: {error}. {SAVE_ANEW}") from error
    if version > FORMAT_VERSION:
        raise UnreadableError(
            f"has format {version}, from sklearn_makemore {header.get('version')!r:.80}; this "
            f"version, {sklearn_makemore.__version__}, reads formats up to {FORMAT_VERSION}: "
            "upgrade."
        )
    return dict(header)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} in JSON")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice in one object")
    return found


def parse_description(described: dict[str, Any], own: Classes) -> Description:
    """Return what the header says of the estimator, checked but for values."""
    kind = class_named(described.get("class"), own)
    is_fitted = "attributes" in described
    has_symbols = is_fitted and issubclass(kind, (BaseCharLM, WordCounts))
    keys = {"class", "parameters"} | ({"attributes"} if is_fitted else set())
    is_old = "characters" in described  # as in files of format 1
    of_symbols = OLD_KEYS if is_old else SYMBOL_KEYS
    keys |= of_symbols if has_symbols else set()
    if described.keys() != keys:
        raise ValueError(f"the header has {sorted(described)} instead of {sorted(keys)}")
    parameters, attributes = described["parameters"], described.get("attributes")
    if not isinstance(parameters, dict) or not isinstance(attributes or {}, dict):
        raise ValueError("parameters or attributes are not named")
    known = set() if kind is WordCounts else set(kind._get_param_names())
    if surplus := parameters.keys() - known:
        raise ValueError(f"{kind.__name__} has no parameters {', '.join(sorted(surplus))}")
    for attribute in attributes or {}:
        is_taken = hasattr(kind, attribute) and kind is not WordCounts
        if attribute in known or is_taken or attribute.startswith(NOT_LEARNT):
            raise ValueError(f"{attribute!r:.80} is nothing that {kind.__name__} learns")
    vocabulary = None
    if has_symbols:
        vocabulary = _old_vocabulary(described) if is_old else _vocabulary(described)
    if parameters.get("boundary") == "." and "symbols" not in parameters:  # the default then
        shown = None if vocabulary is None else vocabulary.boundary
        parameters = parameters | {"boundary": shown}
    return Description(kind, parameters, vocabulary, attributes)


def _old_vocabulary(described: Mapping[str, Any]) -> Vocabulary:
    characters, boundary = described["characters"], decode(described["boundary"], {})
    if not isinstance(boundary, str) or not boundary or type(described["has_unknown"]) is not bool:
        raise ValueError("boundary or has_unknown is not of its type")
    code_points = _code_points(characters)
    return Vocabulary.of_old(code_points, boundary, described["has_unknown"])


def _vocabulary(described: Mapping[str, Any]) -> Vocabulary:
    boundary, handle_unknown = decode(described["boundary"], {}), described["handle_unknown"]
    if not (boundary is None or (isinstance(boundary, str) and boundary)):
        raise ValueError("boundary is no string")
    if handle_unknown not in (PENALTY, UNKNOWN, ERROR):
        raise ValueError(f"handle_unknown is {handle_unknown!r:.80}")
    seen = decode(described["n_predictions"], {})
    if type(seen) is not float or not 0 <= seen < math.inf:
        raise ValueError("n_predictions is no finite number from 0 up")
    parameter = decode(described["symbols"], {})
    if isinstance(parameter, re.Pattern):  # which is tried on words alone, not on what a file says
        kind: Symbols = Matches(parameter)
    elif parameter in NAMED:
        kind = NAMED[parameter]
    else:
        raise ValueError(f"symbols is {parameter!r:.80}")
    stored = described["alphabet"]
    if kind == CHARACTERS:
        return Vocabulary(_code_points(stored), boundary, handle_unknown, kind, seen)
    alphabet = decode(stored, {})
    if not isinstance(alphabet, list) or not all(isinstance(s, str) and s for s in alphabet):
        raise ValueError("the alphabet is no list of symbols")
    if any(a >= b for a, b in itertools.pairwise(alphabet)):
        raise ValueError("the symbols are not sorted and distinct")
    return Vocabulary(np.array(alphabet, object), boundary, handle_unknown, kind, seen)


def _code_points(characters: Any) -> NDArray[np.uint32]:
    if not isinstance(characters, list) or not all(
        isinstance(character, str) and len(character) == 1 for character in characters
    ):
        raise ValueError("the characters are not single ones")
    code_points = np.array(list(map(ord, characters)), np.uint32)
    if not (code_points[:-1] < code_points[1:]).all():
        raise ValueError("the characters are not sorted and distinct")
    return code_points


def mapped_content(content: NDArray[np.uint8]) -> tuple[dict[str, str], dict[str, NDArray[Any]]]:
    """Return the metadata and, by name, the arrays of the bytes of a whole safetensors file.

    Of a mapped file they are of one file even if another takes its place meanwhile, need one
    descriptor however many they are, and what is not looked at is not read.
    """
    size = int.from_bytes(content[:8].tobytes(), "little")
    header = json.loads(content[8 : 8 + size].tobytes())
    metadata: dict[str, str] = header.pop("__metadata__", {})
    arrays: dict[str, NDArray[Any]] = {}
    for name, entry in header.items():
        if entry["dtype"] not in DTYPES:
            raise UnreadableError(f"has an array of dtype {entry['dtype']}, which no model has.")
        dtype, shape = np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
        start, stop = (8 + size + offset for offset in entry["data_offsets"])
        try:
            arrays[name] = content[start:stop].view(dtype).reshape(shape)
        except ValueError as error:
            raise UnreadableError(f"has an array of shape {shape}: {error}.") from error
    return metadata, arrays


def names_of_arrays(described: Any) -> list[str]:
    """Return the sorted names of the arrays in a part of the header."""
    if isinstance(described, list):
        return sorted(name for part in described for name in names_of_arrays(part))
    if not isinstance(described, dict):
        return []
    own = [described["array"]] if isinstance(described.get("array"), str) else []
    return sorted(own + names_of_arrays(list(described.values())))
