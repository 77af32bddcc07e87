"""A bigram as one linear layer (Karpathy, "The spelled-out intro to language modeling", 2022)."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings
from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_makemore._core.bigram import BigramModel, dense_counts
from sklearn_makemore._estimators.checks import (
    check_counts,
    check_table_size,
    check_working_memory,
)
from sklearn_makemore._estimators.layout import ArrayLayout
from sklearn_makemore._estimators.neural_base import (
    BaseNeuralCharLM,
    BlockObserver,
    blocks_of,
    check_loss,
    fitting_device,
    heed_interruption,
    known_table,
    predictions_seen,
    torch_generator,
)
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

    from sklearn_makemore._neural.training import TrainingResult

FloatArray = NDArray[np.float64]
GD_LEARNING_RATE, GD_STEPS = 50.0, 300
LBFGS_STEPS, LBFGS_TOL = 15_000, 1e-9
TABLES_AT_ONCE = {"lbfgs": 60, "gd": 12}  # float64 tables that a fit holds, measured


class NeuralBigramLM(BaseNeuralCharLM):
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
        All characters that may occur, known beforehand. None takes those of the words in `fit`.
    boundary : str, default="."
        How the start and end of a word are shown; it is never looked up in a word.
    handle_unknown : {"error", "unknown"}, default="error"
        What happens to a character that is not among the symbols: a ValueError, or it becomes
        the unknown symbol, whose probability is 1 / (N + 1) after N predictions seen in `fit`.
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
        The boundary as shown, the characters in code-point order, the unknown symbol (U+FFFD) if
        there is one.
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

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseNeuralCharLM._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="left")],
        "solver": [StrOptions({"lbfgs", "gd"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "max_steps": [Interval(Integral, 1, None, closed="left"), None],
        "tol": [Interval(Real, 0, None, closed="left"), None],
    }

    def __init__(
        self,
        *,
        alpha: float = 0.01,
        solver: str = "lbfgs",
        learning_rate: float | None = None,
        max_steps: int | None = None,
        tol: float | None = None,
        device: Any = "auto",
        verbose: int = 0,
        alphabet: Any = None,
        boundary: str = ".",
        handle_unknown: str = "error",
        random_state: Any = None,
    ) -> None:
        self.alpha = alpha
        self.solver = solver
        self.learning_rate = learning_rate
        self.max_steps = max_steps
        self.tol = tol
        self.device = device
        self.verbose = verbose
        self.alphabet = alphabet
        self.boundary = boundary
        self.handle_unknown = handle_unknown
        self.random_state = random_state

    def _learn(self, words: CodedWords, vocabulary: Vocabulary, *, partial: bool) -> dict[str, Any]:
        counts = self._counts(words)
        if partial and self.solver == "lbfgs":
            raise ValueError(
                "partial_fit needs solver='gd': lbfgs runs to the optimum of the words it is given."
            )
        n_predictions = predictions_seen(words, self.n_predictions_ if partial else 0.0)

        def attributes(result: "TrainingResult", learnt: Any) -> dict[str, Any]:
            weights = learnt if isinstance(learnt, np.ndarray) else _table_of(learnt)
            if vocabulary.has_unknown:
                weights = _with_unknown(weights, n_predictions)
            return {
                "coef_": weights,
                "loss_curve_": np.array(result.loss_curve),
                "n_steps_": result.n_steps,
                "n_predictions_": n_predictions,
            }

        observer = BlockObserver(
            self.verbose,
            self._fit_tasks,
            lambda result, learnt: self._fitted_state(vocabulary, attributes(result, learnt)),
        )
        # The mean does not depend on the scale of weights, float32 does.
        shares = counts / counts.sum()
        if self.solver == "lbfgs":
            weights, result = self._minimise(shares, observer)
        else:
            rates = [self.learning_rate or GD_LEARNING_RATE] * (self.max_steps or GD_STEPS)
            start = self.coef_[: len(counts), : len(counts)] if partial else None
            weights, result = self._descend(shares, rates, start, observer)
        self._check_result(weights, result, counts)
        return attributes(result, weights)

    def _check_result(
        self, weights: FloatArray, result: "TrainingResult", counts: FloatArray
    ) -> None:
        """Refuse weights that are not finite; warn of what else went wrong."""
        if result.interrupted:
            heed_interruption(self, result.n_steps)
        if not np.isfinite(weights).all():
            raise FloatingPointError("The weights are not finite any more: lower learning_rate.")
        check_loss(_cross_entropy(weights, counts), len(counts))
        if result.exhausted:
            warnings.warn(
                f"lbfgs has not converged in {result.n_steps} steps: raise max_steps or tol.",
                ConvergenceWarning,
                stacklevel=6,
            )

    def _counts(self, words: CodedWords) -> FloatArray:
        """Return the counts of bigrams of known symbols."""
        check_table_size(words.n_symbols**2, words.n_symbols)
        other = "solver='gd'" if self.solver == "lbfgs" else "BigramCountLM"
        check_working_memory(
            TABLES_AT_ONCE[self.solver] * words.n_symbols**2 * 8,
            f"solver={self.solver!r} over V={words.n_symbols} symbols",
            f"Use {other}, or give alphabet= with fewer characters and handle_unknown='unknown'.",
        )
        counts = dense_counts(known_table(words, 1))[: words.n_known, : words.n_known]
        with np.errstate(over="ignore"):
            check_counts(counts.sum(keepdims=True))
        return counts

    def _max_blocks(self, words: CodedWords, *, partial: bool) -> int | None:
        if self.solver == "lbfgs":
            return None
        return blocks_of(self.max_steps or GD_STEPS)

    def _train_at_rates(self, words: CodedWords, rates: list[float]) -> "TrainingResult":
        if self.solver == "lbfgs":
            raise ValueError("solver='lbfgs' has no learning rate to look for; give solver='gd'.")
        counts = self._counts(words)
        return self._descend(counts / counts.sum(), rates)[1]

    def _minimise(
        self, counts: FloatArray, observer: BlockObserver
    ) -> "tuple[FloatArray, TrainingResult]":
        from sklearn_makemore._neural.bigram import minimise_loss

        return minimise_loss(
            counts,
            self.alpha,
            self.max_steps or LBFGS_STEPS,
            LBFGS_TOL if self.tol is None else self.tol,
            fitting_device(self.device),
            observer,
        )

    def _descend(
        self,
        counts: FloatArray,
        rates: list[float],
        start: FloatArray | None = None,
        observer: BlockObserver | None = None,
    ) -> "tuple[FloatArray, TrainingResult]":
        from sklearn_makemore._neural.bigram import logit_table, table_of
        from sklearn_makemore._neural.lecture import FullBatchSteps, first_table
        from sklearn_makemore._neural.training import train

        device = fitting_device(self.device)
        if start is None:
            module = first_table(len(counts), torch_generator(self.random_state))
        else:
            module = logit_table(start)
        module = module.to(device)
        steps = FullBatchSteps(module, counts, self.alpha, rates)
        result = train(module, steps, len(rates), observer=observer)
        return table_of(module), result

    @staticmethod
    def _layout(attributes: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
        return {
            "coef_": ArrayLayout((vocabulary.n_symbols, vocabulary.n_symbols)),
            "loss_curve_": ArrayLayout((attributes["n_steps_"],), finite=False),
            "n_steps_": int,
            "n_predictions_": float,
        }

    @staticmethod
    def _make_model(attributes: Mapping[str, Any]) -> BigramModel:
        return BigramModel(softmax(attributes["coef_"], axis=1))

    @staticmethod
    def _make_module(attributes: Mapping[str, Any]) -> "torch.nn.Module":
        from sklearn_makemore._neural.bigram import logit_table

        return logit_table(attributes["coef_"])


def _table_of(module: Any) -> FloatArray:
    from sklearn_makemore._neural.bigram import table_of

    return table_of(module)


def _cross_entropy(weights: FloatArray, counts: FloatArray) -> float:
    """Return the mean cross-entropy in nats, nan where the weights are not finite."""
    log_probs = weights - logsumexp(weights, axis=1, keepdims=True)
    return float(-(counts * log_probs).sum() / counts.sum())


def _with_unknown(weights: FloatArray, n_predictions: float) -> FloatArray:
    """Add the unknown symbol: a row that is the mean, a column of probability 1 / (N + 1)."""
    rows = np.vstack([weights, weights.mean(axis=0)])
    column = logsumexp(rows, axis=1, keepdims=True) - np.log(n_predictions)
    return np.hstack([rows, column])
