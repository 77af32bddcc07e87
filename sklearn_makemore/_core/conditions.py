"""What words must be, in codes, and where a model that counts goes from there."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import numpy as np

from sklearn_makemore._core.automata import DEAD, Automaton
from sklearn_makemore._core.models import FiniteStates, FloatArray
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
    def max_rest(self) -> int | None:
        """Most symbols after the prefix, None for any number."""
        return None if self.max_length is None else self.max_length - len(self.prefix)

    def is_within(self, max_rest: int) -> bool:
        """Tell whether so many symbols after the prefix may be enough for a word."""
        first = self.automaton.read(self.prefix.tolist())
        return first != DEAD and bool(self.automaton.fewest(np.array([first]))[0] <= max_rest)

    def product(self, states: FiniteStates) -> tuple[Product, float] | None:
        """Return what is reached after the prefix, and what the prefix costs.

        None where no word begins with it.
        """
        first = self.automaton.read(self.prefix.tolist())
        if first == DEAD:
            return None
        of_model, cost = states.after(self.prefix.astype(np.int64))
        return product_of(states, self.automaton, (of_model, first), self.unknown_code), cost

    def shares(self, factors: FloatArray) -> FloatArray:
        """Return what ends count by the symbols after the prefix: factors, 0 where it is too soon.

        Parameters
        ----------
        factors : ndarray of shape (n,), float64
            By the length of the whole word; the last is that of all longer ones.
        """
        n_prefix, longest = len(self.prefix), len(factors) - 1
        lengths = np.arange(n_prefix, max(n_prefix, self.min_length, longest) + 1)
        return np.where(lengths < self.min_length, 0.0, factors[np.minimum(lengths, longest)])
