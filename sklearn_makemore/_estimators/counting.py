"""The base of models that count: a table of windows, and an estimate made from it when asked."""

# SPDX-License-Identifier: BSD-3-Clause

import threading
from abc import abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.learnt import Learnt
from sklearn_makemore._core.models import FloatArray
from sklearn_makemore._core.window_keys import add_part
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.callbacks import FitTasks
from sklearn_makemore._estimators.word_counts import WordCounts
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.containers import check_counts
from sklearn_makemore._text.vocabulary import Vocabulary

# One for all estimators, because a lock of its own could not be pickled with an estimator.
ESTIMATING = threading.RLock()


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
        All characters that may occur, known beforehand. None takes those of the words in `fit`.
    boundary : str, default="."
        How the start and end of a word are shown; it is never looked up in a word.
    handle_unknown : {"error", "unknown"}, default="error"
        What happens to a character that is not among the symbols: a ValueError, or it becomes the
        unknown symbol.
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
        self,
        words: CodedWords | ContextTable,
        vocabulary: Vocabulary,
        tasks: FitTasks,
        *,
        partial: bool,
    ) -> LearntCounts:
        table = words if isinstance(words, ContextTable) else self._count(words)
        self._check_sums([table])
        return self._estimate(table, vocabulary)

    def _fit_words(
        self,
        vocabulary: Vocabulary,
        words: CodedWords | ContextTable,
        tasks: FitTasks,
        *,
        partial: bool,
    ) -> Self:
        if not partial:
            return super()._fit_words(vocabulary, words, tasks, partial=False)
        table = words if isinstance(words, ContextTable) else self._count(words)
        parts = self._parts_so_far()
        self._check_sums([*parts, table])
        self._replace_state(
            {
                "_vocabulary": vocabulary,
                "symbols_": vocabulary.symbols,
                "n_symbols_": vocabulary.n_symbols,
                "_parts": add_part(parts, table),
                # The estimate is that of the parameters of now, whenever it is made.
                "_parameters": self.get_params(deep=False),
                "_learnt": ("_parts", "_parameters"),
            }
        )
        tasks.fit_ends()
        return self

    def _check_sums(self, parts: list[ContextTable]) -> None:
        """Refuse weights whose sums overflow, before the counts are kept."""
        with np.errstate(over="ignore"):
            if not np.isfinite(sum(part.counts.sum() for part in parts)):
                check_counts(self._sums_of(ContextTable.merge(parts)))

    def _sums_of(self, table: ContextTable) -> FloatArray:
        """Return the sums of weights that must be finite."""
        return table.counts

    def _parts_so_far(self) -> tuple[ContextTable, ...]:
        """Return tables that add up to what was counted, cut to what the parameters ask for."""
        if "_parts" in vars(self):
            parts: tuple[ContextTable, ...] = self._parts
        else:
            vocabulary, learnt = self._stored_state()
            parts = (learnt.table(vocabulary),)
        return tuple(self._cut(part) for part in parts)

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
        """Make the estimate when the first attribute that is part of it is asked for."""
        if name == "_model" or name in self._names_learnt():
            self._settle()
            if name in vars(self):
                return vars(self)[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @classmethod
    def _names_learnt(cls) -> set[str]:
        return {each.name for each in fields(cls._learnt_class)}

    def _settle(self) -> None:
        """Estimate from what has been counted, once, whichever thread asks first."""
        with ESTIMATING:
            if "_parts" in vars(self):
                counted = type(self)(**self._parameters)
                table = ContextTable.merge(self._parts)
                self._set_fitted(self._vocabulary, counted._estimate(table, self._vocabulary))

    def _stored_state(self) -> tuple[Vocabulary, LearntCounts]:
        self._settle()
        vocabulary, learnt = super()._stored_state()
        assert isinstance(learnt, LearntCounts)
        return vocabulary, learnt

    def __getstate__(self) -> dict[str, Any]:
        self._settle()
        return super().__getstate__()
