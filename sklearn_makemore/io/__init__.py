"""Models in files."""

# SPDX-License-Identifier: BSD-3-Clause

from sklearn_makemore.io._arpa import read_arpa, write_arpa

__all__ = ["read_arpa", "write_arpa"]
