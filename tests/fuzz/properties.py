"""What must hold whatever is read: a usable model or an error that names the offender."""

import atexit
import contextlib
import io
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from sklearn_makemore import cli
from sklearn_makemore.exceptions import SamplingError
from sklearn_makemore.io import load

FOLDER = tempfile.mkdtemp(prefix="sklearn_makemore_fuzz_")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
BAD_INPUT = (ValueError, TypeError)
ABOUT_WORDS = (
    "X ",
    "sample_weight ",
    "A fit needs at least one word",
    "A score needs at least one word",
    "The model does not know these characters",
)


def place_for(name, data):
    """Return the path of a file of these bytes."""
    path = Path(FOLDER, name)
    path.write_bytes(data)
    return path


def check_named(error, beginnings):
    """Hold the message of an error to begin with what is at fault."""
    assert str(error).startswith(tuple(beginnings)), f"{type(error).__name__}: {error}"


def check_numbers(values):
    """Hold results to be numbers."""
    assert not np.isnan(np.asarray(values, np.float64)).any()


def check_usable(model, how_near=1e-5):
    """Hold a model to score and sample without errors and NaN, over distributions."""
    if not hasattr(model, "symbols_"):
        return check_predictor(model)
    characters = [c for c in model.symbols_[1:].tolist() if c != "\ufffd"]
    words = ["", "".join(characters[:50]), "".join(characters[:3]) * 5, *characters[-20:]]
    check_numbers(model.score_samples(words))
    check_numbers(model.transform(words))
    check_numbers(model.score_symbols(words)["log_proba"])
    if hasattr(model, "predict_log_proba"):
        check_distributions(model, characters[:10], how_near)
    with contextlib.suppress(SamplingError):
        drawn, log_proba = model.sample(
            3, random_state=0, min_length=1, max_length=6, return_log_proba=True
        )
        assert all(type(word) is str for word in drawn)
        check_numbers(log_proba)
    if "device" not in model.get_params():  # the search in a flat network takes seconds
        with contextlib.suppress(SamplingError):
            check_numbers(model.most_likely(2, max_length=5)[1])


def check_predictor(model):
    """Hold a classifier, detector or transformer to answer."""
    for method in ("predict_proba", "score_samples", "transform"):
        if hasattr(model, method):
            check_numbers(getattr(model, method)(["", "a"]))
    if hasattr(model, "predict"):
        assert len(model.predict(["", "a"])) == 2


def check_model_file(data):
    """Hold a file to load, or to be refused by name; return whether it loads."""
    path = place_for("model.safetensors", data)
    try:
        model = load(path)
    except ValueError as error:
        check_named(error, [f"{path} "])
        return False
    check_usable(model)
    return True


def check_distributions(model, characters, how_near):
    """Hold probabilities after no, one and two symbols to sum to 1."""
    prefixes = ["", *characters, *(c + d for c in characters for d in characters)]
    proba = model.predict_proba(prefixes)
    assert (proba >= 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=how_near)


def check_command_line(arguments, stdin):
    """Hold the command line to its exits: 0, 1 or 2, and one line of errors; return which."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.main(arguments)
    except SystemExit as ended:
        status = ended.code
    finally:
        sys.stdin = before
    printed, errors = out.buffer.getvalue().decode("utf-8"), err.getvalue()
    if status == 0:
        assert not errors, errors
    else:
        assert status in (1, 2), status
        assert errors.startswith("sklearn-makemore: error: "), errors
        assert errors.count("\n") == 1, errors
    return status, printed
