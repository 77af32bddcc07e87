"""Processor time and peak memory of fitting n-grams to 10 million words, beside another version.

The words are like the names of domains, over 38 characters: letters, digits, hyphen and full stop.
Given names from the bundled data, those in plain letters, are joined in twos and threes and some
get digits; `NGramCountLM(order=4)` is fitted to 200,000 of these and samples what is fitted to, 16
to 17 symbols a word with its end. They are one Arrow column, written once to a temporary file.
Each version reads it in a process of its own, which also prints a digest of all that was learnt.

Run from the root of the repository: ``python -m benchmarks.many_words``, with ``--other PATH`` to
measure the version in that folder in the same run, and ``--words N`` or ``--order N`` for others.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa

from benchmarks.common import print_table, save
from sklearn_makemore import NGramCountLM
from sklearn_makemore.datasets import load_names

MILLION = 1_000_000
TRAINED_ON = 200_000
SAMPLED_AT_ONCE = 500_000
FIT = """
import hashlib, json, resource, sys, time
import pyarrow as pa
import sklearn_makemore
path, order = sys.argv[1:]
column = pa.ipc.open_file(path).read_all()["word"]
model = sklearn_makemore.NGramCountLM(order=int(order)).fit(column[:1000])  # imports what it needs
start = time.process_time()
model.fit(column)
seconds = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
digest = hashlib.sha256()
for name in sorted(model._learnt):
    digest.update(getattr(model, name).tobytes())
print(json.dumps({"package": sklearn_makemore.__file__, "seconds": seconds, "peak_mib": peak,
                  "n_windows": len(model.counts_), "n_ngrams": len(model.ngram_symbols_),
                  "digest": digest.hexdigest()[:16]}))
"""


def like_domains(n, seed=0):
    """Return `n` words of two or three names, with hyphens, full stops and digits."""
    source = random.Random(seed)
    names = sorted({name for name in load_names().data if name.isascii()})
    words = []
    for _ in range(n):
        word = source.choice(names)
        for _ in range(source.choice([1, 1, 1, 2])):
            word += source.choice(["", "", "-", "."]) + source.choice(names)
        if source.random() < 0.4:
            word += source.choice(["", "-"]) + str(source.randrange(10 ** source.randint(1, 4)))
        words.append(word)
    return words


def write_words(path, n_words):
    """Write sampled words as one Arrow column; return how many symbols there are, ends included."""
    model = NGramCountLM(order=4).fit(like_domains(TRAINED_ON))
    schema = pa.schema([("word", pa.string())])
    n_symbols = 0
    with pa.ipc.new_file(path, schema) as file:
        for first in range(0, n_words, SAMPLED_AT_ONCE):
            sampled = model.sample(min(SAMPLED_AT_ONCE, n_words - first), random_state=first)
            n_symbols += sum(map(len, sampled)) + len(sampled)
            file.write_batch(pa.record_batch([pa.array(sampled, pa.string())], schema=schema))
    return n_symbols


def fitted_by(folder, path, order):
    """Fit in a new process, with the package of a folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-P", "-c", FIT, path, str(order)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--other", help="a folder with another version of the package")
    parser.add_argument("--words", type=int, default=10 * MILLION)
    parser.add_argument("--order", type=int, default=6)
    parser.add_argument("--column", help="where the words are, or are to be kept")
    asked = parser.parse_args()
    folders = {"sklearn-makemore": Path(__file__).parents[1]}
    if asked.other:
        folders["the other version"] = Path(asked.other).resolve()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.column or str(Path(folder) / "words.arrow")
        if not Path(path).exists():
            n_symbols = write_words(path, asked.words)
            print(f"{asked.words:,} words, {n_symbols / asked.words:.2f} symbols each")
        found = {who: fitted_by(place, path, asked.order) for who, place in folders.items()}
    ours = found["sklearn-makemore"]
    rows = []
    for who, one in found.items():
        print(who, one)
        job = f"order {asked.order}, {asked.words:,} words, {one['n_ngrams']:,} n-grams"
        for key, unit in (("seconds", "s of processor"), ("peak_mib", "MiB at most")):
            ratio = one[key] / ours[key]
            rows.append(
                {"job": job, "who": who, "median": one[key], "unit": unit, "times_ours": ratio}
            )
    print_table(rows)
    same = len({one["digest"] for one in found.values()}) == 1
    save("many_words", rows, same_arrays=same if asked.other else None)


if __name__ == "__main__":
    main()
