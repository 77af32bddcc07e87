"""What tests and examples need of every machine; pictures are closed after each."""

import gc
import os
import sys

os.environ.setdefault("MPLBACKEND", "Agg")  # pictures without a screen
# The matrices of tests are small: to share one among threads takes several times as long as to
# multiply it in one. NumPy and torch read it when they are loaded, and so do the processes that
# tests start. Tests of threads ask for several.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # several do not wait in a loop for each other
os.environ["no_proxy"] = "*"  # the only servers are those of the tests
os.environ.setdefault("PYTHONHASHSEED", "0")  # workers side by side must name sets alike

import numpy as np
import pytest

# What makes the site is run by Sphinx; what Sphinx writes is no test.
collect_ignore_glob = ["docs/*.py", "docs/examples/*", "docs/auto_examples/*", "docs/_build/*"]


def pytest_collection_finish():
    gc.freeze()  # thousands of tests and modules that stay: the collector need not look at them


@pytest.fixture(autouse=True)
def _same_draws():
    """What is given no seed draws the same in every run and every order of the tests."""
    np.random.seed(0)  # noqa: NPY002 - the state that scikit-learn takes


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
