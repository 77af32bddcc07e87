"""Which containers hold words, and how each is opened."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Sequence
from typing import Any

import numpy as np

from sklearn_makemore._text.columns import ArrowColumn, PythonColumn, WordColumn


def as_column(X: Any) -> WordColumn:
    """Open a container of words without copying it.

    Parameters
    ----------
    X : list, tuple, ndarray, pandas Series / Index, polars Series, pyarrow Array / ChunkedArray
        The words, or any of these as one column: an ``(n, 1)`` array or a one-column frame.

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
    if isinstance(X, (str, bytes)):
        raise TypeError(
            f"X must be a sequence of words, got a single {type(X).__name__}. "
            f"For one word, pass [{X[:20]!r}]."
        )
    if isinstance(X, (list, tuple)):
        return PythonColumn(X)
    libraries = {base.__module__.partition(".")[0] for base in type(X).__mro__}
    if "pandas" in libraries:
        return _pandas_column(X)
    if "polars" in libraries:
        return _polars_column(X)
    if "pyarrow" in libraries:
        return _pyarrow_column(X)
    if isinstance(X, np.ndarray) or hasattr(X, "__array__"):
        return PythonColumn(_one_dimensional(np.asarray(X)))
    if isinstance(X, Sequence):
        return PythonColumn(list(X))
    raise TypeError(
        f"X must be a sequence of words (list, array, Series, ...), got {type(X).__name__}. "
        "Pass list(X) if its order means something."
    )


def _pandas_column(X: Any) -> WordColumn:
    if hasattr(X, "columns"):
        _require_one_column(X.shape[1], "iloc[:, 0]")
        X = X.iloc[:, 0]
    index = getattr(X, "index", None)
    if not hasattr(X, "array"):
        X = np.asarray(X, dtype=object)
        return PythonColumn(_one_dimensional(X), index)
    if getattr(X.dtype, "storage", None) == "pyarrow" or hasattr(X.dtype, "pyarrow_dtype"):
        return ArrowColumn(X.array.__arrow_array__(), _identity, index)
    return PythonColumn(np.asarray(X, dtype=object), index)


def _polars_column(X: Any) -> WordColumn:
    if hasattr(X, "get_columns"):
        _require_one_column(X.width, "to_series(0)")
        X = X.to_series(0)
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return PythonColumn(X.to_list())
    return ArrowColumn(X, type(X).to_arrow)


def _pyarrow_column(X: Any) -> WordColumn:
    if hasattr(X, "num_columns"):
        _require_one_column(X.num_columns, "column(0)")
        X = X.column(0)
    return ArrowColumn(X, _identity)


def _one_dimensional(X: np.ndarray) -> np.ndarray:
    if X.ndim == 2:
        _require_one_column(X.shape[1], "[:, 0]")
        return X[:, 0]
    if X.ndim != 1:
        raise ValueError(f"X must be one-dimensional, got an array of shape {X.shape}.")
    return X


def _require_one_column(n_columns: int, selection: str) -> None:
    if n_columns != 1:
        raise ValueError(
            f"X must be a single column of words, got {n_columns} columns. "
            f"Select one, e.g. X.{selection}."
        )


def _identity(array: Any) -> Any:
    return array
