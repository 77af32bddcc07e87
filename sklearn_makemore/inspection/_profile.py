"""The first look at a column of words as it comes out of a database."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from sklearn_makemore.inspection import _profile_forms as forms
from sklearn_makemore.inspection._profile_kinds import looks_like
from sklearn_makemore.inspection._profile_spellings import near_duplicates, normalisation, repeats
from sklearn_makemore.inspection._profile_values import Row, Values

CHECKS: dict[str, Callable[[Values], Iterator[Row]]] = {
    "white space": forms.white_space,
    "control characters": forms.control_characters,
    "character class": forms.character_class,
    "script": forms.script,
    "case": forms.case,
    "length": forms.length,
    "shape": forms.shape,
    "looks like": looks_like,
    "normalisation": normalisation,
    "repeats": repeats,
    "near-duplicates": near_duplicates,
}
NOTHING = Row("nothing", 0, [])


def profile(X: Any) -> pd.DataFrame:
    """Take a first look at a column of words: what is in it that a model should not learn.

    It asks nothing of the column but that its values are strings or missing, and changes nothing.

    Parameters
    ----------
    X : container of strings of shape (n,)
        The column: a list, an array, a pandas, polars or Arrow column, or a frame of one. Unlike in
        the rest of the library, values may be missing: ``None``, NaN, ``pandas.NA``, null.

    Returns
    -------
    found : DataFrame
        A few rows for each check, in the order of the notes, with these columns:

        - `check`: the name of the check.
        - `value`: what was found.
        - `count` (int64): in how many rows of the column.
        - `share` (float64): `count` by the number of rows, missing values included.
        - `examples`: a list of up to three different values, the most frequent first.

        A check that has found nothing has one row, "nothing", of count 0. Of a column of no rows
        the frame has none.

    Raises
    ------
    TypeError
        If a value is neither a string nor missing, or `X` is no container.
    ValueError
        If `X` has more than one column.

    See Also
    --------
    sklearn_makemore.CharLMOutlierDetector : Tells which words are unlike the rest.
    sklearn_makemore.metrics.word_statistics : The words of a model in figures.

    Notes
    -----
    The checks, for which a character is a code point. From `white space` on they leave out values
    that are empty or blank. Where there are more than six groups, the most frequent five have a row
    each and the others one together.

    - `missing`: rows without a value.
    - `empty or blank`: "empty", and "white space only".
    - `white space`: "leading", "trailing", "doubled inside" (two or more together between others),
      "tab or line end", and "no-break or other space" (any but these and U+0020).
    - `control characters`: what is not seen, each by its code point: control, format (zero-width
      and bidirectional marks, soft hyphens), private-use and unassigned characters, lone
      surrogates, and a few letters and marks without ink, such as Hangul fillers.
    - `character class`: by Unicode category; letters include combining marks, and symbols numbers
      that are no decimal digits. "letters only", "letters and digits", ...
    - `script`: of the letters, by their Unicode names; "of no script" without letters. Several in
      one value are "mixed", but for those that one language is written in: Han with Hiragana and
      Katakana, with Hangul, or with Bopomofo.
    - `case`: "lower"; "UPPER"; "Title" (each word, or each part of one, begins with a capital and
      has no other); "Sentence case" (the value begins with the only capital); "mIxed"; "no case".
    - `length`: minimum, quartiles and maximum of the rows, each a length that occurs, with the
      rows of that length.
    - `shape`: capitals are "A", other letters "a", decimal digits "9", combining marks left out,
      other characters as they are; a run of one of these is it and "+", so that "Anna" is "Aa+".
      Where nine rows of ten have one length, each character is shown: "AB-1234" is "AA-9999".
    - `looks like`: the first of e-mail address, URL, UUID or hex id (16 digits or more), IP
      address, date, number and phone number (7 to 15 digits) that a value of up to 1,000 characters
      is as a whole. Besides: placeholder ("n/a", "null", "none", "unknown", "test", "xxx", "???",
      "000" and the like, in brackets or not); HTML, URL and backslash escapes anywhere;
      mojibake (all of the value is UTF-8 that was read as Latin-1 or Windows-1252); and characters
      that were lost to U+FFFD.
    - `normalisation`: values that are not in Unicode's normal form NFC, or in that but not in NFKC;
      values that differ, but are the same after folding: NFKC, no difference of case, one space for
      white space inside and none outside; and the three largest groups of these, side by side.
    - `repeats`: values that occur "more than once"; the three most frequent ones; and "doubled"
      ones, "anna anna" or, from three letters on, "annaanna".
    - `near-duplicates`: folded as for `normalisation`, values that would be one at least 20 times
      as frequent if one character were put in, left out or replaced, and the three frequent values
      that have the most of them. Values of 4 to 64 characters without digits are compared with the
      100,000 most frequent ones, by deletion neighbourhoods and hashes of 64 bits. Where the rarer
      ones have more than 20 million characters, there is one row, "not looked for: too many".

    Memory grows with the different values, not with the rows.

    pandas prints strings in lists without quotes: ``found["examples"].map(repr)`` shows spaces and
    escapes what is not seen.

    References
    ----------
    Unicode Standard Annex 15, "Unicode Normalization Forms"; Unicode Technical Standard 39,
    "Unicode Security Mechanisms".

    Examples
    --------
    >>> from sklearn_makemore.inspection import profile
    >>> column = ["Anna", "Anna ", "Zoë", "JosÃ©", "n/a", "Олег", None, "Anna", "O&#39;Neil"]
    >>> found = profile(column)
    >>> found = found[found["check"].isin(["missing", "white space", "script", "looks like"])]
    >>> print(found.round(2).to_string(index=False))
          check       value  count  share           examples
        missing     missing      1   0.11                 []
    white space    trailing      1   0.11            [Anna ]
         script       Latin      7   0.78 [Anna, Anna , Zoë]
         script    Cyrillic      1   0.11             [Олег]
     looks like placeholder      1   0.11              [n/a]
     looks like HTML escape      1   0.11       [O&#39;Neil]
     looks like    mojibake      1   0.11            [JosÃ©]
    """
    values = Values.of(X)
    rows = [
        (check, row.value, row.count, row.count / values.n_rows, row.examples)
        for check, row in _rows(values)
        if values.n_rows
    ]
    frame = pd.DataFrame(rows, columns=["check", "value", "count", "share", "examples"])
    return frame.astype({"check": str, "value": str, "count": np.int64, "share": np.float64})


def _rows(values: Values) -> Iterator[tuple[str, Row]]:
    """Yield the rows of each check with its name, at least one of each."""
    missing = [Row("missing", values.n_missing, [])] if values.n_missing else []
    found = {"missing": missing, "empty or blank": list(forms.empty_or_blank(values))}
    rest = values.keep(~forms.blank(values))
    for name, check in CHECKS.items():
        found[name] = list(check(rest)) if rest.words else []
    for name, rows in found.items():
        yield from ((name, row) for row in rows or [NOTHING])
