"""What the command line may be told."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
from collections.abc import Sequence

import sklearn_makemore

PROGRAM = "sklearn-makemore"
# Those that can be made from numbers and text. By name: importing a network would import torch.
MODELS = [n for n in sklearn_makemore.__all__ if n.endswith("LM") and n != "MixtureLM"]
DEFAULT_MODEL = "BigramCountLM"
MODEL_FILE = "model.safetensors"  # in a work directory


class UsageError(Exception):
    """What the user can mend, said in one line."""


def sample_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options of the command without a verb."""
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
    add = parser.add_argument_group("work directory").add_argument
    work_dir_help = f"folder of the model, which is saved there as {MODEL_FILE}"
    add("-o", "--work-dir", metavar="DIR", help=work_dir_help)
    resume_help = "train the model in DIR (or of --load) further, on --input-file"
    add("--resume", action="store_true", help=resume_help)
    only_help = "sample from the model in DIR (or of --load) without training"
    add("--sample-only", action="store_true", help=only_help)
    add = parser.add_argument_group("sampling").add_argument
    add("-n", "--n-samples", type=int, default=10, metavar="N", help="how many words (10)")
    add("--prefix", default="", metavar="TEXT", help="what every word begins with")
    add("--temperature", type=float, default=1.0, metavar="T", help="below 1 plainer words (1.0)")
    add("--top-k", type=int, default=-1, metavar="K", help="the K likeliest symbols (-1: all)")
    add("--top-p", type=float, metavar="P", help="the likeliest symbols that sum to P (all)")
    return parser.parse_args(arguments)


def score_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options of the verb `score`."""
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
    return parser.parse_args(arguments)


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is fitted on what."""
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
            options.save is not None and options.work_dir is not None
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
