"""The model that the options describe: made, read from a file, and where it may be saved."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import ast
import os
import re
import warnings
from pathlib import Path
from typing import Any

from sklearn.utils import get_tags

import sklearn_makemore
from sklearn_makemore import io
from sklearn_makemore.cli._options import DEFAULT_MODEL, MODEL_FILE, MODELS, UsageError
from sklearn_makemore.cli._words import training_words
from sklearn_makemore.io._arpa_bytes import is_arpa

TEXT_PARAMETERS = {"alphabet", "boundary"}  # which take digits as text
SYMBOL_PARAMETERS = TEXT_PARAMETERS | {"handle_unknown", "symbols"}  # of a mixture itself
PATTERN = "re:"  # before a regular expression


def build(options: argparse.Namespace) -> Any:
    """Return the unfitted estimator that the options describe."""
    symbols = kind_of_symbols(options.symbols or "char")
    names = [name.strip() for name in (options.type or DEFAULT_MODEL).split("+")]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise UsageError(
            f"--type {options.type} names {repeated[0]} twice: write it in two ways, such as ngram "
            "and ngramcount, so that -p can tell them apart"
        )
    kinds = [estimator_class(name) for name in names]
    models = [with_lengths_of_the_words(kind()) for kind in kinds]
    if len(models) == 1:
        model = models[0].set_params(random_state=options.seed)
    else:
        mixed = list(zip(names, models, strict=True))
        model = sklearn_makemore.MixtureLM(mixed, random_state=options.seed)
    return model.set_params(**chosen_parameters(options, model, deep=True, symbols=symbols))


def with_lengths_of_the_words(model: Any) -> Any:
    """Return a model set to make words as long as those of its fit, if it can be.

    Who prints words wants these; ``-p length=free`` takes it back.
    """
    return model.set_params(length="calibrated") if "length" in model.get_params() else model


def kind_of_symbols(value: str) -> Any:
    """Return the parameter `symbols` that --symbols says."""
    if value in ("char", "grapheme", "split"):
        return value
    if not value.startswith(PATTERN):
        raise UsageError(f"--symbols takes char, grapheme, split or re:PATTERN, got {value!r}")
    try:
        return re.compile(value.removeprefix(PATTERN))
    except re.error as error:
        raise UsageError(f"--symbols {value} is no regular expression: {error}") from None


def estimator_class(name: str) -> type[Any]:
    """Return the estimator whose name begins with `name`, in upper or lower case."""
    fitting = [full for full in MODELS if full.lower().startswith(name.lower())]
    if len(fitting) != 1:
        problem = "fits none of" if not fitting else "may be any of"
        raise UsageError(f"--type {name or repr(name)} {problem} {', '.join(fitting or MODELS)}")
    kind: type[Any] = getattr(sklearn_makemore, fitting[0])
    return kind


def chosen_parameters(
    options: argparse.Namespace, model: Any, *, deep: bool, **parameters: Any
) -> dict[str, Any]:
    """Return `parameters` of an estimator and those that the options give."""
    # --seed, --type and --symbols set those that are left out, a mixture those of its models.
    names = set(model.get_params(deep=deep)) - {"random_state", "estimators", "symbols"}
    names = {name for name in names if name.partition("__")[2] not in SYMBOL_PARAMETERS}
    if options.device is not None:
        devices = [name for name in names if name.rpartition("__")[2] == "device"]
        parameters |= dict.fromkeys(devices, options.device)
        if not devices and options.device not in ("auto", "cpu"):
            raise UsageError(
                f"{type(model).__name__} has no device to choose, got --device {options.device}"
            )
    for assignment in options.param:
        name, equals, value = assignment.partition("=")
        if not equals or name not in names:
            raise UsageError(
                f"--param takes NAME=VALUE, NAME one of {', '.join(sorted(names))}; "
                f"got {assignment!r}"
            )
        is_text = name.rpartition("__")[2] in TEXT_PARAMETERS
        parameters[name] = value if is_text else literal(value)
    return parameters


def literal(value: str) -> Any:
    """Return the number or collection that is written, or else the text itself."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of escapes that mean nothing
            return ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return value


def file_to_load(options: argparse.Namespace) -> Path | None:
    """Return where the model to begin with is, None for a new one."""
    if options.load is not None:
        return Path(options.load)
    if options.resume or options.sample_only:
        return Path(options.work_dir) / MODEL_FILE
    return None


def model_to_ask(options: argparse.Namespace) -> Any:
    """Return the model that a verb asks: loaded, or fitted on all words and saved as asked for."""
    if (source := file_to_load(options)) is not None:
        return load_model(source)
    target = file_to_save(options, None)
    words, _ = training_words(options.input_file)
    model = build(options).fit(words)
    if target is not None:
        io.save(model, target)
    return model


def load_model(path: Path) -> Any:
    """Read a model, which must be a language model: other estimators have no words to print."""
    try:
        with open(path, "rb") as file:
            holds_arpa = is_arpa(file) or ".arpa" in map(str.lower, path.suffixes)
        model = io.read_arpa(path) if holds_arpa else io.load(path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    if get_tags(model).estimator_type != "density_estimator":
        raise UsageError(
            f"{path} holds a {type(model).__name__} and no language model: use it from Python, "
            "with sklearn_makemore.io.load"
        )
    return model


def file_to_save(options: argparse.Namespace, source: Path | None) -> Path | None:
    """Return where the model goes, None for nowhere; its folder is made or missed before a fit.

    What is there already is replaced if it is `source`, the model that is trained further, or a
    model and the options say so.
    """
    if options.work_dir is not None:
        Path(options.work_dir).mkdir(parents=True, exist_ok=True)
        path = Path(options.work_dir) / MODEL_FILE
    elif options.save is not None:
        path = Path(options.save)
    else:
        return None
    folder = Path(os.path.realpath(path)).parent  # a link stays one: what it names is replaced
    if path.is_dir():
        raise UsageError(f"cannot save to {path}: it is a folder; name a file in it")
    if not folder.is_dir():
        raise UsageError(f"cannot save to {path}: its folder is missing; make it first")
    if path.exists() and not path.is_file():
        raise UsageError(f"cannot save to {path}: it is no regular file")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"cannot save to {path}: its folder may not be written to")
    if ".arpa" in map(str.lower, path.suffixes):
        raise UsageError(
            f"cannot save to {path}: models are saved as safetensors; ARPA files are written from "
            "Python, with sklearn_makemore.io.write_arpa"
        )
    if path.exists() and not is_same(path, source):
        check_replaceable(path, options)
    return path


def is_same(path: str | Path, other: str | Path | None) -> bool:
    """Tell whether two paths name one file, there already or not."""
    return other is not None and os.path.realpath(path) == os.path.realpath(other)


def check_replaceable(path: Path, options: argparse.Namespace) -> None:
    """Refuse to lose what a file holds, unless it is nothing or a model and the options say so."""
    if not path.stat().st_size:  # as mktemp makes it
        return
    kind = kind_of_model(path)
    if kind is None:
        raise UsageError(
            f"cannot save to {path}: it exists and is no model that can be read. Give another "
            "name, or remove it first"
        )
    if not options.overwrite:
        use, train = "--sample-only", "--resume"
        if options.work_dir is None:
            use, train = "--load", "--load, --resume and --save"
        raise UsageError(
            f"{path} already holds a model ({kind}): use it with {use}, "
            + (f"train it further with {train}, " if options.can_resume else "")
            + "replace it with --overwrite, or give another name"
        )


def kind_of_model(path: Path) -> str | None:
    """Return the class of the estimator in a file, None if there is none that can be read."""
    try:
        return type(io.load(path)).__name__
    except (OSError, ValueError):
        return None
