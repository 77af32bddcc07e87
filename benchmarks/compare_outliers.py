"""Words that do not belong among names: ROC AUC and time beside detectors on TF-IDF, in one run.

Detectors are fitted to four fifths of the different bundled names, and rank the other names against
as many strings that are none: uniformly random ones of the same lengths and letters, walks on the
keyboard, and the same names with one typing error.

Run from the root of the repository: ``python -m benchmarks.compare_outliers``.
"""

import argparse
import statistics
import time

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import IsolationForest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline

from benchmarks.common import print_table, rows_of, save
from sklearn_makemore import CharLMOutlierDetector, NGramCountLM
from sklearn_makemore.datasets import load_names

OURS = "CharLMOutlierDetector()"
ENGLISH = "abcdefghijklmnopqrstuvwxyz"
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def random_strings(names, letters, rng):
    """Return uniformly random strings of the same lengths."""
    return ["".join(rng.choice(list(letters), len(name))) for name in names]


def keyboard_walks(names, rng):
    """Return strings of the same lengths that go from key to near key along a row."""
    walks = []
    for name in names:
        row = KEYBOARD[rng.randint(len(KEYBOARD))]
        steps = np.cumsum(rng.choice([-2, -1, 1, 2], len(name))) + rng.randint(len(row))
        walks.append("".join(row[step % len(row)] for step in steps))
    return walks


def typing_errors(names, rng):
    """Return the names with one letter replaced, put in or left out."""
    wrong = []
    for name in names:
        place, letter = rng.randint(len(name)), rng.choice(list(ENGLISH))
        tail = [name[place + 1 :], name[place:], name[place + 1 :]][kind := rng.randint(3)]
        wrong.append(name[:place] + ("" if kind == 2 else letter) + tail)
    return wrong


def detectors():
    """Return the detectors compared, by name."""
    tfidf = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4))
    return {
        OURS: CharLMOutlierDetector(),
        "CharLMOutlierDetector(statistic='per_symbol')": CharLMOutlierDetector(
            statistic="per_symbol"
        ),
        "CharLMOutlierDetector(statistic='total')": CharLMOutlierDetector(statistic="total"),
        "CharLMOutlierDetector(NGramCountLM(order=3))": CharLMOutlierDetector(
            NGramCountLM(order=3)
        ),
        "TF-IDF(1-4) + IsolationForest": make_pipeline(tfidf, IsolationForest(random_state=0)),
        "TF-IDF(1-4) + LocalOutlierFactor": make_pipeline(tfidf, LocalOutlierFactor(novelty=True)),
    }


def odd_strings(names, letters, rng):
    """Return strings that are no names, as many as `names`, by what they are."""
    return {
        "random strings of the names' letters": random_strings(names, letters, rng),
        "random strings of a-z": random_strings(names, ENGLISH, rng),
        "keyboard walks": keyboard_walks(names, rng),
        "one typing error": typing_errors(names, rng),
    }


def measure(candidate, train, held_out, odd):
    """Return what one detector does on one split, by name of the measure."""
    start = time.perf_counter()
    detector = clone(candidate).fit(train)
    fitted = time.perf_counter()
    normal = detector.score_samples(held_out)
    result = {
        f"fit {len(train):,} words": fitted - start,
        f"score {len(held_out):,} words": time.perf_counter() - fitted,
        "names called outliers": float(np.mean(detector.predict(held_out) == -1)),
    }
    for kind, words in odd.items():
        scores = np.concatenate([normal, detector.score_samples(words)])
        is_name = np.repeat([1, 0], [len(held_out), len(words)])
        result[f"ROC AUC, {kind}"] = float(roc_auc_score(is_name, scores))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    names = np.unique(load_names().data)
    letters = sorted(set("".join(names)))
    candidates = detectors()
    splits = {name: [] for name in candidates}
    n_train = len(names) * 4 // 5  # the same in every split, so that measures have one name
    for seed in range(5):
        rng = np.random.RandomState(seed)
        shuffled = rng.permutation(names)
        train, held_out = shuffled[:n_train], shuffled[n_train:]
        odd = odd_strings(held_out, letters, rng)
        for name, candidate in candidates.items():
            splits[name].append(measure(candidate, train, held_out, odd))
    rows = []
    for job in splits[OURS][0]:
        timings = {name: [split[job] for split in of_model] for name, of_model in splits.items()}
        if job.startswith(("fit", "score")):
            rows += rows_of(job, timings, OURS)
            continue
        for name, values in timings.items():
            median, spread = statistics.median(values), {"low": min(values), "high": max(values)}
            rows.append({"job": job, "who": name, "median": median, "unit": "", **spread})
    print_table(rows)
    save("compare_outliers", rows)


if __name__ == "__main__":
    main()
