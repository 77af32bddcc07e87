"""Errors in files of models and in the command line."""

from tests.mutants.mutants import mutants_of

OF_FILE = "tests/io/test_model_file.py::test_"
CONTRADICTIONS = OF_FILE + "files_that_contradict_themselves_are_refused"
MODEL_FILES = [
    *mutants_of(
        "io/_model_file.py",
        OF_FILE + "damaged_files_raise_value_error",
        (
            "checksums are not compared",
            '    if header.get("checksum") != _checksum(described, mapped):\n',
            "    if False:\n",
        ),
    ),
    *mutants_of(
        "io/_model_file.py",
        OF_FILE + "a_killed_process_leaves_the_old_file_or_the_new",
        (
            "files are written in place",
            "    with replacing(path) as temporary:\n",
            "    for temporary in [os.fspath(path)]:\n",
        ),
    ),
    *mutants_of(
        "_atomic.py",
        OF_FILE + "files_are_replaced_and_links_and_permissions_stay",
        ("links are replaced", "target = os.path.realpath(os.fsdecode(path))",
         "target = os.path.abspath(os.fsdecode(path))"),
        ("new files have rights of their own", "        os.chmod(temporary, mode)", "        pass"),
    ),
    *mutants_of(
        "io/_model_file.py",
        "tests/io/test_own_estimators.py::test_numbers_that_are_no_probabilities_are_refused",
        (
            "a file is read without a look at what it holds",
            "learnt.checked(vocabulary))",
            "learnt)",
        ),
    ),
    *mutants_of(
        "io/_model_file.py",
        "tests/estimators/test_torch_module.py::test_files_name_the_class",
        (
            "a network is of any class that was handed over",
            "    if name not in modules:\n",
            "    name = next(iter(modules), name)\n    if name not in modules:\n",
        ),
    ),
    *mutants_of(
        "io/_classes.py",
        "tests/io/test_own_estimators.py::test_names_in_a_file_import_nothing",
        (
            "a file may name any attribute of the package",
            "if not isinstance(name, str) or name not in sklearn_makemore.__all__:",
            "if not hasattr(sklearn_makemore, str(name)):",
        ),
    ),
    *mutants_of(
        "_core/learnt.py",
        OF_FILE + "every_array_is_held_to_its_shape_and_dtype",
        ("arrays may have any shape", "and value.ndim == len(shape)\n",
         "and value.ndim == len(shape)\n        or isinstance(value, np.ndarray)\n"),
    ),
    *mutants_of(
        "_core/learnt.py",
        CONTRADICTIONS,
        (
            "probabilities may have any sum",
            "if not (np.abs(sums - 1.0) <= ROUNDING).all():",
            "if False:",
        ),
    ),
    *mutants_of(
        "io/_header.py",
        CONTRADICTIONS,
        (
            "characters may stand in any order",
            "if not (code_points[:-1] < code_points[1:]).all():",
            "if False:",
        ),
        ("a file may hold parameters that there are not",
         "if surplus := parameters.keys() - known:", "if surplus := set():"),
    ),
    *mutants_of(
        "io/_values.py",
        OF_FILE + "numbers_that_are_not_finite_and_arrays_of_numbers_are_kept",
        (
            "numbers that are not finite are written as they are",
            'value if math.isfinite(value) else {"float": repr(value)}',
            "value",
        ),
    ),
]  # fmt: skip

OF_QUIRKS = "tests/io/test_arpa_quirks.py::test_"
ARPA = [
    *mutants_of(
        "io/_arpa.py",
        "tests/io/test_arpa.py",
        ("logarithms are written to base e", "np.maximum(logarithms / LN_10, IMPOSSIBLE)",
         "np.maximum(logarithms, IMPOSSIBLE)"),
        ("logarithms are read to base e", "content.log10_proba * LN_10", "content.log10_proba"),
        ("sums are left as they are", "log_proba, log_backoff, sums = normalise(",
         "_, log_backoff, sums = normalise("),
        ("contexts have no weight", "log_backoff[node] if is_context else None", "None"),
    ),
    *mutants_of(
        "io/_arpa.py",
        OF_QUIRKS + "what_can_be_mended_is_counted_or_refused",
        ("sums are scaled without a word", "np.flatnonzero(np.abs(sums - 1.0) > MOST_OFF)",
         "np.flatnonzero(sums > 1e9)"),
    ),
    *mutants_of(
        "io/_arpa_bytes.py",
        "tests/io/test_arpa.py",
        ("compressed files hold the time", "fileobj=file, mtime=0)", "fileobj=file)"),
    ),
    *mutants_of(
        "io/_arpa_bytes.py",
        OF_QUIRKS + "xz_files_cannot_ask_for_any_memory",
        ("xz files ask for any memory", "XZ_MEMORY = 2**28", "XZ_MEMORY = 2**40"),
    ),
    *mutants_of(
        "io/_arpa_parser.py",
        OF_QUIRKS + "what_can_be_mended_is_counted_or_refused",
        ("an n-gram may be listed twice", "if again.any():", "if False:"),
        ("strict files are mended", "        if self._strict:\n", "        if False:\n"),
    ),
    *mutants_of(
        "io/_arpa_parser.py",
        OF_QUIRKS + "every_sum_is_divided_out",
        ("the last of several counts", "            elif token in place_of:\n",
         "            elif token in place_of and not place_of.pop(token):\n"),
        ("a boundary inside begins or ends", "(token == START and place == 0)", "token == START"),
        ("-99.999 is a number", "np.where(log10 <= IMPOSSIBLE, -np.inf, log10)", "log10"),
    ),
    *mutants_of(
        "io/_arpa_parser.py",
        OF_QUIRKS + "first_bytes_say_how_a_file_is_packed",
        ("the end of packed files is not read",
         "            if not self._bytes():\n                return\n", "            return\n"),
    ),
    *mutants_of(
        "io/_arpa_tokens.py",
        OF_QUIRKS + "every_symbol_is_written_and_read_back",
        ("what looks like an escape is one", "if ESCAPED.match(symbol, place) else",
         "if False else"),
    ),
    *mutants_of(
        "io/_arpa_tokens.py",
        OF_QUIRKS + "a_symbol_that_looks_like_a_token_for_a_space_is_none",
        ("symbols may look like tokens for a space", "if symbol in taken or symbol in",
         "if symbol in"),
    ),
    *mutants_of(
        "_core/ngram_assembly.py",
        "tests/io/test_arpa.py::test_the_largest_weight_gives_distributions_too",
        ("large weights multiply rounding",
         "    left[large] = _unseen(trie, level.start + large, log_proba, log_backoff)\n", ""),
    ),
]  # fmt: skip

OF_CLI = "tests/test_cli.py::test_"
COMMAND_LINE = [
    *mutants_of(
        "cli/__init__.py",
        OF_CLI + "errors_are_one_line",
        ("an error ends with status 0", '    _say("error", message)\n    return 1\n',
         '    _say("error", message)\n    return 0\n'),
    ),
    *mutants_of(
        "cli/__init__.py",
        OF_CLI + "a_saved_model_needs_no_words",
        ("the seed is not that of the samples", "random_state=options.seed,\n        temp",
         "random_state=None,\n        temp"),
    ),
    *mutants_of(
        "cli/__init__.py",
        OF_CLI + "training_that_makes_a_model_worse_leaves_the_file",
        (
            "a model that has become worse is saved",
            "elif before > after and not options.overwrite",
            "elif False and not options.overwrite",
        ),
    ),
    *mutants_of(
        "cli/_models.py",
        OF_CLI + "a_model_is_replaced_only_if_asked_for",
        ("a model is replaced unasked", "    if not options.overwrite:\n", "    if False:\n"),
    ),
    *mutants_of(
        "cli/_models.py",
        OF_CLI + "what_is_no_model_is_not_replaced",
        ("what is no model is replaced", "    if kind is None:\n", "    if False:\n"),
    ),
    *mutants_of(
        "cli/_words.py",
        OF_CLI + "words_are_marked_and_scored",
        ("words that are held out are trained on",
         "return [w for w in words if w not in held_out], ", "return words, "),
    ),
]  # fmt: skip

MUTANTS = [*MODEL_FILES, *ARPA, *COMMAND_LINE]
