"""The command line: train on a file of words, print new ones, score others."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import ast
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import sklearn_makemore
from sklearn_makemore.datasets import load_names
from sklearn_makemore.exceptions import SamplingError
from sklearn_makemore.utils.discovery import all_estimators

PROGRAM = "sklearn-makemore"
HELD_OUT = 0.1  # of the distinct words


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
        verb(options, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (UsageError, SamplingError, ValueError, TypeError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    return 0


def _fail(message: str) -> int:
    print(f"{PROGRAM}: error: {' '.join(message.split())}", file=sys.stderr)
    return 1


def sample(options: argparse.Namespace, out: TextIO) -> None:
    """Fit a model, print its held-out score and new words."""
    words, source = training_words(options.input_file)
    train, held_out = split(words, options.seed)
    model = build(options, alphabet="".join(sorted(set("".join(words)))))
    model.fit(train)
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
    print(
        f"# {type(model).__name__} fitted on {len(train):,} words of {source}, "
        f"{model.n_symbols_} symbols",
        file=out,
    )
    if held_out:
        print(
            f"# held-out score: {model.score(held_out):.4f} nats per symbol "
            f"(perplexity {model.perplexity(held_out):.2f}) on {len(held_out):,} other words",
            file=out,
        )
    else:
        print("# no held-out score: fewer than 10 different words", file=out)
    known = set(words)
    for word, of_word in zip(drawn, log_proba, strict=True):
        print(f"{'known' if word in known else 'new'}\t{of_word:.2f}\t{word}", file=out)


def score(options: argparse.Namespace, out: TextIO) -> None:
    """Fit a model and write a CSV of likelihood features for other words."""
    import pandas as pd

    if options.input_file == options.words == "-":
        raise UsageError("only one of --input-file and WORDS can be standard input")
    train, _ = training_words(options.input_file)
    words = read_words(options.words)
    model = build(options, handle_unknown="unknown").fit(train)
    table = pd.DataFrame(model.transform(words), columns=model.get_feature_names_out())
    table = table.astype({"n_symbols": "int64", "n_unknown": "int64"})
    table.insert(0, "word", words)
    table.to_csv(options.output or out, index=False, lineterminator="\n", encoding="utf-8")


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
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None
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


def split(words: list[str], seed: int) -> tuple[list[str], list[str]]:
    """Hold out a tenth of the distinct words; repeats stay on one side."""
    distinct = sorted(set(words))
    random.Random(seed).shuffle(distinct)
    held_out = set(distinct[: int(len(distinct) * HELD_OUT)])
    return [w for w in words if w not in held_out], [w for w in words if w in held_out]


def build(options: argparse.Namespace, **parameters: Any) -> Any:
    """Return the unfitted estimator that the options describe."""
    model = estimator_class(options.type)(random_state=options.seed)
    defaults = model.get_params()
    names = set(defaults) - {"random_state"}  # which --seed sets
    if options.device is not None:
        if "device" in names:
            parameters["device"] = options.device
        elif options.device not in ("auto", "cpu"):
            raise UsageError(
                f"{type(model).__name__} runs on the CPU only, got --device {options.device}"
            )
    for assignment in options.param:
        name, equals, value = assignment.partition("=")
        if not equals or name not in names:
            raise UsageError(
                f"--param takes NAME=VALUE, NAME one of {', '.join(sorted(names))}; "
                f"got {assignment!r}"
            )
        is_text = name == "alphabet" or isinstance(defaults[name], str)
        parameters[name] = value if is_text else _literal(value)
    return model.set_params(**parameters)


def estimator_class(name: str) -> type[Any]:
    """Return the estimator whose name begins with `name`, in upper or lower case."""
    classes = dict(all_estimators())
    fitting = [full for full in classes if full.lower().startswith(name.lower())]
    if len(fitting) != 1:
        problem = "fits none of" if not fitting else "is not one of"
        raise UsageError(f"--type {name} {problem} {', '.join(fitting or classes)}")
    return classes[fitting[0]]


def _literal(value: str) -> Any:
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value


def sample_parser() -> argparse.ArgumentParser:
    """Return the parser of the command without a verb."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=(
            "Fit a character-level language model to a list of words and print new ones. Each "
            "line holds 'new' or 'known' (in the input), the log-likelihood in nats and the word."
        ),
        epilog=f"'{PROGRAM} score' writes a CSV of scores; see '{PROGRAM} score -h'.",
    )
    add_model_options(parser)
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
            "Fit a model and write a CSV with a row of likelihood features for each word: "
            "log_likelihood, log_likelihood_per_symbol, lowest_log_likelihood (nats), n_symbols "
            "(closing boundary included), n_unknown (characters the model has not seen)."
        ),
    )
    words_help = "UTF-8 file of words to score, one a line (-: standard input, the default)"
    parser.add_argument("words", nargs="?", default="-", metavar="WORDS", help=words_help)
    parser.add_argument("--output", metavar="FILE", help="where to write (standard output)")
    add_model_options(parser)
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
    names = ", ".join(name for name, _ in all_estimators())
    add("--type", default="BigramCountLM", metavar="NAME", help=f"one of {names}, or its beginning")
    param_help = "a parameter of the estimator, e.g. smoothing=0.5; may be repeated"
    add("-p", "--param", action="append", default=[], metavar="NAME=VALUE", help=param_help)
    add("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:1, mps (neural models)")
    add("--seed", type=int, default=3407, metavar="N", help="seed of everything random (3407)")
