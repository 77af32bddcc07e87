"""The symbols of a model: boundary, characters, unknown."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes, narrowest_dtype
from sklearn_makemore._text.flat_text import OFFENDERS_SHOWN, FlatText, slices, string_of

UNKNOWN_SHOWN = "\ufffd"


@dataclass(frozen=True)
class Vocabulary:
    """One code for the boundary (0), each character (in code-point order), the unknown symbol.

    Parameters
    ----------
    characters : ndarray of shape (n_characters,), uint32
        Sorted distinct code points.
    boundary : str
        How the boundary is shown; never looked up in a word.
    has_unknown : bool
        Whether the last code stands for every other character.
    """

    characters: NDArray[np.uint32]
    boundary: str
    has_unknown: bool

    @classmethod
    def of_text(cls, text: FlatText, boundary: str, has_unknown: bool) -> "Vocabulary":
        """Return the vocabulary of the characters that occur in `text`."""
        return cls(text.distinct_characters().astype(np.uint32), boundary, has_unknown)

    @classmethod
    def of_alphabet(cls, alphabet: Iterable[str], boundary: str, has_unknown: bool) -> "Vocabulary":
        """Return the vocabulary of the given characters; repeats do not matter."""
        return cls(np.array(sorted({ord(c) for c in alphabet}), np.uint32), boundary, has_unknown)

    @property
    def n_symbols(self) -> int:
        return self.n_known + self.has_unknown

    @property
    def n_known(self) -> int:
        """Number of symbols without the unknown one, which has the last code."""
        return 1 + len(self.characters)

    @property
    def unknown_code(self) -> int | None:
        return self.n_known if self.has_unknown else None

    @property
    def symbols(self) -> NDArray[np.object_]:
        """The symbols as shown, of shape (n_symbols,), dtype object."""
        shown = [self.boundary, *map(chr, self.characters.tolist())]
        if self.has_unknown:
            shown.append(UNKNOWN_SHOWN)
        return np.array(shown, dtype=object)

    def same_symbols(self, other: "Vocabulary") -> bool:
        """Tell whether codes mean the same in both, however the boundary is shown.

        The symbols as shown do not tell: a character may look like the unknown symbol.
        """
        return self.has_unknown == other.has_unknown and np.array_equal(
            self.characters, other.characters
        )

    def __or__(self, other: "Vocabulary") -> "Vocabulary":
        """Return the vocabulary of the symbols of both, the boundary shown as here."""
        characters = np.union1d(self.characters, other.characters)
        return Vocabulary(characters, self.boundary, self.has_unknown or other.has_unknown)

    def codes_of(self, other: "Vocabulary") -> Codes:
        """Return the code here of every symbol of another vocabulary, of shape (other.n_symbols,).

        As codes are in code-point order, they ascend but for characters that are unknown here.

        Raises
        ------
        ValueError
            If there is a character, or an unknown symbol, that has no code here.
        """
        places = np.searchsorted(self.characters, other.characters)
        places[places == len(self.characters)] = 0
        known = np.isin(other.characters, self.characters)
        if not self.has_unknown and not known.all():
            strangers = map(chr, other.characters[~known][:OFFENDERS_SHOWN].tolist())
            raise ValueError(
                "The model does not know these characters of the counts: "
                f"{', '.join(map(repr, strangers))}. Fit with alphabet= naming every character "
                "that may come, or with handle_unknown='unknown'."
            )
        if other.has_unknown and not self.has_unknown:
            raise ValueError(
                "The counts have an unknown symbol: fit with handle_unknown='unknown', or count "
                "without it."
            )
        codes = np.where(known, places + 1, self.n_known)
        codes = np.concatenate([[BOUNDARY], codes, [self.n_known] * other.has_unknown])
        return codes.astype(narrowest_dtype(self.n_symbols))

    def encode(self, text: FlatText, weights: NDArray[np.float64] | None = None) -> CodedWords:
        """Turn characters into codes.

        Raises
        ------
        ValueError
            If a character is not in the vocabulary and there is no unknown symbol.
        """
        unseen = self.n_known
        lookup = self._lookup(text.code_points.dtype, unseen)
        codes = np.empty(len(text.code_points), lookup.dtype)
        for part in slices(len(codes)):
            np.take(lookup, text.code_points[part], out=codes[part], mode="clip")
        codes[text.offsets] = BOUNDARY
        if not self.has_unknown and codes.max() == unseen:
            raise self._unknown_characters(text, codes == unseen)
        return CodedWords(codes, text.offsets, self.n_symbols, self.unknown_code, weights)

    def decode(self, codes: Codes) -> list[str]:
        """Return the words of a flat array in which a boundary follows every word.

        The unknown symbol becomes the character that it is shown as.

        Parameters
        ----------
        codes : ndarray of shape (n,)
            Codes of characters and boundaries, without the leading boundary.
        """
        separator = _smallest_missing(self.characters)
        lookup = np.concatenate([[separator], self.characters, [ord(UNKNOWN_SHOWN)]])
        lookup = lookup.astype(np.uint32)
        return string_of(lookup[codes]).split(chr(separator))[:-1]

    def _lookup(self, dtype: np.dtype[np.unsignedinteger], unseen: int) -> Codes:
        """Return the code of every code point up to the last character, then `unseen`."""
        reachable = self.characters[self.characters <= np.iinfo(dtype).max]
        size = int(reachable[-1]) + 2 if len(reachable) else 1
        lookup = np.full(size, unseen, narrowest_dtype(self.n_symbols))
        lookup[reachable] = np.arange(1, len(reachable) + 1)
        return lookup

    def _unknown_characters(self, text: FlatText, unseen: NDArray[np.bool_]) -> ValueError:
        places = np.flatnonzero(unseen)
        strangers, first = np.unique(text.code_points[places], return_index=True)
        words = np.searchsorted(text.offsets, places[first], side="right") - 1
        seen = [
            (chr(stranger), text.positions[word])
            for stranger, word in zip(strangers.tolist(), words.tolist(), strict=True)
        ]
        named = [f"{c!r} in the word at position {p}" for c, p in seen]
        more = ", and others" if len(named) > OFFENDERS_SHOWN else ""
        return ValueError(
            f"The model does not know these characters: {', '.join(named[:OFFENDERS_SHOWN])}"
            f"{more}. Fit with alphabet= naming every character that may come, or with "
            f"handle_unknown='unknown'.{self._hint_at_case([c for c, _ in seen])}"
        )

    def _hint_at_case(self, strangers: list[str]) -> str:
        """Return a sentence on the first stranger that is known in the other case, if any is."""
        known = set(map(chr, self.characters.tolist()))
        for stranger in strangers:
            if stranger.swapcase() in known:
                return (
                    f" It knows {stranger.swapcase()!r}: if case does not matter, write words in "
                    "one case, in fit too."
                )
        return ""


def _smallest_missing(characters: NDArray[np.uint32]) -> int:
    """Return the smallest code point that is not a character."""
    taken = characters == np.arange(len(characters))
    return len(characters) if taken.all() else int(np.argmin(taken))
