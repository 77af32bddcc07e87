"""The file of the makemore lectures, downloaded once."""

# SPDX-License-Identifier: BSD-3-Clause

import hashlib
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
SHA256 = "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d"
FILE_NAME = "makemore_names.txt"


def fetch_names(
    *,
    data_home: str | PathLike[str] | None = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
    as_frame: bool = False,
) -> Bunch:
    """Load the 32,033 names of the makemore lectures, downloading them the first time.

    The most common given names of one year from the register of the United States Social Security
    Administration (public domain), as Andrej Karpathy distributes them with makemore. 29,494 of
    them are distinct; girls' names come first, by rank, then boys': shuffle before splitting.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder in which the file is kept; None means scikit-learn's data home.
    download_if_missing : bool, default=True
        Whether to download a file that is not there, rather than raise OSError.
    n_retries : int, default=3
        How often a failed download is tried again.
    delay : float, default=1.0
        Seconds between tries.
    as_frame : bool, default=False
        Whether `data` is a pandas Series and `frame` a DataFrame.

    Returns
    -------
    names : :class:`~sklearn.utils.Bunch`
        `data` : ndarray or Series of shape (32033,), dtype object or str
            The names, lower case a-z, 2 to 15 letters.
        `frame` : DataFrame of shape (32033, 1) or None
            Column `name`; only with ``as_frame=True``.
        `filename` : str
            Where the file is kept.
        `DESCR` : str
            Description of the data.

    Raises
    ------
    OSError
        If the file is missing and may not or cannot be downloaded, or if its SHA-256 is not that
        of the lectures' file. A failed download leaves nothing behind.

    See Also
    --------
    load_names : Names of 18 languages that come with the library.

    References
    ----------
    https://github.com/karpathy/makemore

    Examples
    --------
    >>> from sklearn_makemore.datasets import fetch_names
    >>> words = fetch_names().data  # doctest: +SKIP
    """
    from sklearn.datasets import fetch_file, get_data_home

    path = Path(get_data_home(data_home)) / FILE_NAME
    if path.exists():
        _refuse_other_file(path)
    elif not download_if_missing:
        raise OSError(f"{path} is not there, and download_if_missing=False.")
    else:
        try:
            fetch_file(
                URL,
                folder=path.parent,
                local_filename=FILE_NAME,
                sha256=SHA256,
                n_retries=n_retries,
                delay=delay,
            )
        except OSError as error:
            raise OSError(
                f"{URL} could not be downloaded to {path}: {error}. Try again, give another "
                "data_home=, or put the file there yourself."
            ) from error
    data: Any = np.array(path.read_text(encoding="ascii").split(), dtype=object)
    frame = None
    if as_frame:
        import pandas as pd

        frame = pd.DataFrame({"name": data}, dtype="str")
        data = frame["name"]
    descr = str(fetch_names.__doc__).partition("Parameters\n")[0].strip()
    return Bunch(data=data, frame=frame, filename=str(path), DESCR=descr)


def _refuse_other_file(path: Path) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        raise OSError(
            f"{path} is not the file of the lectures: its SHA-256 is {found}, expected {SHA256}. "
            "Move or delete it to download the right one."
        )
