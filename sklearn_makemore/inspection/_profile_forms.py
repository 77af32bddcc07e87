"""Checks of a profile that look at the characters of each value."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.flat_text import FlatText
from sklearn_makemore.inspection._profile_characters import (
    CLASSES,
    CONTROL,
    LINE_END,
    LOWER,
    ODD_SPACE,
    SPACE,
    UPPER,
    flags_of,
    name_of,
    script_of,
    shape_of,
    table_of,
)
from sklearn_makemore.inspection._profile_values import MOST_ROWS, Row, Values, shown, texts_of

DOUBLED_SPACE = re.compile(r"\S\s{2,}\S")
# Scripts that are one way of writing together (Unicode Technical Standard 39).
WRITTEN_TOGETHER = ({"Han", "Hiragana", "Katakana"}, {"Han", "Hangul"}, {"Han", "Bopomofo"})
MOST_SCRIPTS = 64  # the bits of a number
# The places of these are what `case` computes with.
CASES = ("lower", "UPPER", "Title", "Sentence case", "mIxed", "no case")
QUANTILES = {
    "minimum": 0.0,
    "lower quartile": 0.25,
    "median": 0.5,
    "upper quartile": 0.75,
    "maximum": 1.0,
}
OF_ONE_LENGTH = 0.9  # this share of the values, or more: then shapes are exact
MARK, SLOT = 0x110000, 0x110001  # in place of characters
RUN = ord("+")


def empty_or_blank(values: Values) -> Iterator[Row]:
    """Find values of nothing, and of white space alone."""
    is_blank, is_empty = blank(values), values.lengths == 0
    yield from values.rows(
        [
            ("empty", np.flatnonzero(is_empty)),
            ("white space only", np.flatnonzero(is_blank & ~is_empty)),
        ]
    )


def blank(values: Values) -> NDArray[np.bool_]:
    """Return whether each value is nothing, or white space alone."""
    is_space = np.fromiter(map(str.isspace, values.words), np.bool_, len(values.words))
    return np.asarray(is_space | (values.lengths == 0))


def white_space(values: Values) -> Iterator[Row]:
    """Find white space where it does not belong, or that is none of the space bar's."""
    is_untidy = np.zeros(len(values.words), np.bool_)
    spaced = values.flags & SPACE > 0
    is_untidy[values.where(spaced, lambda word: " ".join(word.split()) != word)] = True
    yield from values.rows(
        [
            ("leading", values.where(is_untidy, lambda word: word[0].isspace())),
            ("trailing", values.where(is_untidy, lambda word: word[-1].isspace())),
            ("doubled inside", values.where(is_untidy, DOUBLED_SPACE.search)),
            ("tab or line end", np.flatnonzero(values.flags & LINE_END)),
            ("no-break or other space", np.flatnonzero(values.flags & ODD_SPACE)),
        ]
    )


def control_characters(values: Values) -> Iterator[Row]:
    """Find characters that are not seen, by code point."""
    controls = {c for c in values.alphabet if flags_of(c) & CONTROL}
    places_of = defaultdict(list)
    for place in np.flatnonzero(values.flags & CONTROL).tolist():
        for character in controls.intersection(values.words[place]):
            places_of[character].append(place)
    rows = [values.row(name_of(c), np.array(places_of[c])) for c in sorted(places_of)]
    rows.sort(key=lambda row: -row.count)
    yield from rows[:MOST_ROWS]
    if len(rows) > MOST_ROWS:
        named = {row.value for row in rows[:MOST_ROWS]}
        rest = [places for c, places in places_of.items() if name_of(c) not in named]
        yield values.row("others", np.unique(np.concatenate(rest)))


def character_class(values: Values) -> Iterator[Row]:
    """Tell values by the classes of their characters."""
    return values.rows_of_groups(values.classes, _named_classes, "other mixtures")


def _named_classes(classes: int) -> str:
    names = [name for flag, name in CLASSES.items() if classes & flag]
    if len(names) == 1:
        return f"{names[0]} only"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def script(values: Values) -> Iterator[Row]:
    """Tell values by the scripts of their letters."""
    names = list(dict.fromkeys(filter(None, map(script_of, values.alphabet))))
    if len(names) > MOST_SCRIPTS:
        names[MOST_SCRIPTS - 1 :] = ["another"]
    bits = {name: 1 << number for number, name in enumerate(names)}

    def bits_of(character: str) -> int:
        name = script_of(character)
        return bits.get(name, 1 << MOST_SCRIPTS - 1) if name else 0

    def name_of_group(group: int) -> str:
        found = sorted(name for name, bit in bits.items() if group & bit)
        is_one = len(found) < 2 or any(together.issuperset(found) for together in WRITTEN_TOGETHER)
        return ("" if is_one else "mixed: ") + ", ".join(found) if found else "of no script"

    scripts = values.united(table_of(values.alphabet, bits_of, np.uint64))
    return values.rows_of_groups(scripts, name_of_group, "other scripts")


def case(values: Values) -> Iterator[Row]:
    """Tell values by which of their letters are large."""
    upper, lower = values.flags & UPPER > 0, values.flags & LOWER > 0
    cases = np.select([lower & ~upper, upper & ~lower, ~upper], [0, 1, 5], default=4)
    cases[values.where(cases == 4, _is_title)] = 2
    cases[values.where(cases == 4, _is_sentence)] = 3
    return values.rows_of_groups(cases, CASES.__getitem__, most=len(CASES))


def _is_title(word: str) -> bool:
    return word.istitle() or all(map(_is_sentence, word.split()))


def _is_sentence(word: str) -> bool:
    start = word.lstrip()
    return start[0].isupper() and start[1:] == start[1:].lower()


def length(values: Values) -> Iterator[Row]:
    """Give the quartiles of the numbers of code points of all rows that have a value."""
    ascending = np.argsort(values.lengths, kind="stable")
    up_to = np.cumsum(values.counts[ascending])
    names_of = defaultdict(list)
    for name, share in QUANTILES.items():
        place = ascending[np.searchsorted(up_to, share * up_to[-1])]
        names_of[int(values.lengths[place])].append(name)
    for n, names in names_of.items():
        name = "always" if len(names_of) == 1 else ", ".join(names)
        yield values.row(f"{n} ({name})", np.flatnonzero(values.lengths == n))


def shape(values: Values) -> Iterator[Row]:
    """Tell values by their shapes."""
    of_length = np.bincount(values.lengths, values.counts)
    is_exact = of_length.max() >= OF_ONE_LENGTH * values.counts.sum()
    table = table_of(values.alphabet, _shape_code, np.uint32)
    number_of: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    texts = texts_of(values.words, values.lengths)
    shapes = itertools.chain.from_iterable(_shapes(text, table, is_exact) for text in texts)
    numbers = np.fromiter(map(number_of.__getitem__, shapes), np.int64, len(values.words))
    names = list(number_of)
    return values.rows_of_groups(
        numbers, lambda number: shown(names[number]) or "marks only", "other shapes"
    )


def _shape_code(character: str) -> int:
    symbol = shape_of(character)
    return ord(symbol) if symbol else MARK


def _shapes(text: FlatText, table: NDArray[np.unsignedinteger[Any]], is_exact: bool) -> list[str]:
    """Return the shape of each word, runs of one symbol as it and "+" but where it is exact."""
    symbols = table[text.ids]
    symbols[text.offsets] = SLOT
    symbols = symbols[symbols != MARK]
    if not is_exact:
        starts = np.flatnonzero(np.diff(symbols, prepend=SLOT) | (symbols == SLOT))
        is_run = np.diff(starts, append=len(symbols)) > 1
        symbols = np.repeat(symbols[starts], 1 + is_run)
        # The second of a repeated pair comes one place after where the first went.
        symbols[np.flatnonzero(is_run) + np.cumsum(is_run)[is_run]] = RUN
    offsets = np.flatnonzero(symbols == SLOT)
    symbols[offsets] = 0
    return FlatText(symbols, offsets, range(text.n_words)).to_strings()
