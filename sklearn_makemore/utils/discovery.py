"""Every estimator of the library, found rather than listed."""

# SPDX-License-Identifier: BSD-3-Clause

import importlib
import inspect
import pkgutil
from typing import Any

import sklearn_makemore
from sklearn_makemore._estimators.base import BaseCharLM

__all__ = ["all_estimators"]


def all_estimators() -> list[tuple[str, type[Any]]]:
    """List the public estimators.

    Returns
    -------
    estimators : list of (str, class)
        Name and class of each, sorted by name.

    See Also
    --------
    sklearn.utils.discovery.all_estimators : The same for scikit-learn.

    Examples
    --------
    >>> from sklearn_makemore.utils.discovery import all_estimators
    >>> dict(all_estimators())["BigramCountLM"]
    <class 'sklearn_makemore._estimators.bigram_count.BigramCountLM'>
    """
    for module in pkgutil.walk_packages(sklearn_makemore.__path__, "sklearn_makemore."):
        if module.name.startswith(("sklearn_makemore._estimators.", "sklearn_makemore._meta.")):
            importlib.import_module(module.name)
    found = {
        subclass.__name__: subclass
        for subclass in _subclasses(BaseCharLM)
        if not inspect.isabstract(subclass) and subclass.__module__.startswith("sklearn_makemore.")
    }
    return sorted(found.items())


def _subclasses(parent: type[Any]) -> set[type[Any]]:
    direct = set(parent.__subclasses__())
    return direct.union(*(_subclasses(child) for child in direct))
