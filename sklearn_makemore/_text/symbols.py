"""What one symbol of a word is: how words are split into symbols, and made of them again."""

# SPDX-License-Identifier: BSD-3-Clause

import functools
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sklearn_makemore._text.flat_text import FlatText, SymbolTable, WordColumn, concatenate

Word = str | tuple[str, ...]
DESCRIBED = "compiled by re"
CONDITION = re.compile(r"\(\?(?:[=!]|<[=!])|\\[bBAZ]|(?<!\[)\^|\$")  # on what is beside a match


class Symbols(ABC):
    """One kind of symbols.

    Attributes
    ----------
    noun : str
        What errors call several of them.
    may_merge : bool
        Whether symbols put side by side may be others when the word is split again.
    empty : str or tuple
        The word of no symbols.
    """

    noun: ClassVar[str] = "symbols"
    may_merge: ClassVar[bool] = False
    empty: ClassVar[Word] = ""

    @property
    @abstractmethod
    def parameter(self) -> Any:
        """The value of the parameter ``symbols`` that stands for this kind."""

    @abstractmethod
    def read(self, column: WordColumn, start: int, stop: int, table: SymbolTable) -> FlatText:
        """Return words ``start:stop`` of a column, their symbols entered into `table`."""

    @abstractmethod
    def split(self, word: Any) -> list[str]:
        """Return the symbols of a word; ``ValueError`` if it has none of this kind."""

    @abstractmethod
    def join(self, symbols: Sequence[str]) -> Word:
        """Return the word of some symbols."""

    def is_symbol(self, text: str) -> bool:
        """Tell whether a string is one symbol."""
        try:
            return self.split(self.of_symbol(text)) == [text]
        except ValueError:  # there is no symbol in it
            return False

    def hold_together(self, symbols: list[str]) -> bool:
        """Tell whether the word of some symbols has these symbols, and no others."""
        try:
            return not self.may_merge or self.split(self.join(symbols)) == symbols
        except ValueError:  # a pattern may match less of a word than of its parts
            return False

    def of_symbol(self, symbol: str) -> Word:
        """Return what may be the word of one symbol."""
        return symbol

    def spellings(self, column: WordColumn) -> list[Any]:
        """Return the words of a column as `join` writes them."""
        return column.to_strings()

    def pieces(self, column: WordColumn) -> Iterator[FlatText]:
        """Read a column in consecutive pieces of bounded size; none for no words."""
        table = SymbolTable()
        return (self.read(column, start, stop, table) for start, stop in column.cuts())

    def read_all(self, column: WordColumn) -> FlatText:
        """Return the whole column."""
        if not len(column):
            return self.read(column, 0, 0, SymbolTable())
        return concatenate(self.pieces(column))

    def words(self, text: FlatText) -> list[Any]:
        """Return the words of a text."""
        return [self.join(symbols) for symbols in text.to_lists()]


@dataclass(frozen=True)
class Characters(Symbols):
    """A word is a string, a symbol a code point."""

    noun = "characters"
    parameter = "char"

    def read(self, column: WordColumn, start: int, stop: int, table: SymbolTable) -> FlatText:
        return column.read(start, stop)

    def split(self, word: Any) -> list[str]:
        return list(word)

    def join(self, symbols: Sequence[str]) -> str:
        return "".join(symbols)

    def words(self, text: FlatText) -> list[str]:
        return text.to_strings()


class _PartsOfStrings(Symbols):
    """A word is a string, a symbol a part of it."""

    def read(self, column: WordColumn, start: int, stop: int, table: SymbolTable) -> FlatText:
        words = column.read(start, stop).to_strings()
        split: list[list[str]] = []
        try:
            split.extend(map(self.split, words))
        except ValueError as error:
            position = start + len(split)
            raise ValueError(f"{column.name}, word at position {position}: {error}") from None
        lengths = np.fromiter(map(len, split), np.int64, len(split))
        ids = table.ids_of(split, int(lengths.sum()))
        return FlatText.of_symbols(ids, lengths, start, table)

    def join(self, symbols: Sequence[str]) -> str:
        return "".join(symbols)


@dataclass(frozen=True)
class Graphemes(_PartsOfStrings):
    """A word is a string, a symbol an extended grapheme cluster: what a reader takes for a letter.

    References
    ----------
    Unicode Standard Annex 29, "Unicode Text Segmentation".
    """

    noun = "grapheme clusters"
    may_merge = True
    parameter = "grapheme"

    def split(self, word: Any) -> list[str]:
        return _cluster().findall(word)  # type: ignore[no-any-return]


@functools.cache
def _cluster() -> Any:
    try:
        import regex
    except ImportError:
        raise ImportError(
            "symbols='grapheme' needs the library regex: pip install sklearn-makemore[grapheme]."
        ) from None
    return regex.compile(r"\X")


@dataclass(frozen=True)
class Split(_PartsOfStrings):
    """A word is a string, a symbol what stands between runs of white space."""

    parameter = "split"

    def split(self, word: Any) -> list[str]:
        return word.split()  # type: ignore[no-any-return]

    def join(self, symbols: Sequence[str]) -> str:
        return " ".join(symbols)

    def spellings(self, column: WordColumn) -> list[str]:
        return self.words(self.read_all(column))


@dataclass(frozen=True)
class Matches(_PartsOfStrings):
    """A word is a string, a symbol a match of a pattern; the matches cover the word."""

    pattern: re.Pattern[str]
    may_merge = True

    def __getstate__(self) -> dict[str, Any]:
        return {"pattern": described(self.pattern)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self)["pattern"] = from_described(state["pattern"])

    @property
    def parameter(self) -> re.Pattern[str]:
        return self.pattern

    def is_symbol(self, text: str) -> bool:
        looks_around = CONDITION.search(self.pattern.pattern) is not None
        return super().is_symbol(text) or (looks_around and bool(text))

    def split(self, word: Any) -> list[str]:
        symbols, end = [], 0
        for match in self.pattern.finditer(word):
            if match.start() != end or match.end() == end:
                break
            symbols.append(match[0])
            end = match.end()
        if end == len(word):
            return symbols
        remedy = "add what is missing, such as '|.', or clean the words"
        if word[end] == "\n":
            remedy = "a '.' matches a line break with re.DOTALL alone"
        raise ValueError(
            f"the pattern {self.pattern.pattern!r:.100} matches nothing at place {end} of "
            f"{word!r:.100}. Its matches must cover every word: {remedy}."
        )


@dataclass(frozen=True)
class Tokens(Symbols):
    """A word is a sequence of strings, each of which is a symbol."""

    noun = "tokens"
    empty = ()
    parameter = "token"

    def read(self, column: WordColumn, start: int, stop: int, table: SymbolTable) -> FlatText:
        return column.read_lists(start, stop, table)

    def split(self, word: Any) -> list[str]:
        return list(word)

    def join(self, symbols: Sequence[str]) -> tuple[str, ...]:
        return tuple(symbols)

    def of_symbol(self, symbol: str) -> tuple[str, ...]:
        return (symbol,) if symbol else ()

    def spellings(self, column: WordColumn) -> list[tuple[str, ...]]:
        return self.words(self.read_all(column))


def described(value: Any) -> Any:
    """Return a compiled pattern as what makes it, which skops can store; other values as is."""
    if not isinstance(value, re.Pattern):
        return value
    return {DESCRIBED: [value.pattern, value.flags & ~re.DEBUG]}


def from_described(value: Any) -> Any:
    """Return the value that `described` was given."""
    return re.compile(*value[DESCRIBED]) if isinstance(value, dict) else value


CHARACTERS, TOKENS = Characters(), Tokens()
NAMED: dict[str, Symbols] = {
    str(kind.parameter): kind for kind in (CHARACTERS, Graphemes(), Split(), TOKENS)
}


def symbols_of(parameter: Any) -> Symbols:
    """Return the kind of symbols that a value of the parameter ``symbols`` stands for.

    Raises
    ------
    ValueError
        If it is something else, a pattern of bytes, or one that matches the empty string.
    """
    if isinstance(parameter, str) and parameter in NAMED:
        return NAMED[parameter]
    if not isinstance(parameter, re.Pattern):
        remedy = ""
        if isinstance(getattr(parameter, "pattern", parameter), str):
            remedy = " A pattern is compiled by Python's own re.compile(...)."
        raise ValueError(
            f"The 'symbols' parameter must be {', '.join(map(repr, NAMED))} or a compiled pattern. "
            f"Got {parameter!r:.100} instead.{remedy}"
        )
    if not isinstance(parameter.pattern, str):
        raise ValueError("The 'symbols' parameter must be a pattern of str, got one of bytes.")
    if parameter.match(""):
        raise ValueError(
            f"The 'symbols' parameter must be a pattern that matches no empty string, got "
            f"{parameter.pattern!r:.100}: write + in place of *, and no '?' around all of it."
        )
    return Matches(parameter)
