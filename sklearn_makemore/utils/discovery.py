"""Every estimator of the library, found rather than listed."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Sequence
from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin, OutlierMixin

import sklearn_makemore
from sklearn_makemore._estimators.base import BaseCharLM

__all__ = ["all_estimators"]

BASES: dict[str, type[Any]] = {
    "language_model": BaseCharLM,
    "classifier": ClassifierMixin,
    "outlier_detector": OutlierMixin,
}


def all_estimators(
    type_filter: str | Sequence[str] | None = "language_model",
) -> list[tuple[str, type[Any]]]:
    """List the public estimators.

    Parameters
    ----------
    type_filter : {"language_model", "classifier", "outlier_detector"}, list of these or None, \
            default="language_model"
        What to list; None lists all, also what is none of these.

    Returns
    -------
    estimators : list of (str, class)
        Name and class of each, sorted by name.

    Raises
    ------
    ValueError
        If a type is not one of these.

    See Also
    --------
    sklearn.utils.discovery.all_estimators : The same for scikit-learn.

    Examples
    --------
    >>> from sklearn_makemore.utils.discovery import all_estimators
    >>> dict(all_estimators())["BigramCountLM"]
    <class 'sklearn_makemore._estimators.bigram_count.BigramCountLM'>
    >>> [name for name, _ in all_estimators("classifier")]
    ['CharLMClassifier']
    """
    names = [type_filter] if isinstance(type_filter, str) else type_filter
    unknown = [name for name in names or () if name not in BASES]
    if unknown:
        raise ValueError(f"type_filter must be among {list(BASES)} or None, got {unknown[0]!r}.")
    bases = [BaseEstimator] if names is None else [BASES[name] for name in names]
    public = ((name, getattr(sklearn_makemore, name)) for name in sklearn_makemore.__all__)
    return [(name, kind) for name, kind in sorted(public) if issubclass(kind, tuple(bases))]
