"""From what the parameters of an estimator say of symbols to words that can be coded."""

# SPDX-License-Identifier: BSD-3-Clause

import reprlib
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import InvalidParameterError, StrOptions

from sklearn_makemore._estimators.warning import warn
from sklearn_makemore._text.containers import as_column, read_weighted
from sklearn_makemore._text.flat_text import FlatText
from sklearn_makemore._text.symbols import CHARACTERS, Symbols, symbols_of
from sklearn_makemore._text.vocabulary import ERROR, PENALTY, UNKNOWN, Vocabulary

UNKNOWN_ALLOWED = StrOptions({PENALTY, UNKNOWN, ERROR})


@dataclass(frozen=True)
class Reading:
    """How words are read: checked values of the parameters that say it.

    Parameters
    ----------
    kind : Symbols
        What a symbol is.
    alphabet : list of str or None
        The symbols that may occur; None means those that do.
    boundary : str or None
    handle_unknown : {"penalty", "unknown", "error"}
    """

    kind: Symbols
    alphabet: list[str] | None
    boundary: str | None
    handle_unknown: str

    @classmethod
    def of(cls, symbols: Any, alphabet: Any, boundary: str | None, handle_unknown: str) -> Self:
        """Return how parameters of valid types say that words are read.

        Raises
        ------
        InvalidParameterError
            If one has an impossible value.
        """
        try:
            kind = symbols_of(symbols)
        except ValueError as error:
            raise InvalidParameterError(str(error)) from None
        if boundary == "":
            raise InvalidParameterError(
                "The 'boundary' parameter must be a non-empty string: it shows where words end. "
                "Got '' instead."
            )
        checked = None if alphabet is None else check_alphabet(alphabet, kind)
        return cls(kind, checked, boundary, handle_unknown)

    @classmethod
    def of_model(cls, model: Any) -> Self:
        """Return how a language model reads words."""
        return cls.of(model.symbols, model.alphabet, model.boundary, model.handle_unknown)

    def vocabulary(self, text: FlatText) -> Vocabulary:
        """Return the symbols of a model that is fitted to a text."""
        rest = self.boundary, self.handle_unknown, self.kind
        if self.alphabet is None:
            return checked_shown(Vocabulary.of_text(text, *rest))
        return checked_shown(Vocabulary.of_alphabet(self.alphabet, *rest))

    def words_to_fit(
        self, X: Any, sample_weight: Any
    ) -> tuple[FlatText, NDArray[np.float64] | None]:
        """Read all words, at least one, and their weights, those of weight 0 left out."""
        return words_to_fit(X, self.kind, sample_weight)


def words_to_fit(
    X: Any, kind: Symbols, sample_weight: Any
) -> tuple[FlatText, NDArray[np.float64] | None]:
    """Read all words, at least one, and their weights, those of weight 0 left out."""
    column = as_column(X)
    if not len(column):
        raise ValueError("A fit needs at least one word, got none.")
    return read_weighted(column, kind, sample_weight)


def checked_shown(vocabulary: Vocabulary) -> Vocabulary:
    """Return `vocabulary`; warn where its boundary is shown as a symbol is."""
    boundary = vocabulary.boundary
    if boundary is None:  # shown as no symbol is
        return vocabulary
    if boundary in vocabulary:
        warn(
            f"boundary={boundary!r} is a symbol of the words, too: the ends of words look like it. "
            "Give boundary=None, or a string that no symbol is.",
            UserWarning,
        )
    if vocabulary.has_unknown and boundary == vocabulary.unknown_shown:
        raise ValueError(
            f"boundary={boundary!r} is how the unknown symbol is shown: give boundary=None, or "
            "another string."
        )
    return vocabulary


def check_alphabet(alphabet: Any, kind: Symbols) -> list[str]:
    """Return the symbols of `alphabet`.

    Raises
    ------
    InvalidParameterError
        If it is no collection, or an element is not one symbol, or one is there again (of
        characters, repeats do not matter).
    """
    symbols = _strings_of(alphabet, kind)
    for position, symbol in enumerate(symbols):
        if not kind.is_symbol(symbol):
            raise InvalidParameterError(
                f"The 'alphabet' parameter must hold single {kind.noun}. Got {symbol!r:.60} at "
                f"position {position} instead."
            )
    if kind != CHARACTERS and len(set(symbols)) < len(symbols):
        symbol, n_times = Counter(symbols).most_common(1)[0]
        again = [i for i, other in enumerate(symbols) if other == symbol][1]
        raise InvalidParameterError(
            f"The 'alphabet' parameter has {symbol!r:.60} {n_times} times, again at position "
            f"{again}: give each symbol once, such as by set(...)."
        )
    return symbols


def _strings_of(alphabet: Any, kind: Symbols) -> list[str]:
    """Return the elements of `alphabet`, which must be strings; the symbols of a string."""
    if isinstance(alphabet, str):
        if kind.empty != "":
            raise InvalidParameterError(
                f"The 'alphabet' parameter must be a list of {kind.noun}, got the string "
                f"{reprlib.repr(alphabet)}: give a list of str."
            )
        try:
            return kind.split(alphabet)
        except ValueError as error:
            raise InvalidParameterError(f"The 'alphabet' parameter: {error}") from None
    if isinstance(alphabet, Iterator):
        raise InvalidParameterError(
            f"The 'alphabet' parameter must be a collection of {kind.noun}. Got an iterator "
            f"({type(alphabet).__name__}), which a single fit would use up: pass a list."
        )
    try:
        column = as_column(list(alphabet) if isinstance(alphabet, Set) else alphabet, "'alphabet'")
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(str(error)) from None
    try:
        return column.to_strings()
    except (TypeError, ValueError) as error:
        what = str(error).partition(". ")[0]  # the rest is on words
        raise InvalidParameterError(f"{what}. Give each symbol as a str.") from None


def check_exclude(exclude: Any, kind: Symbols) -> frozenset[Any]:
    """Return the words never to return: a set, any container or iterable of words, or None."""
    if exclude is None:
        return frozenset()
    unordered = isinstance(exclude, (Set, Iterator))
    column = as_column(list(exclude) if unordered else exclude, "exclude")
    return frozenset(kind.spellings(column))


def check_lengths(prefix: Any, n_prefix: int, min_length: int, max_length: int) -> None:
    """Refuse lengths that contradict each other; a prefix counts in the length of a word."""
    if min_length > max_length:
        raise ValueError(f"min_length={min_length} is more than max_length={max_length}.")
    if n_prefix > max_length:
        raise ValueError(
            f"prefix={reprlib.repr(prefix)} has {n_prefix} symbols, more than "
            f"max_length={max_length}."
        )
