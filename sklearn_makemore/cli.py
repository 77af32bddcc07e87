"""The command line: train on a file of words, print new ones, score others."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import ast
import os
import sys
import unicodedata
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np

import sklearn_makemore
from sklearn_makemore import io
from sklearn_makemore._atomic import replacing
from sklearn_makemore.datasets import load_names
from sklearn_makemore.exceptions import SamplingError
from sklearn_makemore.utils.discovery import all_estimators

PROGRAM = "sklearn-makemore"
HELD_OUT_OF = 10  # of so many distinct words one is held out
DEFAULT_TYPE = "BigramCountLM"
NOT_PRINTED = {"Cc", "Zl", "Zp"}  # control characters, line and paragraph separators
TEXT_PARAMETERS = {"alphabet", "boundary"}  # which take digits as text
SYMBOL_PARAMETERS = TEXT_PARAMETERS | {"handle_unknown"}  # of a mixture, not of its models
MODEL_FILE = "model.safetensors"  # in a work directory


class UsageError(Exception):
    """What the user can mend, said in one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, default=None
        Arguments; None takes those of the process.

    Returns
    -------
    status : int
        0 if all went well, 1 for an error in the data or the model; a wrong option exits with 2.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if sys.stdout is None:
        return _fail("standard output is closed")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    verb, parser = sample, sample_parser()
    if arguments[:1] == ["score"]:
        verb, parser, arguments = score, score_parser(), arguments[1:]
    options = parser.parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            verb(options, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (UsageError, SamplingError, ValueError, TypeError, FloatingPointError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    return 0


def _fail(message: str) -> int:
    _say("error", message)
    return 1


def _show_warning(message: Warning | str, *where: Any, **more: Any) -> None:
    """Say a warning in one line, too: where in the library it arose is nothing to the user."""
    _say("warning", str(message))


def _say(kind: str, message: str) -> None:
    print(f"{PROGRAM}: {kind}: {' '.join(message.split())}", file=sys.stderr)


def sample(options: argparse.Namespace, out: TextIO) -> None:
    """Fit, load or train on a model, print its score and new words."""
    check_model_files(options)
    source = file_to_load(options)
    words: list[str] = []
    name = ""
    if source is None or options.resume or options.input_file is not None:
        words, name = training_words(options.input_file)
    if source is None or options.resume:
        train, held_out = split(words)
        model = fitted_or_resumed(options, source, words, train)
        verb = "fitted on" if source is None else f"loaded from {source} and trained on"
        origin = f"{verb} {len(train):,} words of {name}"
        score_line = "# no held-out score: too few different words"
        if held_out:
            score_line = f"# held-out {score_of(model, held_out)} other words"
    else:
        model, origin = load_model(source), f"loaded from {source}"
        score_line = "# no score: no --input-file"
        if words:
            score_line = f"# {score_of(model, words)} words of {name}"
    drawn, log_proba = model.sample(
        options.n_samples,
        random_state=options.seed,
        temperature=options.temperature,
        top_k=None if options.top_k == -1 else options.top_k,
        top_p=options.top_p,
        prefix=options.prefix,
        min_length=1,  # files have no empty words
        return_log_proba=True,
    )
    print(f"# {type(model).__name__} {origin}, {model.n_symbols_} symbols", file=out)
    print(score_line, file=out)
    known = set(words)
    for word, of_word in zip(drawn, log_proba, strict=True):
        mark = "?" if not words else "known" if word in known else "new"
        print(f"{mark}\t{of_word:.2f}\t{on_one_line(word)}", file=out)


def on_one_line(word: str) -> str:
    """Return a word with its control characters and line separators written as escapes.

    A loaded model may make such words. They would break lines and columns, and a terminal obeys
    some of them.
    """
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in NOT_PRINTED else c
        for c in word
    )


def fitted_or_resumed(
    options: argparse.Namespace, source: Path | None, words: list[str], train: list[str]
) -> Any:
    """Fit a new model, or train the one in a file further; save it where the options say."""
    model = None if source is None else load_model(source)
    target = file_to_save(options)
    if model is None:
        model = build(options, alphabet="".join(sorted(set("".join(words))))).fit(train)
    else:
        # The models of a mixture keep their parameters.
        chosen = chosen_parameters(options, model, deep=False, random_state=options.seed)
        model.set_params(**chosen)
        model.partial_fit(train)
    if target is not None:
        io.save(model, target)
    return model


def score_of(model: Any, words: list[str]) -> str:
    """Return how well a model predicts words, as the beginning of a comment."""
    return (
        f"score: {model.score(words):.4f} nats per symbol "
        f"(perplexity {model.perplexity(words):.2f}) on {len(words):,}"
    )


def score(options: argparse.Namespace, out: TextIO) -> None:
    """Fit or load a model and write a CSV of likelihood features for other words."""
    import pandas as pd

    check_model_files(options)
    if options.input_file == options.words == "-":
        raise UsageError("only one of --input-file and WORDS can be standard input")
    source, target = file_to_load(options), file_to_save(options)
    if source is not None:
        model, words = load_model(source), read_words(options.words)
    else:
        train, _ = training_words(options.input_file)
        words = read_words(options.words)
        model = build(options, handle_unknown="unknown").fit(train)
    if target is not None:
        io.save(model, target)
    table = pd.DataFrame(np.asarray(model.transform(words)), columns=model.get_feature_names_out())
    table = table.astype({"n_symbols": "int64", "n_unknown": "int64"})
    table.insert(0, "word", words)
    write_csv(table, options.output, out)


def write_csv(table: Any, output: str | None, out: TextIO) -> None:
    """Write a table to `output`, of which the whole appears or nothing; None means `out`."""
    form: dict[str, Any] = {"index": False, "lineterminator": "\n", "encoding": "utf-8"}
    if output is None:
        table.to_csv(out, **form)
    elif Path(output).exists() and not Path(output).is_file():  # a pipe or a device
        try:
            table.to_csv(output, **form)
        except OSError as error:
            problem = error.strerror or error
            raise UsageError(f"cannot write all of {output}: {problem}") from None
    else:
        with replacing(output) as temporary:
            table.to_csv(temporary, **form)


def check_model_files(options: argparse.Namespace) -> None:
    """Refuse options about model files that contradict each other."""
    loads = options.load is not None or options.sample_only or options.resume
    fits = not loads or options.resume
    about_the_fit = bool(options.param) or options.device is not None
    problems = {
        "--load and --work-dir both say where the model is: give one of them": (
            options.load is not None and options.work_dir is not None
        ),
        "--save and --work-dir both say where the model goes: give one of them": (
            options.save is not None and options.work_dir is not None
        ),
        "--resume trains and --sample-only does not: give one of them": (
            options.resume and options.sample_only
        ),
        "--resume and --sample-only need a model: give --work-dir DIR or --load FILE": (
            loads and options.load is None and options.work_dir is None
        ),
        "--type is for a new model: that of a file is what it is": loads and bool(options.type),
        "--save, --param and --device are for training: a loaded model is not trained"
        + (" without --resume" if options.can_resume else ""): (
            not fits and (options.save is not None or about_the_fit)
        ),
        "--input-file is to be fitted on: a loaded model is not": (
            not fits and not options.can_resume and options.input_file is not None
        ),
    }
    for problem, is_there in problems.items():
        if is_there:
            raise UsageError(problem)


def file_to_load(options: argparse.Namespace) -> Path | None:
    """Return where the model to begin with is, None for a new one."""
    if options.load is not None:
        return Path(options.load)
    if options.resume or options.sample_only:
        return Path(options.work_dir) / MODEL_FILE
    return None


def load_model(path: Path) -> Any:
    """Read a model, which must be a language model: other estimators have no words to print."""
    model = io.load(path)
    kind = type(model).__name__
    if kind not in dict(all_estimators()):
        raise UsageError(
            f"{path} holds a {kind} and no language model: use it from Python, with "
            "sklearn_makemore.io.load"
        )
    return model


def file_to_save(options: argparse.Namespace) -> Path | None:
    """Return where the model goes, None for nowhere; its folder is made or missed before a fit."""
    if options.work_dir is not None:
        Path(options.work_dir).mkdir(parents=True, exist_ok=True)
        path = Path(options.work_dir) / MODEL_FILE
    elif options.save is not None:
        path = Path(options.save)
    else:
        return None
    folder = Path(os.path.realpath(path)).parent  # a link stays one: what it names is replaced
    if path.is_dir() or not folder.is_dir():
        raise UsageError(f"cannot save to {path}: it is a folder or its folder is missing")
    if path.exists() and not path.is_file():
        raise UsageError(f"cannot save to {path}: it is no regular file")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"cannot save to {path}: its folder may not be written to")
    return path


def training_words(path: str | None) -> tuple[list[str], str]:
    """Return the words to fit on and what to call them."""
    if path is None:
        return load_names().data.tolist(), "the bundled names"
    return read_words(path), "standard input" if path == "-" else path


def read_words(path: str) -> list[str]:
    """Return the words of a UTF-8 file, one a line, spaces around them and empty lines dropped."""
    name = "standard input" if path == "-" else path
    if path == "-" and sys.stdin is None:
        raise UsageError("standard input is closed")
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {name}: {getattr(error, 'strerror', error)}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not UTF-8 (byte {data[error.start]:#04x} at offset {error.start})"
        ) from None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    words = [word for line in lines if (word := line.strip())]
    if not words:
        raise UsageError(f"{name} has no words")
    return words


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Hold out about a tenth of the distinct words; none of fewer than 10.

    Which ones depends on their spelling alone, so that a model which goes on learning, from these
    words or more, has not seen them before.
    """
    distinct = set(words)
    held_out = set()
    if len(distinct) >= HELD_OUT_OF:
        held_out = {word for word in distinct if zlib.crc32(_bytes_of(word)) % HELD_OUT_OF == 0}
    return [w for w in words if w not in held_out], [w for w in words if w in held_out]


def _bytes_of(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def build(options: argparse.Namespace, **parameters: Any) -> Any:
    """Return the unfitted estimator that the options describe."""
    names = [name.strip() for name in (options.type or DEFAULT_TYPE).split("+")]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise UsageError(
            f"--type {options.type} names {repeated[0]} twice: write it in two ways, such as ngram "
            "and ngramcount, so that -p can tell them apart"
        )
    kinds = [estimator_class(name) for name in names]
    if len(kinds) == 1:
        model = kinds[0](random_state=options.seed)
    else:
        mixed = [(name, kind()) for name, kind in zip(names, kinds, strict=True)]
        model = dict(all_estimators())["MixtureLM"](mixed, random_state=options.seed)
    return model.set_params(**chosen_parameters(options, model, deep=True, **parameters))


def chosen_parameters(
    options: argparse.Namespace, model: Any, *, deep: bool, **parameters: Any
) -> dict[str, Any]:
    """Return `parameters` of an estimator and those that the options give."""
    # --seed and --type set the two that are left out, a mixture the symbols of its models.
    names = set(model.get_params(deep=deep)) - {"random_state", "estimators"}
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
        parameters[name] = value if is_text else _literal(value)
    return parameters


def estimator_class(name: str) -> type[Any]:
    """Return the estimator whose name begins with `name`, in upper or lower case."""
    classes = _model_classes()
    fitting = [full for full in classes if full.lower().startswith(name.lower())]
    if len(fitting) != 1:
        problem = "fits none of" if not fitting else "may be any of"
        raise UsageError(f"--type {name or repr(name)} {problem} {', '.join(fitting or classes)}")
    return classes[fitting[0]]


def _model_classes() -> dict[str, type[Any]]:
    """Return the estimators that can be made from numbers and text, by name."""
    return {
        name: kind
        for name, kind in all_estimators()
        if "estimators" not in kind._parameter_constraints
    }


def _literal(value: str) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # of escapes that mean nothing
            return ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return value


def sample_parser() -> argparse.ArgumentParser:
    """Return the parser of the command without a verb."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=(
            "Fit a character-level language model to a list of words and print new ones. Each "
            "line holds 'new' or 'known' (in the input; '?' without one), the log-likelihood in "
            "nats and the word."
        ),
        epilog=f"'{PROGRAM} score' writes a CSV of scores; see '{PROGRAM} score -h'.",
    )
    add_model_options(parser)
    parser.set_defaults(can_resume=True)
    group = parser.add_argument_group("work directory")
    add = group.add_argument
    work_dir_help = f"folder of the model, which is saved there as {MODEL_FILE}"
    add("-o", "--work-dir", metavar="DIR", help=work_dir_help)
    resume_help = "train the model in DIR (or of --load) further, on --input-file"
    add("--resume", action="store_true", help=resume_help)
    only_help = "sample from the model in DIR (or of --load) without training"
    add("--sample-only", action="store_true", help=only_help)
    group = parser.add_argument_group("sampling")
    add = group.add_argument
    add("-n", "--n-samples", type=int, default=10, metavar="N", help="how many words (10)")
    add("--prefix", default="", metavar="TEXT", help="what every word begins with")
    add("--temperature", type=float, default=1.0, metavar="T", help="below 1 plainer words (1.0)")
    add("--top-k", type=int, default=-1, metavar="K", help="the K likeliest symbols (-1: all)")
    add("--top-p", type=float, metavar="P", help="the likeliest symbols that sum to P (all)")
    return parser


def score_parser() -> argparse.ArgumentParser:
    """Return the parser of the verb `score`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} score",
        description=(
            "Fit or load a model and write a CSV with a row of likelihood features for each word: "
            "log_likelihood, log_likelihood_per_symbol, lowest_log_likelihood (nats), n_symbols "
            "(closing boundary included), n_unknown (characters the model has not seen)."
        ),
    )
    words_help = "UTF-8 file of words to score, one a line (-: standard input, the default)"
    parser.add_argument("words", nargs="?", default="-", metavar="WORDS", help=words_help)
    parser.add_argument("--output", metavar="FILE", help="where to write (standard output)")
    add_model_options(parser)
    parser.set_defaults(can_resume=False, work_dir=None, resume=False, sample_only=False)
    return parser


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is fitted on what."""
    parser.add_argument(
        "--version", action="version", version=f"{PROGRAM} {sklearn_makemore.__version__}"
    )
    group = parser.add_argument_group("model")
    add = group.add_argument
    input_help = "UTF-8 file of words to fit on, one a line (-: standard input; bundled names)"
    add("-i", "--input-file", metavar="FILE", help=input_help)
    names = ", ".join(_model_classes())
    type_help = f"one of {names}, or its beginning; NAME+NAME is a mixture ({DEFAULT_TYPE})"
    add("--type", metavar="NAME", help=type_help)
    param_help = "a parameter of the estimator, e.g. smoothing=0.5; may be repeated"
    add("-p", "--param", action="append", default=[], metavar="NAME=VALUE", help=param_help)
    add("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:1, mps (neural models)")
    add("--seed", type=int, default=3407, metavar="N", help="seed of everything random (3407)")
    add("--save", metavar="FILE", help="write the fitted model here")
    add("--load", metavar="FILE", help="use the model in this file instead of fitting one")
