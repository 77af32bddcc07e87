"""What is mended in ARPA files: counted, told once, or refused."""

# SPDX-License-Identifier: BSD-3-Clause

from enum import Enum


class Mend(Enum):
    """What may be amiss in one line, and what is done about it."""

    INSIDE = "an n-gram with <s> or </s> inside", "left out"
    TWICE = "an n-gram listed before", "left out, the first one counts"
    NO_UNKNOWN = "an n-gram with <unk>, which is not among the single tokens", "left out"
    ABOVE_1 = "a logarithm of a probability above 0", "read as 0"
    LAST_WEIGHT = "a backoff weight of one of the longest n-grams", "ignored"
    NO_START = "no <s> among the single tokens", "words begin as after nothing"
    SUM = (
        "a context after which probabilities do not sum to 1",
        "scaled, so that scores are those of KenLM less the logarithm of each sum",
    )


class Mends:
    """Counts what was mended.

    Parameters
    ----------
    name : str
        What the file is called.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: dict[Mend, tuple[int, int, str]] = {}

    def add(self, mend: Mend, line: int, n: int = 1, about: str = "") -> None:
        """Count `n` more; the first of all stands in `line`, and `about` says more of it."""
        before, first, said = self._found.get(mend, (0, line, about))
        self._found[mend] = before + n, min(first, line), said

    def message(self) -> str:
        """Return what to warn of; nothing if all was well."""
        if not self._found:
            return ""
        parts = []
        for mend, (n, line, about) in self._found.items():
            what, done = mend.value
            where = f"line {line}{about}" if n == 1 else f"the first in line {line}{about}"
            parts.append(f"{n} x {what} ({where}): {done}")
        found = "; ".join(parts)
        return f"{self._name} was mended. {found}. read_arpa(strict=True) refuses such files."
