"""What tests and examples need of every machine; pictures are closed after each."""

import os
import sys

import numpy as np
import pytest

os.environ.setdefault("MPLBACKEND", "Agg")  # pictures without a screen
# Threads that wait in a loop for others take the time of these: minutes become hours where other
# programs run too. Torch reads it when it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["no_proxy"] = "*"  # the only servers are those of the tests

# What makes the site is run by Sphinx; what Sphinx writes is no test.
collect_ignore_glob = ["docs/*.py", "docs/examples/*", "docs/auto_examples/*", "docs/_build/*"]


@pytest.fixture(autouse=True)
def _same_draws():
    """What is given no seed draws the same in every run and every order of the tests."""
    np.random.seed(0)  # noqa: NPY002 - the state that scikit-learn takes


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
