"""Words held out of a fit."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.coded_words import CodedWords


def hold_out(
    words: CodedWords, fraction: float, permutation: Callable[[int], NDArray[np.int64]]
) -> tuple[CodedWords, CodedWords]:
    """Split off a share of the distinct words; repeats of a word stay together.

    Parameters
    ----------
    words : CodedWords
    fraction : float
        Share of the distinct words, of which one at least is held out and one kept.
    permutation : callable
        Returns 0 .. n - 1 in random order.

    Returns
    -------
    kept : CodedWords
    held_out : CodedWords

    Raises
    ------
    ValueError
        If there are fewer than two distinct words.
    """
    number = words.numbered()
    n_distinct = int(number.max()) + 1
    if n_distinct < 2:
        raise ValueError(
            "Holding words out needs at least two different words, got one. Give more words, or "
            "fit without: early_stopping=False, weights=None in a mixture."
        )
    n_held_out = min(max(1, round(fraction * n_distinct)), n_distinct - 1)
    is_held_out = np.isin(number, permutation(n_distinct)[:n_held_out])
    return words.keep(~is_held_out), words.keep(is_held_out)
