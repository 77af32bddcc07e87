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

ARPA = [
    *mutants_of(
        "io/_arpa.py",
        "tests/io/test_arpa.py",
        ("logarithms are written to base e", "np.maximum(logarithms / LN_10, IMPOSSIBLE)",
         "np.maximum(logarithms, IMPOSSIBLE)"),
        ("logarithms are read to base e", "content.log10_proba * LN_10", "content.log10_proba"),
        ("probabilities may have any sum", "~(np.abs(sums - 1.0) <= MOST_OFF)", "sums > 1e9"),
        ("contexts have no weight", "log_backoff[node] if is_context else None", "None"),
        ("compressed files hold the time", 'fileobj=file, mtime=0)', "fileobj=file)"),
    ),
    *mutants_of(
        "io/_arpa_parser.py",
        "tests/io/test_arpa.py",
        ("an n-gram may be listed twice", "if len(again):", "if False:"),
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
