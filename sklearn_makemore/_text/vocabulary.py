"""The symbols of a model: boundary, those of the words, unknown."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes, narrowest_dtype
from sklearn_makemore._text.flat_text import OFFENDERS_SHOWN, FlatText, slices, string_of
from sklearn_makemore._text.symbols import CHARACTERS, Symbols, Word

UNKNOWN_SHOWN = "\ufffd"
PENALTY, UNKNOWN, ERROR = "penalty", "unknown", "error"  # what may happen to an unknown symbol
BOUNDARIES_SHOWN = (".", "|", "$", "\u23ce")


@dataclass(frozen=True)
class Vocabulary:
    """One code for the boundary (0), each symbol of the words (in order), the unknown symbol.

    Parameters
    ----------
    of_words : ndarray of shape (n,), uint32 or object
        Sorted distinct symbols of the words: code points where they are characters, else strings.
    boundary : str or None
        How the boundary is shown; it is never looked up in a word. None takes what no symbol is.
    handle_unknown : {"penalty", "unknown", "error"}
        What happens to every other symbol. "unknown" gives the last code to all of them; "penalty"
        codes them as `n_symbols`, which is no code of the model's.
    kind : Symbols
        What a symbol is.
    n_predictions : float
        Weighted predictions of all the words of the fit.
    """

    of_words: NDArray[Any]
    boundary: str | None
    handle_unknown: str
    kind: Symbols = CHARACTERS
    n_predictions: float = 0.0

    @classmethod
    def of_text(
        cls, text: FlatText, boundary: str | None, handle_unknown: str, kind: Symbols = CHARACTERS
    ) -> "Vocabulary":
        """Return the vocabulary of the symbols that occur in `text`."""
        ids = text.distinct_ids()
        if text.table is None:
            return cls(ids.astype(np.uint32), boundary, handle_unknown, kind)
        named = list(text.table)
        return cls.of_alphabet((named[i - 1] for i in ids), boundary, handle_unknown, kind)

    @classmethod
    def of_alphabet(
        cls,
        alphabet: Iterable[str],
        boundary: str | None,
        handle_unknown: str,
        kind: Symbols = CHARACTERS,
    ) -> "Vocabulary":
        """Return the vocabulary of the given symbols; repeats do not matter."""
        symbols = sorted(set(alphabet))
        if kind == CHARACTERS:
            return cls(np.array(list(map(ord, symbols)), np.uint32), boundary, handle_unknown, kind)
        return cls(np.array(symbols, object), boundary, handle_unknown, kind)

    @property
    def has_unknown(self) -> bool:
        """Whether the last code stands for every other symbol."""
        return self.handle_unknown == UNKNOWN

    @property
    def n_symbols(self) -> int:
        return self.n_known + self.has_unknown

    @property
    def n_known(self) -> int:
        """Number of symbols without the unknown one, which has the last code."""
        return 1 + len(self.of_words)

    @property
    def unknown_code(self) -> int | None:
        return self.n_known if self.has_unknown else None

    @property
    def unknown_cost(self) -> float:
        """What a symbol costs in nats that is none of the model's.

        As much as under add-one smoothing of the whole fit, which saw it not once.
        """
        return math.log(max(self.n_predictions, self.n_symbols) + 1)

    @property
    def alphabet(self) -> list[str]:
        """The symbols of the words, in order."""
        return _strings(self.of_words)

    @cached_property
    def boundary_shown(self) -> str:
        """How the boundary is shown: as asked, or as no symbol of the words is."""
        return self.boundary or self._first_free((*BOUNDARIES_SHOWN, "<end>"), "<end{}>")

    @cached_property
    def unknown_shown(self) -> str:
        """How the unknown symbol is shown: as no symbol of the words is."""
        return self._first_free((UNKNOWN_SHOWN, "<unk>"), "<unk{}>")

    def _first_free(self, candidates: Iterable[str], numbered: str) -> str:
        more = map(numbered.format, itertools.count(1))
        return next(each for each in itertools.chain(candidates, more) if each not in self)

    def __contains__(self, symbol: str) -> bool:
        """Tell whether this is a symbol of the words."""
        if self.of_words.dtype == object:
            return symbol in self._code_of
        return len(symbol) == 1 and ord(symbol) in self.of_words

    @cached_property
    def _code_of(self) -> dict[str, int]:
        return {symbol: code for code, symbol in enumerate(self.of_words.tolist(), 1)}

    @property
    def symbols(self) -> NDArray[np.object_]:
        """The symbols as shown, of shape (n_symbols,), dtype object."""
        shown = [self.boundary_shown, *self.alphabet]
        if self.has_unknown:
            shown.append(self.unknown_shown)
        return np.array(shown, dtype=object)

    def same_symbols(self, other: "Vocabulary") -> bool:
        """Tell whether codes mean the same in both, however the boundary is shown.

        The symbols as shown do not tell: a character may look like the unknown symbol.
        """
        return (
            self.has_unknown == other.has_unknown
            and self.kind == other.kind
            and np.array_equal(self.of_words, other.of_words)
        )

    def __or__(self, other: "Vocabulary") -> "Vocabulary":
        """Return the vocabulary of the symbols and the predictions of both, else as here.

        Raises
        ------
        ValueError
            If symbols are of different kinds.
        """
        other.check_kind(self.kind)
        unknown = UNKNOWN if other.has_unknown else self.handle_unknown
        of_words = self.of_words
        if not np.array_equal(of_words, other.of_words):
            of_words = np.union1d(of_words, other.of_words)
        seen = self.n_predictions + other.n_predictions
        return replace(self, of_words=of_words, handle_unknown=unknown, n_predictions=seen)

    def check_kind(self, kind: Symbols) -> None:
        """Refuse symbols of another kind."""
        if self.kind != kind:
            raise ValueError(
                f"The counts have symbols={self.kind.parameter!r}, the model or other counts have "
                f"symbols={kind.parameter!r}: count and fit with the same."
            )

    def having_seen(self, n_predictions: float) -> "Vocabulary":
        """Return the vocabulary after a fit to words with so many predictions."""
        return replace(self, n_predictions=float(n_predictions))

    def codes_of(self, other: "Vocabulary") -> Codes:
        """Return the code here of every symbol of another vocabulary, of shape (other.n_symbols,).

        As codes are in the order of symbols, they ascend but for symbols that are unknown here.

        Raises
        ------
        ValueError
            If symbols are of different kinds, or there is one, or an unknown symbol, that has no
            code here.
        """
        other.check_kind(self.kind)
        places = np.searchsorted(self.of_words, other.of_words)
        places[places == len(self.of_words)] = 0
        # Not `numpy.isin`, which compares each string with all others.
        known = np.zeros(len(places), bool)
        if len(self.of_words):
            known = self.of_words[places] == other.of_words
        if not self.has_unknown and not known.all():
            strangers = _strings(other.of_words[~known][:OFFENDERS_SHOWN])
            raise ValueError(
                f"The model does not know these {self.kind.noun} of the counts: "
                f"{', '.join(map(repr, strangers))}. Fit with alphabet= naming every one that may "
                "come, or with handle_unknown='unknown'."
            )
        if other.has_unknown and not self.has_unknown:
            raise ValueError(
                "The counts have an unknown symbol: fit with handle_unknown='unknown', or count "
                "without it."
            )
        codes = np.where(known, places + 1, self.n_known)
        codes = np.concatenate([[BOUNDARY], codes, [self.n_known] * other.has_unknown])
        return codes.astype(narrowest_dtype(self.n_symbols))

    def encode(
        self, text: FlatText, weights: NDArray[np.float64] | None = None, *, to_learn: bool = False
    ) -> CodedWords:
        """Turn symbols into codes.

        Parameters
        ----------
        text : FlatText
        weights : ndarray of shape (n_words,), float64, or None
        to_learn : bool, default=False
            Whether a model learns from them: an unknown symbol that is none of its own, which may
            be scored, is refused then.

        Raises
        ------
        ValueError
            If a symbol is not in the vocabulary, and the model has none for it.
        """
        unseen = self.n_known
        lookup = self._lookup(text, unseen)
        codes = np.empty(len(text.ids), lookup.dtype)
        for part in slices(len(codes)):
            np.take(lookup, text.ids[part], out=codes[part], mode="clip")
        codes[text.offsets] = BOUNDARY
        must_be_known = self.handle_unknown == ERROR or (to_learn and not self.has_unknown)
        if must_be_known and codes.max() == unseen:
            raise self._unknown_symbols(text, codes == unseen, to_learn)
        of_unknown = None if must_be_known else unseen
        cost = self.unknown_cost
        return CodedWords(codes, text.offsets, self.n_symbols, of_unknown, weights, cost)

    def spell(self, text: FlatText, words: CodedWords) -> tuple[CodedWords, NDArray[np.object_]]:
        """Give each symbol that is unknown here a code of its own.

        Parameters
        ----------
        text : FlatText
        words : CodedWords
            Its words, as `encode` returns them.

        Returns
        -------
        words : CodedWords
            Codes from `n_symbols` up stand for what is unknown.
        shown : ndarray of shape (n,), dtype object
            How the symbol of each code is shown.
        """
        places = np.flatnonzero(words.codes == self.n_known)
        strangers, number = np.unique(text.ids[places], return_inverse=True)
        shown = np.array([*self.symbols, *self._names(text, strangers)], object)
        codes = words.codes.astype(narrowest_dtype(len(shown)))
        codes[places] = self.n_symbols + number
        return replace(words, codes=codes, n_symbols=len(shown), unknown_code=None), shown

    def decode(self, codes: Codes, prefix: Sequence[str] = ()) -> list[Any]:
        """Return the words of a flat array in which a boundary follows every word.

        The unknown symbol becomes what it is shown as.

        Parameters
        ----------
        codes : ndarray of shape (n,)
            Codes of symbols and boundaries, without the leading boundary.
        prefix : sequence of str, default=()
            Symbols that every word begins with before these.
        """
        is_long = self.has_unknown and len(self.unknown_shown) > 1
        if prefix or is_long or self.kind != CHARACTERS:
            return list(map(self.kind.join, self.to_lists(codes, prefix)))
        separator = _smallest_missing(self.of_words)
        unknown = ord(self.unknown_shown) if self.has_unknown else 0
        lookup = np.concatenate([[separator], self.of_words, [unknown]]).astype(np.uint32)
        return string_of(lookup[codes]).split(chr(separator))[:-1]

    def to_lists(self, codes: Codes, prefix: Sequence[str] = ()) -> list[list[str]]:
        """Return the words that `decode` returns as lists of symbols."""
        symbols = self.symbols[codes].tolist()
        ends = np.flatnonzero(codes == BOUNDARY).tolist()
        starts = [0, *(end + 1 for end in ends)]
        return [[*prefix, *symbols[start:end]] for start, end in zip(starts, ends, strict=False)]

    def _lookup(self, text: FlatText, unseen: int) -> Codes:
        """Return the code of every id up to the last that may be known, then `unseen`."""
        dtype = narrowest_dtype(self.n_symbols)
        if text.table is not None:
            codes = map(self._code_of.get, text.table, itertools.repeat(unseen))
            return np.fromiter(itertools.chain([BOUNDARY], codes), dtype, len(text.table) + 1)
        reachable = self.of_words[self.of_words <= np.iinfo(text.ids.dtype).max]
        size = int(reachable[-1]) + 2 if len(reachable) else 1
        lookup = np.full(size, unseen, dtype)
        lookup[reachable] = np.arange(1, len(reachable) + 1)
        return lookup

    def _names(self, text: FlatText, ids: NDArray[Any]) -> list[str]:
        """Return the symbols that have some ids in a text."""
        if text.table is None:
            return list(map(chr, ids.tolist()))
        named = list(text.table)
        return [named[i - 1] for i in ids.tolist()]

    def _unknown_symbols(
        self, text: FlatText, unseen: NDArray[np.bool_], to_learn: bool
    ) -> ValueError:
        places = np.flatnonzero(unseen)
        ids, first = np.unique(text.ids[places], return_index=True)
        words = np.searchsorted(text.offsets, places[first], side="right") - 1
        strangers = self._names(text, ids)
        named = [
            f"{stranger!r:.60} in the word {self._shown(text, word)} "
            f"at position {text.positions[word]}"
            for stranger, word in zip(strangers[:OFFENDERS_SHOWN], words.tolist(), strict=False)
        ]
        more = ", and others" if len(strangers) > OFFENDERS_SHOWN else ""
        others = "handle_unknown='unknown'"
        if not to_learn:
            others = f"handle_unknown='penalty' or {others}"
        return ValueError(
            f"The model does not know these {self.kind.noun}: {', '.join(named)}{more}. Fit with "
            f"alphabet= naming every one that may come, or with {others}."
            f"{self.hint_at_case(strangers)}"
        )

    def _shown(self, text: FlatText, word: int) -> str:
        shown = repr(self.kind.words(text.words(word, word + 1))[0])
        return shown if len(shown) <= 80 else f"{shown[:77]}..."

    def hint_at_case(self, strangers: list[str]) -> str:
        """Return a sentence on the first stranger that is known in the other case, if any is."""
        for stranger in strangers:
            if (other := stranger.swapcase()) in self:
                return (
                    f" It knows {other!r}: if case does not matter, write words in one case, in "
                    "fit too."
                )
        return ""

    def __getstate__(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "characters" in state:  # pickled before there were other symbols
            has_unknown, boundary = state["has_unknown"], state["boundary"]
            of_words = state["characters"]
            state = self.of_old(of_words, boundary, has_unknown).__getstate__()
        vars(self).update(state)

    @classmethod
    def of_old(
        cls, characters: NDArray[np.uint32], boundary: str, has_unknown: bool
    ) -> "Vocabulary":
        """Return what was stored before there were other symbols and a penalty.

        "." was the default then, whether a character or not.
        """
        shown = None if boundary == "." and ord(".") not in characters else boundary
        return cls(characters, shown, UNKNOWN if has_unknown else ERROR)


def word_array(words: Iterable[Word], n_words: int) -> NDArray[np.object_]:
    """Return words as an array of shape (n_words,), dtype object, tuples too."""
    return np.fromiter(words, object, n_words)


def _strings(of_words: NDArray[Any]) -> list[str]:
    """Return symbols of words as strings."""
    symbols = of_words.tolist()
    return symbols if of_words.dtype == object else list(map(chr, symbols))


def _smallest_missing(characters: NDArray[np.uint32]) -> int:
    """Return the smallest code point that is not a character."""
    taken = characters == np.arange(len(characters))
    return len(characters) if taken.all() else int(np.argmin(taken))
