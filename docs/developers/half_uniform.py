"""A complete estimator, to begin a new one from."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from sklearn_makemore.base import (
    BaseCountLM,
    ContextTable,
    LearntCounts,
    WindowModel,
    check_array,
    parameter,
)


class HalfUniformModel(WindowModel):
    """Mixes the relative frequencies after each context of a table with a uniform guess."""

    def __init__(self, table):
        super().__init__(table.n_symbols, table.block_size)
        self.row_of = {tuple(context): i for i, context in enumerate(table.contexts.tolist())}
        self.proba = np.zeros((table.n_contexts + 1, table.n_symbols))
        self.proba[table.context_of_entry, table.symbols] = table.counts
        self.proba[:-1] /= table.totals[:, np.newaxis]
        self.proba[-1] = 1 / table.n_symbols  # for contexts that were not seen

    def context_log_probs(self, contexts):
        rows = [self.row_of.get(tuple(context), -1) for context in contexts.tolist()]
        return np.log(0.5 * self.proba[rows] + 0.5 / self.n_symbols)


@dataclass(frozen=True)
class CountedWindows(LearntCounts):
    """Distinct windows, of a context and the symbol after it, and how often each was seen."""

    windows_: np.ndarray
    counts_: np.ndarray

    def table(self, vocabulary):
        return ContextTable.from_windows(self.windows_, self.counts_, vocabulary.n_symbols)

    def model(self, vocabulary):
        return HalfUniformModel(self.table(vocabulary))

    def checked(self, vocabulary):
        check_array("windows_", self.windows_, (None, None), "int64")
        check_array("counts_", self.counts_, self.windows_.shape[:1])
        is_symbol = (self.windows_ >= 0) & (self.windows_ < vocabulary.n_symbols)
        if not is_symbol.all() or not (self.counts_ > 0).all():
            raise ValueError("windows_ and counts_ do not count windows of symbols")
        return self


class HalfUniformLM(BaseCountLM):
    """Language model over contexts of `block_size` symbols."""

    block_size: int = parameter(Interval(Integral, 1, None, closed="left"), default=2)

    _learnt_class = CountedWindows

    def _block_size(self):
        return self.block_size

    def _estimate(self, table, vocabulary):
        return CountedWindows(table.windows.astype(np.int64), table.counts)
