"""Every error of the list is still possible, and noticed by the quick tests it names."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import DATA
from tests.mutants.mutants import all_mutants

ROOT = Path(__file__).parents[2]
PACKAGE = "sklearn_makemore"
MUTANTS = all_mutants()
PASSED, FAILED = 0, 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.file}: {mutant.name}")
def test_the_text_that_is_replaced_occurs_once(mutant):
    assert (ROOT / PACKAGE / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1


def test_no_mutant_is_listed_twice():
    assert Counter((mutant.file, mutant.name) for mutant in MUTANTS).most_common(1)[0][1] == 1
    assert Counter((mutant.file, mutant.old, mutant.new) for mutant in MUTANTS).total() == len(
        {(mutant.file, mutant.old, mutant.new) for mutant in MUTANTS}
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """Return a folder with a copy of what the tests need."""
    folder = tmp_path_factory.mktemp("mutated")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in (PACKAGE, "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def outcome(folder, *tests):
    """Run quick tests in a folder, and return the exit status of pytest and what it printed."""
    environment = os.environ | {"PYTHONPATH": str(folder), "SKLEARN_MAKEMORE_TEST_DATA": str(DATA)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # the next mutant may be as old and as long
    environment.pop("HYPOTHESIS_PROFILE", None)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=600)
    return done.returncode, done.stdout.decode()[-3000:]


@pytest.mark.long
def test_the_tests_pass_where_nothing_is_changed(copied):
    status, printed = outcome(copied, *sorted({mutant.tests for mutant in MUTANTS}))
    assert status == PASSED, printed


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.file}: {mutant.name}")
def test_the_error_is_noticed(mutant, copied):
    path = copied / PACKAGE / mutant.file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        status, printed = outcome(copied, mutant.tests)
    finally:
        path.write_text(text, encoding="utf-8")
    assert status == FAILED, printed
