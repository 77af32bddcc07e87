"""Symbols as tokens of ARPA files."""

# SPDX-License-Identifier: BSD-3-Clause

import re
import unicodedata

START, END, UNKNOWN = "<s>", "</s>", "<unk>"
IMPOSSIBLE = -99.0  # the logarithm of 0
NOT_A_TOKEN = {"Cc", "Cs", "Zl", "Zp", "Zs"}  # control, surrogate, separators
ESCAPED = re.compile(r"<U\+([0-9A-F]{4,6})>", re.ASCII)
LAST_CODE_POINT = 0x10FFFF


def token_of(character: str) -> str:
    """Return the token of a character: itself, or ``<U+0020>`` where it cannot stand in a file."""
    if character.isspace() or unicodedata.category(character) in NOT_A_TOKEN:
        return f"<U+{ord(character):04X}>"
    return character


def character_of(token: str) -> str | None:
    """Return the character of a token, None if it is none."""
    if len(token) == 1:
        return token
    escaped = ESCAPED.fullmatch(token)
    if escaped is None or int(escaped[1], 16) > LAST_CODE_POINT:
        return None
    return chr(int(escaped[1], 16))
