"""What every benchmark shares: data, timing side by side, the record of a run."""

import gc
import importlib.metadata
import json
import os
import platform
import random
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("numpy", "pandas", "scikit-learn", "torch", "nltk", "markovify", "kenlm")


def lecture_names():
    """Return the 32,033 names of the makemore lectures, from a local copy or downloaded."""
    folder = os.environ.get("SKLEARN_MAKEMORE_TEST_DATA")
    beside = Path(__file__).parents[2] / "shared" / "data"
    path = Path(folder or beside) / "names.txt"
    if path.exists():
        return path.read_text(encoding="ascii").split()
    from sklearn_makemore.datasets import fetch_names

    return fetch_names().data.tolist()


def lecture_split(words):
    """Return the lecture's train, dev and test words: shuffled with seed 42, 80/10/10."""
    words = list(words)
    random.Random(42).shuffle(words)
    first, second = int(0.8 * len(words)), int(0.9 * len(words))
    return words[:first], words[first:second], words[second:]


def seconds(job):
    """Return the mean time of a call, over as many calls as take 0.2 s together."""
    gc.collect()
    n_calls, start = 0, time.perf_counter()
    while n_calls == 0 or time.perf_counter() - start < 0.2:
        job()
        n_calls += 1
    return (time.perf_counter() - start) / n_calls


def side_by_side(jobs, repeats):
    """Time jobs in turn, A B C A B C ..., so that they share whatever the machine does.

    A quick job is called again until 0.2 s have passed, as timeit does.

    Parameters
    ----------
    jobs : dict of str to callable
    repeats : int
        Rounds, after one that is not counted.

    Returns
    -------
    timings : dict of str to list of float
        Seconds of each round.
    """
    timings = {name: [] for name in jobs}
    for round_ in range(repeats + 1):
        for name, job in jobs.items():
            elapsed = seconds(job)
            if round_:
                timings[name].append(elapsed)
    return timings


def peak_memory(job):
    """Return the most memory in bytes that a call holds above what the process held (Linux)."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _status("VmRSS")
    job()
    return max(0, _status("VmHWM") - before)


def _status(field):
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def machine():
    """Describe the machine and the versions of a run."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "versions": versions,
    }


def rows_of(job, timings, ours, unit=1.0, per="s"):
    """Turn timings into rows: median in `unit` seconds, and how many times `ours` it takes.

    The ratio is the median of the ratios round by round.
    """
    rows = []
    for name, values in timings.items():
        ratios = [value / own for value, own in zip(values, timings[ours], strict=True)]
        rows.append(
            {
                "job": job,
                "who": name,
                "median": statistics.median(values) / unit,
                "unit": per,
                "times_ours": statistics.median(ratios),
                "rounds": len(values),
            }
        )
    return rows


def print_table(rows):
    """Print rows as a Markdown table."""
    print("| job | who | median | times ours |")
    print("|---|---|---|---|")
    for row in rows:
        ratio = f"{row['times_ours']:,.1f}" if row.get("times_ours") is not None else ""
        print(f"| {row['job']} | {row['who']} | {row['median']:,.4g} {row['unit']} | {ratio} |")


def save(name, rows, **extra):
    """Write a run to ``results/NAME-DATE.json``."""
    record = {"machine": machine(), "rows": rows, **extra}
    path = RESULTS / f"{name}-{record['machine']['date']}.json"
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(
        f"\nwritten to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}"
    )
