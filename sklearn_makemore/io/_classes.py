"""Which classes of estimators a file may name: those of the library, and those a caller allows."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterable
from typing import Any

from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore.utils.discovery import all_estimators

Classes = dict[str, type[Any]]
OTHERWISE = "use pickle, joblib or skops"


def why_not_storable(kind: type[Any]) -> str | None:
    """Return why no file can hold an estimator of a class, None if one can."""
    name, namesake = kind.__name__, dict(all_estimators(None)).get(kind.__name__)
    if namesake is kind:
        return None
    if not issubclass(kind, BaseCharLM):
        return f"{name} is no estimator of sklearn_makemore and no BaseCharLM: {OTHERWISE}"
    if namesake is not None:
        return f"{name} has the name of a class of sklearn_makemore: rename it, or {OTHERWISE}"
    if kind._layout is BaseCharLM._layout:
        return f"{name} has no _layout, which says what a file must hold: write one, or {OTHERWISE}"
    return None


def readable_classes(own: Iterable[type[Any]]) -> Classes:
    """Return by name the classes that a file may name: all of the library, and the caller's own.

    Raises
    ------
    TypeError
        If `own` is no collection of classes.
    ValueError
        If files cannot hold one of them, or two have one name.
    """
    if isinstance(own, (str, type)) or not isinstance(own, Iterable):
        raise TypeError(f"estimators must be a list of classes, got {own!r:.80}.")
    classes = dict(all_estimators(None))
    for kind in own:
        if not isinstance(kind, type):
            raise TypeError(f"estimators must hold classes, got {kind!r:.80}.")
        if problem := why_not_storable(kind):
            raise ValueError(f"{problem}.")
        if classes.setdefault(kind.__name__, kind) is not kind:
            raise ValueError(f"estimators has two classes named {kind.__name__}: rename one.")
    return classes
