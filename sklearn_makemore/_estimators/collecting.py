"""From candidate words to the words asked for: what the user's constraints accept."""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
import reprlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn_makemore._core.sampling import DEAD_END, FINISHED
from sklearn_makemore._estimators.conditional import Candidates
from sklearn_makemore._text.symbols import Word
from sklearn_makemore._text.vocabulary import Vocabulary
from sklearn_makemore.exceptions import SamplingError

CANDIDATES = 10_000
CANDIDATES_PER_WORD = 100
SYMBOLS_PER_CANDIDATE = 1_000  # on average, over all the candidates of a call


@dataclass(frozen=True)
class WordConstraints:
    """What a finished candidate must be.

    Parameters
    ----------
    exclude : frozenset of words
        Words that are not accepted.
    unique : bool
        Whether a word is accepted only once.
    predicate : callable or None
        Accepts a word by returning true.
    """

    exclude: frozenset[Word] = frozenset()
    unique: bool = False
    predicate: Callable[[Any], bool] | None = None


class Accepted:
    """Words in the order in which they were accepted.

    Parameters
    ----------
    unique : bool
        Whether a word is accepted only once.
    """

    def __init__(self, unique: bool) -> None:
        self._all: list[Word] = []
        self._distinct: dict[Word, None] | None = {} if unique else None

    def __len__(self) -> int:
        return len(self._all if self._distinct is None else self._distinct)

    def __contains__(self, word: Word) -> bool:
        return self._distinct is not None and word in self._distinct

    def add_all(self, words: list[Word]) -> int:
        """Accept words, and return how many of them count."""
        n_before = len(self)
        if self._distinct is None:
            self._all += words
        else:
            self._distinct.update(zip(words, itertools.repeat(None)))
        return len(self) - n_before

    def first(self, n: int) -> list[Word]:
        """Return the first n words."""
        return list(itertools.islice(self._all if self._distinct is None else self._distinct, n))


def collect(
    sampler: Candidates,
    vocabulary: Vocabulary,
    n_samples: int,
    prefix: list[str],
    constraints: WordConstraints,
) -> list[Word]:
    """Return the first `n_samples` acceptable candidates, in their order.

    Raises
    ------
    SamplingError
        With the words found, if 10,000 + 100 `n_samples` candidates hold fewer, or candidates are
        so long that a thousand symbols for each of those and the words asked for are used up.
    """
    budget = CANDIDATES + CANDIDATES_PER_WORD * n_samples
    symbols_left = budget * SYMBOLS_PER_CANDIDATE + n_samples * sampler.max_length
    kind = vocabulary.kind
    accepted = Accepted(constraints.unique)
    rejections: Counter[str] = Counter()
    first = 0
    while len(accepted) < n_samples:
        if first == budget or symbols_left < 0:
            raise _too_few(accepted, n_samples, first, rejections)
        n = min(_how_many(n_samples, len(accepted), first), sampler.most_at_once, budget - first)
        codes, outcome = sampler.candidates(first, n)
        first += n
        symbols_left -= len(codes)
        words = vocabulary.decode(codes, prefix)
        if constraints.predicate is None and not kind.may_merge and (outcome == FINISHED).all():
            kept = words
            if constraints.exclude:
                kept = [word for word in words if word not in constraints.exclude]
            rejections["exclude"] += n - len(kept)
            rejections["unique=True"] += len(kept) - accepted.add_all(kept)
            continue
        lists = vocabulary.to_lists(codes, prefix) if kind.may_merge else []
        whole = itertools.chain(map(kind.hold_together, lists), itertools.repeat(True))
        for word, how_it_ended, is_whole in zip(words, outcome.tolist(), whole, strict=False):
            reason = _why_rejected(word, how_it_ended, sampler, constraints, accepted)
            if not is_whole:
                reason = reason or "symbols (which side by side are others)"
            if reason:
                rejections[reason] += 1
                continue
            accepted.add_all([word])
            if len(accepted) == n_samples:
                break
    return accepted.first(n_samples)


def _how_many(n_samples: int, n_accepted: int, n_tried: int) -> int:
    """Return how many more candidates will probably do."""
    missing = n_samples - n_accepted
    if n_tried == 0:
        return missing
    return int(missing * (n_tried + 1) / (n_accepted + 1)) + 1


def _why_rejected(
    word: Word,
    how_it_ended: int,
    sampler: Candidates,
    constraints: WordConstraints,
    accepted: Accepted,
) -> str | None:
    """Name the first constraint that `word` breaks, or return None."""
    if how_it_ended == DEAD_END and sampler.min_length:
        return f"min_length={sampler.min_length} (no longer word is possible)"
    if how_it_ended == DEAD_END:
        return "having no possible next symbol"
    if how_it_ended != FINISHED:
        return f"max_length={sampler.max_length}"
    if word in constraints.exclude:
        return "exclude"
    if word in accepted:
        return "unique=True"
    if constraints.predicate is not None and not _is_true(constraints.predicate(word), word):
        return "predicate"
    return None


def _is_true(answer: object, word: Word) -> bool:
    """Return the truth value of what a predicate says of a word."""
    try:
        return bool(answer)
    except (TypeError, ValueError):
        raise TypeError(
            f"predicate must return True or False, got {reprlib.repr(answer)} for "
            f"{reprlib.repr(word)}."
        ) from None


def _too_few(
    accepted: Accepted, n_samples: int, n_tried: int, rejections: Counter[str]
) -> SamplingError:
    reasons = ", ".join(f"{count} by {name}" for name, count in rejections.most_common() if count)
    return SamplingError(
        f"Found {len(accepted)} of the {n_samples} words asked for among {n_tried} candidates. "
        f"Rejected: {reasons}.\nLoosen these constraints or ask for fewer words.",
        words=accepted.first(len(accepted)),
    )
