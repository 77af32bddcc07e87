"""Words held out of a fit."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.coded_words import CodedWords


def hold_out(
    words: CodedWords,
    fraction: float,
    permutation: Callable[[int], NDArray[np.int64]],
    *,
    begin_known: bool = False,
) -> tuple[CodedWords, CodedWords]:
    """Split off a share of the distinct words; repeats of a word stay together.

    Parameters
    ----------
    words : CodedWords
    fraction : float
        Share of the distinct words, of which one at least is held out and one kept.
    permutation : callable
        Returns 0 .. n - 1 in random order.
    begin_known : bool, default=False
        Whether to hold out, and to count, only words that do not begin with the unknown symbol:
        for models that neither learn from such a word nor predict it.

    Returns
    -------
    kept : CodedWords
    held_out : CodedWords

    Raises
    ------
    ValueError
        If there are fewer than two such words.
    """
    number = words.numbered()
    is_candidate = np.ones(words.n_words, bool)
    if begin_known and words.unknown_code is not None:
        is_candidate = words.targets[words.offsets[:-1]] != words.unknown_code
    candidates = np.unique(number[is_candidate])
    n = len(candidates)
    if n < 2:
        such = "" if is_candidate.all() else " that begin with a known character"
        raise ValueError(
            f"Holding words out needs at least two different words{such}, got {n}. Give more "
            "words, or fit without: early_stopping=False, weights=None in a mixture."
        )
    n_held_out = min(max(1, round(fraction * n)), n - 1)
    is_held_out = np.isin(number, candidates[permutation(n)[:n_held_out]])
    return words.keep(~is_held_out), words.keep(is_held_out)
