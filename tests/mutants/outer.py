"""Errors in data sets, callbacks and the choice of a learning rate."""

from tests.mutants.mutants import mutants_of

DATASETS = [
    *mutants_of(
        "datasets/_fetch.py",
        "tests/datasets/test_fetch.py",
        ("a file that is there is not checked", "if found != SHA256:", "if False:"),
        ("a download is not checked", "sha256=SHA256,", "sha256=None,"),
        ("a download that failed is not tried again", "n_retries=n_retries,", "n_retries=0,"),
        ("a download cannot be forbidden", "elif not download_if_missing:", "elif False:"),
        ("the folder is always scikit-learn's", "get_data_home(data_home)", "get_data_home()"),
    ),
    *mutants_of(
        "datasets/_names.py",
        "tests/datasets/test_names.py",
        (
            "names and languages are exchanged in frames",
            'data, target = frame["name"], frame["language"]',
            'data, target = frame["language"], frame["name"]',
        ),
    ),
]

CALLBACKS = mutants_of(
    "callbacks.py",
    "tests/test_callbacks.py",
    ("weights of words are ignored", "estimator.score(X, **metadata)", "estimator.score(X)"),
    (
        "the words of the fit are scored as held out",
        "estimator.score(self._held_out)",
        "estimator.score(X)",
    ),
    (
        "it watches what is no language model",
        'if get_tags(estimator).estimator_type != "density_estimator":',
        "if False:",
    ),
)

MODEL_SELECTION = mutants_of(
    "model_selection.py",
    "tests/test_model_selection.py",
    ("rates grow by equal differences", "np.geomspace(", "np.linspace("),
    (
        "running means begin near 0",
        "return np.asarray(total / weights)",
        "return np.asarray(total * (1 - keep))",
    ),
    ("the suggestion is that of one lucky step", "int(smoothed.argmin())", "int(losses.argmin())"),
    ("weights of words are ignored", "_sweep_learning_rates(X, sample_weight,",
     "_sweep_learning_rates(X, None,"),
    (
        "losses of a training that blew up are kept",
        "    losses = losses[: int(np.isfinite(losses).argmin()) or len(losses)]\n",
        "",
    ),
    ("a range that ends too early is not said to", "best >= n_steps - end", "best >= n_steps"),
    ("one step makes a range", "    if n_steps < 2:\n", "    if n_steps < 1:\n"),
)  # fmt: skip

MUTANTS = [*DATASETS, *CALLBACKS, *MODEL_SELECTION]
