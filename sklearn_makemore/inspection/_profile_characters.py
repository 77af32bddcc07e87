"""What a profile knows of a character: its class, its script, its place in a shape, its name."""

# SPDX-License-Identifier: BSD-3-Clause

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.flat_text import FlatText

# Bits of a character, and, united, of a word. The first six are classes: each character has one.
LETTER, DIGIT, SPACE, PUNCTUATION, SYMBOL, OTHER = (1 << bit for bit in range(6))
UPPER, LOWER, LINE_END, ODD_SPACE, CONTROL, NOT_ASCII = (1 << bit for bit in range(6, 12))
ESCAPE, LEAD, TRAIL = (1 << bit for bit in range(12, 15))
CLASSES = {
    LETTER: "letters",
    DIGIT: "digits",
    SPACE: "spaces",
    PUNCTUATION: "punctuation",
    SYMBOL: "symbols",
    OTHER: "other characters",
}
CLASS_OF = {"L": LETTER, "M": LETTER, "N": SYMBOL, "P": PUNCTUATION, "S": SYMBOL, "C": OTHER}
LINE_ENDS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
# Letters, marks and symbols of which nothing is seen.
UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# What Windows has where Latin-1 has control characters, and the bytes of these.
OF_WINDOWS = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in {*range(0x80, 0xA0)} - {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
UNNAMED = {
    "Cc": "control character",
    "Cn": "unassigned",
    "Co": "private use",
    "Cs": "lone surrogate",
}
# Where the name of a letter goes on after that of its script.
AFTER_SCRIPT = frozenset(
    "LETTER SMALL CAPITAL SYLLABLE CHARACTER SIGN UNIFIED COMPATIBILITY IDEOGRAPH VOWEL "
    "INDEPENDENT LIGATURE MODIFIER".split()
)
# Names that begin otherwise; "" for letters of no script, or of several.
SCRIPT_OF = {
    "CARON": "",
    "CJK": "Han",
    "GEORGIAN MTAVRULI": "Georgian",
    "HALFWIDTH": "",
    "HENTAIGANA": "Hiragana",
    "IDEOGRAPHIC": "Han",
    "KATAKANA-HIRAGANA": "",
    "MODIFIER": "",
    "TURNED": "Latin",
    "VERTICAL": "",
}


def flags_of(character: str) -> int:
    """Return the bits of a character."""
    flags = NOT_ASCII if character > "\x7f" else 0
    byte = OF_WINDOWS.get(ord(character), ord(character))
    if 0x80 <= byte < 0xC0:
        flags |= TRAIL  # of UTF-8 that was read as if each byte were a character
    elif 0xC0 <= byte < 0x100:
        flags |= LEAD
    if character.isspace():
        if character in LINE_ENDS:
            return flags | SPACE | LINE_END
        return flags | SPACE | (ODD_SPACE if character != " " else 0)
    category = unicodedata.category(character)
    flags |= DIGIT if category == "Nd" else CLASS_OF[category[0]]
    flags |= UPPER if character.isupper() or category == "Lt" else 0
    flags |= LOWER if character.islower() else 0
    flags |= ESCAPE if character in "&%\\" else 0
    return flags | (CONTROL if category[0] == "C" or character in UNSEEN else 0)


def script_of(character: str) -> str:
    """Return the script of a letter as its Unicode name has it; "" for what is of none."""
    if unicodedata.category(character)[0] != "L":
        return ""
    # Forms of a letter, such as wide or bold ones, are named for the form.
    plain = next(filter(str.isalpha, unicodedata.normalize("NFKC", character)), character)
    words = unicodedata.name(plain, "UNKNOWN").split()
    end = next((place for place, word in enumerate(words) if word in AFTER_SCRIPT), 1)
    script = " ".join(words[: max(end, 1)])
    return SCRIPT_OF.get(script, script.title())


def shape_of(character: str) -> str:
    """Return what stands for a character in a shape; "" for a combining mark."""
    category = unicodedata.category(character)
    if category[0] == "L":
        return "A" if category in ("Lu", "Lt") else "a"
    return "9" if category == "Nd" else "" if category[0] == "M" else character


def name_of(character: str) -> str:
    """Return the code point and the name of a character."""
    category = unicodedata.category(character)
    return f"U+{ord(character):04X} {unicodedata.name(character, UNNAMED.get(category, ''))}"


def table_of(
    characters: Iterable[str], value_of: Callable[[str], int], dtype: Any
) -> NDArray[np.unsignedinteger[Any]]:
    """Return a table of a value of each character, by its code point."""
    values = {ord(character): value_of(character) for character in characters}
    table = np.zeros(max(values, default=0) + 1, dtype)
    table[list(values)] = list(values.values())
    return table


def united(
    text: FlatText, table: NDArray[np.unsignedinteger[Any]]
) -> NDArray[np.unsignedinteger[Any]]:
    """Return the bits that the characters of each word have, of shape (n_words,)."""
    bits = table[text.ids]
    bits[text.offsets] = 0
    return np.bitwise_or.reduceat(bits, text.offsets[:-1])
