"""A complete estimator in 50 lines, to begin a new one from."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.models import WindowModel
from sklearn_makemore._estimators.base import BaseCharLM


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


class HalfUniformLM(BaseCharLM):
    """Language model over contexts of `block_size` symbols."""

    _parameter_constraints = BaseCharLM._parameter_constraints | {
        "block_size": [Interval(Integral, 1, None, closed="left")]
    }

    def __init__(
        self,
        *,
        block_size=2,
        alphabet=None,
        boundary=".",
        handle_unknown="error",
        random_state=None,
    ):
        self.block_size = block_size
        self.alphabet = alphabet
        self.boundary = boundary
        self.handle_unknown = handle_unknown
        self.random_state = random_state

    def _learn(self, words, vocabulary, *, partial):
        table = ContextTable.from_words(words, self.block_size)
        return {"table_": ContextTable.merge([self.table_, table]) if partial else table}

    @staticmethod
    def _make_model(attributes):
        return HalfUniformModel(attributes["table_"])
