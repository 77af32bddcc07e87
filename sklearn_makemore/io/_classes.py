"""Which classes a file may name: those of the library, and those a caller allows."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterable
from typing import Any

import sklearn_makemore
from sklearn_makemore._core.learnt import Learnt
from sklearn_makemore._estimators.base import BaseCharLM

Classes = dict[str, type[Any]]
OTHERWISE = "use pickle, joblib or skops"


class UnreadableError(Exception):
    """What is wrong with a file, as the rest of a sentence that begins with its name."""


def class_named(name: object, own: Classes) -> type[Any]:
    """Return the class that a file names: of the library, which alone is imported, or handed over.

    Raises
    ------
    UnreadableError
        If there is none.
    """
    if isinstance(name, str) and name in own:
        return own[name]
    if not isinstance(name, str) or name not in sklearn_makemore.__all__:
        raise UnreadableError(
            f"holds an estimator of class {name!r:.80}, which sklearn_makemore "
            f"{sklearn_makemore.__version__} does not have: hand a class of your own to load, in "
            "estimators=[...]; for one of a later version, upgrade."
        )
    kind: type[Any] = getattr(sklearn_makemore, name)
    return kind


def why_not_storable(kind: type[Any]) -> str | None:
    """Return why no file can hold an object of a class, None if one can."""
    name = kind.__name__
    is_taken = name in sklearn_makemore.__all__
    if is_taken and getattr(sklearn_makemore, name) is kind:
        return None
    if not issubclass(kind, BaseCharLM):
        return f"{name} is no estimator of sklearn_makemore and no BaseCharLM: {OTHERWISE}"
    if is_taken:
        return f"{name} has the name of a class of sklearn_makemore: rename it, or {OTHERWISE}"
    learnt = getattr(kind, "_learnt_class", None)
    if learnt is not None and learnt.checked is Learnt.checked:
        return (
            f"{learnt.__name__}, which {name} learns, has no method checked, which says what a "
            f"file may hold: write one, or {OTHERWISE}"
        )
    return None


def readable_classes(own: Iterable[type[Any]]) -> Classes:
    """Return by name the caller's own classes that a file may name.

    Raises
    ------
    TypeError
        If `own` is no collection of classes.
    ValueError
        If files cannot hold one of them, or two have one name.
    """
    classes = named_classes(own, "estimators")
    for kind in classes.values():
        if problem := why_not_storable(kind):
            raise ValueError(f"{problem}.")
    return classes


def named_classes(own: Iterable[type[Any]], argument: str) -> Classes:
    """Return classes by name, of which no two may be the same."""
    if isinstance(own, (str, type)) or not isinstance(own, Iterable):
        raise TypeError(f"{argument} must be a list of classes, got {own!r:.80}.")
    classes: Classes = {}
    for kind in own:
        if not isinstance(kind, type):
            raise TypeError(f"{argument} must hold classes, got {kind!r:.80}.")
        if classes.setdefault(kind.__name__, kind) is not kind:
            raise ValueError(f"{argument} has two classes named {kind.__name__}: rename one.")
    return classes
