"""Words of any model given what they must be: proposals that a model of n-grams guides.

A network has no states to sum over. What is masked to keep a pattern possible is not its
distribution given the pattern, for it looks no farther than one symbol. Here each symbol is drawn
with a probability proportional to that of the network times that of the rest by an n-gram model
of the network's own words, which knows exactly how likely the pattern still is. The quotient of
the network's probability of the word and that of its proposal is the weight with which one of
some proposals is taken (Donald B. Rubin, "The calculation of posterior distributions by data
augmentation: comment", 1987: sampling and importance resampling).
"""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.conditioned import Conditioned
from sklearn_makemore._core.conditions import Condition
from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.draws import Draw, InverseCDFDraw, Restriction
from sklearn_makemore._core.models import CELLS_PER_BATCH, FloatArray, NextSymbolModel
from sklearn_makemore._core.ngram import NGramModel
from sklearn_makemore._core.ngram_smoothing import NGramCounts, smoothing_of
from sklearn_makemore._core.ngram_trie import trie_of_table, window_size
from sklearn_makemore._core.sampling import (
    DEAD_END,
    FINISHED,
    CandidateSampler,
    lay_out,
    state_before,
)
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes

PROPOSALS = 32  # for each candidate
PILOTS = 2_000  # proposals by which guides are compared
GUIDE_WORDS, GUIDE_ORDERS, GUIDE_LENGTH = 10_000, (3, 4), 200
PILOT_SEED = 0
CHOICE = 2**40  # the step of the draw that takes one of the proposals: after all symbols


def words_of(model: NextSymbolModel, unknown_code: int | None) -> CodedWords:
    """Return the words of a model that guides are fitted to."""
    prefix = np.empty(0, np.uint8)
    draw = InverseCDFDraw(PILOT_SEED)
    sampler = CandidateSampler(model, draw, Restriction(), prefix, 0, GUIDE_LENGTH, unknown_code)
    parts, first = [], 0
    while first < GUIDE_WORDS:
        n = min(sampler.most_at_once, GUIDE_WORDS - first)
        parts.append(sampler.candidates(first, n)[0])
        first += n
    codes = np.concatenate([[BOUNDARY], *parts]).astype(parts[0].dtype)
    return CodedWords(codes, np.flatnonzero(codes == BOUNDARY), model.n_symbols, None, None)


def guide_of(words: CodedWords, order: int) -> NGramModel:
    """Return an n-gram model of words."""
    size = window_size(words, order)
    trie, counts = trie_of_table(ContextTable.from_words(words, size - 1))
    shares = smoothing_of("kneser_ney")(NGramCounts(trie, counts, order, None))
    return NGramModel(trie, *shares.log_probas(trie))


class Proposed(NamedTuple):
    """Words that were proposed, and their weights.

    codes : ndarray of shape (n_codes,), unsigned integer
        The symbols after the prefix, a boundary after every word.
    log_weights : ndarray of shape (n_words,), float64
        Log-probability by the model less that of proposing it; -inf where none was found.
    """

    codes: Codes
    log_weights: FloatArray


@dataclass(frozen=True)
class Proposals:
    """Proposes words of a model that meet a condition.

    Parameters
    ----------
    model : NextSymbolModel
    restriction : Restriction
    condition : Condition
    guide : Conditioned
        An n-gram model given the condition.
    longest : int
        Most symbols after the prefix: what is longer is no word.
    """

    model: NextSymbolModel
    restriction: Restriction
    condition: Condition
    guide: Conditioned
    longest: int

    @property
    def most_at_once(self) -> int:
        return max(1, min(self.model.words_at_once, CELLS_PER_BATCH // self.model.n_symbols))

    def draw(self, draw: Draw, first: int, n: int) -> Proposed:
        """Propose words ``first .. first + n - 1``."""
        at_once = min(self.most_at_once, draw.words_at_once or n)
        parts = [
            self._side_by_side(draw, np.arange(start, min(start + at_once, first + n)))
            for start in range(first, first + n, at_once)
        ]
        return Proposed(*map(np.concatenate, zip(*parts, strict=True)))

    def _side_by_side(self, draw: Draw, numbers: NDArray[np.int64]) -> Proposed:
        prefix = self.condition.prefix
        n = len(numbers)
        state, last_codes = state_before(self.model, prefix, n)
        guide_state = self.guide.init_state(n)
        for_guide = np.full(n, BOUNDARY)  # it takes the prefix for the start of the word
        log_weights, alive = np.zeros(n), np.arange(n)
        drawn: list[tuple[NDArray[np.int64], Codes]] = []
        for step in range(self.longest + 1):
            if not len(alive):
                break
            log_probs, rows, state = self.model.step(state, last_codes)
            to_go, guide_state = self.guide.to_go(guide_state, for_guide)
            masses = self._probabilities(log_probs)[rows] * to_go
            totals = masses.sum(axis=1)
            is_lost = totals == 0
            totals[is_lost] = 1.0
            codes = draw(
                masses / totals[:, np.newaxis], np.arange(len(alive)), numbers[alive], step
            )
            codes[is_lost] = BOUNDARY
            with np.errstate(divide="ignore"):
                log_weights[alive] += np.log(totals) - np.log(to_go[np.arange(len(alive)), codes])
            log_weights[alive[is_lost]] = -np.inf
            going_on = codes != BOUNDARY
            alive = alive[going_on]
            last_codes = for_guide = codes[going_on].astype(last_codes.dtype)
            state = self.model.select(state, going_on)
            guide_state = self.guide.select(guide_state, going_on)
            drawn.append((alive, last_codes))
        log_weights[alive] = -np.inf  # too long
        return Proposed(lay_out(drawn, n, last_codes.dtype), log_weights)

    def _probabilities(self, log_probs: FloatArray) -> FloatArray:
        unknown_code = self.condition.unknown_code
        if self.restriction.changes_nothing:
            probabilities = np.exp(log_probs)
            if unknown_code is not None:
                probabilities[:, unknown_code] = 0.0
            return probabilities
        return self.restriction.apply(log_probs, [] if unknown_code is None else [unknown_code])


def effective_share(log_weights: FloatArray) -> float:
    """Return the effective sample size of weighted draws as a share of their number, 0 to 1."""
    highest = log_weights.max(initial=-np.inf)
    if highest == -np.inf:
        return 0.0
    weights = np.exp(log_weights - highest)
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))


def best_proposals(
    model: NextSymbolModel,
    words: CodedWords,
    condition: Condition,
    restriction: Restriction,
    longest: int,
    orders: Sequence[int] = GUIDE_ORDERS,
) -> tuple[Proposals | None, float]:
    """Return the proposals of the guide whose effective sample size is largest, and that as share.

    None where no word meets the condition, by any guide.
    """
    best, best_share = None, -1.0
    for order in orders:
        guide = guide_of(words, order)
        reached = condition.product(guide)
        if reached is None:
            return None, 0.0
        shares = condition.shares(np.ones(1))
        conditioned = Conditioned(reached[0], shares, condition.max_rest)
        if conditioned.log_proba == -np.inf:
            return None, 0.0
        proposals = Proposals(model, restriction, condition, conditioned, longest)
        pilots = proposals.draw(InverseCDFDraw(PILOT_SEED), 0, PILOTS)
        share = effective_share(pilots.log_weights)
        if share > best_share:
            best, best_share = proposals, share
    return best, best_share


@dataclass(frozen=True)
class GuidedSampler:
    """Candidates, each taken by weight from proposals of its own.

    Parameters
    ----------
    proposals : Proposals
    draw : Draw
    """

    proposals: Proposals
    draw: Draw

    @property
    def most_at_once(self) -> int:
        return max(
            1, min(self.proposals.most_at_once // PROPOSALS, self.draw.words_at_once or 2**15)
        )

    @property
    def min_length(self) -> int:
        return self.proposals.condition.min_length

    @property
    def max_length(self) -> int:
        return self.proposals.longest + len(self.proposals.condition.prefix)

    def candidates(self, first: int, n: int) -> tuple[Codes, NDArray[np.int8]]:
        """Draw candidates ``first .. first + n - 1``, as `CandidateSampler` does."""
        proposed = self.proposals.draw(self.draw, first * PROPOSALS, n * PROPOSALS)
        log_weights = proposed.log_weights.reshape(n, PROPOSALS)
        highest = log_weights.max(axis=1, keepdims=True)
        is_lost = highest[:, 0] == -np.inf
        weights = np.exp(log_weights - np.where(is_lost[:, np.newaxis], 0.0, highest))
        weights[is_lost] = 1.0
        weights /= weights.sum(axis=1, keepdims=True)
        taken = self.draw(weights, np.arange(n), np.arange(first, first + n), CHOICE)
        ends = np.flatnonzero(proposed.codes == BOUNDARY) + 1
        begins = np.concatenate([[0], ends[:-1]])
        chosen = np.arange(n) * PROPOSALS + taken
        pieces = [proposed.codes[begins[word] : ends[word]] for word in chosen]
        return np.concatenate(pieces), np.where(is_lost, DEAD_END, FINISHED).astype(np.int8)
