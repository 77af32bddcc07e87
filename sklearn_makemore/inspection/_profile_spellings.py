"""Checks of a profile that compare values with each other: forms of one, repeats, misspellings."""

# SPDX-License-Identifier: BSD-3-Clause

import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords
from sklearn_makemore._text.flat_text import FlatText
from sklearn_makemore.inspection._profile_characters import DIGIT, NOT_ASCII
from sklearn_makemore.inspection._profile_values import (
    EXAMPLES,
    Places,
    Row,
    Values,
    quoted,
    texts_of,
)
from sklearn_makemore.metrics._near_copies import WordHashes

TIMES_AS_FREQUENT = 20
SHORTEST, LONGEST = 4, 64  # characters of values that are compared
MOST_FREQUENT = 100_000  # values that others may be near to
SHORTEST_HALF = 3  # of what is doubled without a space between
NO_GROUP, NO_WORD = -1, np.iinfo(np.int64).max
MOST_CHARACTERS = 20_000_000  # of the values that may be near to one of them


def normalisation(values: Values) -> Iterator[Row]:
    """Find values that Unicode normalisation changes, or that folding makes equal."""
    not_ascii = values.flags & NOT_ASCII > 0
    is_nfc = np.ones(len(values.words), np.bool_)
    is_nfc[values.where(not_ascii, lambda word: not unicodedata.is_normalized("NFC", word))] = False
    others = values.where(
        not_ascii & is_nfc, lambda word: not unicodedata.is_normalized("NFKC", word)
    )
    yield from values.rows([("not NFC", np.flatnonzero(~is_nfc)), ("NFC, but not NFKC", others)])
    several = np.bincount(values.spellings) > 1
    groups = np.where(several[values.spellings], values.spellings, NO_GROUP)
    yield from values.rows([("differ in case, form or space", np.flatnonzero(groups >= 0))])
    firsts = _firsts(values)
    yield from values.rows_of_groups(
        groups, lambda group: f"spellings of {quoted(values.words[firsts[group]])}", most=EXAMPLES
    )


def _firsts(values: Values) -> Places:
    """Return the place of the most frequent value of each spelling."""
    return np.unique(values.spellings, return_index=True)[1]


def repeats(values: Values) -> Iterator[Row]:
    """Find values that occur again, and values that say a thing twice."""
    places = np.flatnonzero(values.counts > 1)
    yield from values.rows([("more than once", places)])
    for place in places[:EXAMPLES].tolist():
        yield values.row(f"value {quoted(values.words[place])}", np.array([place]))
    halved = [i for i, word in enumerate(values.folded) if word.endswith(word[: len(word) // 2])]
    doubled = [i for i in halved if is_doubled(values.folded[i])]
    yield from values.rows([("doubled", np.array(doubled, np.int64))])


def is_doubled(folded: str) -> bool:
    """Tell whether a folded value is one thing twice, apart or, from three letters on, together."""
    half, is_odd = divmod(len(folded), 2)
    if folded[half] != " " if is_odd else half < SHORTEST_HALF:
        return False
    return folded.endswith(folded[:half]) and any(map(str.isalpha, folded))


def near_duplicates(values: Values) -> Iterator[Row]:
    """Find values that one symbol more, less or other would make a far more frequent one."""
    firsts = _firsts(values)
    words = list(values.numbers_of_folded)
    counts = np.bincount(values.spellings, values.counts).astype(np.int64)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    is_compared = (SHORTEST <= lengths) & (lengths <= LONGEST) & (values.flags[firsts] & DIGIT == 0)
    ranked = np.argsort(-counts, kind="stable")
    ranked = ranked[is_compared[ranked]]
    frequent = ranked[counts[ranked] >= TIMES_AS_FREQUENT][:MOST_FREQUENT]
    most = counts[frequent[0]] if len(frequent) else 0
    rare = ranked[counts[ranked] * TIMES_AS_FREQUENT <= most]
    if not len(rare):
        return
    if lengths[rare].sum() > MOST_CHARACTERS:
        yield Row("not looked for: too many", 0, [])
        return
    nearest = _nearest(words, lengths, rare, frequent)
    is_near = (nearest >= 0) & (counts[rare] * TIMES_AS_FREQUENT <= counts[frequent[nearest]])
    near_to = np.full(len(words), NO_GROUP)
    near_to[rare[is_near]] = frequent[nearest[is_near]]
    groups = near_to[values.spellings]
    yield from values.rows([("near a frequent value", np.flatnonzero(groups >= 0))])
    yield from values.rows_of_groups(
        groups, lambda group: f"near {quoted(values.words[firsts[group]])}", most=EXAMPLES
    )


def _nearest(words: list[str], lengths: Places, rare: Places, frequent: Places) -> Places:
    """Return for each rare word the rank of the first frequent one that is near, -1 for none.

    A word that is frequent, too, is near to itself, unless one before it is near.
    """
    targets = _hashes(FlatText.from_strings([words[place] for place in frequent.tolist()], 0))
    whole = _Firsts.of(targets.whole, np.arange(len(frequent)))
    shortened = _Firsts.of(targets.shortened, targets.word_of)
    replaced = _Firsts.of(targets.replaced, targets.word_of)
    pieces = []
    for text in texts_of([words[place] for place in rare.tolist()], lengths[rare]):
        hashes = _hashes(text)
        nearest = shortened.with_hashes(hashes.whole)
        of_symbols = np.minimum(
            whole.with_hashes(hashes.shortened), replaced.with_hashes(hashes.replaced)
        )
        np.minimum.at(nearest, hashes.word_of, of_symbols)
        pieces.append(np.where(nearest < len(frequent), nearest, NO_GROUP))
    return np.concatenate(pieces)


def _hashes(text: FlatText) -> WordHashes:
    codes = text.ids.astype(np.uint32) + 1
    codes[text.offsets] = BOUNDARY
    return WordHashes.of(CodedWords(codes, text.offsets, sys.maxunicode + 2, None, None))


@dataclass(frozen=True)
class _Firsts:
    """The first word that has each of some hashes.

    Parameters
    ----------
    hashes : ndarray of shape (n,), uint64
        Distinct and ascending.
    words : ndarray of shape (n,), int64
        Numbers of words.
    """

    hashes: NDArray[np.uint64]
    words: Places

    @classmethod
    def of(cls, hashes: NDArray[np.uint64], words: Places) -> Self:
        """Take hashes of words, in the order of the words."""
        distinct, places = np.unique(hashes, return_index=True)
        return cls(distinct, words[places])

    def with_hashes(self, wanted: NDArray[np.uint64]) -> Places:
        """Return the first word with each of the wanted hashes, a number beyond all for none."""
        places = np.searchsorted(self.hashes, wanted)
        places[places == len(self.hashes)] = 0
        return np.where(self.hashes[places] == wanted, self.words[places], NO_WORD)
