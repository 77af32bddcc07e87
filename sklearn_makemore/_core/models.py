"""What scoring and sampling ask of a model: log-probabilities in bulk and one step at a time."""

# SPDX-License-Identifier: BSD-3-Clause

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.grouping import group_rows, rows_of
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes, narrowest_dtype
from sklearn_makemore._text.flat_text import slices

FloatArray = NDArray[np.float64]
States = NDArray[np.int64]
Rows = NDArray[np.int64]
AnyCodes = NDArray[np.integer[Any]]  # of any integer type
LARGEST_TABLE_BYTES = 2**30
CELLS_PER_BATCH = 2**22  # float64 cells of one (situations, symbols) array: 32 MiB
MOST_WORDS = 2**15  # stepped side by side where all share one table
STEPS_OF_A_WORD = 16  # a table made or restricted once serves about so many of each word


class FiniteStates(ABC):
    """States of a model, numbered: each says the next symbol, and which state follows.

    Parameters
    ----------
    n_symbols : int
        Number of symbols, the boundary (0) included.
    n_states : int
        Number of states, or more: numbers are below it.
    start : int
        The state in which a word begins.
    """

    def __init__(self, n_symbols: int, n_states: int, start: int) -> None:
        self.n_symbols = n_symbols
        self.n_states = n_states
        self.start = start

    @abstractmethod
    def rows(self, states: States) -> FloatArray:
        """Return the distributions after some states, in nats, of shape (n, n_symbols)."""

    @abstractmethod
    def following(self, states: States, codes: AnyCodes) -> States:
        """Return the state that each of some symbols, none the boundary, leads to."""

    def after(self, codes: AnyCodes) -> tuple[int, float]:
        """Return the state after some symbols, and what they cost: minus their log-probability."""
        state, cost = np.array([self.start]), 0.0
        for code in codes:
            cost -= float(self.rows(state)[0, code])
            state = self.following(state, np.array([code]))
        return int(state[0]), cost

    def by_length(self) -> "tuple[FiniteStates, FloatArray]":
        """Return other states with what the probability of a word is multiplied by.

        Returns
        -------
        states : FiniteStates
            Fewer, maybe, which do not know how long a word is.
        factors : ndarray of shape (n,), float64
            For words of 0, 1, ... symbols; the last is that of all longer ones, too.
        """
        return self, np.ones(1)


class NextSymbolModel(ABC):
    """A distribution of the next symbol after every beginning of a word.

    States are opaque to the caller; `step` and `select` return new ones and change nothing. Words
    may hold the code `n_symbols`, which stands for whatever is none of the symbols: it is read, and
    what follows is predicted; what is said of the code itself does not matter.

    Parameters
    ----------
    n_symbols : int
        Number of symbols, the boundary (0) included.
    block_size : int or None
        How many symbols back the model looks; None for all of the word.

    See Also
    --------
    sklearn_makemore.base.WindowModel : Needs one hook, where the model looks at a window.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_makemore import BigramCountLM
    >>> model = BigramCountLM().fit(["ab"])._model
    >>> log_probs, rows, state = model.step(model.init_state(2), np.array([0, 0], np.uint8))
    >>> np.exp(log_probs[rows])  # after the start of a word, smoothed: end, a, b
    array([[0.25, 0.5 , 0.25],
           [0.25, 0.5 , 0.25]])
    """

    def __init__(self, n_symbols: int, block_size: int | None) -> None:
        self.n_symbols = n_symbols
        self.block_size = block_size

    @property
    def n_readable(self) -> int:
        """Number of codes that may be read: of the symbols, and of what is none."""
        return self.n_symbols + 1

    @property
    def finite_states(self) -> FiniteStates | None:
        """Its states by number, where sums over all words are made of them; None for most."""
        return None

    @property
    def words_at_once(self) -> int:
        """How many words may be stepped side by side within bounded memory."""
        return self.rows_at_once

    @property
    def rows_at_once(self) -> int:
        """How many distributions an array of bounded size holds."""
        return max(1, CELLS_PER_BATCH // self.n_symbols)

    @abstractmethod
    def log_probs(self, words: CodedWords) -> FloatArray:
        """Return the log-probability of every prediction.

        Parameters
        ----------
        words : CodedWords
            The words.

        Returns
        -------
        log_probs : ndarray of shape (n_predictions,), float64
            In nats.
        """

    @abstractmethod
    def init_state(self, n: int) -> Any:
        """Return the state of words before anything has been read.

        Parameters
        ----------
        n : int
            How many words.

        Returns
        -------
        state : object
            What `step` and `select` take.
        """

    @abstractmethod
    def step(self, state: Any, last_codes: Codes) -> tuple[FloatArray, Rows, Any]:
        """Read one symbol for each of n words.

        Parameters
        ----------
        state : object
            State of n words.
        last_codes : ndarray of shape (n,) of codes
            The symbol to read; the boundary begins a word.

        Returns
        -------
        log_probs : ndarray of shape (m, n_symbols), float64
            Distributions of the next symbol, one for each of m distinct situations. The caller
            may keep the array and knows it again by identity: it must not be changed later.
        rows : ndarray of shape (n,), int64
            Which of the m rows holds for each word.
        state : object
            State after reading.
        """

    @abstractmethod
    def select(self, state: Any, rows: NDArray[Any]) -> Any:
        """Return the state of some of the words.

        Parameters
        ----------
        state : object
            State of n words.
        rows : ndarray of int or bool
            Which, as an index or a mask.

        Returns
        -------
        state : object
            Theirs.
        """

    def next_log_probs(self, prefixes: CodedWords) -> FloatArray:
        """Return the distribution after each whole prefix.

        Parameters
        ----------
        prefixes : CodedWords
            Beginnings of words; what follows their last symbol is not read.

        Returns
        -------
        log_probs : ndarray of shape (n_words, n_symbols), float64
            In nats.
        """
        result = np.empty((prefixes.n_words, self.n_symbols))
        active = np.arange(prefixes.n_words)
        remaining = prefixes.predictions_per_word - 1
        place = prefixes.offsets[:-1]
        state = self.init_state(prefixes.n_words)
        while len(active):
            log_probs, rows, state = self.step(state, prefixes.codes[place])
            finished = remaining == 0
            result[active[finished]] = log_probs[rows[finished]]
            state = self.select(state, ~finished)
            active, remaining, place = (
                active[~finished],
                remaining[~finished] - 1,
                place[~finished] + 1,
            )
        return result

    def distributions(self, words: CodedWords) -> Iterator[FloatArray]:
        """Yield the distributions before all predictions of some words, in their order.

        Words may be of any length: the arrays, of shape (n, n_symbols), are of bounded size. Where
        they are cut is for each model to choose; they are the caller's to change.

        Parameters
        ----------
        words : CodedWords
            The words.

        Yields
        ------
        log_probs : ndarray of shape (n, n_symbols), float64
            In nats.
        """
        for some in words.pieces(min(self.rows_at_once, self.words_at_once)):
            yield from self._stepped(some)

    def _stepped(self, words: CodedWords) -> Iterator[FloatArray]:
        """Yield the distributions of words that fit into an array, or of a single longer one."""
        sizes, done = words.predictions_per_word, 0
        alive, state = np.arange(words.n_words), self.init_state(words.n_words)
        result = np.empty((min(self.rows_at_once, words.n_predictions), self.n_symbols))
        for place in range(int(sizes.max())):
            going_on = sizes[alive] > place
            alive, state = alive[going_on], self.select(state, going_on)
            at = words.offsets[alive] + place
            log_probs, rows, state = self.step(state, words.codes[at])
            if place == done + len(result):  # the array is full, so that there is one word alone
                yield result
                done = place
                result = np.empty((min(len(result), words.n_predictions - done), self.n_symbols))
            result[at - done] = log_probs[rows]
        yield result


class WindowModel(NextSymbolModel):
    """A model that looks at a fixed number of symbols: one hook makes all the rest.

    Every distinct window is evaluated once however often it occurs.

    Parameters
    ----------
    n_symbols : int
        Number of symbols, the boundary (0) included.
    block_size : int
        How many symbols back the model looks.

    See Also
    --------
    sklearn_makemore.base.NextSymbolModel : The contract of all models.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_makemore.base import WindowModel
    >>> class UniformModel(WindowModel):
    ...     def context_log_probs(self, contexts):
    ...         return np.full((len(contexts), self.n_symbols), -np.log(self.n_symbols))
    >>> model = UniformModel(n_symbols=4, block_size=2)
    >>> np.exp(model.step(model.init_state(1), np.array([0], np.uint8))[0])
    array([[0.25, 0.25, 0.25, 0.25]])
    """

    block_size: int

    @abstractmethod
    def context_log_probs(self, contexts: Codes) -> FloatArray:
        """Return the distribution after each context.

        Parameters
        ----------
        contexts : ndarray of shape (m, block_size) of codes
            Oldest symbol first, boundaries before the start of the word; `n_symbols` in the place
            of what is no symbol.

        Returns
        -------
        log_probs : ndarray of shape (m, n_symbols), float64
            Normalised: float32 would not sum to 1 closely enough.
        """

    def log_probs(self, words: CodedWords) -> FloatArray:
        columns = words.context_columns(self.block_size)
        group, representatives = group_rows(columns, self.n_readable, words.n_predictions)
        contexts = rows_of(columns, representatives)
        batch, targets = self.rows_at_once, words.known_targets
        if len(contexts) <= batch:
            return self.context_log_probs(contexts)[group, targets]
        result = np.empty(words.n_predictions)
        for start in range(0, len(contexts), batch):
            here = np.flatnonzero((group >= start) & (group < start + batch))
            log_probs = self.context_log_probs(contexts[start : start + batch])
            result[here] = log_probs[group[here] - start, targets[here]]
        return result

    def init_state(self, n: int) -> Codes:
        dtype = narrowest_dtype(self.n_symbols)
        return np.full((n, max(self.block_size - 1, 0)), BOUNDARY, dtype)

    def step(self, state: Codes, last_codes: Codes) -> tuple[FloatArray, Rows, Codes]:
        windows = np.column_stack([state, last_codes])[:, state.shape[1] + 1 - self.block_size :]
        group, representatives = group_rows(list(windows.T), self.n_readable, len(windows))
        return self.context_log_probs(windows[representatives]), group, windows[:, 1:]

    def select(self, state: Codes, rows: NDArray[Any]) -> Codes:
        selected: Codes = state[rows]
        return selected

    def next_log_probs(self, prefixes: CodedWords) -> FloatArray:
        ends = prefixes.offsets[1:] - 1
        columns = [column[ends] for column in prefixes.context_columns(self.block_size)]
        group, representatives = group_rows(columns, self.n_readable, prefixes.n_words)
        return self.context_log_probs(rows_of(columns, representatives))[group]

    def distributions(self, words: CodedWords) -> Iterator[FloatArray]:
        columns = words.context_columns(self.block_size)
        for part in slices(words.n_predictions, self.rows_at_once):
            here = [column[part] for column in columns]
            size = min(part.stop, words.n_predictions) - part.start
            group, representatives = group_rows(here, self.n_readable, size)
            yield self.context_log_probs(rows_of(here, representatives))[group]


def check_table_size(n_cells: int, n_symbols: int) -> None:
    """Refuse a float64 table of more than 1 GiB."""
    if n_cells * 8 > LARGEST_TABLE_BYTES:
        raise ValueError(
            f"A table over V={n_symbols} symbols would need {n_cells * 8 / 2**30:.3f} GiB, more "
            "than 1 GiB. Give alphabet= with fewer symbols and handle_unknown='unknown', or use "
            "NGramCountLM, which keeps no such table."
        )
