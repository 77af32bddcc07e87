"""The bundled names."""

import unicodedata
from collections import Counter

import numpy as np
import pandas as pd

from sklearn_makemore.datasets import load_names


def test_what_is_bundled():
    names = load_names()
    pairs = list(zip(names.data, names.target, strict=True))
    assert len(set(pairs)) == len(pairs) == 11_682
    per_language = Counter(names.target)
    assert len(per_language) == 18
    assert min(per_language.values()) >= 260
    assert names.target_names == sorted(per_language)
    for name in names.data:
        assert name.isalpha()
        assert name == name.lower() == unicodedata.normalize("NFC", name)
    assert f"{len(pairs):,}" in names.DESCR


def test_forms():
    arrays = load_names()
    assert arrays.frame is None
    assert arrays.data.dtype == arrays.target.dtype == object
    frames = load_names(as_frame=True)
    assert frames.frame.columns.tolist() == ["name", "language"]
    pd.testing.assert_series_equal(frames.data, frames.frame["name"])
    data, target = load_names(return_X_y=True)
    assert (data == arrays.data).all()
    assert (target == arrays.target).all()
    data, target = load_names(return_X_y=True, as_frame=True)
    assert isinstance(data, pd.Series)
    assert np.asarray(target).tolist() == arrays.target.tolist()
