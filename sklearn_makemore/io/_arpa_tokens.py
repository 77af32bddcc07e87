"""Symbols as tokens of ARPA files."""

# SPDX-License-Identifier: BSD-3-Clause

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

START, END, UNKNOWN = "<s>", "</s>", "<unk>"
UNKNOWNS = (UNKNOWN, "<UNK>")  # as KenLM has it: in other cases it is a word like any other
KNOWN_TOKENS = {"<space>": " ", "<sp>": " ", "<SPACE>": " "}
IMPOSSIBLE = -99.0  # the logarithm of 0
NOT_A_TOKEN = {"Cc", "Cs", "Zl", "Zp", "Zs"}  # control, surrogate, separators
ESCAPED = re.compile(r"<U\+([0-9A-F]{4,5}|10[0-9A-F]{4})>", re.ASCII)


def check_tokens(tokens: Any) -> dict[str, str]:
    """Return what the caller says that tokens stand for, checked; nothing for None.

    Raises
    ------
    TypeError
        If it is no mapping of strings to strings.
    ValueError
        If a token cannot stand in a file, or stands for nothing.
    """
    if tokens is None:
        return {}
    strings = isinstance(tokens, Mapping) and all(
        isinstance(each, str) for pair in tokens.items() for each in pair
    )
    if not strings:
        raise TypeError(
            'tokens must be a dict of tokens to the symbols they stand for, such as {"<space>": '
            f'" "}}, got {tokens!r:.100}.'
        )
    for token, symbol in tokens.items():
        if not token or any(map(must_be_escaped, token)):
            raise ValueError(
                f"tokens has {token!r:.80}, which cannot stand in a file, where white space parts "
                'tokens. It says what a token of the file stands for, such as {"_": " "}.'
            )
        if token in (START, END, *UNKNOWNS) or ESCAPED.search(token):
            raise ValueError(f"tokens has {token!r}, which has a meaning of its own in every file.")
        if not symbol:
            raise ValueError(f"tokens[{token!r:.80}] is empty: name the symbol it stands for.")
    return dict(tokens)


def meanings(given: Mapping[str, str]) -> dict[str, str]:
    """Return the symbols of all tokens that do not stand for themselves.

    A token of the caller's takes the place of those that are known to stand for the same.
    """
    named = set(given.values())
    return {t: symbol for t, symbol in KNOWN_TOKENS.items() if symbol not in named} | dict(given)


def must_be_escaped(character: str) -> bool:
    """Tell whether a character cannot be part of a token."""
    return character.isspace() or unicodedata.category(character) in NOT_A_TOKEN


def escaped(character: str) -> str:
    return f"<U+{ord(character):04X}>"


def token_of(symbol: str, spelt: Mapping[str, str], taken: Mapping[str, str]) -> str:
    """Return the token of a symbol.

    It is the symbol itself but for what would be read as something else: those characters are
    written as code points, so that a space is ``<U+0020>``.

    Parameters
    ----------
    symbol : str
    spelt : dict of str to str
        Tokens that the caller names, by symbol.
    taken : dict of str to str
        The tokens that stand for something else than themselves.
    """
    if symbol in spelt:
        return spelt[symbol]
    if symbol in taken or symbol in (START, END) or symbol.lower() == UNKNOWN:
        return escaped(symbol[0]) + "".join(map(_written, symbol[1:]))
    token = "".join(map(_written, symbol))
    if "<U+" not in symbol:
        return token
    return "".join(
        escaped(c) if ESCAPED.match(symbol, place) else _written(c)
        for place, c in enumerate(symbol)
    )


def _written(character: str) -> str:
    return escaped(character) if must_be_escaped(character) else character


def symbol_of(token: str, meaning: Mapping[str, str]) -> str:
    """Return the symbol that a token stands for; the inverse of `token_of`."""
    if token in meaning:
        return meaning[token]
    if "<U+" not in token:
        return token
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), token)
