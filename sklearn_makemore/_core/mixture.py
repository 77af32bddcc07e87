"""A linear mixture of the distributions of several models (Jelinek & Mercer 1980)."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from sklearn_makemore._core.finite_states import mixed
from sklearn_makemore._core.grouping import group_rows
from sklearn_makemore._core.models import FiniteStates, FloatArray, NextSymbolModel, Rows
from sklearn_makemore._text.coded_words import CodedWords, Codes

EM_TOLERANCE, EM_ITERATIONS = 1e-10, 10_000
TEMPORARIES = 16  # arrays as large as its result that a mixture makes on the way, about


class MixtureModel(NextSymbolModel):
    """The weighted mean of the next-symbol distributions of some models.

    Parameters
    ----------
    models : sequence of NextSymbolModel
        Over the same symbols.
    weights : ndarray of shape (n_models,), float64
        Non-negative, with a sum of 1.
    """

    def __init__(self, models: Sequence[NextSymbolModel], weights: FloatArray) -> None:
        blocks = [model.block_size for model in models]
        known = [block for block in blocks if block is not None]
        super().__init__(models[0].n_symbols, max(known) if len(known) == len(blocks) else None)
        self._models = models
        with np.errstate(divide="ignore"):
            self._log_weights = np.log(weights)

    @property
    def finite_states(self) -> FiniteStates | None:
        return mixed([model.finite_states for model in self._models], self._log_weights)

    @property
    def words_at_once(self) -> int:
        return min(model.words_at_once for model in self._models)

    def log_probs(self, words: CodedWords) -> FloatArray:
        return self._mix([model.log_probs(words) for model in self._models])

    def next_log_probs(self, prefixes: CodedWords) -> FloatArray:
        return self._mix([model.next_log_probs(prefixes) for model in self._models])

    def distributions(self, words: CodedWords) -> Iterator[FloatArray]:
        streams = [model.distributions(words) for model in self._models]
        parts, n_left = [np.empty((0, self.n_symbols))] * len(streams), words.n_predictions
        most = max(1, self.rows_at_once // TEMPORARIES)
        while n_left:
            parts = [
                part if len(part) else next(stream)
                for part, stream in zip(parts, streams, strict=True)
            ]
            n = min(most, *map(len, parts))  # each model cuts where it likes
            yield self._mix([part[:n] for part in parts])
            parts, n_left = [part[n:] for part in parts], n_left - n

    def init_state(self, n: int) -> tuple[Any, ...]:
        return tuple(model.init_state(n) for model in self._models)

    def step(
        self, state: tuple[Any, ...], last_codes: Codes
    ) -> tuple[FloatArray, Rows, tuple[Any, ...]]:
        steps = [
            model.step(own, last_codes) for model, own in zip(self._models, state, strict=True)
        ]
        columns = [rows for _, rows, _ in steps]
        n_situations = max(len(log_probs) for log_probs, _, _ in steps)
        rows, representatives = group_rows(columns, n_situations, len(last_codes))
        parts = [log_probs[own[representatives]] for log_probs, own, _ in steps]
        return self._mix(parts), rows, tuple(own for _, _, own in steps)

    def select(self, state: tuple[Any, ...], rows: NDArray[Any]) -> tuple[Any, ...]:
        return tuple(
            model.select(own, rows) for model, own in zip(self._models, state, strict=True)
        )

    def _mix(self, log_probs: list[FloatArray]) -> FloatArray:
        weighted = [
            log_weight + part for log_weight, part in zip(self._log_weights, log_probs, strict=True)
        ]
        with np.errstate(divide="ignore"):
            return np.asarray(logsumexp(weighted, axis=0))


def em_weights(log_probs: FloatArray, counts: FloatArray) -> FloatArray:
    """Find the weights of a mixture that make some outcomes likeliest.

    Expectation-maximisation from equal weights (Dempster, Laird & Rubin 1977). The log-likelihood
    is concave in the weights, so that there is one maximum.

    Parameters
    ----------
    log_probs : ndarray of shape (n_models, n), float64
        Log-probability that each model gives to each outcome.
    counts : ndarray of shape (n,), float64
        Positive weight of each outcome.

    Returns
    -------
    weights : ndarray of shape (n_models,), float64
        Non-negative, with a sum of 1. Outcomes that all models find impossible do not matter.

    Raises
    ------
    FloatingPointError
        If a log-probability is not a number.
    """
    if np.isnan(log_probs).any():
        raise FloatingPointError("A model gives log-probabilities that are not numbers.")
    n_models = len(log_probs)
    weights = np.full(n_models, 1 / n_models)
    highest = log_probs.max(axis=0)
    possible = np.isfinite(highest)
    if not possible.any():
        return weights
    likelihoods = np.exp(log_probs[:, possible] - highest[possible])  # at most 1 in each column
    counts = counts[possible] / counts[possible].max()  # so that the sum does not overflow
    counts /= counts.sum()
    for _ in range(EM_ITERATIONS):
        shares = weights[:, np.newaxis] * likelihoods
        shares /= shares.sum(axis=0)
        updated = shares @ counts
        converged = np.abs(updated - weights).max() < EM_TOLERANCE
        weights = updated
        if converged:
            break
    return np.asarray(weights / weights.sum())
