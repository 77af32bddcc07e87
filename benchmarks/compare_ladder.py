"""Quality against time for every model, from bigrams to a transformer, in one table.

Run from the root of the repository: ``python -m benchmarks.compare_ladder`` (a quarter of an hour
on 2 cores); ``--models GRU`` fits those whose name holds one of the words given, and saves nothing.
``--steps`` compares a training step of the transformer with one of the lecture's loop instead.
Threads that fight over busy cores cost much: on a machine at work, set OMP_NUM_THREADS=1.
"""

import argparse
import os
import time

import torch

from benchmarks.common import lecture_names, lecture_split, print_table, rows_of, save, side_by_side
from benchmarks.compare_neural import codes_of, lecture_mlp
from sklearn_makemore import RNNCharLM, TransformerCharLM
from sklearn_makemore.utils.discovery import all_estimators

STEPS, SHORT = 600, 100
LECTURE_STEPS = 5_000


def models():
    """Return every model with its defaults, but those of others; each cell of the recurrent one."""
    made = {
        name: kind()
        for name, kind in all_estimators()
        if "estimators" not in kind._parameter_constraints
    }
    del made["RNNCharLM"]
    for cell in ("rnn", "gru", "lstm"):
        made[f"RNNCharLM, {cell.upper()}"] = RNNCharLM(cell=cell)
    for model in made.values():
        model.set_params(random_state=0)
        if "device" in model.get_params():
            model.set_params(device="cpu")
    return made


def quality(model, train, dev, unseen):
    """Fit, and return dev losses in nats per symbol and times in seconds."""
    start, process_start = time.perf_counter(), time.process_time()
    model.fit(train)
    fitted, process_fitted = time.perf_counter(), time.process_time()
    dev_loss = -model.score(dev)
    scored = time.perf_counter()
    model.sample(1_000, random_state=0)
    sampled = time.perf_counter()
    return {
        "dev": round(dev_loss, 4),
        "dev_unseen": round(-model.score(unseen), 4),
        "fit_seconds": round(fitted - start, 2),
        "fit_process_seconds": round(process_fitted - process_start, 2),
        "load": round(os.getloadavg()[0], 1),
        "score_dev_seconds": round(scored - fitted, 3),
        "sample_1000_seconds": round(sampled - scored, 3),
    }


def compare_models(train, dev, wanted):
    unseen = sorted(set(dev) - set(train))
    rows = []
    for name, model in models().items():
        if any(word.lower() in name.lower() for word in wanted or [""]):
            rows.append({"model": name, **quality(model, train, dev, unseen)})
            print(rows[-1], flush=True)
    rows.sort(key=lambda row: row["dev"], reverse=True)
    print("\n| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
    for row in rows:
        print("| " + " | ".join(map(str, row.values())) + " |")
    return rows


def compare_steps(train, repeats):
    """Time a step on 32 names: the transformer in makemore's size, and the lecture's MLP.

    The transformer's is the difference of two fits, divided by that of their steps: what a fit does
    once is in both.
    """
    contexts, targets = codes_of(train, 3)

    def fit(n_steps):
        TransformerCharLM(batch_size=32, dropout=0.0, max_steps=n_steps, device="cpu").fit(train)

    loop, ours, short = "lecture's MLP loop", "TransformerCharLM", "a short fit"
    jobs = {
        loop: lambda: lecture_mlp(contexts, targets, LECTURE_STEPS),
        ours: lambda: fit(STEPS),
        short: lambda: fit(SHORT),
    }
    timings = side_by_side(jobs, repeats)
    timings[loop] = [seconds / LECTURE_STEPS for seconds in timings[loop]]
    pairs = zip(timings[ours], timings.pop(short), strict=True)
    timings[ours] = [(long - brief) / (STEPS - SHORT) for long, brief in pairs]
    return rows_of("a step on 32 names", timings, loop, 1e-3, "ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="*", help="parts of names")
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of the timed steps")
    arguments = parser.parse_args()
    train, dev, _ = lecture_split(lecture_names())
    threads = {"threads": torch.get_num_threads()}
    if arguments.steps:
        rows = compare_steps(train, arguments.repeats)
        print_table(rows)
        save("compare_ladder_steps", rows, **threads)
        return
    rows = compare_models(train, dev, arguments.models)
    if not arguments.models:
        split = "lecture's, nats per symbol; dev_unseen: distinct dev words that are not in train"
        save("compare_ladder", rows, split=split, **threads)


if __name__ == "__main__":
    main()
