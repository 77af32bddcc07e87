"""The training loop: blocks of steps, and the driver that hears of each."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import torch
from torch import Tensor

from sklearn_makemore._neural.checkpoint import Checkpoint
from sklearn_makemore._neural.data import TrainingData, predictions_at_once
from sklearn_makemore._neural.modules import CharModule

STEPS_PER_BLOCK = 50  # between looks at the losses: a device is not waited for within a block
PREDICTIONS_AT_ONCE = 8192


class Steps(Protocol):
    """A way to improve a module step by step."""

    def take(self, step: int) -> Tensor:
        """Take a step, and return the loss of its batch before it, a scalar."""

    def state(self) -> dict[str, Tensor]:
        """Return all that the next steps depend on, beside the module's weights."""

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from such a state, the module having the weights of then."""


class Tasks(Protocol):
    """What is told of a training, and may end it."""

    @property
    def is_part(self) -> bool:
        """Whether the fit is a part of another, which an interruption ends too."""

    def block_begins(self) -> None:
        """Hear that a block of steps begins."""

    def block_ends(self, fitted_state: Callable[[], dict[str, Any]]) -> bool:
        """Hear that it has ended, and return whether to stop."""


@dataclass
class TrainingResult:
    """What a training leaves beside the weights in the module.

    Attributes
    ----------
    loss_curve : list of float
        Loss of each step's batch before the step, in nats. Where one is not finite, training ended.
    validation_curve : list of float
        Loss on held-out rows at each look.
    validation_steps : list of int
        Steps taken before each look.
    interrupted : bool
        Whether the user stopped it.
    """

    loss_curve: list[float] = field(default_factory=list)
    validation_curve: list[float] = field(default_factory=list)
    validation_steps: list[int] = field(default_factory=list)
    interrupted: bool = False

    @property
    def n_steps(self) -> int:
        return len(self.loss_curve)


def training(steps: Steps, n_steps: int, curve: list[float]) -> Iterator[None]:
    """Take steps, and yield after each block of them.

    Parameters
    ----------
    steps : Steps
    n_steps : int
        How many there are to be, those already in the curve included.
    curve : list of float
        Gains the loss before each step, also of a block that an error or the user ends.
    """
    for start in range(len(curve), n_steps, STEPS_PER_BLOCK):
        losses: list[Tensor] = []
        try:
            for step in range(start, min(start + STEPS_PER_BLOCK, n_steps)):
                losses.append(steps.take(step))
        finally:
            # Brought to the CPU once a block: a device is waited for there, and works on elsewhere.
            if losses:
                curve += torch.stack(losses).cpu().tolist()
        yield


class Driver:
    """Between the blocks of a training: held-out rows, callbacks, printing, checkpoints, Ctrl-C.

    It is a context: ``with driver: ...``. Within it each block is followed by `block_ended`; at its
    end a module is left with its best weights.

    Parameters
    ----------
    n_steps : int or None
        Steps that there are to be; None where that is not known.
    tasks : Tasks
        Told of every block.
    fitted_state : callable
        Makes the attributes of the estimator as if the training had ended here; it is called only
        where a callback wants to see that estimator.
    verbose : int, default=0
        Print the loss after every so many whole blocks; 0 prints nothing.
    held_out : HeldOut, default=None
        Rows that may end the training.
    checkpoint : Checkpoint, default=None
        Kept of the training, to go on from after a process has died.
    """

    def __init__(
        self,
        n_steps: int | None,
        tasks: Tasks,
        fitted_state: Callable[[], dict[str, Any]],
        *,
        verbose: int = 0,
        held_out: "HeldOut | None" = None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self.result = TrainingResult()
        self._n_steps = n_steps
        self._tasks = tasks
        self._fitted_state = fitted_state
        self._verbose = verbose
        self._held_out = held_out
        self._checkpoint = checkpoint
        self._n_seen = 0

    def __enter__(self) -> Self:
        if self._checkpoint is not None:
            self._checkpoint.resume(self.result, self._held_out)
            self._n_seen = self.result.n_steps
            if self._verbose and self._n_seen:
                print(f"going on from the checkpoint after step {self._n_seen}")  # noqa: T201
        self._tasks.block_begins()
        return self

    def block_ended(self, *, is_last: bool = False) -> bool:
        """Hear that a block of steps has ended, and return whether to end the training.

        Parameters
        ----------
        is_last : bool, default=False
            Whether no other follows; where the number of steps is known, it says so itself.
        """
        result = self.result
        block, self._n_seen = result.loss_curve[self._n_seen :], result.n_steps
        # Neither held-out words nor callbacks are asked of weights that have blown up; whoever
        # sees the curve says so.
        if not np.isfinite(block).all():
            return True
        is_last = is_last or result.n_steps == self._n_steps
        stop = self._held_out is not None and self._held_out.block_ended(result, is_last)
        if block and self._verbose and result.n_steps % (STEPS_PER_BLOCK * self._verbose) == 0:
            print(f"step {result.n_steps}: loss {np.mean(block):.4f}")  # noqa: T201
        # Callbacks hear of every block, also of the one that held-out words end.
        stop = self._tasks.block_ends(self._fitted_state) or stop
        if not (stop or is_last):
            if self._checkpoint is not None:
                self._checkpoint.keep_now_and_then(result, self._held_out)
            self._tasks.block_begins()
        return stop

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Return whether an interruption by the user leaves a model: it ends a fit of its own only.

        Before the first step there is none.
        """
        is_ctrl_c = kind is not None and issubclass(kind, KeyboardInterrupt)
        self.result.interrupted = is_ctrl_c and bool(self.result.loss_curve)
        if self._held_out is not None:
            self._held_out.restore_best()
        return self.result.interrupted and not self._tasks.is_part


class HeldOut:
    """The losses of held-out rows during a training, and the weights that had the least.

    Parameters
    ----------
    module : CharModule
        Being trained.
    data : TrainingData
        The rows.
    n_looks : int
        Looks without improvement after which the training ends.
    blocks_per_look : int, default=1
        Blocks of steps from one look to the next.
    """

    def __init__(
        self, module: CharModule, data: TrainingData, n_looks: int, blocks_per_look: int = 1
    ) -> None:
        self._module = module
        self._data = data
        self._n_looks = n_looks
        self._blocks_per_look = blocks_per_look
        self.best_weights: dict[str, Tensor] = {}

    def block_ended(self, result: TrainingResult, is_last: bool) -> bool:
        """Look at the held-out rows when it is time, and return whether to stop."""
        n_blocks = -(-result.n_steps // STEPS_PER_BLOCK)
        if n_blocks % self._blocks_per_look and not is_last:
            return False
        self._look(result)
        # A loss that is not a number is the worst, not the best that argmin would take it for.
        finite = np.where(np.isfinite(result.validation_curve), result.validation_curve, np.inf)
        return len(finite) - 1 - int(np.argmin(finite)) >= self._n_looks

    def _look(self, result: TrainingResult) -> None:
        """Add the loss of the held-out rows to the curve; keep the weights if it is the least."""
        loss = mean_cross_entropy(self._module, self._data)
        if loss < np.nanmin([*result.validation_curve, np.inf]):
            state = self._module.state_dict()
            self.best_weights = {name: value.detach().clone() for name, value in state.items()}
        result.validation_curve.append(loss)
        result.validation_steps.append(result.n_steps)

    def best_module(self) -> CharModule:
        """Return a copy of the module with its best weights."""
        # A copy: the training goes on with the weights of now.
        module = copy.deepcopy(self._module)
        if self.best_weights:
            module.load_state_dict(self.best_weights)
        return module

    def restore_best(self) -> None:
        if self.best_weights:
            self._module.load_state_dict(self.best_weights)


def mean_cross_entropy(
    module: CharModule, data: TrainingData, at_once: int = PREDICTIONS_AT_ONCE
) -> float:
    """Return the weighted mean cross-entropy of all predictions, in nats, without dropout."""
    was_training = module.training
    module.eval()
    total = 0.0
    at_once = min(at_once, predictions_at_once(module.n_targets))
    with torch.no_grad():
        for inputs, targets, weights in data.passed_once(at_once):
            assert weights is not None
            losses = cross_entropies(module(inputs), targets)
            total += float(losses.cpu().double().flatten() @ weights.flatten())
    module.train(was_training)
    return total / data.total_weight


def cross_entropies(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy of each prediction in nats, of shape (...,)."""
    if targets.ndim < logits.ndim:
        expected = logits.gather(-1, targets[..., None])[..., 0]  # (..., V) -> (...)
    else:
        expected = (logits * targets).sum(-1)  # (..., V) -> (...)
    return torch.logsumexp(logits, -1) - expected
