"""How many threads or processes do the parts of a job."""

# SPDX-License-Identifier: BSD-3-Clause

from joblib import effective_n_jobs


def n_workers(n_jobs: int | None, n_tasks: int) -> int:
    """Return how many workers to start: joblib starts as many as it is told, tasks or not."""
    return max(1, min(effective_n_jobs(n_jobs), n_tasks))
