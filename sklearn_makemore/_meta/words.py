"""A column of words of which each different one is asked for once."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.flat_text import FlatText
from sklearn_makemore._text.symbols import Symbols, Word

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Words:
    """A column of words, and which of them are the same.

    Parameters
    ----------
    text : FlatText
        All words.
    number : ndarray of shape (n_words,), int64
        Number of each word among the different ones, which are in the order of their first
        occurrence.
    spellings : list of str, or of tuple of str
        The different words.
    """

    text: FlatText
    number: IntArray
    spellings: list[Word]

    @property
    def distinct(self) -> FlatText:
        """The different words, to be coded."""
        is_first = np.diff(np.maximum.accumulate(self.number), prepend=-1) > 0
        return self.text if is_first.all() else self.text.keep(is_first)


def read_words(X: Any, kind: Symbols) -> Words:
    """Read a column of words whose symbols are of some kind.

    Raises
    ------
    TypeError, ValueError
        As `fit` of a language model does for what is not a column of words.
    """
    text = kind.read_all(as_column(X))
    # Not `pandas.factorize`, which before pandas 3.1 takes words for equal that are so up to a NUL.
    numbers: dict[Word, int] = {}
    number = [numbers.setdefault(word, len(numbers)) for word in kind.words(text)]
    return Words(text, np.array(number, np.int64), list(numbers))
