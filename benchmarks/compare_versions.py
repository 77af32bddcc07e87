"""Fit, score and sample beside another version of the library, in turn and in one run.

Each version works in a process of its own, which is asked for one job after the other: ours,
theirs, ours, theirs. The ratio is the median of the ratios pair by pair, of processor time, so that
it hardly depends on what else the machine does. Bundled names; networks take few steps.

Run from the root of the repository: ``python -m benchmarks.compare_versions --other PATH``, PATH
being the folder of the other version; ``--rounds N`` and ``--only NAME`` for more, or less.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.common import save

MODELS = ("bigram", "order 5", "mlp", "rnn", "transformer")
ACTIONS = ("fit", "score", "sample")
WORKER = """
import sys, time, warnings
warnings.simplefilter("ignore")
import sklearn_makemore as sm
words = sm.datasets.load_names().data
made = {
    "bigram": (lambda: sm.BigramCountLM(), 20, 20, 20_000),
    "order 5": (lambda: sm.NGramCountLM(), 2, 10, 10_000),
    "mlp": (lambda: sm.MLPCharLM(max_steps=200, random_state=0), 1, 5, 5_000),
    "rnn": (lambda: sm.RNNCharLM(max_steps=20, random_state=0), 1, 1, 500),
    "transformer": (lambda: sm.TransformerCharLM(max_steps=20, random_state=0), 1, 1, 300),
}
fitted = {}
for line in sys.stdin:
    name, _, action = line.strip().rpartition(" ")
    make, n_fits, n_scores, n_samples = made[name]
    if name not in fitted:
        fitted[name] = make().fit(words)
        fitted[name].score(words[:2000]), fitted[name].sample(20, random_state=0)
    model = fitted[name]
    start = time.process_time()
    if action == "fit":
        for _ in range(n_fits):
            make().fit(words)
    elif action == "score":
        for _ in range(n_scores):
            model.score(words if n_scores > 1 else words[:3000])
    else:
        model.sample(n_samples, random_state=1)
    print(time.process_time() - start, flush=True)
"""


def worker(path):
    """Start a process in which the version in a folder does what it is asked for."""
    environment = os.environ | {"PYTHONPATH": str(path), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def ask(process, job):
    """Return the processor seconds of a job."""
    process.stdin.write(job + "\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def main():
    """Compare, print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--other", required=True, type=Path)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    ours, theirs = worker(Path(__file__).parents[1]), worker(options.other.resolve())
    rows = []
    print(f"{'':<20} {'ours':>10} {'theirs':>10}  ours / theirs")
    for name in MODELS:
        for action in ACTIONS:
            job = f"{name} {action}"
            if options.only not in job:
                continue
            pairs = []
            for round_ in range(options.rounds + 1):
                both = [ours, theirs] if round_ % 2 else [theirs, ours]
                times = {id(process): ask(process, job) for process in both}
                if round_:
                    pairs.append((times[id(ours)], times[id(theirs)]))
            row = {
                "job": job,
                "ours": statistics.median(own for own, _ in pairs),
                "theirs": statistics.median(other for _, other in pairs),
                "ours_by_theirs": statistics.median(own / other for own, other in pairs),
                "rounds": len(pairs),
            }
            rows.append(row)
            print("{job:<20} {ours:8.4f} s {theirs:8.4f} s {ours_by_theirs:6.3f}".format(**row))
    if not options.only:
        save("compare_versions", rows)


if __name__ == "__main__":
    main()
