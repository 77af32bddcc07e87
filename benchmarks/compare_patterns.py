"""Words of a model given a pattern, beside drawing and rejecting; and the likeliest million words.

The models are fitted to the lecture's training words. There are four parts:

exact
    `NGramCountLM(order=5)`: the probability of each pattern beside another way to find it (all of
    its words scored where they are few, else the share of plain samples), the time of 2,000 words
    with all preparation, how many candidates were rejected, and how many times longer it would
    take to draw plain words and to reject with ``re``. That time is the one of a plain word, match
    included, over the probability.
networks
    `MLPCharLM` and `RNNCharLM`, trained shortly: the effective sample size of 10,000 proposals, as
    the standard error of `pattern_log_proba` says it, and how far the bigrams of conditional words
    are from those of words that were drawn and rejected, beside two halves of the latter from each
    other: total variation, as many words each, the mean over seeds.
lengths
    `NGramCountLM` of several orders with lengths free and calibrated: score of the development
    words in nats per symbol, and how far the lengths of 100,000 words are from those of the
    training words (total variation).
million
    ``most_likely(1_000_000)`` and ``sample(1_000_000, unique=True)`` of `NGramCountLM(order=5)`,
    each in a process of its own: time, and peak memory above that of the model once loaded, words
    included.

Run from the root of the repository: ``python -m benchmarks.compare_patterns``, with ``--part NAME``
for a part alone, which is not written to the results; ``--rounds N`` of the times of `exact`.
"""

import argparse
import itertools
import json
import math
import os
import random
import re
import statistics
import string
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.common import lecture_names, lecture_split, save
from sklearn_makemore import MLPCharLM, NGramCountLM, RNNCharLM, io
from sklearn_makemore._core.sampling import CandidateSampler

PATTERNS = ("ma..ew", ".*ia", ".*xy.*", "[^aeiou]*", ".*z.*z.*z.*")
OF_NETWORKS = ".*xy.*"
N_WORDS, N_PLAIN, N_BY_REJECTING = 2_000, 200_000, 20_000
NETWORKS = {
    "MLPCharLM": MLPCharLM(max_steps=3_000, random_state=0),
    "RNNCharLM": RNNCharLM(hidden_size=64, max_steps=1_500, random_state=0),
}
N_OF_NETWORKS, N_PROPOSALS, SEEDS = 1_000_000, 10_000, range(4)
ORDERS, N_OF_LENGTHS = (3, 4, 5, 6), 100_000
MILLION = ("most_likely(1_000_000)[0]", "sample(1_000_000, unique=True, random_state=0)")
ALONE = """
import json, sys, time
from benchmarks.common import peak_memory
from sklearn_makemore import io

model = io.load(sys.argv[1])
model.score(["anna"])  # what is made once
found = []

def job():
    start, process_start = time.perf_counter(), time.process_time()
    words = model.{call}
    found.extend([time.perf_counter() - start, time.process_time() - process_start, words])

peak = peak_memory(job) / 2**20
seconds, process_seconds, words = found
print(json.dumps({{"seconds": seconds, "process_seconds": process_seconds,
                  "mib_above_the_model": peak, "n_different": len(set(words))}}))
"""


def timed(job, *args, **kwargs):
    """Return what a call returns, and its seconds."""
    start = time.perf_counter()
    result = job(*args, **kwargs)
    return result, time.perf_counter() - start


def show(rows, **figures):
    """Keep a row of figures, and print it."""
    rows.append(figures)
    shown = (f"{name} {value:.4g}" for name, value in figures.items() if name != "job")
    print(f"{figures['job']:<32} {', '.join(shown)}", flush=True)


def compare_exact(train, rows, rounds):
    """Probabilities, times and rejected candidates of patterns, and what rejecting would take."""
    model = NGramCountLM(order=5).fit(train)
    plain = model.sample(N_PLAIN, random_state=0)
    for pattern in PATTERNS:
        log_proba, to_add_up = timed(model.pattern_log_proba, [pattern])
        proba = math.exp(log_proba[0])
        rejected, ours, longer = [], [], []
        for seed in range(rounds):
            n_tried, seconds = timed(candidates_for, model, pattern, seed)
            _, by_rejecting = timed(drawn_and_rejected, model, pattern, N_BY_REJECTING, seed)
            rejected.append(n_tried - N_WORDS)
            ours.append(seconds)
            longer.append(by_rejecting / N_BY_REJECTING / proba * N_WORDS / seconds)
        show(
            rows,
            job=pattern,
            proba=proba,
            proba_otherwise=proba_otherwise(model, pattern, plain),
            seconds_to_add_up=to_add_up,
            seconds=statistics.median(ours),
            rejected=max(rejected),
            times_longer_by_rejecting=statistics.median(longer),
        )


def drawn_and_rejected(model, pattern, n_plain, seed):
    """Return those of some plain words that match."""
    return list(filter(re.compile(pattern).fullmatch, model.sample(n_plain, random_state=seed)))


def candidates_for(model, pattern, seed):
    """Draw words that match, and return how many candidates were drawn for them."""
    draw, sizes = CandidateSampler.candidates, []

    def counting(self, first, n):
        sizes.append(n)
        return draw(self, first, n)

    with patch.object(CandidateSampler, "candidates", counting):
        words = model.sample(N_WORDS, pattern=pattern, random_state=seed)
    assert all(map(re.compile(pattern).fullmatch, words))
    return sum(sizes)


def proba_otherwise(model, pattern, plain):
    """Add up the scores of all words of letters and dots, or find the share of plain words."""
    if re.fullmatch(r"[a-z.]+", pattern):
        places = [string.ascii_lowercase if each == "." else each for each in pattern]
        words = list(map("".join, itertools.product(*places)))
        return float(np.exp(model.score_samples(words)).sum())
    return len(list(filter(re.compile(pattern).fullmatch, plain))) / len(plain)


def compare_networks(train, rows):
    """Effective sample sizes, and distances of conditional words from drawn and rejected ones."""
    for name, network in NETWORKS.items():
        network.fit(train)
        log_proba, std = network.pattern_log_proba(
            [OF_NETWORKS], n_samples=N_PROPOSALS, random_state=0, return_std=True
        )
        found = drawn_and_rejected(network, OF_NETWORKS, N_OF_NETWORKS, 1)
        half = len(found) // 2
        of_halves, of_ours, ours = [], [], []
        for seed in SEEDS:
            random.Random(seed).shuffle(found)
            halves = bigrams(found[:half]), bigrams(found[half : 2 * half])
            words, seconds = timed(network.sample, half, pattern=OF_NETWORKS, random_state=seed)
            ours.append(seconds)
            of_halves.append(variation(*halves))
            of_ours += [variation(bigrams(words), each) for each in halves]
        distance, expected = statistics.mean(of_ours), statistics.mean(of_halves)
        show(
            rows,
            job=f"{name} {OF_NETWORKS}",
            proba=math.exp(log_proba[0]),
            proba_otherwise=len(found) / N_OF_NETWORKS,
            effective_share=1 / (1 + N_PROPOSALS * std[0] ** 2),
            n_words=half,
            seconds=statistics.median(ours),
            distance=distance,
            distance_of_halves=expected,
            times_that_of_halves=distance / expected,
        )


def bigrams(words):
    """Count the pairs of symbols of words, their ends included."""
    return Counter(pair for word in words for pair in itertools.pairwise(["", *word, ""]))


def variation(one, other):
    """Return the total variation between two counts."""
    n_one, n_other = one.total(), other.total()
    return sum(abs(one[key] / n_one - other[key] / n_other) for key in one | other) / 2


def compare_lengths(train, dev, rows):
    """Scores and lengths of words, free and calibrated."""
    of_train = Counter(map(len, train))
    for order in ORDERS:
        for length in ("free", "calibrated"):
            model = NGramCountLM(order=order, length=length).fit(train)
            of_words = Counter(map(len, model.sample(N_OF_LENGTHS, random_state=0)))
            apart = variation(of_train, of_words)
            show(rows, job=f"order {order}, {length}", dev=model.score(dev), lengths_apart=apart)


def measure_million(train, rows):
    """Time and memory of a million words, each call in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        io.save(NGramCountLM(order=5).fit(train), path)
        for call in MILLION:
            command = [sys.executable, "-c", ALONE.format(call=call), path]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
            show(rows, job=call, **json.loads(done.stdout))


def main():
    """Run the parts, print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--part", choices=["exact", "networks", "lengths", "million"])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    train, dev, _ = lecture_split(lecture_names())
    rows = []
    if asked.part in (None, "exact"):
        compare_exact(train, rows, asked.rounds)
    if asked.part in (None, "networks"):
        compare_networks(train, rows)
    if asked.part in (None, "lengths"):
        compare_lengths(train, dev, rows)
    if asked.part in (None, "million"):
        measure_million(train, rows)
    if asked.part is None:
        save("compare_patterns", rows, load=round(os.getloadavg()[0], 1))


if __name__ == "__main__":
    main()
