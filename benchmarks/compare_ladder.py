"""Every model, and mixtures of the best, on the lecture's split: quality against time.

Run from the root of the repository: ``python -m benchmarks.compare_ladder`` (three seeds of every
model: an hour or two); ``--seeds 0`` for one of each, ``--models transformer`` for a part.
``--steps`` compares a training step of the transformer with one of the lecture's loop instead.
Threads that fight over busy cores cost much: on a machine at work, set OMP_NUM_THREADS=1.
"""

import argparse
import os
import statistics
import time

import torch

from benchmarks.common import lecture_names, lecture_split, print_table, rows_of, save, side_by_side
from benchmarks.compare_neural import codes_of, lecture_mlp
from sklearn_makemore import MixtureLM, MLPCharLM, NGramCountLM, RNNCharLM, TransformerCharLM
from sklearn_makemore.utils.discovery import all_estimators

STEPS, SHORT = 600, 100
LECTURE_STEPS = 5_000


def models(seed):
    """Return every model with its defaults, but mixtures; each cell of the recurrent one."""
    made = {
        name: kind()
        for name, kind in all_estimators()
        if "estimators" not in kind._parameter_constraints
    }
    del made["RNNCharLM"]
    for cell in ("rnn", "gru", "lstm"):
        made[f"RNNCharLM, {cell.upper()}"] = RNNCharLM(cell=cell)
    return {name: seeded(model, seed) for name, model in (made | mixtures(seed)).items()}


def mixtures(seed):
    """Return n-grams of order 6 and a larger MLP, and mixtures of them and the LSTM."""
    ngrams = NGramCountLM(order=6, alphabet="abcdefghijklmnopqrstuvwxyz")
    mlp = MLPCharLM(
        block_size=8, embedding_dim=24, hidden_size=384, n_layers=2, activation="gelu", dropout=0.3,
        learning_rate=4e-3, batch_size=512, max_steps=2_500,
    )  # fmt: skip
    parts = {"n-grams": ngrams, "MLP": seeded(mlp, seed), "LSTM": seeded(RNNCharLM(), seed)}
    mixed = [("n-grams", "MLP"), ("n-grams", "LSTM"), ("n-grams", "MLP", "LSTM")]
    return {"NGramCountLM, order 6": ngrams, "MLPCharLM, block 8, 2 x 384 GELU": mlp} | {
        f"MixtureLM of {', '.join(names)}": MixtureLM([(name, parts[name]) for name in names])
        for names in mixed
    }


def seeded(model, seed):
    model.set_params(random_state=seed)
    return model.set_params(device="cpu") if "device" in model.get_params() else model


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


def compare_models(train, dev, wanted, seeds):
    unseen = sorted(set(dev) - set(train))
    rows = []
    for seed in seeds:
        for name, model in models(seed).items():
            if any(word.lower() in name.lower() for word in wanted or [""]):
                measured = quality(model, train, dev, unseen)
                rows.append({"model": name, "seed": seed, **measured})
                print(rows[-1], flush=True)
    return rows


def summary(rows):
    """Return the mean of each model's losses over seeds with their range, and a median time.

    The time is the processor's: that of the clock depends on what else the machine does.
    """
    table = []
    for name in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == name]
        losses = [row["dev"] for row in own]
        unseen = [row["dev_unseen"] for row in own]
        table.append(
            {
                "model": name,
                "dev": round(statistics.mean(losses), 3),
                "lowest to highest": f"{min(losses):.3f} to {max(losses):.3f}",
                "dev_unseen": round(statistics.mean(unseen), 3),
                "fit_process_seconds": statistics.median(row["fit_process_seconds"] for row in own),
                "seeds": len(own),
            }
        )
    return sorted(table, key=lambda row: row["dev"], reverse=True)


def print_summary(table):
    print("\n| " + " | ".join(table[0]) + " |\n" + "|---" * len(table[0]) + "|")
    for row in table:
        print("| " + " | ".join(map(str, row.values())) + " |")


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
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    arguments = parser.parse_args()
    train, dev, _ = lecture_split(lecture_names())
    threads = {"threads": torch.get_num_threads()}
    if arguments.steps:
        rows = compare_steps(train, arguments.repeats)
        print_table(rows)
        save("compare_ladder_steps", rows, **threads)
        return
    rows = compare_models(train, dev, arguments.models, arguments.seeds)
    print_summary(summary(rows))
    if not arguments.models:
        split = "lecture's, nats per symbol; dev_unseen: distinct dev words that are not in train"
        save("compare_ladder", rows, split=split, summary=summary(rows), **threads)


if __name__ == "__main__":
    main()
