"""Checks of a profile that look for what is no word: addresses, numbers, codes, traces of harm."""

# SPDX-License-Identifier: BSD-3-Clause

import re
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from sklearn_makemore.inspection._profile_characters import (
    DIGIT,
    ESCAPE,
    LEAD,
    NOT_ASCII,
    OF_WINDOWS,
    PUNCTUATION,
    SYMBOL,
    TRAIL,
)
from sklearn_makemore.inspection._profile_values import Places, Row, Values

LONGEST_KIND = 1_000  # characters of a value that is matched
YEAR, MONTH, DAY = r"(?:1\d|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
MONTH_NAME = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
# The first that matches all of a value is what it looks like.
PATTERNS = {
    "e-mail address": r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+",
    "URL": r"[a-z][a-z0-9+.-]{1,9}://\S+|www\.\S+",
    "UUID or hex id": (
        r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?|0x[0-9a-f]+"
        r"|(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{16,}"
    ),
    "IP address": r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}",
    "date": (
        rf"{YEAR}(?P<a>[-/.]){MONTH}(?P=a){DAY}(?:[T ]\d\d:\d\d.*)?"
        rf"|{DAY}(?P<b>[-/.]){MONTH}(?P=b)(?:{YEAR}|\d\d)"
        rf"|{MONTH}(?P<c>[-/.]){DAY}(?P=c)(?:{YEAR}|\d\d)"
        rf"|{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
        rf"|{DAY}\.?[ -]{MONTH_NAME}[ -](?:{YEAR}|\d\d)|{MONTH_NAME} {DAY},? {YEAR}"
    ),
    "number": (
        r"(?!\+\d{6}|0{1,2}[1-9]\d{5})[-+−]?[$€£¥]?(?:\d{1,3}(?:[,.'\s]\d{3})+|\d+)"
        r"(?:[.,]\d+)?(?:e[-+]?\d+)?\s?[%$€£¥]?|[-+−]?[.,]\d+"
    ),
    "phone number": (
        r"(?=(?:\D*\d){7,15}\D*$)(?!\d{4}-\d\d-\d\d$)"
        r"(?:\+\d++|\(\d++\)|0{1,2}[1-9]\d*+|\d++(?=[ -]\d++[ -]))"
        r"(?:[ ./-]{0,2}(?:\d++|\(\d++\)))*+"
    ),
}
KIND_NAMES = list(PATTERNS)
KINDS = re.compile(
    "|".join(f"(?P<kind{i}>{pattern})" for i, pattern in enumerate(PATTERNS.values())),
    re.IGNORECASE,
)
HTML_ESCAPE = re.compile(r"&(?:#[0-9]+|#x[0-9a-f]+|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
URL_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
BACKSLASH_ESCAPE = re.compile(r"\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt](?![a-z]))", re.IGNORECASE)
PLACEHOLDERS = (
    "n/a|na|n.a.|#n/a|nan|null|nil|none|no name|noname|unknown|unk|undefined|missing|blank|empty"
    "|not available|not applicable|not known|not provided|tbd|tba|test|testing|test test|dummy|foo"
    "|asdf|qwerty|qwertz|azerty|abc|lorem ipsum|anonymous|anon|-|.|?|/|*|_|#name?|#ref!|#value!|\\n"
).split("|")
# One character, again and again; a digit, which may be a number, from three times on.
FILLED = [c * n for n in range(2, 21) for c in "x?*.#_-/" + "09" * (n > 2)]
BRACKETS = ("{}", "({})", "[{}]", "<{}>", "{{{}}}", "'{}'", '"{}"')


def looks_like(values: Values) -> Iterator[Row]:
    """Find values that look like something else than words, or like words that came to harm."""
    yield from values.rows(_kinds(values))
    yield from values.rows([("placeholder", _placeholders(values))])
    escapes = values.flags & ESCAPE > 0
    is_mixed = (values.flags & LEAD > 0) & (values.flags & TRAIL > 0)
    not_ascii = values.flags & NOT_ASCII > 0
    yield from values.rows(
        [
            ("HTML escape", values.where(escapes, HTML_ESCAPE.search)),
            ("URL escape", values.where(escapes, URL_ESCAPE.search)),
            ("backslash escape", values.where(escapes, BACKSLASH_ESCAPE.search)),
            ("mojibake", values.where(is_mixed, is_mojibake)),
            ("lost characters (U+FFFD)", values.where(not_ascii, lambda word: "\ufffd" in word)),
        ]
    )


def _kinds(values: Values) -> Iterator[tuple[str, Places]]:
    """Yield each kind and the places of the values that look like it."""
    marked = values.flags & (DIGIT | PUNCTUATION | SYMBOL) > 0
    places_of: dict[str | None, list[int]] = defaultdict(list)
    for place in np.flatnonzero(marked & (values.lengths <= LONGEST_KIND)).tolist():
        match = KINDS.fullmatch(values.words[place].strip())
        if match:
            places_of[match.lastgroup].append(place)
    for number, name in enumerate(KIND_NAMES):
        yield name, np.array(places_of[f"kind{number}"], np.int64)


def _placeholders(values: Values) -> Places:
    """Return the places of values that stand for that there is none."""
    known = values.numbers_of_folded
    forms = (form.format(word) for word in [*PLACEHOLDERS, *FILLED] for form in BRACKETS)
    found = [known[form] for form in forms if form in known]
    return np.flatnonzero(np.isin(values.spellings, found))


def is_mojibake(word: str) -> bool:
    """Tell whether a value is UTF-8 that was read as Latin-1 or as Windows' code page 1252."""
    try:
        return len(word.translate(OF_WINDOWS).encode("latin-1").decode()) < len(word)
    except UnicodeError:
        return False
