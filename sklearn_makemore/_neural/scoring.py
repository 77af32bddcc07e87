"""Torch modules as models that scoring and sampling can ask."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax
from torch import Tensor, nn
from torch.nn import functional

from sklearn_makemore._core.grouping import group_rows
from sklearn_makemore._core.models import (
    CELLS_PER_BATCH,
    FloatArray,
    NextSymbolModel,
    Rows,
    WindowModel,
)
from sklearn_makemore._neural.making import do_without_lost_threads
from sklearn_makemore._neural.modules import CharModule, SequenceModule, State, WindowModule
from sklearn_makemore._text.coded_words import BOUNDARY, CodedWords, Codes
from sklearn_makemore._text.flat_text import slices

PREDICTIONS_AT_ONCE = 8192
STATE_CELLS = 2**24  # numbers in the states of words stepped side by side: 64 MiB in float32
LONGEST_READ = 512  # symbols of a word at a time; attention needs their square
Result = TypeVar("Result")
Module = TypeVar("Module", bound=CharModule)


class _Batches:
    """Computes in batches on a device; out of memory halves them for good.

    Parameters
    ----------
    device : torch.device
    n_predictions : float or None
        Weighted number of predictions seen in fit, where there is an unknown symbol: its
        probability is ``1 / (n_predictions + 1)``. None where there is none.
    at_once : int
        Predictions of a batch.
    n_symbols : int
        Codes from here up are of what is no symbol.
    code_of_others : int
        As which such is read.
    """

    def __init__(
        self,
        device: torch.device,
        n_predictions: float | None,
        at_once: int,
        n_symbols: int,
        code_of_others: int,
    ) -> None:
        self.device = device
        self._n_symbols, self._code_of_others = n_symbols, code_of_others
        self._n_predictions = n_predictions
        self._at_once = at_once

    def compute(
        self, n: int, part_of: Callable[[slice], Result], size: int | NDArray[np.int64] = 1
    ) -> list[Result]:
        """Return `part_of` for consecutive slices of n rows.

        Parameters
        ----------
        n : int
        part_of : callable
            Called with a slice.
        size : int or ndarray of shape (n,), int64, default=1
            Predictions of each row at a time; an array descends.
        """
        do_without_lost_threads()
        results: list[Result] = []
        start = 0
        while start < n:
            of_row = size if isinstance(size, int) else int(size[start])
            stop = min(n, start + max(1, self._at_once // of_row))
            try:
                results.append(part_of(slice(start, stop)))
                start = stop
            except torch.OutOfMemoryError:
                # For good: what did not fit once will not fit next time.
                if stop - start == 1:
                    raise
                self._at_once //= 2
        return results

    def read(self, codes: Codes) -> Tensor:
        """Return codes as a module reads them, on the CPU."""
        read = torch.from_numpy(codes.astype(np.int64))
        return read.masked_fill_(read == self._n_symbols, self._code_of_others)

    def log_probs(self, logits: NDArray[np.float32]) -> FloatArray:
        """Normalise logits (n, n_targets) in float64; the unknown symbol, if any, comes last."""
        # In float64: sums of float32 exponentials are off 1 by more than 1e-9.
        known = log_softmax(logits.astype(np.float64), axis=1)
        if self._n_predictions is None:
            return np.asarray(known)
        # Add-one at the scale of the whole fit: N + 1 predictions, one of which was unknown.
        share = np.log1p(self._n_predictions)
        known += np.log(self._n_predictions) - share
        return np.column_stack([known, np.full(len(known), -share)])


def _batches(
    module: CharModule, device: torch.device, n_predictions: float, code_of_others: int
) -> _Batches:
    has_unknown = module.n_inputs > module.n_targets
    at_once = max(1, min(PREDICTIONS_AT_ONCE, CELLS_PER_BATCH // module.n_inputs))
    seen = n_predictions if has_unknown else None
    return _Batches(device, seen, at_once, module.n_inputs, code_of_others)


def to_score(module: Module, device: torch.device) -> tuple[Module, int]:
    """Return a module that scores, and the code as which it reads what is no symbol.

    That is one code more, whose embedding is the mean of all, or the boundary's where symbols are
    not read through layers of torch's embeddings.
    """
    module = module.eval().to(device).requires_grad_(False)
    of_symbols, code = {id(weights) for weights in module.embeddings()}, BOUNDARY
    for layer in module.modules():
        if isinstance(layer, nn.Embedding) and id(layer.weight) in of_symbols:
            mean = layer.weight.mean(0, keepdim=True)
            table = torch.cat([layer.weight, mean])  # (V, E) -> (V + 1, E)
            # Of the layer alone: its weights may be those of the output, too.
            layer.forward = partial(  # type: ignore[method-assign]
                functional.embedding,
                weight=table,
                max_norm=layer.max_norm,
                norm_type=layer.norm_type,
            )
            code = module.n_inputs
    return module, code


class TorchWindowModel(WindowModel):
    """The distributions of a window module, normalised in float64.

    Parameters
    ----------
    module : WindowModule
        Its weights stop asking for gradients, so that no mode of torch need be changed to score.
    device : torch.device
        Where to compute.
    n_predictions : float
        Weighted number of predictions seen in fit; the unknown symbol, where the module has more
        inputs than targets, has probability ``1 / (n_predictions + 1)``.
    """

    def __init__(self, module: WindowModule, device: torch.device, n_predictions: float) -> None:
        super().__init__(module.n_inputs, module.block_size)
        self._module, code_of_others = to_score(module, device)
        self._batches = _batches(module, device, n_predictions, code_of_others)

    def context_log_probs(self, contexts: Codes) -> FloatArray:
        windows = self._batches.read(contexts)

        def logits_of(part: slice) -> NDArray[np.float32]:
            logits: Tensor = self._module(windows[part].to(self._batches.device))
            return logits.cpu().numpy()

        logits = self._batches.compute(len(windows), logits_of)
        return self._batches.log_probs(np.concatenate(logits))


class Beginnings(NamedTuple):
    """Where some words have got to.

    Parameters
    ----------
    states : tuple of Tensor, each of shape (m, ...)
        The module's states after m beginnings of words.
    rows : ndarray of shape (n,), int64
        The beginning of each word.
    """

    states: State
    rows: Rows


class TorchSequenceModel(NextSymbolModel):
    """The distributions of a sequence module, normalised in float64.

    Every distinct word is scored once, long ones piece by piece; words stepped side by side that
    have begun alike are computed once.

    Parameters
    ----------
    module : SequenceModule
    device : torch.device
        Where to compute.
    n_predictions : float
        As in :class:`TorchWindowModel`.
    """

    def __init__(self, module: SequenceModule, device: torch.device, n_predictions: float) -> None:
        super().__init__(module.n_inputs, None)
        self._module, code_of_others = to_score(module, device)
        self._batches = _batches(module, device, n_predictions, code_of_others)

    @property
    def words_at_once(self) -> int:
        return max(1, min(super().words_at_once, STATE_CELLS // self._module.state_size))

    @property
    def _longest_read(self) -> int:
        return max(1, min(LONGEST_READ, CELLS_PER_BATCH // self.n_symbols))

    def log_probs(self, words: CodedWords) -> FloatArray:
        number = words.numbered()
        chosen = np.empty(number.max(initial=-1) + 1, np.int64)
        chosen[number] = np.arange(words.n_words)
        result, targets = np.empty(words.n_predictions), words.known_targets

        def put(at: Rows, log_probs: FloatArray, rows: Rows) -> None:
            result[at] = log_probs[rows, targets[at]]

        self._read_all(words, chosen, put)
        begins = np.repeat(words.offsets[chosen[number]], words.predictions_per_word)
        repeated: FloatArray = result[begins + words.positions]
        return repeated

    def distributions(self, words: CodedWords) -> Iterator[FloatArray]:
        for some in words.pieces(self.rows_at_once):
            if some.n_words == 1:  # of any length
                do_without_lost_threads()
                for _, log_probs, rows in self._read(some, some.offsets[:1], np.diff(some.offsets)):
                    yield log_probs[rows]
            else:
                yield self._table(some)

    def next_log_probs(self, prefixes: CodedWords) -> FloatArray:
        # Short ones symbol by symbol: many begin alike, and what they share is computed once.
        is_long = prefixes.predictions_per_word > LONGEST_READ
        result = np.empty((prefixes.n_words, self.n_symbols))
        result[~is_long] = super().next_log_probs(prefixes.keep(~is_long))
        for i in np.flatnonzero(is_long).tolist():
            for log_probs in self.distributions(prefixes.words(i, i + 1)):
                result[i] = log_probs[-1]
        return result

    def _table(self, words: CodedWords) -> FloatArray:
        """Return the distributions before all predictions of some words."""
        result = np.empty((words.n_predictions, self.n_symbols))

        def put(at: Rows, log_probs: FloatArray, rows: Rows) -> None:
            result[at] = log_probs[rows]

        self._read_all(words, np.arange(words.n_words), put)
        return result

    def _read_all(
        self, words: CodedWords, chosen: Rows, put: Callable[[Rows, FloatArray, Rows], None]
    ) -> None:
        """Read the words chosen in batches, and call `put` with what `_read` yields."""
        # Longest first: a batch is as wide as its first word, and memory runs out at once or never.
        lengths = words.predictions_per_word[chosen]
        order = np.argsort(-lengths, kind="stable")
        starts, lengths = words.offsets[chosen[order]], lengths[order]

        def read(part: slice) -> None:
            for found in self._read(words, starts[part], lengths[part]):
                put(*found)

        self._batches.compute(len(order), read, np.minimum(lengths, self._longest_read))

    def _read(
        self, words: CodedWords, starts: Rows, lengths: Rows
    ) -> Iterator[tuple[Rows, FloatArray, Rows]]:
        """Read words side by side, some symbols of each at a time.

        Yields
        ------
        at : ndarray of shape (n,), int64
            Predictions.
        log_probs : ndarray of shape (m, n_symbols), float64
        rows : ndarray of shape (n,), int64
            Which of the m rows is the distribution of each prediction.
        """
        state = self._module.init_state(len(starts), self._batches.device)
        for part in slices(int(lengths[0]), self._longest_read):
            places = np.arange(part.start, min(part.stop, lengths[0]))
            # After the end of a word stands anything: it is read, and what it gives is left out.
            at = np.minimum(starts[:, None] + places, words.n_predictions - 1)
            codes = self._batches.read(words.codes[at])
            logits, state = self._module.read(codes.to(self._batches.device), state)
            rows = np.flatnonzero(places < lengths[:, None])
            log_probs = self._batches.log_probs(logits.flatten(0, 1).cpu().numpy())
            yield at.ravel()[rows], log_probs, rows

    def init_state(self, n: int) -> Beginnings:
        states = self._module.init_state(1, self._batches.device)
        return Beginnings(states, np.zeros(n, np.int64))

    def step(self, state: Beginnings, last_codes: Codes) -> tuple[FloatArray, Rows, Beginnings]:
        n_keys = max(len(state.states[0]), self.n_readable)
        rows, chosen = group_rows([state.rows, last_codes], n_keys, len(last_codes))
        before = torch.from_numpy(state.rows[chosen]).to(self._batches.device)
        codes = self._batches.read(last_codes[chosen]).to(self._batches.device)

        def read(part: slice) -> tuple[Tensor, State]:
            states = tuple(tensor[before[part]] for tensor in state.states)
            logits, after = self._module.read(codes[part, None], states)
            return logits[:, 0], after

        logits, states = zip(*self._batches.compute(len(codes), read), strict=True)
        after = tuple(torch.cat(tensors) for tensors in zip(*states, strict=True))
        log_probs = self._batches.log_probs(torch.cat(logits).cpu().numpy())
        return log_probs, rows, Beginnings(after, rows)

    def select(self, state: Beginnings, rows: NDArray[Any]) -> Beginnings:
        return Beginnings(state.states, state.rows[rows])
