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
        "symbols = sorted(set(alphabet))",
        "symbols = list(dict.fromkeys(alphabet))",
    ),
    (
        "codes are too narrow for the unknown symbol",
        "dtype = narrowest_dtype(self.n_symbols)",
        "dtype = narrowest_dtype(len(self.of_words))",
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
        "at position {text.positions[word]}",
        "at position {word}",
    ),
    (
        "vocabularies differ by the unknown symbol and are said to be the same",
        "self.has_unknown == other.has_unknown\n            and ",
        "",
    ),
)

SYMBOLS = [
    *mutants_of(
        "_text/vocabulary.py",
        "tests/text/test_symbols.py",
        ("the boundary is shown as a symbol is", "if each not in self)", "if True)"),
        ("symbols of two kinds are the same", "            and self.kind == other.kind\n", ""),
        (
            "unknown symbols are shown as one",
            "codes[places] = self.n_symbols + number",
            "codes[places] = self.n_symbols",
        ),
        ("what a model learns may be unknown", "(to_learn and not self.has_unknown)", "False"),
    ),
    *mutants_of(
        "_text/vocabulary.py",
        "tests/test_symbols.py",
        (
            "an unknown symbol costs what the words alone say",
            "max(self.n_predictions, self.n_symbols)",
            "self.n_predictions",
        ),
        (
            "predictions of two vocabularies are not added",
            "seen = self.n_predictions + other.n_predictions",
            "seen = self.n_predictions",
        ),
    ),
    *mutants_of(
        "_text/symbols.py",
        "tests/text/test_symbols.py",
        ("a pattern may leave gaps", "match.start() != end or ", ""),
        ("a pattern may leave the end out", "if end == len(word):", "if True:"),
        ("words of white space are joined without", '" ".join(symbols)', '"".join(symbols)'),
        (
            "symbols that merge are words",
            "not self.may_merge or self.split(self.join(symbols)) == symbols",
            "True",
        ),
        (
            "each piece begins a new table",
            "return (self.read(column, start, stop, table) for",
            "return (self.read(column, start, stop, SymbolTable()) for",
        ),
    ),
    *mutants_of(
        "_text/flat_text.py",
        "tests/text/test_symbols.py",
        (
            "symbols may be empty",
            "not isinstance(symbol, str) or not symbol",
            "not isinstance(symbol, str)",
        ),
        ("symbols of NumPy stay so", "        if type(symbol) is not str:", "        if False:"),
    ),
    *mutants_of(
        "_text/arrow.py",
        "tests/text/test_symbols.py",
        (
            "missing symbols are symbols",
            "not is_dictionary or symbols.null_count or",
            "not is_dictionary or",
        ),
        (
            "the places of dictionaries are ids",
            "id_of[indices], lengths",
            "indices.astype(np.uint32), lengths",
        ),
    ),
    *mutants_of(
        "_meta/word_folds.py",
        "tests/test_symbols.py",
        (
            "words that read alike are one to folds",
            "isinstance(word, str) or all(len(symbol) == 1 for symbol in word)",
            "True",
        ),
    ),
    *mutants_of(
        "_estimators/scoring.py",
        "tests/inspection/test_transition.py",
        (
            "rows after each symbol are those after the one before",
            "codes[2::2] = np.arange(1, n)",
            "codes[2::2] = np.arange(n - 1)",
        ),
    ),
    *mutants_of(
        "_text/coded_words.py",
        "tests/test_symbols.py",
        (
            "what is unknown is predicted as the first symbol",
            "np.where(self.targets == self.n_symbols, BOUNDARY, self.targets)",
            "np.minimum(self.targets, 1)",
        ),
    ),
]

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

MUTANTS = [*SYMBOLS, *CODED_WORDS, *VOCABULARY, *FLAT_TEXT, *CONTAINERS]
