"""The training loop: batches of weighted rows, AdamW, one cycle of the learning rate."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from sklearn_makemore._neural.window_data import WindowData, mean_cross_entropy

STEPS_PER_BLOCK = 50  # between looks at the losses: a device is not waited for within a block


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Parameters
    ----------
    max_steps : int
    batch_size : int
        Rows of a step.
    learning_rate : float
        The highest rate of the cycle, or the constant rate.
    weight_decay : float
        Decoupled, as in AdamW (Loshchilov & Hutter 2019).
    one_cycle : bool
        Whether the rate rises and falls once (Smith & Topin 2018) or stays.
    """

    max_steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    one_cycle: bool = True

    def rates(self) -> list[float]:
        """Return the learning rate of every step.

        The cycle rises for 30 % of the steps from a 25th of the highest rate and falls to nearly 0,
        both along a cosine.
        """
        if not self.one_cycle:
            return [self.learning_rate] * self.max_steps
        rise = max(1, round(0.3 * self.max_steps))
        fall = max(1, self.max_steps - rise)
        steps = np.arange(self.max_steps)
        up = _cosine(1 / 25, 1.0, steps / rise)
        down = _cosine(1.0, 1e-5, (steps - rise) / fall)
        rates: list[float] = (self.learning_rate * np.where(steps < rise, up, down)).tolist()
        return rates


@dataclass(frozen=True)
class Patience:
    """When held-out words end the training.

    Parameters
    ----------
    data : WindowData
        Held-out rows.
    n_blocks : int
        Blocks without improvement after which training stops.
    """

    data: WindowData
    n_blocks: int


@dataclass
class TrainingResult:
    """What a training run leaves beside the weights in the module.

    Attributes
    ----------
    loss_curve : list of float
        Loss of each step's batch before the step, in nats.
    validation_curve : list of float
        Loss on held-out rows after each block of steps.
    interrupted : bool
        Whether the user stopped it.
    """

    loss_curve: list[float] = field(default_factory=list)
    validation_curve: list[float] = field(default_factory=list)
    interrupted: bool = False

    @property
    def n_steps(self) -> int:
        return len(self.loss_curve)

    def blocks_since_best(self) -> int:
        """Return how many blocks ago the held-out loss was least."""
        return len(self.validation_curve) - 1 - int(np.argmin(self.validation_curve))


def train(
    module: nn.Module,
    data: WindowData,
    schedule: Schedule,
    generator: torch.Generator,
    patience: Patience | None = None,
    report: Callable[[int, float], None] | None = None,
) -> TrainingResult:
    """Train a module in place; with held-out rows it ends with its best weights.

    Parameters
    ----------
    module : torch.nn.Module
        On the device of `data`.
    data : WindowData
    schedule : Schedule
    generator : torch.Generator
        On the CPU; source of the batches.
    patience : Patience, default=None
        Held-out rows.
    report : callable, default=None
        Called after every block with the number of steps taken and the block's mean loss.

    Returns
    -------
    result : TrainingResult

    Raises
    ------
    FloatingPointError
        If the loss is not finite any more.
    """
    result = TrainingResult()
    optimizer = torch.optim.AdamW(
        module.parameters(),
        lr=schedule.learning_rate,
        weight_decay=schedule.weight_decay,
        fused=True,
    )
    rates = schedule.rates()
    best, best_weights = np.inf, None
    module.train()
    try:
        for start in range(0, schedule.max_steps, STEPS_PER_BLOCK):
            n = min(STEPS_PER_BLOCK, schedule.max_steps - start)
            rows = data.batches(n, schedule.batch_size, generator).to(data.windows.device)
            losses = []
            for step in range(n):
                optimizer.param_groups[0]["lr"] = rates[start + step]
                loss = data.losses(module, rows[step]).mean()
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                losses.append(loss.detach())
            result.loss_curve += _finite(losses, schedule)
            if patience is not None:
                result.validation_curve.append(mean_cross_entropy(module, patience.data))
                if result.validation_curve[-1] < best:
                    best, best_weights = result.validation_curve[-1], _copy_of(module)
                if result.blocks_since_best() >= patience.n_blocks:
                    break
            if report is not None:
                report(result.n_steps, float(np.mean(result.loss_curve[start:])))
    except KeyboardInterrupt:
        result.interrupted = True
    if best_weights is not None:
        module.load_state_dict(best_weights)
    module.eval()
    return result


def _cosine(start: float, stop: float, progress: NDArray[np.float64]) -> NDArray[np.float64]:
    """Go from `start` to `stop` along half a cosine as `progress` goes from 0 to 1."""
    return np.asarray(stop + (start - stop) * (1 + np.cos(np.pi * progress)) / 2)


def _finite(losses: list[torch.Tensor], schedule: Schedule) -> list[float]:
    """Bring the losses of a block to the CPU, and end the training if one is not finite."""
    values: list[float] = torch.stack(losses).cpu().tolist()
    if not np.isfinite(values).all():
        raise FloatingPointError(
            f"The loss is not finite any more: lower learning_rate (now {schedule.learning_rate})."
        )
    return values


def _copy_of(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in module.state_dict().items()}
