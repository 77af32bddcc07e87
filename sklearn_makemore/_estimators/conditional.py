"""Words of a fitted model given what they must be: exactly, or from weighted proposals."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.conditioned import Conditioned
from sklearn_makemore._core.conditions import Condition
from sklearn_makemore._core.draws import Draw, Restriction
from sklearn_makemore._core.finite_states import RestrictedStates
from sklearn_makemore._core.guided import GuidedSampler, best_proposals
from sklearn_makemore._core.learnt import ModelMaker
from sklearn_makemore._core.models import FiniteStates
from sklearn_makemore._core.sampling import CandidateSampler
from sklearn_makemore._estimators.warning import warn
from sklearn_makemore._text.coded_words import Codes
from sklearn_makemore.exceptions import SamplingError, SamplingQualityWarning

LONGEST_SAMPLE = 1_000  # symbols, where no max_length is given
REMEDY = (
    "ask for less with pattern=, suffix= and lengths, use predicate= where enough words have it, "
    "or use a model that counts, such as NGramCountLM, which needs no proposals"
)
GOOD_SHARE, LEAST_SHARE = 0.1, 0.01  # effective sample size of the proposals by their number


class Candidates(Protocol):
    """Draws candidate words, as `CandidateSampler` does."""

    @property
    def most_at_once(self) -> int: ...

    @property
    def min_length(self) -> int: ...

    @property
    def max_length(self) -> int: ...

    def candidates(self, first: int, n: int) -> tuple[Codes, NDArray[np.int8]]: ...


def conditional_sampler(
    maker: ModelMaker, condition: Condition, restriction: Restriction, draw: Draw
) -> Candidates | None:
    """Return what draws words given a condition, None where no word of the model meets it.

    Raises
    ------
    SamplingError
        If proposals are too far from what is asked for.
    """
    longest = longest_rest(condition)
    if not condition.is_within(longest):
        return None
    if (states := maker.model.finite_states) is not None:
        given = given_condition(states, condition, restriction)
        if given is None:
            return None
        nothing = np.empty(0, np.uint8)
        return CandidateSampler(given, draw, Restriction(), nothing, 0, longest, None)
    proposals, share = best_proposals(maker.model, maker.own_words, condition, restriction, longest)
    if proposals is None:
        return None
    check_share(share)
    return GuidedSampler(proposals, draw)


def longest_rest(condition: Condition) -> int:
    """Return how many symbols may follow the prefix before a word is given up."""
    rest = condition.max_rest
    return max(0, LONGEST_SAMPLE - len(condition.prefix)) if rest is None else rest


def given_condition(
    states: FiniteStates, condition: Condition, restriction: Restriction
) -> Conditioned | None:
    """Return a model that counts given a condition, None where no word meets it."""
    factors = np.ones(1)
    if restriction.changes_nothing:
        states, factors = states.by_length()
    else:  # what is changed are the next symbols, lengths and all
        states = RestrictedStates(states, restriction, condition.unknown_code)
    reached = condition.product(states)
    if reached is None:
        return None
    given = Conditioned(reached[0], condition.shares(factors), condition.max_rest)
    return None if given.log_proba == -np.inf else given


def check_share(share: float) -> None:
    """Refuse, or warn of, proposals whose effective sample size is a small share of them."""
    if share < LEAST_SHARE:
        raise SamplingError(
            f"The effective sample size is {share:.2g} of the proposals, too little for words of "
            f"the model's distribution given what is asked for (at least {LEAST_SHARE}): {REMEDY}.",
            effective_sample_size=share,
        )
    warn_of_share(share)


def warn_of_share(share: float) -> None:
    """Warn of proposals whose effective sample size is a small share of them."""
    if share < GOOD_SHARE:
        warn(
            f"The effective sample size is {share:.2g} of the proposals (below {GOOD_SHARE}): the "
            "result comes less close to the model's distribution given what is asked for. If that "
            f"matters, {REMEDY}.",
            SamplingQualityWarning,
        )
