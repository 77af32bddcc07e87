"""The base of models that count: a table of windows, and an estimate made from it when asked."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import os
import threading
from abc import abstractmethod
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

import numpy as np

from sklearn_makemore._core.context_table import ContextTable, Source, n_predictions
from sklearn_makemore._core.learnt import Learnt
from sklearn_makemore._core.models import FloatArray
from sklearn_makemore._estimators.base import BaseCharLM, with_attributes
from sklearn_makemore._estimators.callbacks import FitTasks
from sklearn_makemore._estimators.word_counts import WordCounts
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.containers import check_counts
from sklearn_makemore._text.vocabulary import PENALTY, Vocabulary

SWAPPING = threading.RLock()  # held while one state takes the place of another


def _renew_lock() -> None:
    """Forget a thread that held the lock, and that a forked process does not have."""
    global SWAPPING
    SWAPPING = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)

MOST_UNMERGED = 2**20  # windows of chunks; more are added up before the estimate asks for it


@dataclass(frozen=True)
class Pending:
    """What has been counted and not yet estimated from.

    Parameters
    ----------
    parts : tuple of ContextTable
        They add up to all counts.
    total : float
        Sum of the counts.
    estimator : BaseCountLM
        Not fitted, as it was at the last chunk: whenever the estimate is made, it is that one's.
    """

    parts: tuple[ContextTable, ...]
    total: float
    estimator: "BaseCountLM"

    @property
    def merged_if_many(self) -> tuple[ContextTable, ...]:
        """The parts, added up once they hold more than twice the windows of the first.

        As the first one is such a sum, a window is added again no more often than the whole
        doubles, and memory stays within about twice that of the sum.
        """
        n_windows = sum(part.n_entries for part in self.parts)
        if n_windows <= max(MOST_UNMERGED, 2 * self.parts[0].n_entries):
            return self.parts
        return (ContextTable.merge(self.parts),)


@dataclass(frozen=True)
class LearntCounts(Learnt):
    """What is estimated from counts, and the counts themselves.

    More words add to the counts, and all is estimated anew.

    See Also
    --------
    sklearn_makemore.base.BaseCountLM : The estimator that learns it.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.base import LearntCounts
    >>> issubclass(BigramCountLM._learnt_class, LearntCounts)
    True
    """

    @abstractmethod
    def table(self, vocabulary: Vocabulary) -> ContextTable:
        """Return the counts that the rest was estimated from.

        Parameters
        ----------
        vocabulary : Vocabulary
            What the codes stand for.

        Returns
        -------
        table : ContextTable
            The counts.

        Raises
        ------
        ValueError
            If they are not there, saying why.
        """


class BaseCountLM(BaseCharLM):
    """A language model estimated from counts of windows.

    A subclass names in `_learnt_class` what it learns, a :class:`LearntCounts`, and has two hooks:
    `_block_size`, how many symbols it looks at, and `_estimate`. The rest is here: `fit`,
    `partial_fit`, which adds to the counts and leaves the estimate to whoever asks for it first,
    and learning from :class:`~sklearn_makemore.WordCounts`.

    Parameters
    ----------
    alphabet : str or collection of str, default=None
        All symbols that may occur, known beforehand. None takes those of the words in `fit`.
    symbols : {"char", "grapheme", "split", "token"} or re.Pattern, default="char"
        What a symbol of a word is: a code point, a grapheme cluster, what stands between white
        space, an item of a word that is a sequence of strings, or a match of a compiled pattern.
    boundary : str, default=None
        How the start and end of a word are shown; it is never looked up in a word. None takes ".",
        or another sign where that is a symbol of the words.
    handle_unknown : {"penalty", "unknown", "error"}, default="penalty"
        What happens to a symbol that is not known when a word is scored. "penalty": it costs log(N
        + 1) nats, where N is the number of predictions in `fit` (of symbols if they are more), and
        the model stays what it is. "unknown": the model has a symbol for it. "error": a ValueError.
    random_state : int, RandomState instance or None, default=None
        Seed of what is random in `fit`, and of `sample` where it is given none.

    See Also
    --------
    sklearn_makemore.base.BaseCharLM : For models that do not count windows.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.base import BaseCountLM
    >>> isinstance(BigramCountLM(), BaseCountLM)
    True
    """

    _learnt_class: ClassVar[type[LearntCounts]]

    @abstractmethod
    def _block_size(self) -> int:
        """Return how many symbols before a prediction count."""

    @abstractmethod
    def _estimate(self, table: ContextTable, vocabulary: Vocabulary) -> LearntCounts:
        """Return what counts teach.

        Parameters
        ----------
        table : ContextTable
            Of windows of `_block_size` symbols and the one after, or of fewer where no word is so
            long.
        vocabulary : Vocabulary
            What the codes stand for.
        """

    def _count(self, words: CodedWords) -> ContextTable:
        """Count the windows of words, which are no longer than a word and its two boundaries."""
        longest = int(words.predictions_per_word.max())
        return ContextTable.from_words(words, min(self._block_size(), longest))

    def _from_counts(self, counts: WordCounts) -> ContextTable:
        return counts.windows_of(self._block_size())

    def _learn(
        self, words: Source, vocabulary: Vocabulary, tasks: FitTasks, *, partial: bool
    ) -> LearntCounts:
        table = words if isinstance(words, ContextTable) else self._count(words)
        self._check_counts((table,), n_predictions(table))
        return self._estimate(table, vocabulary)

    def _fit_words(
        self, vocabulary: Vocabulary, words: Source, tasks: FitTasks, *, partial: bool
    ) -> Self:
        if not partial:
            return super()._fit_words(vocabulary, words, tasks, partial=False)
        table = words if isinstance(words, ContextTable) else self._count(words)
        before, total = self._counted_so_far(vocabulary)
        total += n_predictions(table)
        self._pend(vocabulary, (*before, table), total)
        tasks.fit_ends()
        return self

    def _over(self, vocabulary: Vocabulary) -> Self:
        is_estimated = "_pending" not in vars(self)
        if is_estimated and vocabulary.same_symbols(self._vocabulary):
            return super()._over(vocabulary)
        other = with_attributes(self, vars(self))
        return other._pend(vocabulary, *self._counted_so_far(vocabulary))

    def _may_gain_symbols(self) -> bool:
        return self.alphabet is None and self._vocabulary.handle_unknown == PENALTY

    def _pend(self, vocabulary: Vocabulary, parts: tuple[ContextTable, ...], total: float) -> Self:
        """Store counts, and leave the estimate to whoever asks for it first."""
        # A copy, as parameters may be set, or changed within, before the estimate is made.
        estimator = with_attributes(self, copy.deepcopy(self._unfitted()))
        pending = Pending(parts, total, estimator)
        self._check_counts(pending.parts, total)
        return self._replace_state(
            {
                "_vocabulary": vocabulary,
                "symbols_": vocabulary.symbols,
                "n_symbols_": vocabulary.n_symbols,
                "_pending": replace(pending, parts=pending.merged_if_many),
                "_learnt": ("_pending",),
            }
        )

    def _check_counts(self, parts: tuple[ContextTable, ...], total: float) -> None:
        """Refuse counts that cannot be estimated from, before they are kept."""
        if not np.isfinite(total):
            with np.errstate(over="ignore"):
                check_counts(self._sums_of(ContextTable.merge(parts)))

    def _sums_of(self, table: ContextTable) -> FloatArray:
        """Return the sums of weights that must be finite."""
        return table.counts

    def _counted_so_far(self, vocabulary: Vocabulary) -> tuple[tuple[ContextTable, ...], float]:
        """Return tables of all counts over some symbols, cut to what is looked at, and their sum.

        The symbols are those that are known, and maybe more.
        """
        pending: Pending | None = vars(self).get("_pending")
        if pending is None:
            known, learnt = self._stored_state()
            table = learnt.table(known)
            parts: tuple[ContextTable, ...] = (table,)
            total = n_predictions(table)
        else:
            parts, total = pending.parts, pending.total
        if not vocabulary.same_symbols(self._vocabulary):
            code_of = vocabulary.codes_of(self._vocabulary)
            recoded = (part.recoded(code_of, vocabulary.n_symbols) for part in parts)
            # Together, so that each is recoded no more often than there are new symbols.
            parts = (ContextTable.merge(recoded),)
        return tuple(map(self._cut, parts)), total

    def _cut(self, part: ContextTable) -> ContextTable:
        """Return counts so far, if they are enough for the windows that are looked at now."""
        block_size = self._block_size()
        if part.block_size < block_size and not part.holds_words:
            raise ValueError(
                f"The words so far were counted with order={part.block_size + 1}, which is not "
                f"enough for order={block_size + 1}: call fit with all words."
            )
        return part.resized(block_size) if part.block_size > block_size else part

    def __getattr__(self, name: str) -> Any:
        """Make the estimate when the first attribute of it is asked for."""
        if name == "_maker" or name in self._names_learnt():
            state = self._settle()
            if name in state:
                return state[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @classmethod
    def _names_learnt(cls) -> set[str]:
        return {each.name for each in fields(cls._learnt_class)}

    def _settle(self) -> dict[str, Any]:
        """Estimate from what has been counted, and return the attributes with the estimate.

        Threads that ask at the same time each estimate, the same: one that waited for another would
        wait for ever in a process forked meanwhile.
        """
        before = self.__dict__
        pending: Pending | None = before.get("_pending")
        if pending is None:
            return before
        vocabulary = before["_vocabulary"]
        learnt = pending.estimator._estimate(ContextTable.merge(pending.parts), vocabulary)
        state = self._fitted_state(vocabulary, learnt)
        with SWAPPING:
            is_latest: bool = vars(self).get("_pending") is pending
            if is_latest:
                return super()._replace_state(state).__dict__
        return self._settle()  # more has been learnt meanwhile

    def _replace_state(self, state: dict[str, Any]) -> Self:
        with SWAPPING:
            return super()._replace_state(state)

    def _unfitted(self) -> dict[str, Any]:
        """Return what was set by the user rather than by a fit."""
        return {n: value for n, value in vars(self).items() if n.strip("_") == n}

    def _stored_state(self) -> tuple[Vocabulary, LearntCounts]:
        self._settle()
        vocabulary, learnt = super()._stored_state()
        assert isinstance(learnt, LearntCounts)
        return vocabulary, learnt

    def __getstate__(self) -> dict[str, Any]:
        self._settle()
        return super().__getstate__()
