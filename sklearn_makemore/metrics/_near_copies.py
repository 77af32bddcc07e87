"""Which words differ from one of a list by a single symbol."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords

Hashes = NDArray[np.uint64]
# Odd numbers have an inverse modulo 2**64, in which all sums here are made.
BASE, OF_PLACE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
INVERSE = np.uint64(pow(int(BASE), -1, 2**64))


def are_near(words: CodedWords, others: CodedWords) -> NDArray[np.bool_]:
    """Tell which words become one of the others if one symbol is put in, left out or replaced.

    Two words differ by a symbol replaced if they are the same without the symbol at one place, and
    by one put in or left out if one of them is the other without a symbol. So each word is looked
    up with each of its symbols left out, in time proportional to the symbols (Thomas Bocek, Ela
    Hunt and Burkhard Stiller, "Fast Similarity Search in Large Dictionaries", 2007). What is left
    is compared by hashes of 64 bits: that two among millions agree by chance is not to be expected.

    Parameters
    ----------
    words : CodedWords
        Words that are none of the others.
    others : CodedWords
        Words over the same symbols.

    Returns
    -------
    near : ndarray of shape (n_words,), bool
    """
    ours, theirs = WordHashes.of(words), WordHashes.of(others)
    near = np.isin(ours.whole, theirs.shortened)
    is_found = np.isin(ours.shortened, theirs.whole) | np.isin(ours.replaced, theirs.replaced)
    near[ours.word_of[is_found]] = True
    return near


@dataclass(frozen=True)
class WordHashes:
    """Hashes of words, and of words without one of their symbols.

    Parameters
    ----------
    whole : ndarray of shape (n_words,), uint64
    word_of : ndarray of shape (n,), int64
        The word of each symbol.
    shortened : ndarray of shape (n,), uint64
        Of the word without that symbol.
    replaced : ndarray of shape (n,), uint64
        Of that and of the place of the symbol.
    """

    whole: Hashes
    word_of: NDArray[np.int64]
    shortened: Hashes
    replaced: Hashes

    @classmethod
    def of(cls, words: CodedWords) -> Self:
        """Add up a number for each symbol times a power of the base for its place."""
        of_symbols = _numbers_of(words.n_symbols)[words.targets]
        powers = np.full(int(words.predictions_per_word.max()), BASE)
        powers = np.multiply.accumulate(powers)
        terms = of_symbols * powers[words.positions]
        sums = np.concatenate([np.zeros(1, np.uint64), np.add.accumulate(terms)])
        starts, ends = sums[words.offsets[:-1]], sums[words.offsets[1:]]
        places = np.flatnonzero(words.targets != BOUNDARY)
        word_of = np.repeat(np.arange(words.n_words), words.predictions_per_word)[places]
        before = sums[places] - starts[word_of]
        after = ends[word_of] - sums[places + 1]  # one place farther to the front
        shortened = before + after * INVERSE
        replaced = (shortened ^ OF_PLACE) * powers[words.positions[places]]
        return cls(ends - starts, word_of, shortened, replaced)


def _numbers_of(n_symbols: int) -> Hashes:
    """Return a number for each symbol, 0 for the boundary."""
    numbers = np.random.default_rng(0).integers(2**64, size=n_symbols, dtype=np.uint64)
    numbers[BOUNDARY] = 0
    return numbers
