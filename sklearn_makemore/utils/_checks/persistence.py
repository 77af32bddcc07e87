"""Fitted models in files and copies: pickle, joblib, copy, clone, skops and `io`."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import importlib.util
import io
import pickle
import tempfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone

from sklearn_makemore.io import load, save
from sklearn_makemore.io._classes import why_not_storable
from sklearn_makemore.utils._checks.api import is_fitted
from sklearn_makemore.utils._checks.common import (
    WORDS,
    assert_close,
    fitted,
    is_language_model,
    only_if,
    scores_of,
    spelling_of,
)


def can_be_stored(estimator: Any) -> bool:
    """Tell language models that files can hold: those of the library and with a layout."""
    return is_language_model(estimator) and why_not_storable(type(estimator)) is None


def check_copies_give_the_same(name: str, estimator: Any) -> None:
    """Pickle, joblib, copy and deepcopy of a fitted estimator score and sample as it does."""
    fitted(estimator)
    for other in (
        pickle.loads(pickle.dumps(estimator)),
        copy.copy(estimator),
        copy.deepcopy(estimator),
        _by_joblib(estimator),
    ):
        _assert_same(other, estimator)
    unfitted = pickle.loads(pickle.dumps(clone(estimator)))
    assert not is_fitted(unfitted)


@only_if(can_be_stored)
def check_files_give_the_same(name: str, estimator: Any) -> None:
    """A model from a file has the parameters and attributes, scores and samples as before."""
    fitted(estimator)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        again = _saved_and_loaded(estimator, path)
    _assert_same(again, estimator)
    assert vars(again).keys() == vars(estimator).keys()
    assert repr(again.get_params()) == repr(estimator.get_params())
    for attribute in _public_attributes(estimator):
        mine, other = getattr(estimator, attribute), getattr(again, attribute)
        assert type(other) is type(mine), attribute
        _assert_equal(other, mine, attribute)
    chunk = spelling_of(estimator).all(["anna", "noah"])
    fresh = copy.deepcopy(estimator)
    try:
        fresh.partial_fit(chunk)
    except ValueError:  # not every solver can go on
        return
    _assert_same(again.partial_fit(chunk), fresh)


@only_if(can_be_stored)
def check_files_of_models_with_an_unknown_symbol(name: str, estimator: Any) -> None:
    """The unknown symbol and an alphabet with lone surrogates survive a file."""
    spell = spelling_of(estimator)
    alphabet = sorted({*spell.symbols("".join(WORDS)), "\udc00", "\0"})
    estimator.set_params(alphabet=alphabet, handle_unknown="unknown", boundary="\ud800\udc00")
    fitted(estimator)
    with tempfile.TemporaryDirectory() as folder:
        again = _saved_and_loaded(estimator, Path(folder) / "model")
    words = spell.all(["\ud800\udc00", "a\0", "漢"])
    assert again.symbols_.tolist() == estimator.symbols_.tolist()
    assert again.get_params()["alphabet"] == alphabet
    assert_close(again.score_samples(words), estimator.score_samples(words), 0, "after io.load")


@only_if(is_language_model)
def check_skops_gives_the_same(name: str, estimator: Any) -> None:
    """Skops reads a fitted model, given the names of its types; left out where it is missing."""
    if importlib.util.find_spec("skops") is None:
        return
    import skops.io

    fitted(estimator)
    data = skops.io.dumps(estimator)
    trusted = skops.io.get_untrusted_types(data=data)
    assert all("builtins" not in type_name for type_name in trusted), trusted
    _assert_same(skops.io.loads(data, trusted=trusted), estimator)


def _saved_and_loaded(estimator: Any, path: Path) -> Any:
    save(estimator, path)
    return load(path, estimators=[type(estimator)])


def _by_joblib(estimator: Any) -> Any:
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


def _public_attributes(estimator: Any) -> list[str]:
    return [name for name in vars(estimator) if name.endswith("_") and not name.startswith("_")]


def _assert_same(other: Any, estimator: Any) -> None:
    """Assert that two estimators give the same scores, and samples of language models."""
    assert_close(scores_of(other), scores_of(estimator), 0, "a copy")
    if is_language_model(estimator):
        mine = estimator.sample(5, random_state=1)
        assert other.sample(5, random_state=1).tolist() == mine.tolist()


def _assert_equal(actual: Any, expected: Any, attribute: str) -> None:
    """Assert that attributes are equal: lists and arrays by element, estimators by attribute."""
    if isinstance(expected, dict):
        assert actual.keys() == expected.keys(), attribute
        _assert_equal(list(actual.values()), list(expected.values()), attribute)
    elif hasattr(expected, "get_params"):
        assert repr(actual) == repr(expected), attribute
        for name in _public_attributes(expected):
            _assert_equal(getattr(actual, name), getattr(expected, name), f"{attribute}.{name}")
    elif isinstance(expected, list):
        assert len(actual) == len(expected), attribute
        for one, other in zip(actual, expected, strict=True):
            _assert_equal(one, other, attribute)
    elif isinstance(expected, np.ndarray):
        assert actual.dtype == expected.dtype, attribute
        np.testing.assert_array_equal(actual, expected, err_msg=attribute)
    else:
        assert actual == expected, attribute
