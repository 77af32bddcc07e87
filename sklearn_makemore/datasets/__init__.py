"""Words to try models on: a bundled table of names, and the file of the makemore lectures."""

# SPDX-License-Identifier: BSD-3-Clause

from sklearn_makemore.datasets._fetch import fetch_names
from sklearn_makemore.datasets._names import load_names

__all__ = ["fetch_names", "load_names"]
