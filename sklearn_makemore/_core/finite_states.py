"""The states of mixtures and of changed models, made of those of others."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Sequence

import numpy as np
from scipy.special import logsumexp

from sklearn_makemore._core.draws import Restriction
from sklearn_makemore._core.models import AnyCodes, FiniteStates, FloatArray, States

MOST_STATES = 2**62  # so that numbers of states fit into int64


class MixedStates(FiniteStates):
    """The states of a mixture: those of its models side by side.

    Parameters
    ----------
    parts : sequence of FiniteStates
    log_weights : ndarray of shape (n_models,), float64
    """

    def __init__(self, parts: Sequence[FiniteStates], log_weights: FloatArray) -> None:
        n_states, start = 1, 0
        for part in parts:
            n_states, start = n_states * part.n_states, start * part.n_states + part.start
        super().__init__(parts[0].n_symbols, n_states, start)
        self._parts, self._log_weights = parts, log_weights

    def _apart(self, states: States) -> list[States]:
        apart = []
        for part in reversed(self._parts):
            states, own = np.divmod(states, part.n_states)
            apart.append(own)
        return apart[::-1]

    def rows(self, states: States) -> FloatArray:
        weighted = [
            log_weight + part.rows(own)
            for log_weight, part, own in zip(
                self._log_weights, self._parts, self._apart(states), strict=True
            )
        ]
        with np.errstate(divide="ignore"):
            return np.asarray(logsumexp(weighted, axis=0))

    def following(self, states: States, codes: AnyCodes) -> States:
        result = np.zeros(len(states), np.int64)
        for part, own in zip(self._parts, self._apart(states), strict=True):
            result = result * part.n_states + part.following(own, codes)
        return result


def mixed(parts: Sequence[FiniteStates | None], log_weights: FloatArray) -> MixedStates | None:
    """Return the states of a mixture, None where those of a model are not known or too many."""
    known = [part for part in parts if part is not None]
    n_states = 1
    for part in known:
        n_states *= part.n_states
    if len(known) < len(parts) or n_states > MOST_STATES:
        return None
    return MixedStates(known, log_weights)


class RestrictedStates(FiniteStates):
    """States whose distributions are changed before draws: temperature, top_k, top_p.

    Parameters
    ----------
    states : FiniteStates
    restriction : Restriction
    unknown_code : int or None
        A code that is never drawn.
    """

    def __init__(
        self, states: FiniteStates, restriction: Restriction, unknown_code: int | None
    ) -> None:
        super().__init__(states.n_symbols, states.n_states, states.start)
        self._states, self._restriction = states, restriction
        self._banned = [] if unknown_code is None else [unknown_code]

    def rows(self, states: States) -> FloatArray:
        probabilities = self._restriction.apply(self._states.rows(states), self._banned)
        with np.errstate(divide="ignore"):
            return np.log(probabilities)

    def following(self, states: States, codes: AnyCodes) -> States:
        return self._states.following(states, codes)
