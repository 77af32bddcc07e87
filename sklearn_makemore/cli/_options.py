"""What the command line may be told."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import sklearn_makemore

PROGRAM = "sklearn-makemore"
# Those that can be made from numbers and text. By name: importing a network would import torch.
MODELS = [n for n in sklearn_makemore.__all__ if n.endswith("LM") and n != "MixtureLM"]
DEFAULT_MODEL = "BigramCountLM"
MODEL_FILE = "model.safetensors"  # in a work directory
Add = Callable[..., Any]  # argparse's `add_argument`, of a parser or of a group


class UsageError(Exception):
    """What the user can mend, said in one line."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all others are."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{PROGRAM}: error: {message}; see '{self.prog} -h'\n")


def sample_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options of the command without a verb."""
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [options]\n       {PROGRAM} {{{','.join(VERBS)}}} ...",
        description=(
            "Fit a character-level language model to a list of words and print new ones. Each "
            "line holds 'new' or 'known' (in the input; '?' without one), the log-likelihood in "
            "nats and the word."
        ),
        epilog=(
            "Verbs: 'score' says how likely other words are, 'complete' fills the blanks of words, "
            f"'enumerate' lists the likeliest words; see '{PROGRAM} score -h' and so on."
        ),
    )
    add_model_options(parser)
    parser.set_defaults(can_resume=True)
    add = parser.add_argument_group("work directory").add_argument
    work_dir_help = f"folder of the model, which is saved there as {MODEL_FILE}"
    add("-o", "--work-dir", metavar="DIR", help=work_dir_help)
    resume_help = "train the model in DIR (or of --load) further, on --input-file"
    add("--resume", action="store_true", help=resume_help)
    only_help = "sample from the model in DIR (or of --load) without training"
    add("--sample-only", action="store_true", help=only_help)
    add = parser.add_argument_group("sampling").add_argument
    add("-n", "--n-samples", type=count, default=10, metavar="N", help="how many words (10)")
    add_word_options(add, "how many symbols: 7, 5-8, 5- or -8 (any)")
    add("--temperature", type=float, default=1.0, metavar="T", help="below 1 plainer words (1.0)")
    add("--top-k", type=int, default=-1, metavar="K", help="the K likeliest symbols (-1: all)")
    add("--top-p", type=float, metavar="P", help="the likeliest symbols that sum to P (all)")
    options, rest = parser.parse_known_args(arguments)
    if rest:
        verbs = "" if rest[0].startswith("-") else f"; verbs ({', '.join(VERBS)}) come first"
        parser.error(f"unrecognized arguments: {' '.join(rest)}{verbs}")
    return options


def score_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options of the verb `score`."""
    parser = verb_parser(
        "score [options] [WORDS]",
        "Fit or load a model and write a CSV with a row of likelihood features for each word: "
        "log_likelihood, log_likelihood_per_symbol, lowest_log_likelihood (nats), n_symbols "
        "(closing boundary included), n_unknown (characters the model has not seen).",
    )
    words_help = "UTF-8 file of words to score, one a line (-: standard input, the default)"
    parser.add_argument("words", nargs="?", default="-", metavar="WORDS", help=words_help)
    parser.add_argument("--output", metavar="FILE", help="where to write (standard output)")
    return verb_options(parser, arguments)


def complete_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options of the verb `complete`."""
    parser = verb_parser(
        "complete [options] [WORD ...]",
        "Fill the blanks of words, one symbol each, in the likeliest ways, and write a CSV: given "
        "(the word with its blanks), word, proba (its probability given the symbols there).",
    )
    words_help = "a word with blanks, quoted: 'ma??ew' (-: standard input, one a line, the default)"
    parser.add_argument("words", nargs="*", metavar="WORD", help=words_help)
    add = parser.add_argument
    add("-n", type=count, default=10, metavar="N", help="how many ways for each word (10)")
    add("--blank", default="?", metavar="SYMBOL", help="what stands for a blank (?)")
    return verb_options(parser, arguments)


def enumerate_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options of the verb `enumerate`."""
    parser = verb_parser(
        "enumerate [options]",
        "Fit or load a model and list its likeliest words, best first, as a CSV: word, "
        "log_likelihood (nats).",
    )
    add = parser.add_argument
    add("-n", type=count, default=100, metavar="N", help="how many words (100)")
    add_word_options(add, "the most symbols: -8 (any)")
    exclude_help = "UTF-8 file of words to leave out, one a line (-: standard input)"
    add("--exclude-file", metavar="FILE", help=exclude_help)
    options = verb_options(parser, arguments)
    least, most = options.length
    if least > 1:
        lengths = least if most == least else f"{least},{most or ''}"
        parser.error(
            f"argument --length: only the most is known here, such as -{most or 8}; for the least, "
            f"too, give --pattern '.{{{lengths}}}'"
        )
    return options


VERBS = {"score": score_options, "complete": complete_options, "enumerate": enumerate_options}


def verb_parser(usage: str, description: str) -> Parser:
    """Return the parser of a verb, the first word of `usage`."""
    verb = usage.partition(" ")[0]
    return Parser(prog=f"{PROGRAM} {verb}", usage=f"{PROGRAM} {usage}", description=description)


def verb_options(parser: Parser, arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options of a verb, those of its model included, which it does not train further."""
    add = add_model_options(parser)
    add("-o", "--work-dir", metavar="DIR", help=f"use the model in DIR/{MODEL_FILE}")
    parser.set_defaults(can_resume=False, resume=False)
    options = parser.parse_intermixed_args(arguments)  # words may stand between options
    options.sample_only = options.work_dir is not None
    return options


def add_word_options(add: Add, length_help: str) -> None:
    """Add the options that say what words are wanted."""
    add("--prefix", "--starts-with", default="", metavar="TEXT", help="what every word begins with")
    add("--ends-with", "--suffix", default="", metavar="TEXT", help="what every word ends with")
    pattern_help = "regular expression that whole words match, such as '[^aeiou]*a.*'"
    add("--pattern", metavar="REGEX", help=pattern_help)
    add("--length", type=lengths_of, default=(1, None), metavar="N-M", help=length_help)


def count(text: str) -> int:
    """Read how many are asked for."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"takes a whole number, 1 or more, got {text!r}")
    return int(text)


def lengths_of(text: str) -> tuple[int, int | None]:
    """Read the fewest and the most symbols of a word; None is no limit.

    The fewest are at least 1, as files have no empty words.
    """
    found = re.fullmatch(r"(\d*)(-?)(\d*)", text, re.ASCII)
    if found is None or not (found[1] or found[3]):
        raise argparse.ArgumentTypeError(f"takes 7, 5-8, 5- or -8, got {text!r}")
    least = max(1, int(found[1] or 1))
    most = int(found[3]) if found[3] else None if found[2] else int(found[1])
    if most is not None and least > most:
        problem = "files have no empty words" if most == 0 else "the fewer symbols come first"
        raise argparse.ArgumentTypeError(f"{problem}, got {text}")
    return least, most


def add_model_options(parser: argparse.ArgumentParser) -> Add:
    """Add the options that say what is fitted on what; return what adds more to these."""
    version = f"{PROGRAM} {sklearn_makemore.__version__}"
    parser.add_argument("--version", action="version", version=version)
    add = parser.add_argument_group("model").add_argument
    input_help = "UTF-8 file of words to fit on, one a line (-: standard input; bundled names)"
    add("-i", "--input-file", metavar="FILE", help=input_help)
    names = ", ".join(MODELS)
    type_help = f"one of {names}, or its beginning; NAME+NAME is a mixture ({DEFAULT_MODEL})"
    add("--type", metavar="NAME", help=type_help)
    symbols_help = "what a symbol is: char, grapheme, split (at spaces) or re:PATTERN (char)"
    add("--symbols", metavar="KIND", help=symbols_help)
    param_help = "a parameter of the estimator, e.g. smoothing=0.5; may be repeated"
    add("-p", "--param", action="append", default=[], metavar="NAME=VALUE", help=param_help)
    add("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:1, mps (neural models)")
    add("--seed", type=int, default=3407, metavar="N", help="seed of everything random (3407)")
    add("--save", metavar="FILE", help="write the fitted model here")
    add("--load", metavar="FILE", help="use the model in this file (ARPA files, too)")
    overwrite_help = "replace the model that is there already, with --resume by a worse one, too"
    add("--overwrite", action="store_true", help=overwrite_help)
    return add


def check_model_files(options: argparse.Namespace) -> None:
    """Refuse options about model files that contradict each other."""
    loads = options.load is not None or options.sample_only or options.resume
    fits = not loads or options.resume
    saves = options.save is not None or options.work_dir is not None
    trains = bool(options.param) or options.device is not None or options.overwrite
    problems = {
        "--load and --work-dir both say where the model is: give one of them": (
            options.load is not None and options.work_dir is not None
        ),
        "--save and --work-dir both say where the model goes: give one of them": (
            options.can_resume and options.save is not None and options.work_dir is not None
        ),
        "--resume trains and --sample-only does not: give one of them": (
            options.resume and options.sample_only
        ),
        "--resume and --sample-only need a model: give --work-dir DIR or --load FILE": (
            loads and options.load is None and options.work_dir is None
        ),
        "--type is for a new model: that of a file is what it is": loads and bool(options.type),
        "--symbols is for a new model: a file says what its symbols are": (
            loads and bool(options.symbols)
        ),
        "--save, --param, --device and --overwrite are for training: a loaded model is not trained"
        + (" without --resume" if options.can_resume else ""): (
            not fits and (options.save is not None or trains)
        ),
        "--overwrite is for a model that is saved: give --save FILE"
        + (" or --work-dir DIR" if options.can_resume else ""): options.overwrite and not saves,
        "--input-file is to be fitted on: a loaded model is not": (
            not fits and not options.can_resume and options.input_file is not None
        ),
    }
    for problem, is_there in problems.items():
        if is_there:
            raise UsageError(problem)
