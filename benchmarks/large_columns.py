"""Memory and time of scoring a column of 10 million rows, without copies of its strings.

A figure below the size of the result means that memory which the process had freed was used again.

Run from the root of the repository: ``python -m benchmarks.large_columns``.
"""

import ctypes
import gc
import time

import pandas as pd
import polars as pl
import pyarrow as pa

from benchmarks.common import lecture_names, peak_memory, print_table, save
from sklearn_makemore import BigramCountLM, NGramCountLM

ROWS = 10_000_000
MIB = 2**20


def main():
    names = lecture_names()
    bigrams = BigramCountLM(random_state=0).fit(names)
    sampled = bigrams.sample(ROWS)
    arrow = pa.array(sampled)
    frame = pd.Series(sampled).to_frame("word")
    columns = {
        "pyarrow Array": arrow,
        "pandas str": frame["word"].astype("str"),
        "polars Series": pl.Series(arrow),
    }
    del sampled, frame
    gc.collect()
    rows = []
    for model in (bigrams, NGramCountLM(order=5).fit(names)):
        for who, column in columns.items():
            # What earlier rows have freed would otherwise hide what this one takes (glibc).
            gc.collect()
            pa.default_memory_pool().release_unused()
            ctypes.CDLL(None).malloc_trim(0)
            start = time.perf_counter()
            peak = peak_memory(lambda model=model, column=column: model.score_samples(column))
            elapsed = time.perf_counter() - start
            rows.append(
                {
                    "job": f"{type(model).__name__}.score_samples of {ROWS:,} rows",
                    "who": who,
                    "median": round(peak / MIB, 1),
                    "unit": f"MiB, result of {8 * ROWS / MIB:.0f} included; the column has "
                    f"{arrow.nbytes / MIB:.0f}",
                    "seconds": round(elapsed, 2),
                }
            )
            print(rows[-1], flush=True)
    print_table(rows)
    save("large_columns", rows)


if __name__ == "__main__":
    main()
