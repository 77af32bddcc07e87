"""What language models trained by gradients have in common."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._text.coded_words import CodedWords

if TYPE_CHECKING:
    import torch


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

    def to_torch(self) -> "torch.nn.Module":
        """Return the fitted network.

        Returns
        -------
        module : torch.nn.Module
            A copy on the CPU, in evaluation mode: from int64 windows of codes to logits.
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


def reporter(verbose: int) -> Callable[[int, float], None] | None:
    """Return what prints the loss after every `verbose` blocks of 50 steps, None for 0."""
    if not verbose:
        return None

    def report(n_steps: int, loss: float) -> None:
        if n_steps % (50 * verbose) == 0:
            print(f"step {n_steps}: loss {loss:.4f}")  # noqa: T201

    return report


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
