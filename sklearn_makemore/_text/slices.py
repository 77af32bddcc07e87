"""Long arrays in short slices."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator

SLICE = 2**15


def slices(n: int, size: int = SLICE) -> Iterator[slice]:
    """Cut ``0 .. n`` into slices of `size`.

    An operation that indexes or converts makes a temporary array of 8 bytes an element; in slices
    it stays in cache, and memory is not asked of the system each time.
    """
    for start in range(0, n, size):
        yield slice(start, start + size)
