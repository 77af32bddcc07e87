"""The command line: train on a file of words, print new ones, ask a model about words."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import os
import shutil
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from sklearn_makemore import io
from sklearn_makemore.cli._complete import complete
from sklearn_makemore.cli._enumerate import enumerate_words
from sklearn_makemore.cli._models import (
    build,
    chosen_parameters,
    file_to_load,
    file_to_save,
    is_same,
    kind_of_model,
    load_model,
    model_to_ask,
)
from sklearn_makemore.cli._options import (
    PROGRAM,
    VERBS,
    UsageError,
    check_model_files,
    sample_options,
)
from sklearn_makemore.cli._shell_words import in_shell_words
from sklearn_makemore.cli._words import (
    check_one_reader,
    line_of,
    read_words,
    split,
    training_words,
    words_of,
)
from sklearn_makemore.exceptions import SamplingError

EXPECTED = (SamplingError, ValueError, TypeError, FloatingPointError, OSError, ImportError)


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
    read, act = sample_options, sample
    if arguments and arguments[0] in VERBS:
        verb, *arguments = arguments
        read, act = VERBS[verb], ACTIONS[verb]
    options = read(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            check_model_files(options)
            act(options, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except UsageError as error:
        return _fail(str(error))
    except EXPECTED as error:
        return _fail(in_shell_words(str(error)))
    except KeyboardInterrupt:
        return 130
    return 0


def _fail(message: str) -> int:
    _say("error", message)
    return 1


def _show_warning(message: Warning | str, *where: Any, **more: Any) -> None:
    """Say a warning in one line, too: where in the library it arose is nothing to the user."""
    _say("warning", in_shell_words(str(message)))


def _say(kind: str, message: str) -> None:
    sys.stderr.write(f"{PROGRAM}: {kind}: {' '.join(message.split())}\n")


def sample(options: argparse.Namespace, out: TextIO) -> None:
    """Fit, load or train on a model, print its score and new words."""
    source = file_to_load(options)
    words: list[str] = []
    name = ""
    if source is None or options.resume or options.input_file is not None:
        words, name = training_words(options.input_file)
    if source is None:
        model, comments = fitted(options, words, name)
    elif options.resume:
        model, comments = trained_further(options, source, words, name)
    else:
        model, comments = load_model(source), [f"loaded from {source}", "no score: no --input-file"]
        if words:
            comments[1] = f"{score_of(model, words_of(model, words))} words of {name}"
    least, most = options.length
    drawn, log_proba = model.sample(
        options.n_samples,
        random_state=options.seed,
        temperature=options.temperature,
        top_k=None if options.top_k == -1 else options.top_k,
        top_p=options.top_p,
        prefix=words_of(model, [options.prefix])[0],
        suffix=words_of(model, [options.ends_with])[0],
        pattern=options.pattern,
        min_length=least,
        max_length=most,
        return_log_proba=True,
    )
    comments[0] = f"{type(model).__name__} {comments[0]}, {model.n_symbols_} symbols"
    out.writelines(f"# {comment}\n" for comment in comments)
    known = set(words_of(model, words))
    for word, of_word in zip(drawn, log_proba, strict=True):
        mark = "?" if not words else "known" if word in known else "new"
        out.write(f"{mark}\t{of_word:.2f}\t{line_of(word)}\n")


def fitted(options: argparse.Namespace, words: list[str], name: str) -> tuple[Any, list[str]]:
    """Fit a new model and save it where the options say; say what was done."""
    target = file_to_save(options, None)
    train, held_out = split(words)
    model = build(options).fit(train)
    if target is not None:
        io.save(model, target)
    return model, [f"fitted on {len(train):,} words of {name}", held_out_score(model, held_out)]


def trained_further(
    options: argparse.Namespace, source: Path, words: list[str], name: str
) -> tuple[Any, list[str]]:
    """Train the model in a file further and save the better of the two; say what was done.

    The worse one is saved if another file than `source` is asked for, or --overwrite.
    """
    model = load_model(source)
    target = file_to_save(options, source)
    train, held_out = (words_of(model, part) for part in split(words))
    # The models of a mixture keep their parameters.
    chosen = chosen_parameters(options, model, deep=False, random_state=options.seed)
    try:
        before = model.score(held_out) if held_out else np.nan
        model.set_params(**chosen).partial_fit(train)
    except ValueError as error:
        others = "" if options.input_file else "; give --input-file FILE for other words"
        raise UsageError(f"training on {name}{others}: {in_shell_words(str(error))}") from error
    after = model.score(held_out) if held_out else np.nan
    compared = "not compared with the model before: no held-out words"
    if held_out:
        compared = f"held-out score before the training {before:.4f}, after it {after:.4f}"
    origin = f"loaded from {source} and trained on {len(train):,} words of {name}"
    if target is None:
        compared += "; nothing was saved"
    elif before > after and not options.overwrite and is_same(target, source):
        model, origin = load_model(source), f"loaded from {source}"
        compared += f"; the model before is kept: {target} is unchanged"
    else:
        io.save(model, target)
        compared += f"; the trained model is saved in {target}"
    return model, [origin, held_out_score(model, held_out), compared]


def held_out_score(model: Any, held_out: list[str]) -> str:
    """Return how well a model predicts the words that were held out, as a comment."""
    if not held_out:
        return "no held-out score: too few different words"
    return f"held-out {score_of(model, held_out)} other words"


def score_of(model: Any, words: list[str]) -> str:
    """Return how well a model predicts words, as the beginning of a comment."""
    return (
        f"score: {model.score(words):.4f} nats per symbol "
        f"(perplexity {model.perplexity(words):.2f}) on {len(words):,}"
    )


def score(options: argparse.Namespace, out: TextIO) -> None:
    """Fit or load a model and write a CSV of likelihood features for other words."""
    import pandas as pd

    check_one_reader(options, "WORDS", options.words)
    check_output(options)
    words = read_words(options.words)
    model = model_to_ask(options)
    features = np.asarray(model.transform(words_of(model, words)))
    table = pd.DataFrame(features, columns=model.get_feature_names_out())
    table = table.astype({"n_symbols": "int64", "n_unknown": "int64"})
    table.insert(0, "word", words)
    write_csv(table, options.output, out)


def check_output(options: argparse.Namespace) -> None:
    """Refuse, before a fit, to write a table over words or a model, or into no folder."""
    if options.output is None or is_special(options.output):
        return
    place = Path(os.path.realpath(options.output))
    if not place.parent.is_dir():
        raise UsageError(f"cannot write {options.output}: its folder is missing")
    others = {"--input-file": options.input_file, "WORDS": options.words, "--save": options.save}
    for option, other in others.items():
        if other != "-" and is_same(place, other):
            raise UsageError(f"--output and {option} both name {other}: give another name")
    if place.exists() and (kind := kind_of_model(place)):
        raise UsageError(f"--output {options.output} holds a {kind}: give another name")


def is_special(path: str) -> bool:
    """Tell a pipe, a device or a folder from a file and from what is still to be made."""
    return Path(path).exists() and not Path(path).is_file()


def write_csv(table: Any, output: str | None, out: TextIO) -> None:
    """Write a table to `output`, of which the whole appears or nothing; None means `out`."""
    form: dict[str, Any] = {"index": False, "lineterminator": "\n", "encoding": "utf-8"}
    if output is None:
        table.to_csv(out, **form)
        return
    in_place = is_special(output)
    target = output if in_place else os.path.realpath(output)  # a link stays one
    temporary = target if in_place else f"{target}.{os.getpid()}.tmp"
    try:
        table.to_csv(temporary, **form)
        if not in_place:
            if os.path.exists(target):
                shutil.copymode(target, temporary)
            with open(temporary, "ab") as file:
                os.fsync(file.fileno())
            os.replace(temporary, target)
    except OSError as error:
        problem = f"cannot write all of {output}: {error.strerror or error}"
        raise UsageError(problem + "; what was there is as before" * (not in_place)) from None
    finally:
        if not in_place:
            with suppress(FileNotFoundError):
                os.unlink(temporary)


ACTIONS = {"score": score, "complete": complete, "enumerate": enumerate_words}
