"""Pictures of tests and examples: drawn without a screen, and closed after each."""

import os
import sys

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

# What makes the site is run by Sphinx; what Sphinx writes is no test.
collect_ignore_glob = ["docs/*.py", "docs/examples/*", "docs/auto_examples/*", "docs/_build/*"]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
