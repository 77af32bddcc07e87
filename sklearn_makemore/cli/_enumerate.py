"""The verb `enumerate`: the likeliest words of a model, best first."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import csv
from itertools import islice
from typing import TextIO

from sklearn_makemore.cli._models import model_to_ask
from sklearn_makemore.cli._options import UsageError
from sklearn_makemore.cli._words import check_one_reader, line_of, read_list, words_of


def enumerate_words(options: argparse.Namespace, out: TextIO) -> None:
    """Fit or load a model and write a CSV of its likeliest words, as they are found."""
    check_one_reader(options, "--exclude-file", options.exclude_file)
    excluded = [] if options.exclude_file is None else read_list(options.exclude_file)
    model = model_to_ask(options)
    likely = model.iter_likely(
        prefix=words_of(model, [options.prefix])[0],
        suffix=words_of(model, [options.ends_with])[0],
        pattern=options.pattern,
        exclude=words_of(model, excluded),
        max_length=options.length[1],
    )
    found = ((line_of(word), log_proba) for word, log_proba in likely if word)  # no empty word
    rows = islice(found, options.n)
    first = next(rows, None)
    if first is None:
        raise UsageError("no word of the model is as asked for, the empty word left out")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["word", "log_likelihood"])
    writer.writerow(first)
    writer.writerows(rows)
