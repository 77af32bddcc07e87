"""Fit and score words as lists of tokens beside the same words as strings of characters.

300,000 words sampled from n-grams of the bundled names. The ratio is the median, over the rounds,
of the seconds for tokens by the seconds for characters: lists of lists beside a list of strings,
and an Arrow column of lists beside one of strings. A large alphabet and grapheme clusters are timed
alone.

Run from the root of the repository: ``python -m benchmarks.compare_symbols``; ``--rounds N``.
"""

import argparse
import itertools
import random
import statistics

import pyarrow as pa

from benchmarks.common import save, side_by_side
from sklearn_makemore import BigramCountLM, NGramCountLM
from sklearn_makemore.datasets import load_names

MODELS = {"bigram": BigramCountLM, "order 5": NGramCountLM}


def jobs_of(kind, words, lists, strings, tokens):
    """Return by action what is done with characters, and the same with tokens."""
    of_characters, of_tokens = kind().fit(words), kind(symbols="token").fit(lists)
    return {
        "fit": {
            "characters": lambda: kind().fit(strings),
            "tokens": lambda: kind(symbols="token").fit(tokens),
        },
        "score": {
            "characters": lambda: of_characters.score_samples(strings),
            "tokens": lambda: of_tokens.score_samples(tokens),
        },
    }


def compare(rows, rounds):
    """Time tokens beside characters."""
    names = NGramCountLM(order=4).fit(load_names().data)
    words = names.sample(300_000, random_state=0).tolist()
    lists = [list(word) for word in words]
    containers = {"list": (words, lists), "arrow": (pa.array(words), pa.array(lists))}
    print(f"{'':<24} {'characters':>10} {'tokens':>10}  tokens / characters")
    for (name, kind), container in itertools.product(MODELS.items(), containers):
        for action, jobs in jobs_of(kind, words, lists, *containers[container]).items():
            timed = side_by_side(jobs, rounds)
            pairs = zip(timed["tokens"], timed["characters"], strict=True)
            row = {
                "job": f"{name} {action} {container}",
                "characters": statistics.median(timed["characters"]),
                "tokens": statistics.median(timed["tokens"]),
                "tokens_by_characters": statistics.median(a / b for a, b in pairs),
                "rounds": rounds,
            }
            rows.append(row)
            figures = "{characters:8.4f} s {tokens:8.4f} s {tokens_by_characters:6.2f}"
            print(f"{row['job']:<24} {figures.format(**row)}")


def alone(rows):
    """Time an alphabet of 100,000 tokens, and grapheme clusters of names."""
    random.seed(0)
    words = [[f"w{random.randrange(100_000)}" for _ in range(8)] for _ in range(50_000)]
    model = NGramCountLM(order=3, symbols="token")
    graphemes = NGramCountLM(symbols="grapheme")
    names = load_names().data.tolist() * 10
    jobs = {
        "100,000 tokens fit": lambda: model.fit(words),
        "100,000 tokens score": lambda: model.score_samples(words),
        "100,000 tokens sample(100)": lambda: model.sample(100, random_state=0),
        "graphemes fit": lambda: graphemes.fit(names),
    }
    for name, times in side_by_side(jobs, 3).items():
        rows.append({"job": name, "seconds": statistics.median(times)})
        print(f"{name:<28} {rows[-1]['seconds']:8.3f} s")


def main():
    """Compare, print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    rows = []
    compare(rows, rounds)
    alone(rows)
    save("compare_symbols", rows)


if __name__ == "__main__":
    main()
