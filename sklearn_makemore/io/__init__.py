"""Models in files."""

# SPDX-License-Identifier: BSD-3-Clause

from sklearn_makemore.io._arpa import read_arpa, write_arpa
from sklearn_makemore.io._model_file import load, save

__all__ = ["load", "read_arpa", "save", "write_arpa"]
