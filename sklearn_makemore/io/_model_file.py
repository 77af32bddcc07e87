"""Fitted models as safetensors files: arrays, and a header in JSON that says what they are.

The header is the one entry of the file's metadata: format version, library version, checksum, and
the estimator with its class, parameters, symbols and attributes. An array's name is its path in the
estimator (``coefs_.0``). An estimator within another is one more kind of value, whose arrays begin
with the path to it (``estimators_.1.counts_``).
"""

# SPDX-License-Identifier: BSD-3-Clause

import errno
import io
import json
import os
import stat
import sys
import zlib
from collections.abc import Iterable, Mapping
from typing import IO, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize, safe_open
from safetensors.numpy import save as to_bytes
from safetensors.numpy import save_file
from sklearn.utils._param_validation import InvalidParameterError

import sklearn_makemore
from sklearn_makemore._atomic import SPACE, replacing, write_all
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.word_counts import WordCounts
from sklearn_makemore._meta.holder import HolderMixin
from sklearn_makemore._meta.within import kind_given, way_within
from sklearn_makemore._text.symbols import CHARACTERS
from sklearn_makemore._text.vocabulary import Vocabulary
from sklearn_makemore.io._arpa_bytes import is_arpa
from sklearn_makemore.io._classes import (
    Classes,
    UnreadableError,
    named_classes,
    readable_classes,
    why_not_storable,
)
from sklearn_makemore.io._header import (
    FORMAT_VERSION,
    METADATA_KEY,
    SAVE_ANEW,
    mapped_content,
    names_of_arrays,
    parse_description,
    read_header,
)
from sklearn_makemore.io._values import Arrays, NotStorableError, decode, encode, unknown_form

LARGEST_FILE = 2**33  # bytes; the tables of a model have at most 1 GiB each
LONGEST_HEADER = 2**26  # bytes
PATHS = str, bytes, os.PathLike
BLOCK = 2**20  # bytes of an open file that are read at a time


def save(estimator: Any, path: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write a fitted estimator to a file.

    The file holds the class, the parameters, the symbols and what was learnt; not what
    `set_output`, callbacks and metadata routing have been told. It appears whole or not at all, and
    takes the place of an old one only when it is on the disk.

    Parameters
    ----------
    estimator : estimator object
        Fitted, of this library, or a language model of your own of which what is learnt can be
        checked (see the guide on adding an architecture), or a
        :class:`~sklearn_makemore.WordCounts`. NumPy scalars among its parameters become Python's.
    path : str, path-like or binary file object
        Where to write, in a folder that exists; the usual ending is ``.safetensors``. What is
        already open is written to where it stands.

    Raises
    ------
    NotFittedError
        If it is not fitted.
    TypeError
        If a path comes first, or it is a class.
    InvalidParameterError
        If it is of another kind, such as a pipeline, naming what to use and what to save instead;
        a ``ValueError`` and ``TypeError``.
    ValueError
        If a parameter is invalid or cannot be stored, such as a ``RandomState``, or a network has
        diverged so far that `load` would refuse its weights.
    OSError
        If the file cannot be written.

    See Also
    --------
    load : Read the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_makemore import BigramCountLM, io
    >>> model = BigramCountLM().fit(["emma", "olivia", "ava"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     io.save(model, Path(folder) / "names.safetensors")
    ...     again = io.load(Path(folder) / "names.safetensors")
    >>> again.score(["ava"]) == model.score(["ava"])
    True
    """
    if isinstance(estimator, (str, os.PathLike)):
        name = type(estimator).__name__
        raise TypeError(f"save takes the estimator first and then the path, got a {name} first.")
    if isinstance(estimator, type):
        raise TypeError(f"save takes a fitted estimator, got {kind_given(estimator)}.")
    if problem := why_not_storable(type(estimator)):
        way = way_within(estimator, (BaseCharLM, HolderMixin))
        alone = f" for the whole, or io.save for what is in it, {way}" if way else ""
        raise InvalidParameterError(f"{problem}{alone}.")
    arrays: Arrays = {}
    description = _describe(estimator, arrays)
    header = {
        "format": FORMAT_VERSION,
        "version": sklearn_makemore.__version__,
        "checksum": _checksum(description, arrays),
        "estimator": description,
    }
    text = json.dumps(header)
    size = len(text) + sum(array.nbytes for array in arrays.values())
    if len(text) > LONGEST_HEADER // 2 or size > LARGEST_FILE - LONGEST_HEADER:
        raise ValueError(
            f"The model of {size / 2**30:.1f} GiB is too large for a file: use joblib."
        )
    if not isinstance(path, PATHS):
        write_all(binary(path, "write"), to_bytes(arrays, metadata={METADATA_KEY: text}))
        return
    with replacing(path) as temporary:
        try:
            save_file(arrays, temporary, metadata={METADATA_KEY: text})
        except SafetensorError as error:
            raise OSError(f"{os.fspath(path)} could not be written ({error}): {SPACE}") from error


def load(
    path: str | os.PathLike[str] | IO[bytes],
    *,
    estimators: Iterable[type[Any]] = (),
    modules: Iterable[type[Any]] = (),
) -> Any:
    """Read a fitted estimator from a file that `save` wrote.

    Nothing in the file is executed or imported, but that words are split by the pattern that it may
    hold for `symbols`: classes are looked up by name among those of the
    library and those that are handed over, and everything else is numbers and text. Sizes and the
    checksum are checked, then that what was learnt is what a fit could have learnt. A model fitted
    on a device that is missing is used on the CPU.

    Parameters
    ----------
    path : str, path-like or binary file object
        The file. What is already open is read from where it stands to its end.
    estimators : list of classes, default=()
        Language models of your own, that the file may hold beside those of the library. A class
        that is not among them is never used, whatever the file says.
    modules : list of classes, default=()
        Classes of the torch modules of a :class:`~sklearn_makemore.TorchCharLM`.

    Returns
    -------
    estimator : estimator object
        Fitted.

    Raises
    ------
    ValueError
        If the file is damaged, of a later format, of another program, or contradicts itself,
        naming the file and the remedy; or if files cannot hold a class of `estimators`.
    TypeError
        If `estimators` or `modules` does not hold classes.
    OSError
        If the file cannot be opened.

    See Also
    --------
    save : Write the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_makemore import BigramCountLM, io
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     io.save(BigramCountLM(smoothing=0.5).fit(["emma", "ava"]), f"{folder}/names.model")
    ...     io.load(f"{folder}/names.model")
    BigramCountLM(smoothing=0.5)
    """
    own = Own(readable_classes(estimators), named_classes(modules, "modules"))
    is_path = isinstance(path, PATHS)
    name = os.fsdecode(cast(str, path)) if is_path else f"the file {getattr(path, 'name', path)!r}"
    try:
        if not is_path:
            return _read(_content_of(binary(path, "read")), own)
        _check_sizes(name)
        with safe_open(name, framework="numpy"):  # which checks that the file is whole
            # Mapped, so that a file takes memory only once it is known to hold what it says.
            return _read(np.asarray(np.memmap(name, np.uint8, "c")), own)
    except SafetensorError as error:
        raise ValueError(f"{name} is no whole safetensors file ({error}). {SAVE_ANEW}") from error
    except UnreadableError as error:
        raise ValueError(f"{name} {error}") from error.__cause__
    except MemoryError as error:
        raise ValueError(f"{name} needs more memory than there is.") from error
    except RecursionError as error:
        raise ValueError(f"{name} is nested too deeply. {SAVE_ANEW}") from error


class Own(NamedTuple):
    """The classes that the caller of `load` hands over, by name."""

    estimators: Classes
    modules: Classes


def _describe(value: Any, arrays: Arrays, path: str = "") -> dict[str, Any]:
    """Return an estimator or counts as JSON; arrays go into `arrays`, under names after `path`.

    Raises
    ------
    ValueError
        Naming what cannot be stored.
    """
    is_estimator = not isinstance(value, WordCounts)
    if is_estimator:
        value._validate_params()
    parameters = value.get_params(deep=False) if is_estimator else {}
    description = {
        "class": type(value).__name__,
        "parameters": {name: _stored(parameters, name, arrays, path) for name in parameters},
    }
    if path and is_estimator and not value.__sklearn_is_fitted__():
        return description
    vocabulary, learnt = value._stored_state()
    attributes = learnt.checked(vocabulary).attributes
    described = {name: _stored(attributes, name, arrays, path) for name in attributes}
    description["attributes"] = described
    if vocabulary is None:
        return description
    return description | {
        "boundary": encode(vocabulary.boundary, "boundary", arrays),
        "symbols": encode(vocabulary.kind.parameter, "symbols", arrays),
        # Characters one string each, because JSON would join surrogates that are neighbours.
        "alphabet": _alphabet_stored(vocabulary),
        "handle_unknown": vocabulary.handle_unknown,
        "n_predictions": encode(vocabulary.n_predictions, "n_predictions", arrays),
    }


def _alphabet_stored(vocabulary: Vocabulary) -> list[Any]:
    if vocabulary.kind == CHARACTERS:
        return vocabulary.alphabet
    stored: list[Any] = encode(vocabulary.alphabet, "alphabet", {})
    return stored


def _stored(values: Mapping[str, Any], name: str, arrays: Arrays, path: str) -> Any:
    value = values[name]
    try:
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        return encode(value, path + name, arrays, _stored_object)
    except (NotStorableError, RecursionError) as error:
        remedy = "Pickle, joblib and skops can."
        if name == "random_state":
            remedy = "Call set_params(random_state=None), or with an int, before."
        raise ValueError(
            f"A file cannot hold {path}{name}={value!r:.80} ({error}): use numbers, strings "
            f"and collections of them. {remedy}"
        ) from None


def _stored_object(value: Any, name: str, arrays: Arrays) -> dict[str, Any]:
    """Return an estimator within another, or the class of a torch module by its name."""
    if isinstance(value, type):
        torch = sys.modules.get("torch")
        if torch is not None and issubclass(value, torch.nn.Module):
            return {"module": value.__name__}
    if why_not_storable(type(value)):
        raise NotStorableError(type(value).__name__)
    return {"estimator": _describe(value, arrays, f"{name}.")}


def _checksum(description: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> int:
    """Return a CRC-32 of everything that makes the estimator; against accidents, not malice."""
    checksum = zlib.crc32(json.dumps(description).encode("ascii"))
    for name in sorted(arrays):
        array = arrays[name]
        checksum = zlib.crc32(f"{name} {array.dtype} {array.shape}".encode(), checksum)
        checksum = zlib.crc32(array.data if array.size else b"", checksum)
    return checksum


def _check_sizes(path: str) -> None:
    """Refuse what is no file of a bearable size, before anything else is read."""
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory: name a file in it", path)
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableError("is no regular file.")
    with open(path, "rb") as file:
        begin = file.read(8)
        file.seek(0)
        _check_begin(begin, found.st_size, file)


def _check_begin(begin: bytes, size: int, file: IO[bytes]) -> None:
    """Refuse a file that is an ARPA file, or whose first 8 bytes give the header no possible size.

    Parameters
    ----------
    begin : bytes
        The first 8.
    size : int
        Of the file, in bytes.
    file : binary file
        All of it.
    """
    header_size = int.from_bytes(begin, "little")
    if size < 8 or header_size > size - 8:
        if is_arpa(file):
            raise UnreadableError("is an ARPA file: read it with io.read_arpa.")
        raise UnreadableError(f"is cut short or no safetensors file. {SAVE_ANEW}")
    if header_size > LONGEST_HEADER or size > LARGEST_FILE:
        raise UnreadableError(
            f"is too large for a model of sklearn_makemore: {size} bytes, the header {header_size}."
        )


def binary(file: Any, method: str) -> IO[bytes]:
    """Return what is a binary file with this method.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if isinstance(file, io.TextIOBase) or not hasattr(file, method):
        raise TypeError(
            f"A model is read and written by a path or a file open in binary mode ('rb', 'wb'), "
            f"got {type(file).__name__}."
        )
    return cast(IO[bytes], file)


def _content_of(file: IO[bytes]) -> NDArray[np.uint8]:
    """Return the bytes of a whole safetensors file that is open."""
    content = bytearray()
    while len(content) <= LARGEST_FILE and (more := file.read(BLOCK)):
        content += more
    if not content:
        raise UnreadableError("is empty, or has been read to its end: seek(0) first.")
    _check_begin(bytes(content[:8]), len(content), io.BytesIO(content))
    deserialize(bytes(content))  # type: ignore[no-untyped-call]  # which checks that the file is whole
    return np.frombuffer(content, np.uint8)


def _read(content: NDArray[np.uint8], own: Own) -> Any:
    """Return the estimator in a whole safetensors file."""
    metadata, mapped = mapped_content(content)
    header = read_header(metadata)
    described = header["estimator"]
    if names_of_arrays(described) != sorted(mapped):
        raise _contradiction("the arrays are not those that the header names", header)
    try:
        if "attributes" not in described:
            raise ValueError("the estimator is not fitted")
        with np.errstate(all="ignore"):
            _made(described, mapped, own)
    except MemoryError:
        raise
    except Exception as error:
        if header.get("checksum") == _checksum(described, mapped):
            if isinstance(error, UnreadableError):
                raise
            raise _contradiction(str(error).rstrip("."), header) from error
    if header.get("checksum") != _checksum(described, mapped):
        raise UnreadableError(f"is damaged: its checksum is another. {SAVE_ANEW}")
    return _made(described, {name: np.array(array) for name, array in mapped.items()}, own)


def _made(described: dict[str, Any], arrays: Mapping[str, NDArray[Any]], own: Own) -> Any:
    """Return the estimator that is described, if a fit could have made it."""
    kind, parameters, vocabulary, encoded = parse_description(described, own.estimators)
    attributes = None if encoded is None else _decoded(encoded, arrays, own)
    if vocabulary is not None and issubclass(kind, WordCounts):
        return kind._learnt_from(attributes or {}).checked(vocabulary).counts(vocabulary)
    estimator = kind(**_decoded(parameters, arrays, own))
    estimator._validate_params()
    if attributes is None:
        return estimator
    learnt = estimator._learnt_from(attributes)
    estimator._set_fitted(vocabulary, learnt.checked(vocabulary))
    if vocabulary is not None:
        _ = estimator._model  # which may have something to refuse, too
    return estimator


def _contradiction(problem: str, header: Mapping[str, Any]) -> UnreadableError:
    return UnreadableError(
        f"is no consistent model: {problem:.300}. It says that sklearn_makemore "
        f"{header.get('version')!r:.80} wrote it; this is {sklearn_makemore.__version__}. If that "
        "is later, upgrade; if not, save the model anew."
    )


def _decoded(
    values: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], own: Own
) -> dict[str, Any]:
    def other(tag: str, content: Any) -> Any:
        if tag == "module" and isinstance(content, str):
            return _module(content, own.modules)
        if tag != "estimator" or not isinstance(content, dict):
            return unknown_form(tag, content)
        return _made(content, arrays, own)

    return {name: decode(value, arrays, other) for name, value in values.items()}


def _module(name: str, modules: Classes) -> type[Any]:
    if name not in modules:
        raise UnreadableError(
            f"has a network of your class {name!r:.80}: hand the class to load, in modules=[...]."
        )
    return modules[name]
