"""Errors between containers of words and codes."""

from tests.mutants.mutants import mutants_of

CODED_WORDS = mutants_of(
    "_text/coded_words.py",
    "tests/text/test_coded_words.py",
    ("contexts reach into the word before", "            older[starts] = BOUNDARY\n", ""),
    (
        "contexts repeat the last symbol but one",
        "older[1:] = columns[0][:-1]",
        "older[1:] = self.last_symbols[:-1]",
    ),
    ("contexts have the newest symbol first", "columns.insert(0, older)", "columns.append(older)"),
    (
        "the weight of a word is that of its first prediction alone",
        "return np.repeat(self.weights, self.predictions_per_word)",
        "return np.where(self.positions, 1, np.repeat(self.weights, self.predictions_per_word))",
    ),
    (
        "positions count from the start of the text",
        "return np.arange(self.n_predictions) - starts",
        "return np.arange(self.n_predictions)",
    ),
    (
        "pieces are one word too long",
        'np.searchsorted(self.offsets, limit, side="right")) - 1,',
        'np.searchsorted(self.offsets, limit, side="right")),',
    ),
    (
        "words that are kept lose their ends",
        "self.targets[np.repeat(mask, sizes)]",
        "self.last_symbols[np.repeat(mask, sizes)]",
    ),
    (
        "words that are kept get the weights of the first ones",
        "self.weights[mask]",
        "self.weights[: mask.sum()]",
    ),
    (
        "numbers of words depend on their order",
        "enumerate(sorted(set(words)))",
        "enumerate(dict.fromkeys(words))",
    ),
)

VOCABULARY = mutants_of(
    "_text/vocabulary.py",
    "tests/text/test_vocabulary.py",
    (
        "what is beyond the last character is taken for it",
        "size = int(reachable[-1]) + 2 if",
        "size = int(reachable[-1]) + 1 if",
    ),
    (
        "codes are in the order in which an alphabet names characters",
        "sorted({ord(c) for c in alphabet})",
        "list(dict.fromkeys(map(ord, alphabet)))",
    ),
    (
        "codes are too narrow for the unknown symbol",
        "unseen, narrowest_dtype(self.n_symbols))",
        "unseen, narrowest_dtype(len(self.characters)))",
    ),
    (
        "NUL separates words even if it is a character",
        "return len(characters) if taken.all() else int(np.argmin(taken))",
        "return 0",
    ),
    (
        "an unknown character is said to be one word later",
        'np.searchsorted(text.offsets, places[first], side="right") - 1',
        'np.searchsorted(text.offsets, places[first], side="right")',
    ),
    (
        "positions of offenders forget the words without weight",
        "(chr(stranger), text.positions[word])",
        "(chr(stranger), word)",
    ),
    (
        "vocabularies differ by the unknown symbol and are said to be the same",
        "return self.has_unknown == other.has_unknown and np.array_equal(",
        "return np.array_equal(",
    ),
)

FLAT_TEXT = mutants_of(
    "_text/flat_text.py",
    "tests/text",
    ("NUL is not counted as a character", "only_slots = n_zeros == len(self.offsets)",
     "only_slots = True"),
    ("NUL ends a word", "if len(offsets) != len(words) + 1:", "if False:"),
    ("pieces after the first one begin at its start", "piece.offsets[1:] + start for",
     "piece.offsets[1:] for"),
    (
        "lone surrogates are replaced",
        '.decode("utf-32-le", "surrogatepass")',
        '.decode("utf-32-le", "replace")',
    ),
)  # fmt: skip

CONTAINERS = [
    *mutants_of(
        "_text/arrow.py",
        "tests/text/test_containers.py",
        (
            "a slice of an Arrow array begins at its start",
            "[array.offset : array.offset + n_words + 1]",
            "[: n_words + 1]",
        ),
        (
            "a character may span two words",
            "cut = begins[(utf8[begins] & 0xC0) == 0x80]",
            "cut = begins[:0]",
        ),
        (
            "nulls within a dictionary are empty words",
            "if piece.null_count:  # a dictionary",
            "if False:  # a dictionary",
        ),
    ),
    *mutants_of(
        "_text/flat_text.py",
        "tests/text/test_containers.py",
        ("positions count from the start of the piece", "str(start + i) for", "str(i) for"),
        ("missing values are said to be of a wrong type", "        if missing:\n",
         "        if False:\n"),
    ),
    *mutants_of(
        "_text/containers.py",
        "tests/text/test_containers.py",
        ("a masked word is read", "if isinstance(X, np.ma.MaskedArray):", "if False:"),
        ("one word is read as its characters", "if isinstance(X, str):", "if False:"),
        (
            "the second column of a frame is left out",
            "    if n_columns != 1:\n",
            "    if not n_columns:\n",
        ),
        (
            "the labels of rows are lost",
            'X.index if hasattr(type(X), "index") else None',
            "None",
        ),
    ),
]  # fmt: skip

MUTANTS = [*CODED_WORDS, *VOCABULARY, *FLAT_TEXT, *CONTAINERS]
