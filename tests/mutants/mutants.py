"""Errors that somebody could make in the library, each with the tests that must notice it.

A mutant changes one place of one file. Its old text occurs exactly once there, so the list fails
when the code moves on, and is brought up to date.
"""

from typing import NamedTuple


class Mutant(NamedTuple):
    """A name, a file below the package, the text replaced there, the new text, and tests."""

    name: str
    file: str
    old: str
    new: str
    tests: str


def mutants_of(file, tests, *changes):
    """Return the mutants of a file from triples of name, old and new text."""
    return [Mutant(name, file, old, new, tests) for name, old, new in changes]


def all_mutants():
    """Return the mutants of every layer."""
    from tests.mutants import core, counting, files, inspection, meta, networks, outer, text

    layers = text, core, counting, networks, meta, files, inspection, outer
    return [mutant for layer in layers for mutant in layer.MUTANTS]
