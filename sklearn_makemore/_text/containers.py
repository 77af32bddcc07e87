"""Which containers hold words, and how each is opened."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.arrow import ArrowColumn
from sklearn_makemore._text.flat_text import FlatText, PythonColumn, WordColumn
from sklearn_makemore._text.symbols import Symbols

ROWS_AS_WORDS = ", or pass a list of its rows as words of symbols='token'"
NOT_WEIGHTS = "cmM"  # kinds of NumPy dtypes that it would cast: complex numbers and times


def as_column(X: Any, name: str = "X") -> WordColumn:
    """Open a container of words without copying it.

    Parameters
    ----------
    X : list, tuple, ndarray, pandas Series / Index, polars Series, pyarrow Array / ChunkedArray
        The words, or any of these as one column: an ``(n, 1)`` array or a one-column frame.
    name : str, default="X"
        What errors call the container.

    Returns
    -------
    column : WordColumn

    Raises
    ------
    TypeError
        If `X` is a single string or no container of words.
    ValueError
        If `X` has more than one column.
    """
    if isinstance(X, str):
        raise TypeError(
            f"{name} must be a sequence of words, got a single str. For one word, pass "
            f"[{X[:20]!r}]."
        )
    if isinstance(X, (list, tuple)):
        return PythonColumn(X, name)
    libraries = {base.__module__.partition(".")[0] for base in type(X).__mro__}
    if "pandas" in libraries and hasattr(type(X), "__array__"):
        return _pandas_column(X, name)
    if "polars" in libraries and hasattr(X, "to_arrow"):
        return _polars_column(X, name)
    if "pyarrow" in libraries and any(hasattr(X, own) for own in ("num_columns", "null_count")):
        return _pyarrow_column(X, name)
    if isinstance(X, np.ma.MaskedArray):
        X = np.where(np.ma.getmaskarray(X), np.array(None), X.data)
    if isinstance(X, np.ndarray) or hasattr(X, "__array__"):
        return PythonColumn(_one_dimensional(np.asarray(X), name), name)
    if isinstance(X, Sequence) and not isinstance(X, bytes):
        return PythonColumn(list(X), name)
    raise TypeError(
        f"{name} must be a sequence of words (list, array, Series, ...), got {type(X).__name__}. "
        "Make it a list."
    )


def _pandas_column(X: Any, name: str) -> WordColumn:
    if X.ndim == 2:
        _require_one_column(X.shape[1], name, ".iloc[:, 0]", ROWS_AS_WORDS)
        X = X.iloc[:, 0]
    # Attributes are asked of the type: a Series also has its labels for attributes.
    index = X.index if hasattr(type(X), "index") else None
    of_tuples = hasattr(type(X), "levels")
    array = X.array if hasattr(type(X), "array") and not of_tuples else X
    dtype = array.dtype
    if getattr(dtype, "storage", None) == "pyarrow" or hasattr(dtype, "pyarrow_dtype"):
        return ArrowColumn(array.__arrow_array__(), _identity, name, index)
    return PythonColumn(np.asarray(X, dtype=object), name, index)


def _polars_column(X: Any, name: str) -> WordColumn:
    if hasattr(X, "get_columns"):
        _require_one_column(X.width, name, ".to_series(0)")
        X = X.to_series(0)
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return PythonColumn(X.to_list(), name)
    if str(X.dtype) == "Object":
        return PythonColumn(X.to_list(), name)
    return ArrowColumn(X, type(X).to_arrow, name)


def _pyarrow_column(X: Any, name: str) -> WordColumn:
    if hasattr(X, "num_columns"):
        _require_one_column(X.num_columns, name, ".column(0)")
        X = X.column(0)
    return ArrowColumn(X, _identity, name)


def _one_dimensional(X: NDArray[Any], name: str) -> NDArray[Any]:
    if X.ndim == 2:
        _require_one_column(X.shape[1], name, "[:, 0]", ROWS_AS_WORDS)
        return X[:, 0]
    if X.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got an array of shape {X.shape}.")
    return X


def _require_one_column(n_columns: int, name: str, selection: str, also: str = "") -> None:
    if n_columns != 1:
        remedy = f" Select one, e.g. {name}{selection}{also}." if n_columns else ""
        raise ValueError(
            f"{name} must be a single column of words, got {n_columns} columns.{remedy}"
        )


def _identity(array: Any) -> Any:
    return array


def check_sample_weight(sample_weight: Any, n_words: int) -> NDArray[np.float64] | None:
    """Return weights as an array of shape (n_words,), or None for None.

    Raises
    ------
    ValueError, TypeError
        If they are no numbers, have another shape, or are negative, not finite or all zero.
    """
    if sample_weight is None:
        return None
    if np.ma.is_masked(sample_weight):
        raise ValueError("sample_weight has masked entries: fill them or leave those words out.")
    weights = _as_numbers(sample_weight)
    if weights.shape != (n_words,):
        raise ValueError(
            f"sample_weight must have shape ({n_words},), one weight a word, got {weights.shape}."
        )
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        raise ValueError(
            "sample_weight must be finite and not negative, got "
            f"{weights[bad[0]]} at position {bad[0]}."
        )
    if n_words and not weights.any():
        raise ValueError("sample_weight is zero for every word: nothing is left.")
    return weights


def _as_numbers(sample_weight: Any) -> NDArray[np.float64]:
    """Return weights as float64; what holds other than real numbers is named."""
    try:
        weights = np.asarray(sample_weight)
        if weights.dtype.kind in NOT_WEIGHTS:
            raise TypeError(f"got an array of {weights.dtype}")
        with np.errstate(over="ignore"):  # beyond float64 is infinite, which is refused
            return np.asarray(weights, dtype=np.float64)
    except OverflowError:
        raise ValueError("sample_weight has a number beyond float64: scale it down.") from None
    except (TypeError, ValueError) as error:
        message = f"sample_weight must hold one real number a word: {error}."
        raise type(error)(message) from None


def check_counts(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `counts`; sums of weights beyond the range of float64 are a ValueError."""
    if not np.isfinite(counts).all():
        raise ValueError("sample_weight is so large that sums of it overflow: scale it down.")
    return counts


def read_weighted(
    column: WordColumn, symbols: Symbols, sample_weight: Any
) -> tuple[FlatText, NDArray[np.float64] | None]:
    """Read all words and their weights, those of weight 0 left out; weights of 1 are none."""
    weights = check_sample_weight(sample_weight, len(column))
    text = symbols.read_all(column)
    if weights is not None and not weights.all():
        text, weights = text.keep(weights > 0), weights[weights > 0]
    if weights is not None and (weights == 1).all():
        weights = None
    return text, weights
