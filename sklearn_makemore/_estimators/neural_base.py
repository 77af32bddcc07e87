"""What language models trained by gradients have in common."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.callbacks import FitTasks
from sklearn_makemore._estimators.checks import check_counts
from sklearn_makemore._estimators.parts import is_part_of_another_fit
from sklearn_makemore._neural.schedules import STEPS_PER_BLOCK
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

    from sklearn_makemore._neural.training import TrainingResult


class BaseNeuralCharLM(BaseCharLM):
    """A language model whose fitted attributes are the weights of a torch module.

    Fitted attributes are NumPy arrays, so that a model fitted on one device is used on another. A
    subclass has the parameter `device` and, beside the hooks of every model, `_make_module`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseCharLM._parameter_constraints,
        "device": "no_validation",  # torch.device is unknown until torch is loaded
        "verbose": ["verbose"],
    }

    device: Any
    verbose: int

    @staticmethod
    @abstractmethod
    def _make_module(attributes: Mapping[str, Any]) -> "torch.nn.Module":
        """Return the torch module that fitted attributes describe, on the CPU."""

    @abstractmethod
    def _train_at_rates(self, words: CodedWords, rates: list[float]) -> "TrainingResult":
        """Train with these learning rates, and return how it went.

        It begins anew, changes nothing of `self`, and ends early at a loss that is not finite.
        """

    def _fit_words(
        self, vocabulary: Vocabulary, words: CodedWords, tasks: FitTasks, *, partial: bool
    ) -> Self:
        from sklearn_makemore._neural.modules import computing_gradients

        with computing_gradients():
            return super()._fit_words(vocabulary, words, tasks, partial=partial)

    def _sweep_learning_rates(self, X: Any, sample_weight: Any, rates: list[float]) -> list[float]:
        """Return the loss before each step of a training on words with these learning rates."""
        from sklearn_makemore._neural.modules import computing_gradients

        self._validate_params()
        words = self._read_words(X, sample_weight)[1]
        with computing_gradients():
            result = self._train_at_rates(words, rates)
        if result.interrupted:
            raise KeyboardInterrupt
        return result.loss_curve

    def to_torch(self) -> "torch.nn.Module":
        """Return the fitted network.

        Returns
        -------
        module : torch.nn.Module
            A copy on the CPU, in evaluation mode: from int64 codes of symbols to logits. The codes
            are windows of `block_size` symbols, or words that begin with a boundary (code 0).
        """
        check_is_fitted(self)
        return self._make_module(vars(self)).eval()


def fitting_device(device: Any) -> "torch.device":
    """Return the device to fit on.

    Raises
    ------
    InvalidParameterError
        If it is neither a string nor a torch.device, or is not there.
    """
    from sklearn_makemore._neural.device import resolve_device

    try:
        return resolve_device(device)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"The 'device' parameter is not usable: {error}") from None


def torch_generator(random_state: Any) -> "torch.Generator":
    """Return a generator on the CPU, seeded with `random_state` itself where it is an int."""
    from sklearn_makemore._neural.modules import seeded_generator

    if not isinstance(random_state, (int, np.integer)):
        random_state = check_random_state(random_state).randint(2**31 - 1)
    return seeded_generator(int(random_state))


def known_table(words: CodedWords, block_size: int) -> ContextTable:
    """Count contexts and next symbols, leaving out predictions that involve unknown characters."""
    table = ContextTable.from_words(words, block_size)
    if words.unknown_code is None:
        return table
    known = table.without_symbol(words.unknown_code)
    require_known(known.n_contexts)
    return known


def require_known(n: int) -> None:
    """Refuse words that leave `n` = 0 predictions without unknown characters."""
    if not n:
        raise ValueError(
            "Every prediction involves unknown characters: nothing can be learnt. Give alphabet= "
            "with more of the characters of X."
        )


def blocks_of(n_steps: int) -> int:
    """Return the number of blocks that some steps are taken in."""
    return -(-n_steps // STEPS_PER_BLOCK)


def heed_interruption(estimator: Any, n_steps: int) -> None:
    """Warn that the user ended the training after `n_steps` steps.

    Raises
    ------
    KeyboardInterrupt
        If the fit is part of another, such as a search, which is to end too.
    """
    if hasattr(estimator, "_parent_callback_ctx") or is_part_of_another_fit():
        raise KeyboardInterrupt
    warnings.warn(
        f"Training was interrupted after {n_steps} steps; the model is as good as it had become.",
        UserWarning,
        stacklevel=5,
    )


class BlockObserver:
    """Tells of the blocks of steps of a training: callbacks, and standard output.

    Parameters
    ----------
    verbose : int
        Print the loss after every so many whole blocks; 0 prints nothing.
    tasks : FitTasks
    fitted_state : callable
        Makes the attributes of the fitted estimator from the training so far and what was learnt.
    """

    def __init__(
        self,
        verbose: int,
        tasks: FitTasks,
        fitted_state: Callable[["TrainingResult", Any], dict[str, Any]],
    ) -> None:
        self._verbose = verbose
        self._tasks = tasks
        self._fitted_state = fitted_state
        self._n_seen = 0

    def block_begins(self) -> None:
        self._tasks.block_begins()

    def block_ends(self, result: "TrainingResult", learnt: Callable[[], Any]) -> bool:
        losses = result.loss_curve
        block, self._n_seen = losses[self._n_seen :], len(losses)
        if self._verbose and len(losses) % (STEPS_PER_BLOCK * self._verbose) == 0:
            print(f"step {len(losses)}: loss {np.mean(block):.4f}")  # noqa: T201
        return self._tasks.block_ends(lambda: self._fitted_state(result, learnt()))


def predictions_seen(words: CodedWords, before: float = 0.0) -> float:
    """Return the weighted number of predictions in words, and in those seen before."""
    weights = words.prediction_weights()
    with np.errstate(over="ignore"):
        here = words.n_predictions if weights is None else weights.sum()
    return float(check_counts(np.array(here + before)))


def check_loss(loss: float, n_targets: int) -> None:
    """Refuse a loss that is not finite; warn of one above that of a uniform guess.

    Parameters
    ----------
    loss : float
        Mean cross-entropy after training, in nats.
    n_targets : int
        Symbols to guess among.
    """
    if not np.isfinite(loss):
        raise FloatingPointError("The loss is not finite any more: lower learning_rate.")
    if loss > np.log(n_targets):
        warnings.warn(
            f"The loss of {loss:.3f} nats is worse than a uniform guess ({np.log(n_targets):.3f}): "
            "training has not converged. Lower learning_rate or raise max_steps.",
            ConvergenceWarning,
            stacklevel=5,
        )
