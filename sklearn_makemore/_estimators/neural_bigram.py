"""A bigram as one linear layer (Karpathy, "The spelled-out intro to language modeling", 2022)."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any, Self, cast

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, StrOptions
from torch import Tensor

from sklearn_makemore._core.bigram import BigramModel, dense_counts
from sklearn_makemore._core.context_table import ContextTable, Source
from sklearn_makemore._core.learnt import Learnt, check_array, check_type
from sklearn_makemore._core.models import FloatArray, check_table_size
from sklearn_makemore._estimators.callbacks import FitTasks
from sklearn_makemore._estimators.network import (
    ABOVE_0,
    AT_LEAST_1,
    GradientLM,
    check_loss,
    fitting_device,
    n_predictions_seen,
    seed_of,
    warn_of_interruption,
)
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._estimators.warning import warn
from sklearn_makemore._estimators.word_counts import WordCounts
from sklearn_makemore._neural.data import check_working_memory, known_table
from sklearn_makemore._neural.lecture import FullBatchSteps
from sklearn_makemore._neural.making import computing_gradients, seeded_generator
from sklearn_makemore._neural.modules import WindowModule
from sklearn_makemore._neural.training import STEPS_PER_BLOCK, Driver, Steps, training
from sklearn_makemore._text.containers import check_counts
from sklearn_makemore._text.vocabulary import Vocabulary

GD_LEARNING_RATE, GD_STEPS = 50.0, 300
LBFGS_STEPS, LBFGS_TOL = 15_000, 1e-9
TABLES_AT_ONCE = {"lbfgs": 60, "gd": 12}  # float64 tables that a fit holds, measured
OUT_OF_ITERATIONS, STOPPED_BY_CALLBACK = 1, 99  # status of scipy's L-BFGS-B


class LogitTable(WindowModule):
    """Logits that are the row of the last symbol."""

    def __init__(self, n_inputs: int, n_targets: int) -> None:
        super().__init__(n_inputs, n_targets, block_size=1)
        self.table = torch.nn.Embedding(
            n_inputs, n_targets, _weight=torch.zeros((n_inputs, n_targets))
        )

    def forward(self, windows: Tensor) -> Tensor:
        logits: Tensor = self.table(windows[:, -1])  # (B,) -> (B, V)
        return logits

    @property
    def weights(self) -> torch.nn.Parameter:
        return cast(torch.nn.Parameter, self.table.weight)


def logit_table(weights: FloatArray | Tensor) -> LogitTable:
    """Return the module with these logits, of shape (n_inputs, n_targets), in float32."""
    module = LogitTable(*weights.shape)
    module.weights.data = torch.as_tensor(weights).to(torch.float32, copy=True)
    return module


def penalised_loss(weights: Tensor, counts: Tensor, alpha: float) -> Tensor:
    """Return mean negative log-likelihood and ``alpha`` times the mean square, a scalar.

    Parameters
    ----------
    weights : Tensor of shape (V, V)
        Logits of the symbol of each column after the symbol of each row.
    counts : Tensor of shape (V, V)
        Weighted number of times that it follows.
    alpha : float
    """
    # Not log_softmax, which splits even a small table among threads.
    log_probs = weights - torch.logsumexp(weights, dim=1, keepdim=True)
    log_likelihood = (counts * log_probs).sum() / counts.sum()
    return -log_likelihood + alpha * (weights**2).mean()


@dataclass(frozen=True)
class LearntTable(Learnt):
    """Logits of the next symbol after each, and how they were found."""

    coef_: FloatArray
    loss_curve_: FloatArray
    n_steps_: int
    n_predictions_: float

    def model(self, vocabulary: Vocabulary) -> BigramModel:
        after_others = softmax(self.coef_.mean(axis=0))
        return BigramModel(softmax(self.coef_, axis=1), after_others)

    def checked(self, vocabulary: Vocabulary) -> Self:
        check_type("n_steps_", self.n_steps_, int)
        check_type("n_predictions_", self.n_predictions_, float)
        check_array("coef_", self.coef_, (vocabulary.n_symbols, vocabulary.n_symbols))
        check_array("loss_curve_", self.loss_curve_, (self.n_steps_,), finite=False)
        return self


class NeuralBigramLM(GradientLM):
    """Language model of one linear layer from the last symbol to the next.

    The weights are logarithms of counts up to a constant of each row. The penalty on their squares
    does what smoothing does to counts: without it the model is that of
    ``BigramCountLM(smoothing=0)``, and as it grows the distributions become uniform.

    Parameters
    ----------
    alpha : float, default=0.01
        Weight of the mean of the squared weights in the objective.
    solver : {"lbfgs", "gd"}, default="lbfgs"
        "lbfgs" finds the optimum in float64. "gd" follows the lecture step for step: weights from
        ``torch.randn``, then full-batch gradient descent in float32.
    learning_rate : float, default=None
        Step of "gd"; None means 50.0. "lbfgs" has none.
    max_steps : int, default=None
        Most iterations; None means 300 for "gd" and 15,000 for "lbfgs".
    tol : float, default=None
        "lbfgs" stops where no element of the gradient is larger; None means 1e-9. "gd" always takes
        `max_steps`.
    device : str or torch.device, default="auto"
        Where to compute: "auto" is CUDA, else MPS, else the CPU. "lbfgs" computes on the CPU where
        the device has no float64.
    verbose : int, default=0
        Print the objective after every so many blocks of 50 steps; 0 prints nothing.
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

    Attributes
    ----------
    coef_ : ndarray of shape (n_symbols, n_symbols), float64
        Logits of symbol j after symbol i. The row of the unknown symbol is the mean of the others.
    loss_curve_ : ndarray of shape (n_steps,), float64
        The objective before each step, in nats.
    n_steps_ : int
        Steps taken.
    n_predictions_ : float
        Weighted number of symbols predicted in `fit` and `partial_fit`.
    symbols_ : ndarray of shape (n_symbols,), dtype object
        The boundary as shown, the symbols of the words in order, the unknown symbol if there is
        one.
    n_symbols_ : int
        Number of symbols.

    See Also
    --------
    BigramCountLM : The same distributions by counting.

    References
    ----------
    Andrej Karpathy, "The spelled-out intro to language modeling: building makemore", 2022.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM, NeuralBigramLM
    >>> words = ["emma", "olivia", "ava", "isabella", "sophia"]
    >>> neural = NeuralBigramLM(alpha=1e-6).fit(words)
    >>> counted = BigramCountLM(smoothing=0).fit(words)
    >>> bool(abs(neural.predict_proba(["a"]) - counted.predict_proba(["a"])).max() < 0.01)
    True
    """

    alpha: float = parameter(Interval(Real, 0, None, closed="left"), default=0.01)
    solver: str = parameter(StrOptions({"lbfgs", "gd"}), default="lbfgs")
    learning_rate: float | None = parameter(ABOVE_0, None, default=None)
    max_steps: int | None = parameter(AT_LEAST_1, None, default=None)
    tol: float | None = parameter(Interval(Real, 0, None, closed="left"), None, default=None)

    _learnt_class = LearntTable

    def _from_counts(self, counts: WordCounts) -> ContextTable:
        return counts.windows_of(1).resized(1)

    def _max_blocks(self, words: Source, *, partial: bool) -> int | None:
        if self.solver == "lbfgs":
            return None
        return -(-(self.max_steps or GD_STEPS) // STEPS_PER_BLOCK)

    def _learn(
        self, words: Source, vocabulary: Vocabulary, tasks: FitTasks, *, partial: bool
    ) -> LearntTable:
        counts = self._counts(words, vocabulary)
        if partial and self.solver == "lbfgs":
            raise ValueError(
                "partial_fit needs solver='gd': lbfgs runs to the optimum of the words it is given."
            )
        seen = n_predictions_seen(words, self.n_predictions_ if partial else 0.0)
        start = self.coef_[: len(counts), : len(counts)] if partial else None
        weights = np.zeros(counts.shape)

        def learnt() -> LearntTable:
            result, known = driver.result, weights.copy()
            table = _with_unknown(known, seen) if vocabulary.has_unknown else known
            return LearntTable(table, np.array(result.loss_curve), result.n_steps, seen)

        driver = Driver(
            None if self.solver == "lbfgs" else self.max_steps or GD_STEPS,
            tasks,
            lambda: self._fitted_state(vocabulary, learnt()),
            verbose=self.verbose,
        )
        with computing_gradients(), driver:
            # The mean does not depend on the scale of weights, float32 does.
            shares = counts / counts.sum()
            if self.solver == "lbfgs":
                self._minimise(shares, weights, driver)
            else:
                self._descend(shares, start, weights, driver)
        if driver.result.interrupted:
            warn_of_interruption(driver.result.n_steps)
        if not np.isfinite(weights).all():
            raise FloatingPointError("The weights are not finite any more: lower learning_rate.")
        check_loss(_cross_entropy(weights, counts), len(counts))
        return learnt()

    def _counts(self, words: Source, vocabulary: Vocabulary) -> FloatArray:
        """Return the counts of bigrams of known symbols."""
        check_table_size(vocabulary.n_symbols**2, vocabulary.n_symbols)
        other = "solver='gd'" if self.solver == "lbfgs" else "BigramCountLM"
        check_working_memory(
            TABLES_AT_ONCE[self.solver] * vocabulary.n_symbols**2 * 8,
            f"solver={self.solver!r} over V={vocabulary.n_symbols} symbols",
            f"Use {other}, or give alphabet= with fewer symbols and handle_unknown='unknown'.",
        )
        known = slice(vocabulary.n_known)
        counts = dense_counts(known_table(words, 1, vocabulary.n_known))[known, known]
        with np.errstate(over="ignore"):
            check_counts(counts.sum(keepdims=True))
        return counts

    def _minimise(self, counts: FloatArray, weights: FloatArray, driver: Driver) -> None:
        """Find the weights of the least loss by L-BFGS in float64, in place."""
        device = fitting_device(self.device)
        if device.type == "mps":  # has no float64
            device = torch.device("cpu")
        on_device, max_steps = torch.from_numpy(counts).to(device), self.max_steps or LBFGS_STEPS

        def loss_and_gradient(flat: FloatArray) -> tuple[float, FloatArray]:
            at = torch.from_numpy(flat.reshape(counts.shape)).to(device).requires_grad_()
            loss = penalised_loss(at, on_device, self.alpha)
            (gradient,) = torch.autograd.grad(loss, at)
            return loss.item(), gradient.cpu().numpy().ravel()

        curve = driver.result.loss_curve
        losses = [loss_and_gradient(weights.ravel())[0]]  # that of where it is now comes last

        def after_iteration(intermediate_result: Any) -> None:
            weights[:] = intermediate_result.x.reshape(counts.shape)
            curve.append(losses[-1])
            losses.append(float(intermediate_result.fun))
            if len(curve) % STEPS_PER_BLOCK == 0 and driver.block_ended():
                raise StopIteration

        tol = LBFGS_TOL if self.tol is None else self.tol
        found = minimize(
            loss_and_gradient,
            weights.ravel().copy(),
            jac=True,
            method="L-BFGS-B",
            callback=after_iteration,
            options={"maxiter": max_steps, "maxfun": 20 * max_steps, "gtol": tol, "ftol": 0.0},
        )
        if found.status != STOPPED_BY_CALLBACK:
            curve[:] = curve or losses  # words that leave nothing to do have the first loss only
            driver.block_ended(is_last=True)
        if found.status == OUT_OF_ITERATIONS:
            warn(
                f"lbfgs has not converged in {len(curve)} steps: raise max_steps or tol.",
                ConvergenceWarning,
            )

    def _descend(
        self, counts: FloatArray, start: FloatArray | None, weights: FloatArray, driver: Driver
    ) -> None:
        """Find weights by gradient descent as the lecture does, in place."""
        rates = [self.learning_rate or GD_LEARNING_RATE] * (self.max_steps or GD_STEPS)
        table = self._first_table(len(counts)) if start is None else logit_table(start)
        table = table.to(fitting_device(self.device))
        try:
            steps = self._gd_steps(table, counts, rates)
            for _ in training(steps, len(rates), driver.result.loss_curve):
                weights[:] = table.weights.detach().cpu().double().numpy()
                if driver.block_ended():
                    break
        finally:
            weights[:] = table.weights.detach().cpu().double().numpy()

    def _first_table(self, n_symbols: int) -> LogitTable:
        """Return the table of random weights that the lecture begins with."""
        generator = seeded_generator(seed_of(self.random_state))
        return logit_table(torch.randn((n_symbols, n_symbols), generator=generator))

    def _gd_steps(self, table: LogitTable, counts: FloatArray, rates: list[float]) -> Steps:
        on_device = torch.from_numpy(counts).to(table.weights.device, torch.float32)
        objective = partial(penalised_loss, counts=on_device, alpha=self.alpha)
        return FullBatchSteps(table.weights, objective, rates)

    def _first_steps(self, vocabulary: Vocabulary, words: Source, rates: list[float]) -> Steps:
        if self.solver == "lbfgs":
            raise ValueError("solver='lbfgs' has no learning rate to look for; give solver='gd'.")
        counts = self._counts(words, vocabulary)
        table = self._first_table(len(counts)).to(fitting_device(self.device))
        return self._gd_steps(table, counts / counts.sum(), rates)

    def to_torch(self) -> torch.nn.Module:
        self._stored_state()
        return logit_table(self.coef_).eval()


def _cross_entropy(weights: FloatArray, counts: FloatArray) -> float:
    """Return the mean cross-entropy in nats, nan where the weights are not finite."""
    log_probs = weights - logsumexp(weights, axis=1, keepdims=True)
    return float(-(counts * log_probs).sum() / counts.sum())


def _with_unknown(weights: FloatArray, n_predictions: float) -> FloatArray:
    """Add the unknown symbol: a row that is the mean, a column of probability 1 / (N + 1)."""
    rows = np.vstack([weights, weights.mean(axis=0)])
    column = logsumexp(rows, axis=1, keepdims=True) - np.log(n_predictions)
    return np.hstack([rows, column])
