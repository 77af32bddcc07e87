"""The tuning of the MLP lecture: its printed settings, and a search of our own.

Run from the root of the repository: ``python -m benchmarks.tune_mlp`` searches block size,
embedding and hidden size with GridSearchCV (some 10 minutes on 2 cores); with ``--settings`` it
fits the 15 settings that the lecture prints, each with its loop ("sgd") and with the default
solver (half an hour).
"""

import argparse
import csv
import os
import time
from pathlib import Path

import numpy as np
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from benchmarks.common import lecture_names, lecture_split, save
from sklearn_makemore import MLPCharLM

DATA = Path(
    os.environ.get("SKLEARN_MAKEMORE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")
)
STEPS_SAVED = 200  # the default solver takes one step for so many of the lecture's
SMALL_HIDDEN, SMALL_RATE = 20, 0.1  # networks of so few units take and need a higher rate
LARGE_HIDDEN, LARGE_STEPS_SAVED = 300, 400  # those of so many need fewer steps


def timed_fit(model, words):
    start = time.perf_counter()
    model.fit(words)
    return time.perf_counter() - start


def fit_settings(train, dev):
    """Fit every printed setting with both solvers, one after the other."""
    with (DATA / "mlp_tuning.csv").open(newline="") as file:
        settings = list(csv.DictReader(file))
    rows = []
    for setting in settings:
        steps = int(setting["steps"])
        shape = {
            name: int(setting[name]) for name in ("block_size", "hidden_size", "embedding_dim")
        }
        sgd = MLPCharLM(
            **shape, solver="sgd", max_steps=steps, batch_size=int(setting["batch_size"]),
            random_state=2147483647, device="cpu",
        )  # fmt: skip
        rate = SMALL_RATE if shape["hidden_size"] <= SMALL_HIDDEN else None
        saved = LARGE_STEPS_SAVED if shape["hidden_size"] >= LARGE_HIDDEN else STEPS_SAVED
        ours = MLPCharLM(
            **shape, max_steps=steps // saved, learning_rate=rate, random_state=0,
            device="cpu",
        )  # fmt: skip
        seconds_sgd = timed_fit(sgd, train)
        seconds = np.median([timed_fit(ours, train) for _ in range(3)])
        row = {
            **setting,
            "sgd_dev": round(-sgd.score(dev), 4),
            "sgd_seconds": round(seconds_sgd, 2),
            "adamw_dev": round(-ours.score(dev), 4),
            "adamw_seconds": round(float(seconds), 3),
            "times_faster": round(seconds_sgd / float(seconds), 1),
        }
        print(row, flush=True)
        rows.append(row)
    save("tune_mlp_settings", rows, split="lecture's, repeats kept; losses in nats per symbol")


def search(train, dev):
    """Search with one fold of the training words held out, then fit the best on all of them."""
    estimator = MLPCharLM(
        n_layers=2, activation="gelu", dropout=0.3, learning_rate=4e-3, batch_size=512,
        max_steps=800, alphabet="abcdefghijklmnopqrstuvwxyz", random_state=0, device="cpu",
    )  # fmt: skip
    grid = {"block_size": [5, 8], "embedding_dim": [12, 24], "hidden_size": [192, 384]}
    fold = np.where(np.arange(len(train)) % 10 == 0, 0, -1)
    start = time.perf_counter()
    best = GridSearchCV(estimator, grid, cv=PredefinedSplit(fold), refit=False).fit(train)
    searched = time.perf_counter() - start
    print(f"best of {len(best.cv_results_['params'])} in {searched:.0f} s: {best.best_params_}")
    model = estimator.set_params(**best.best_params_, max_steps=2_500)
    seconds = timed_fit(model, train)
    row = {
        **best.best_params_,
        "search_seconds": round(searched, 1),
        "fit_seconds": round(seconds, 1),
        "dev": round(-model.score(dev), 4),
    }
    print(row)
    save("tune_mlp_search", [row], split="lecture's, repeats kept; dev loss in nats per symbol")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", action="store_true", help="the lecture's 15 settings")
    train, dev, _ = lecture_split(lecture_names())
    (fit_settings if parser.parse_args().settings else search)(train, dev)


if __name__ == "__main__":
    main()
