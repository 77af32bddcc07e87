"""What words must be, in codes, and where a model that counts goes from there."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import numpy as np

from sklearn_makemore._core.automata import DEAD, Automaton
from sklearn_makemore._core.models import FiniteStates
from sklearn_makemore._core.product import Product, product_of
from sklearn_makemore._text.coded_words import Codes


@dataclass(frozen=True)
class Condition:
    """What words must be.

    Parameters
    ----------
    prefix : ndarray of shape (n,), unsigned integer
        What they begin with.
    automaton : Automaton
        Accepts them, the prefix included.
    min_length : int
        Fewest symbols, those of the prefix included.
    max_length : int or None
        Most symbols; None for any number.
    unknown_code : int or None
        A code that no word may hold after the prefix.
    """

    prefix: Codes
    automaton: Automaton
    min_length: int
    max_length: int | None
    unknown_code: int | None

    @property
    def min_rest(self) -> int:
        """Fewest symbols after the prefix."""
        return max(0, self.min_length - len(self.prefix))

    @property
    def max_rest(self) -> int | None:
        """Most symbols after the prefix, None for any number."""
        return None if self.max_length is None else self.max_length - len(self.prefix)

    def product(self, states: FiniteStates) -> Product | None:
        """Return what is reached after the prefix, None where no word begins with it."""
        first = self.automaton.read(self.prefix.tolist())
        if first == DEAD:
            return None
        of_model = states.after(self.prefix.astype(np.int64))
        return product_of(states, self.automaton, (of_model, first), self.unknown_code)
