"""The verb `complete`: words with blanks, and the likeliest words that fill them."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import csv
import warnings
from typing import TextIO

from sklearn_makemore.cli._models import model_to_ask
from sklearn_makemore.cli._options import UsageError
from sklearn_makemore.cli._words import check_one_reader, line_of, read_words, words_of


def complete(options: argparse.Namespace, out: TextIO) -> None:
    """Fit or load a model and write a CSV of the likeliest ways to fill the blanks of words."""
    given = options.words
    if given in ([], ["-"]):
        check_one_reader(options, "WORD", "-")
        given = read_words("-")
    blank = options.blank
    if not any(blank in word for word in given):
        raise UsageError(
            f"no blank {blank} in {given[0]!r}: write {blank} for each missing symbol, or say with "
            "--blank what stands for one"
        )
    model = model_to_ask(options)
    rows, without = [], []
    for line, word in zip(given, words_of(model, given), strict=True):
        filled = model.complete(word, options.n, blank=blank)
        of_line = zip(filled["word"], filled["proba"].tolist(), strict=True)
        rows += [(line, line_of(word), proba) for word, proba in of_line]
        without += [line] * filled.empty
    if without:
        problem = f"no word of the model fits {', '.join(without)}"
        if not rows:
            raise UsageError(problem)
        warnings.warn(problem, UserWarning, stacklevel=2)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["given", "word", "proba"])
    writer.writerows(rows)
