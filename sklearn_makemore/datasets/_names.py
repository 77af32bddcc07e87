"""The bundled names."""

# SPDX-License-Identifier: BSD-3-Clause

import csv
from importlib import resources
from typing import Any

import numpy as np
from sklearn.utils import Bunch

DATA = resources.files("sklearn_makemore.datasets") / "data"


def load_names(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load given names and the language each belongs to.

    The table comes with the library and nothing is downloaded. Rows are ordered by language:
    shuffle before splitting.

    =================   ======
    Pairs               11,682
    Languages           18
    Characters          a-z and letters with diacritics, lower case
    =================   ======

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether `data` and `target` are pandas Series and `frame` a DataFrame.

    Returns
    -------
    names : :class:`~sklearn.utils.Bunch` or tuple of (data, target)
        `data` : ndarray or Series of shape (11682,), dtype object or str
            The names.
        `target` : ndarray or Series of shape (11682,), dtype object or str
            The language of each name.
        `target_names` : list of str
            The languages, sorted.
        `frame` : DataFrame of shape (11682, 2) or None
            Columns `name` and `language`; only with ``as_frame=True``.
        `DESCR` : str
            Description of the data.

    See Also
    --------
    fetch_names : Download the names of the makemore lectures.

    Examples
    --------
    >>> from sklearn_makemore.datasets import load_names
    >>> names = load_names()
    >>> names.data[:3], names.target[0]
    (array(['abdullah', 'abeer', 'abir'], dtype=object), 'Arabic')
    """
    lines = (DATA / "names.csv").read_text(encoding="utf-8").splitlines()
    header, *rows = csv.reader(lines)
    data: Any
    target: Any
    data, target = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    target_names = sorted(set(target))
    frame = None
    if as_frame:
        import pandas as pd

        frame = pd.DataFrame(dict(zip(header, (data, target), strict=True)), dtype="str")
        data, target = frame["name"], frame["language"]
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=target_names,
        frame=frame,
        DESCR=(DATA / "names.md").read_text(encoding="utf-8"),
    )
