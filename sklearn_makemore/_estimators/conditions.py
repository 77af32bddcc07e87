"""From what the user says of words (prefix, suffix, pattern, blanks) to conditions in codes."""

# SPDX-License-Identifier: BSD-3-Clause

import re
import reprlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore._core.automata import (
    ANY,
    Automaton,
    Excluded,
    TableAutomaton,
    all_of,
    ends_with,
)
from sklearn_makemore._core.conditions import Condition
from sklearn_makemore._estimators.reading import check_lengths
from sklearn_makemore._text.coded_words import Codes
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.patterns import transitions_of
from sklearn_makemore._text.symbols import CHARACTERS, Word
from sklearn_makemore._text.vocabulary import PENALTY, Vocabulary

NOT_ASKED: dict[str, tuple[Any, ...]] = {  # values that rule no word out, or only the empty one
    "prefix": ("", ()),
    "suffix": ("", ()),
    "pattern": (None,),
    "min_length": (0, 1),
    "max_length": (None,),
    "top_k": (None,),
    "top_p": (None, 1),
}
MOST_EXCLUDED = 2**20  # symbols of all words together that become part of the condition


@dataclass(frozen=True)
class Wanted:
    """What words must be, as the user says it, over the symbols of a model.

    Parameters
    ----------
    vocabulary : Vocabulary
    begins : list of str
        The symbols of the prefix.
    prefix : ndarray of shape (n,), unsigned integer
        Their codes.
    automata : list of Automaton
        What the pattern and the ending ask for; empty where neither is given.
    prefix_given : str or sequence of str
        As the user wrote it.
    """

    vocabulary: Vocabulary
    begins: list[str]
    prefix: Codes
    automata: list[Automaton]
    prefix_given: Any

    @classmethod
    def of(cls, vocabulary: Vocabulary, prefix: Any, suffix: Any, pattern: Any) -> "Wanted":
        """Read what is wanted.

        Raises
        ------
        ValueError
            If prefix or suffix has unknown symbols, or the pattern cannot be read.
        """
        prefix_codes, begins = encode_part(prefix, vocabulary, "prefix")
        suffix_codes, _ = encode_part(suffix, vocabulary, "suffix")
        automata: list[Automaton] = []
        if pattern is not None:
            automata.append(pattern_automaton(pattern, vocabulary))
        if len(suffix_codes):
            automata.append(ends_with(suffix_codes.tolist(), vocabulary.n_symbols))
        return cls(vocabulary, begins, prefix_codes, automata, prefix)

    def condition(self, min_length: int, max_length: int | None) -> Condition:
        """Return all of it as a condition, with lengths."""
        if max_length is not None:
            check_lengths(self.prefix_given, len(self.prefix), min_length, max_length)
        automaton = all_of(self.automata)
        unknown_code = self.vocabulary.unknown_code
        return Condition(self.prefix, automaton, min_length, max_length, unknown_code)

    def without(self, words: frozenset[Word]) -> "Wanted | None":
        """Return the same without some words, None where they are too many for that."""
        if not words:
            return self
        if sum(map(len, words)) > MOST_EXCLUDED:
            return None
        lists = coded_lists(list(words), "exclude", self.vocabulary)
        known = [codes for codes in lists if self.vocabulary.n_known not in codes]
        excluded = Excluded(known, self.vocabulary.n_symbols)
        return replace(self, automata=[*self.automata, excluded])


def encode_part(part: Any, vocabulary: Vocabulary, name: str) -> tuple[Codes, list[str]]:
    """Return the codes and the symbols of a prefix or suffix."""
    kind = vocabulary.kind
    if isinstance(part, str) and not part:
        part = kind.empty
    text = kind.read_all(as_column([part], name))
    strangers = [symbol for symbol in text.to_lists()[0] if symbol not in vocabulary]
    if strangers and name == "suffix":  # no word has the unknown symbol, if there is one
        raise ValueError(
            f"suffix={part!r:.80}: the model does not know {strangers[0]!r:.60}, so that no word "
            f"of it ends so.{vocabulary.hint_at_case(strangers)}"
        )
    try:
        codes = vocabulary.encode(text, to_learn=True).codes[1:-1]
    except ValueError as error:
        raise ValueError(f"{name}={part!r:.80}: {error}") from None
    return codes, text.to_lists()[0]


def nothing_meets(vocabulary: Vocabulary, asked: dict[str, Any]) -> ValueError:
    """Return the error for arguments of `sample`, by name, that no word of the model meets."""
    given = [
        f"{name}={asked[name]!r:.60}" for name in NOT_ASKED if asked[name] not in NOT_ASKED[name]
    ]
    if asked["temperature"] == 0:
        given.append("temperature=0")
    if asked["exclude"] is not None:
        given.append("exclude=")
    text = f"No word of the model meets {' and '.join(given)}{' together' * (len(given) > 1)}"
    if asked["min_length"] == 1:
        text += ", the empty word left out"
    if (pattern := asked["pattern"]) is None:
        return ValueError(f"{text}.")
    letters = re.findall(r"\\.|([^\W\d_])", pattern)
    unknown = [letter for letter in letters if letter and letter not in vocabulary]
    if unknown:
        text += f". The model does not know {unknown[0]!r}.{vocabulary.hint_at_case(unknown)}"
        return ValueError(text)
    return ValueError(f"{text}. The whole word is matched: .* stands for any symbols.")


def coded_lists(words: Any, name: str, vocabulary: Vocabulary) -> list[list[int]]:
    """Return the codes of words; `n_known` stands for symbols that the model does not know."""
    text = vocabulary.kind.read_all(as_column(words, name))
    codes = replace(vocabulary, handle_unknown=PENALTY).encode(text).codes
    return [part[:-1].tolist() for part in np.split(codes[1:], text.offsets[1:-1])]


def pattern_automaton(
    pattern: Any, vocabulary: Vocabulary, name: str = "pattern"
) -> TableAutomaton:
    """Return the automaton of a regular expression over the characters of a model.

    Raises
    ------
    TypeError
        If it is no string.
    ValueError
        If it cannot be read, or the symbols of the model are no characters.
    """
    if isinstance(pattern, re.Pattern):
        raise InvalidParameterError(
            f"{name} must be a string: give {pattern.pattern!r:.60}, with the meaning of flags "
            "written out, in place of the compiled pattern."
        )
    if not isinstance(pattern, str):
        raise InvalidParameterError(
            f"{name} must be a string, a regular expression, got {reprlib.repr(pattern)}."
        )
    if vocabulary.kind != CHARACTERS:
        raise ValueError(
            f"{name}={pattern!r:.60} is over characters, and this model has "
            f"symbols={vocabulary.kind.parameter!r}: give prefix=, suffix= or predicate=, or use "
            "complete()."
        )
    points = np.full(vocabulary.n_symbols, -1)
    points[1 : vocabulary.n_known] = vocabulary.of_words
    return TableAutomaton(*transitions_of(pattern, points))


def codes_with_blanks(word: Any, blank: str, vocabulary: Vocabulary) -> list[int]:
    """Return the codes of a word, `ANY` in place of each blank.

    Raises
    ------
    ValueError
        If the blank is a symbol of the model, or not one symbol, or the word has unknown symbols.
    """
    kind = vocabulary.kind
    if not isinstance(blank, str) or not kind.is_symbol(blank):
        raise ValueError(
            f"blank={blank!r:.60} is no single symbol for a model with symbols={kind.parameter!r}: "
            "give blank= what could be one, but is none of its symbols_."
        )
    if blank in vocabulary:
        raise ValueError(
            f"blank={blank!r:.60} is a symbol of the model, too: write another one in its place "
            "in the word, and give that as blank=."
        )
    symbols = kind.read_all(as_column([word], "word")).to_lists()[0]
    strangers = [each for each in symbols if each != blank and each not in vocabulary]
    if strangers:
        raise ValueError(
            f"word={word!r:.60}: the model does not know {strangers[0]!r:.60}, which is not "
            f"blank={blank!r:.60} either: write the blank in its place."
        )
    (codes,) = coded_lists([word], "word", vocabulary)  # the blank is all that is unknown now
    return [ANY if code == vocabulary.n_known else code for code in codes]
