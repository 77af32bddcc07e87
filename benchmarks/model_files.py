"""How long `io.load` and `io.save` take for the lecture's network, beside joblib's own."""

import tempfile
import warnings
from pathlib import Path

import joblib

from benchmarks.common import lecture_names, print_table, rows_of, side_by_side
from sklearn_makemore import BigramCountLM, MLPCharLM
from sklearn_makemore.io import load, save


def main():
    warnings.simplefilter("ignore")  # of a network that is not trained to the end
    words = lecture_names()
    models = {
        "MLPCharLM of the lecture": MLPCharLM(solver="sgd", max_steps=200).fit(words),
        "BigramCountLM": BigramCountLM().fit(words),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, model in models.items():
            path, other = Path(folder) / "model.safetensors", Path(folder) / "model.joblib"
            save(model, path)
            joblib.dump(model, other)
            jobs = {"io.load": lambda: load(path), "joblib.load": lambda: joblib.load(other)}  # noqa: B023
            timings = side_by_side(jobs, repeats=7)
            print_table(rows_of(f"load {name}", timings, "io.load", unit=1e-3, per="ms"))
            jobs = {
                "io.save": lambda: save(model, path),  # noqa: B023
                "joblib.dump": lambda: joblib.dump(model, other),  # noqa: B023
            }
            timings = side_by_side(jobs, repeats=3)
            print_table(rows_of(f"save {name}", timings, "io.save", unit=1e-3, per="ms"))


if __name__ == "__main__":
    main()
