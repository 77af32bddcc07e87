"""Bigrams: fit, score and sample beside the lecture's loops and other libraries, in one run.

Run from the root of the repository: ``python -m benchmarks.compare_bigrams``.
"""

import argparse
import itertools
import random
import subprocess
import sys

import markovify
import numpy as np
import torch
from nltk.lm import Laplace
from nltk.lm.preprocessing import pad_both_ends, padded_everygram_pipeline
from nltk.util import bigrams
from sklearn.feature_extraction.text import CountVectorizer

from benchmarks.common import (
    lecture_names,
    peak_memory,
    print_table,
    rows_of,
    save,
    seconds,
    side_by_side,
)
from sklearn_makemore import BigramCountLM

OURS = "sklearn_makemore"


class LectureBigrams:
    """The loops of the lecture: a tensor of counts, one symbol at a time."""

    def fit(self, words):
        characters = sorted(set("".join(words)))
        self.code = {c: i + 1 for i, c in enumerate(characters)} | {".": 0}
        self.symbol = {i: c for c, i in self.code.items()}
        counts = torch.zeros((len(self.code), len(self.code)), dtype=torch.int32)
        for word in words:
            symbols = [".", *word, "."]
            for first, second in itertools.pairwise(symbols):
                counts[self.code[first], self.code[second]] += 1
        self.proba = (counts + 1).float()
        self.proba /= self.proba.sum(1, keepdim=True)
        return self

    def score(self, words):
        total, n = 0.0, 0
        for word in words:
            symbols = [".", *word, "."]
            for first, second in itertools.pairwise(symbols):
                total += torch.log(self.proba[self.code[first], self.code[second]])
                n += 1
        return total / n

    def sample(self, n, generator):
        words = []
        for _ in range(n):
            word, code = "", 0
            while True:
                row = self.proba[code]
                code = torch.multinomial(row, 1, replacement=True, generator=generator).item()
                if code == 0:
                    break
                word += self.symbol[code]
            words.append(word)
        return words


def fit_nltk(words):
    ngrams, vocabulary = padded_everygram_pipeline(2, words)
    model = Laplace(2)
    model.fit(ngrams, vocabulary)
    return model


def score_nltk(model, words):
    return [
        sum(model.logscore(b, [a]) for a, b in bigrams(pad_both_ends(word, n=2))) for word in words
    ]


def sample_nltk(model, n):
    generator = random.Random(0)
    words = []
    for _ in range(n):
        word, symbol = [], "<s>"
        while symbol != "</s>":
            symbol = model.generate(1, text_seed=[symbol], random_seed=generator)
            word.append(symbol)
        words.append("".join(word[:-1]))
    return words


def compare_fit(words, repeats):
    split_words = [list(word) for word in words]
    vectorizer = CountVectorizer(analyzer="char", ngram_range=(2, 2))
    timings = side_by_side(
        {
            OURS: lambda: BigramCountLM().fit(words),
            "lecture's loop": lambda: LectureBigrams().fit(words),
            "nltk Laplace": lambda: fit_nltk(words),
            "CountVectorizer(char, 2-2)": lambda: vectorizer.fit_transform(words),
            "markovify.Chain": lambda: markovify.Chain(split_words, 1),
        },
        repeats,
    )
    return rows_of("fit names.txt", timings, OURS, 1e-3, "ms")


def compare_score(words, repeats):
    """Per word: the peers score fewer words, because they take so long."""
    ours, lecture, nltk_model = (
        BigramCountLM().fit(words),
        LectureBigrams().fit(words),
        fit_nltk(words),
    )
    few = words[:1000]
    timings = side_by_side(
        {
            OURS: lambda: ours.score_samples(words),
            "lecture's loop": lambda: lecture.score(few),
            "nltk Laplace": lambda: score_nltk(nltk_model, few),
        },
        repeats,
    )
    scale = {OURS: len(words)}
    per_word = {k: [v / scale.get(k, len(few)) for v in values] for k, values in timings.items()}
    return rows_of("score a word", per_word, OURS, 1e-6, "us")


def compare_sample(words, repeats):
    ours, lecture, nltk_model = (
        BigramCountLM().fit(words),
        LectureBigrams().fit(words),
        fit_nltk(words),
    )
    chain = markovify.Chain([list(word) for word in words], 1)
    n, few = 100_000, 300
    timings = side_by_side(
        {
            OURS: lambda: ours.sample(n, random_state=0),
            "lecture's loop": lambda: lecture.sample(few, torch.Generator().manual_seed(0)),
            "nltk Laplace": lambda: sample_nltk(nltk_model, few),
            "markovify.Chain": lambda: ["".join(chain.walk()) for _ in range(few)],
        },
        repeats,
    )
    scale = {OURS: n}
    per_word = {k: [v / scale.get(k, few) for v in values] for k, values in timings.items()}
    return rows_of("sample a word", per_word, OURS, 1e-6, "us")


def scale(words, repeats):
    """Throughput and memory of our own on millions of words sampled from the model."""
    model = BigramCountLM().fit(words)
    million = model.sample(1_000_000, random_state=0)
    n_symbols = sum(map(len, million)) + len(million)
    rows = []

    def row(job, value, unit):
        rows.append({"job": job, "who": OURS, "median": value, "unit": unit, "times_ours": None})

    def median_of(job):
        return float(np.median(side_by_side({OURS: job}, repeats)[OURS]))

    rate = n_symbols / median_of(lambda: model.score_samples(million))
    row("score 1,000,000 words", rate / 1e6, "million symbols/s")
    rate = 1e6 / median_of(lambda: model.sample(1_000_000, random_state=1))
    row("sample 1,000,000 words", rate / 1e3, "thousand words/s")
    ten_million = model.sample(10_000_000, random_state=2).tolist()
    for n in (1_000_000, 10_000_000):
        some = ten_million[:n]
        row(f"fit {n:,} words", median_of(lambda some=some: BigramCountLM().fit(some)), "s")
    size = sys.getsizeof(ten_million) + sum(map(sys.getsizeof, ten_million))
    peak = peak_memory(lambda: BigramCountLM().fit(ten_million))
    row("the list of 10,000,000 words", size / 2**20, "MiB")
    row("peak memory of fit on top of it", peak / 2**20, "MiB")
    return rows


def compare_import(repeats):
    def job(statement):
        return lambda: subprocess.run([sys.executable, "-c", statement], check=True)

    empty = float(np.median([seconds(job("pass")) for _ in range(repeats)]))
    timings = side_by_side(
        {
            "import sklearn.base": job("import sklearn.base"),
            OURS: job("from sklearn_makemore import BigramCountLM"),
        },
        repeats,
    )
    net = {name: [value - empty for value in values] for name, values in timings.items()}
    return rows_of("import (interpreter's start taken off)", net, OURS)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    words = lecture_names()
    rows = [
        *compare_fit(words, repeats),
        *compare_score(words, repeats),
        *compare_sample(words, repeats),
        *scale(words, repeats),
        *compare_import(repeats),
    ]
    print_table(rows)
    save("compare_bigrams", rows)


if __name__ == "__main__":
    main()
