"""N-grams: fit, score, sample, memory and dev loss beside other libraries, in one run.

Run from the root of the repository: ``python -m benchmarks.compare_ngrams``. KenLM's part is left
out where the package kenlm is not installed.
"""

import argparse
import random
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from nltk.lm import KneserNeyInterpolated
from nltk.lm.preprocessing import pad_both_ends, padded_everygram_pipeline
from nltk.util import ngrams
from sklearn.feature_extraction.text import CountVectorizer

from benchmarks.common import (
    lecture_names,
    lecture_split,
    peak_memory,
    print_table,
    rows_of,
    save,
    seconds,
    side_by_side,
)
from sklearn_makemore import NGramCountLM
from sklearn_makemore.io import write_arpa

try:
    import kenlm
except ImportError:
    kenlm = None

OURS = "sklearn_makemore"
ORDER = 6
FEW = 5  # words that nltk scores in a round: its probabilities take seconds a word


def fit_nltk(words, order):
    everygrams, vocabulary = padded_everygram_pipeline(order, words)
    model = KneserNeyInterpolated(order)
    model.fit(everygrams, vocabulary)
    return model


def score_nltk(model, words):
    scores = []
    for word in words:
        padded = ngrams(pad_both_ends(word, model.order), model.order)
        scores.append(sum(model.logscore(n[-1], n[:-1]) for n in padded))
    return scores


def sample_nltk(model, n):
    """Draw symbols until the word ends, as many words as asked for."""
    generator = random.Random(0)
    words = []
    for _ in range(n):
        word = ["<s>"] * (model.order - 1)
        while word[-1] != "</s>" and len(word) < 40:
            word.append(model.generate(1, text_seed=word, random_seed=generator))
        words.append("".join(word[model.order - 1 : -1]))
    return words


FITS = {
    OURS: lambda words: NGramCountLM(order=ORDER).fit(words),
    "CountVectorizer(char, 2-2)": CountVectorizer(
        analyzer="char", ngram_range=(2, 2)
    ).fit_transform,
    "nltk KneserNeyInterpolated": lambda words: fit_nltk(words, ORDER),
}


def compare_fit(train, repeats):
    jobs = {name: lambda fit=fit: fit(train) for name, fit in FITS.items()}
    timings = side_by_side(jobs, repeats)
    return rows_of(f"fit order {ORDER}, {len(train):,} words", timings, OURS, 1e-3, "ms")


def compare_score(train, repeats):
    """Per word, on words sampled from the model; nltk scores a few of them."""
    ours = NGramCountLM(order=ORDER).fit(train)
    words = ours.sample(100_000, random_state=0).tolist()
    nltk_model = fit_nltk(train, ORDER)
    jobs = {
        OURS: lambda: ours.score_samples(words),
        f"nltk KneserNeyInterpolated ({FEW} words)": lambda: score_nltk(nltk_model, words[:FEW]),
    }
    sizes = [len(words), FEW]
    if kenlm is None:
        print("kenlm is not installed: its queries are left out.")
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.arpa")
            write_arpa(ours, path)
            theirs = kenlm.Model(str(path))
        jobs["KenLM, query from Python"] = lambda: [theirs.score(" ".join(w)) for w in words]
        spaced = [" ".join(word) for word in words]
        jobs["KenLM, spaces put in beforehand"] = lambda: [theirs.score(s) for s in spaced]
        sizes += [len(words), len(words)]
    timings = side_by_side(jobs, repeats)
    per_word = {
        name: [value / size for value in values]
        for (name, values), size in zip(timings.items(), sizes, strict=True)
    }
    return rows_of(f"score a word, order {ORDER}", per_word, OURS, 1e-6, "us")


def compare_sample(train, repeats):
    """Per word: nltk draws a single one a round."""
    ours, nltk_model = NGramCountLM(order=ORDER).fit(train), fit_nltk(train, ORDER)
    n = 1_000_000
    timings = side_by_side(
        {
            OURS: lambda: ours.sample(n, random_state=0),
            "nltk KneserNeyInterpolated (1 word)": lambda: sample_nltk(nltk_model, 1),
        },
        repeats,
    )
    timings[OURS] = [value / n for value in timings[OURS]]
    return rows_of(f"sample a word, order {ORDER}", timings, OURS, 1e-6, "us")


def memory_of_fit(name):
    """Return the peak memory of a fit in bytes, in a process that has fitted nothing else."""
    train, _, _ = lecture_split(lecture_names())
    return peak_memory(lambda: FITS[name](train))


def compare_memory():
    job = f"peak memory of fit, order {ORDER}"
    peaks = {}
    for name in FITS:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peaks[name] = pool.submit(memory_of_fit, name).result()
    return [
        {
            "job": job,
            "who": name,
            "median": peak / 2**20,
            "unit": "MiB",
            "times_ours": peak / peaks[OURS],
        }
        for name, peak in peaks.items()
    ]


def of_orders(train, dev):
    """Dev loss and time to fit of our own by order."""
    rows = []

    def row(job, value, unit):
        rows.append({"job": job, "who": OURS, "median": value, "unit": unit, "times_ours": None})

    for order in range(2, 9):
        model = NGramCountLM(order=order)
        row(f"order {order}: dev loss", -model.fit(train).score(dev), "nats a symbol")
        times = sorted(seconds(lambda model=model: model.fit(train)) for _ in range(3))
        row(f"order {order}: fit", times[1] * 1e3, "ms")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    train, dev, _ = lecture_split(lecture_names())
    rows = [
        *of_orders(train, dev),
        *compare_fit(train, repeats),
        *compare_memory(),
        *compare_score(train, repeats),
        *compare_sample(train, repeats),
    ]
    print_table(rows)
    save("compare_ngrams", rows)


if __name__ == "__main__":
    main()
