"""The training loop: blocks of steps, and what happens between them."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from sklearn_makemore._neural.data import TrainingData
from sklearn_makemore._neural.losses import mean_cross_entropy
from sklearn_makemore._neural.modules import CharModule
from sklearn_makemore._neural.schedules import STEPS_PER_BLOCK


class Steps(Protocol):
    """A way to improve a module step by step."""

    def take(self, steps: range, losses: list[Tensor]) -> None:
        """Take some steps, adding the loss of each before it, a scalar, to `losses`."""


class Observer(Protocol):
    """What is told of a training, and may end it."""

    def block_begins(self) -> None:
        """Hear that a block of steps begins."""

    def block_ends(self, result: "TrainingResult", learnt: Callable[[], Any]) -> bool:
        """Hear that it has ended, and return whether to stop.

        `result` is that of the training so far, `learnt` returns what it would leave if it ended
        here: a module, or an array of weights.
        """


@dataclass(frozen=True)
class Patience:
    """When held-out words end the training.

    Parameters
    ----------
    data : TrainingData
        Held-out rows.
    n_looks : int
        Looks without improvement after which training stops.
    blocks_per_look : int, default=1
        Blocks of steps from one look at the held-out rows to the next.
    """

    data: TrainingData
    n_looks: int
    blocks_per_look: int = 1


@dataclass
class TrainingResult:
    """What a training run leaves beside the weights in the module.

    Attributes
    ----------
    loss_curve : list of float
        Loss of each step's batch before the step, in nats. Where one is not finite, training ended.
    validation_curve : list of float
        Loss on held-out rows at each look.
    interrupted : bool
        Whether the user stopped it.
    exhausted : bool
        Whether a solver that looks for an optimum ran out of steps.
    """

    loss_curve: list[float] = field(default_factory=list)
    validation_curve: list[float] = field(default_factory=list)
    interrupted: bool = False
    exhausted: bool = False

    @property
    def n_steps(self) -> int:
        return len(self.loss_curve)


def train(
    module: CharModule,
    steps: Steps,
    n_steps: int,
    patience: Patience | None = None,
    observer: Observer | None = None,
) -> TrainingResult:
    """Train a module in place; with held-out rows it ends with its best weights.

    Training ends early when held-out rows say so, when the observer does, when the user interrupts
    it, or when a loss is not finite: that is for the caller to see. An interruption before the
    first step has been taken is raised.

    Parameters
    ----------
    module : CharModule
        On the device of the data.
    steps : Steps
        Of this module.
    n_steps : int
    patience : Patience, default=None
        Held-out rows.
    observer : Observer, default=None
        Told of every block of steps.

    Returns
    -------
    result : TrainingResult
    """
    result = TrainingResult()
    held_out = None if patience is None else _HeldOut(module, patience, result.validation_curve)
    module.train()
    try:
        for start in range(0, n_steps, STEPS_PER_BLOCK):
            if observer is not None:
                observer.block_begins()
            _take_block(steps, range(start, min(start + STEPS_PER_BLOCK, n_steps)), result)
            if not np.isfinite(result.loss_curve[start:]).all():
                break
            stop = held_out is not None and held_out.block_ended(result.n_steps == n_steps)
            if observer is not None:
                learnt = (lambda: module) if held_out is None else held_out.best_module
                stop = observer.block_ends(result, learnt) or stop
            if stop:
                break
    except KeyboardInterrupt:
        if not result.loss_curve:
            raise
        result.interrupted = True
    if held_out is not None:
        held_out.restore_best()
    module.eval()
    return result


def _take_block(steps: Steps, block: range, result: TrainingResult) -> None:
    """Take the steps of a block and bring their losses to the CPU, also those before an error."""
    losses: list[Tensor] = []
    try:
        steps.take(block, losses)
    finally:
        if losses:
            result.loss_curve += torch.stack(losses).cpu().tolist()


class _HeldOut:
    """The losses of held-out rows during a training, and the weights that had the least."""

    def __init__(self, module: CharModule, patience: Patience, curve: list[float]) -> None:
        self._module = module
        self._patience = patience
        self._curve = curve
        self._n_blocks = 0
        self._best_weights: dict[str, Tensor] = {}

    def block_ended(self, was_last: bool) -> bool:
        """Look at the held-out rows when it is time, and return whether to stop."""
        self._n_blocks += 1
        if self._n_blocks % self._patience.blocks_per_look and not was_last:
            return False
        self._look()
        finite = np.where(np.isfinite(self._curve), self._curve, np.inf)
        return len(finite) - 1 - int(np.argmin(finite)) >= self._patience.n_looks

    def _look(self) -> None:
        """Add the loss of the held-out rows to the curve; keep the weights if it is the least."""
        loss = mean_cross_entropy(self._module, self._patience.data)
        if loss < np.nanmin([*self._curve, np.inf]):
            state = self._module.state_dict()
            self._best_weights = {name: value.detach().clone() for name, value in state.items()}
        self._curve.append(loss)

    def best_module(self) -> CharModule:
        """Return a copy of the module with its best weights."""
        module = copy.deepcopy(self._module)
        if self._best_weights:
            module.load_state_dict(self._best_weights)
        return module

    def restore_best(self) -> None:
        if self._best_weights:
            self._module.load_state_dict(self._best_weights)
