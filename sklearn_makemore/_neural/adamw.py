"""AdamW (Loshchilov & Hutter 2019) on batches drawn from weighted rows."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.adamw import adamw

from sklearn_makemore._core.context_table import Source
from sklearn_makemore._neural.data import Batches, TrainingData, predictions_at_once
from sklearn_makemore._neural.making import initialise, seed_dropout
from sklearn_makemore._neural.modules import CharModule

FEWEST_STEPS = 50


@dataclass(frozen=True)
class AdamW:
    """The recipe of AdamW, the rate going through one cycle.

    An estimator derived from :class:`~sklearn_makemore.base.NetworkLM` names one in `_adamw`.

    Parameters
    ----------
    passes : int
        Over the data, which make the number of steps where the estimator is given none.
    most_steps : int
        Most steps where the estimator is given none.
    largest_gradient : float, default=None
        Norm to which the gradient of all parameters together is cut; None cuts nothing.
    learning_rate : float, default=0.01
        Highest rate, where that of the estimator is None.
    batch_size : int, default=256
        Rows of a step, where that of the estimator is None.

    See Also
    --------
    sklearn_makemore.base.NetworkLM : Is trained by it.

    Examples
    --------
    >>> from sklearn_makemore.base import AdamW
    >>> AdamW(passes=8, most_steps=1_000).n_steps(n_batches=20)
    50
    """

    passes: int
    most_steps: int
    largest_gradient: float | None = None
    learning_rate: float = 0.01
    batch_size: int = 256

    blocks_per_look = 1
    initialise = staticmethod(initialise)

    def n_steps(self, n_batches: int) -> int:
        """Return how many steps to take.

        Parameters
        ----------
        n_batches : int
            Batches that the passes are.

        Returns
        -------
        n_steps : int
            At least 50.
        """
        return max(FEWEST_STEPS, min(self.most_steps, n_batches))

    def rates(self, n_steps: int, highest: float) -> list[float]:
        """Return the learning rate of every step.

        Parameters
        ----------
        n_steps : int
            How many there are.
        highest : float
            The highest rate.

        Returns
        -------
        rates : list of float
            One for each step.
        """
        return one_cycle(n_steps, highest)

    def steps(
        self,
        module: CharModule,
        words: Source,
        rates: list[float],
        batch_size: int,
        weight_decay: float,
        generator: torch.Generator,
    ) -> "AdamWSteps":
        """Return what takes the steps.

        Parameters
        ----------
        module : CharModule
            To be trained, on its device.
        words : CodedWords or ContextTable
            What it is trained on.
        rates : list of float
            Learning rate of each step.
        batch_size : int
            Rows of a step.
        weight_decay : float
            Decoupled from the gradient.
        generator : torch.Generator
            On the CPU; dropout and batches are drawn from it.

        Returns
        -------
        steps : AdamWSteps
            Before the first.
        """
        seed_dropout(module, generator)
        data = module.training_data(words).to(next(module.parameters()).device)
        return AdamWSteps(
            module, data, rates, batch_size, weight_decay, generator, self.largest_gradient
        )


class AdamWSteps:
    """Steps of AdamW.

    On the CPU the parameters become views of one tensor, so that a step is few calls. Elsewhere
    they stay apart: one kernel updates them all, and recurrent layers keep their weights together.

    Parameters
    ----------
    module : CharModule
        On the device of `data`.
    data : TrainingData
    rates : list of float
        Learning rate of each step.
    batch_size : int
        Rows of a step.
    weight_decay : float
        Decoupled from the gradient.
    generator : torch.Generator
        On the CPU; source of the batches.
    largest_gradient : float, default=None
        Norm to which the gradient of all parameters together is cut; None cuts nothing.
    """

    def __init__(
        self,
        module: CharModule,
        data: TrainingData,
        rates: list[float],
        batch_size: int,
        weight_decay: float,
        generator: torch.Generator,
        largest_gradient: float | None = None,
    ) -> None:
        self._module = module
        self._data = data
        self._rates = torch.tensor(rates)
        self._at_once = predictions_at_once(module.n_targets)
        self._weight_decay = weight_decay
        self._batches = Batches(partial(data.draw, batch_size), generator)
        self._largest_gradient = largest_gradient
        self._parameters = [values for values in module.parameters() if values.requires_grad]
        # On the CPU a call costs more than the arithmetic of a small layer.
        is_one_tensor = data.device.type == "cpu"
        if is_one_tensor:
            self._values = [as_one_tensor(self._parameters)]
        else:
            self._values = [parameter.detach() for parameter in self._parameters]
        self._gradients = [torch.zeros_like(values) for values in self._values]
        self._means = [torch.zeros_like(values) for values in self._values]
        self._squares = [torch.zeros_like(values) for values in self._values]
        self._n_taken = [torch.zeros((), device=data.device) for _ in self._values]
        self._views = (
            views_of(self._gradients[0], self._parameters) if is_one_tensor else self._gradients
        )

    def take(self, step: int) -> Tensor:
        batch = next(self._batches)
        losses: list[Tensor] = []
        shares: list[Tensor | float] = []
        # Parts of bounded memory, whose gradients add up to that of the batch.
        for rows, length in self._data.parts(batch, self._at_once):
            inputs, targets, weights = self._data.batch(rows, length)
            logits = self._module(inputs)
            loss, gradient = mean_loss_and_gradient(logits.detach().float(), targets, weights)
            # The gradient is of a weighted sum, so the number of rows makes its share; the loss is
            # a weighted mean, so the weights are part of its share, too.
            share: Tensor | float = len(rows) / len(batch)
            if len(rows) < len(batch):
                gradient *= share
                share = share if weights is None else share * weights.sum()
            # From the logits back, for the gradient of the loss is already there.
            parts = torch.autograd.grad(
                logits, self._parameters, gradient.to(logits.dtype), materialize_grads=True
            )
            (torch._foreach_add_ if losses else torch._foreach_copy_)(self._views, parts)
            losses.append(loss)
            shares.append(share)
        self._update(self._rates[step])
        if len(losses) == 1:
            return losses[0]
        weighted = [loss * share for loss, share in zip(losses, shares, strict=True)]
        return torch.stack(weighted).sum() / sum(shares)

    def _update(self, rate: Tensor) -> None:
        """Change the weights by the gradient that has been found."""
        # Before the moments see it: one wild batch would set the pace of many steps.
        if self._largest_gradient is not None:
            norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(self._gradients)))
            torch._foreach_mul_(self._gradients, (self._largest_gradient / norm).clamp(max=1))
        # The function rather than the class of the same name, which imports torch's compiler.
        # The values ask for no gradient, so that no mode need be changed in every step.
        adamw(
            self._values,
            self._gradients,
            self._means,
            self._squares,
            [],
            self._n_taken,
            foreach=False,
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=rate,
            weight_decay=self._weight_decay,
            eps=1e-8,
            maximize=False,
        )

    def state(self) -> dict[str, Tensor]:
        moments = {"means": self._means, "squares": self._squares, "n_taken": self._n_taken}
        return self._batches.state() | {
            f"{name}.{i}": tensor
            for name, tensors in moments.items()
            for i, tensor in enumerate(tensors)
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        self._batches.restore(state)
        moments = {"means": self._means, "squares": self._squares, "n_taken": self._n_taken}
        for name, tensors in moments.items():
            for i, tensor in enumerate(tensors):
                tensor.copy_(state[f"{name}.{i}"])


def mean_loss_and_gradient(
    logits: Tensor, targets: Tensor, weights: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return the mean cross-entropy of a batch and a gradient with respect to the logits.

    Written out because it takes half the calls of automatic differentiation, and because
    `cross_entropy` splits even small batches among threads.

    Parameters
    ----------
    logits : Tensor of shape (..., V)
    targets : Tensor of shape (..., V), or (...,), int64
        Distributions, or single symbols.
    weights : Tensor of shape (...,), default=None
        How much each prediction counts; None means the same for all, 1 together.

    Returns
    -------
    loss : Tensor, a scalar
        The weighted mean, in nats.
    gradient : Tensor of shape (..., V)
        Of the weighted sum: that of the mean where the weights add up to 1. Batches of unequal
        length keep their share in the mean of all data in this way.
    """
    shifted = logits - logits.amax(-1, keepdim=True)  # (..., V)
    gradient = shifted.exp()
    total = gradient.sum(-1, keepdim=True)  # (..., 1)
    gradient /= total
    if targets.ndim < logits.ndim:
        expected = shifted.gather(-1, targets[..., None])  # (..., 1)
        gradient.scatter_add_(-1, targets[..., None], -torch.ones_like(expected))
    else:
        expected = (shifted * targets).sum(-1, keepdim=True)  # (..., 1)
        gradient -= targets
    losses = total.log() - expected
    if weights is None:
        gradient /= len(logits)
        return losses.mean(), gradient
    gradient *= weights[..., None]
    return torch.dot(losses.flatten(), weights.flatten()) / weights.sum(), gradient


def one_cycle(n_steps: int, highest: float) -> list[float]:
    """Let the rate rise and fall once (Smith & Topin 2018).

    It rises for 30 % of the steps from a 25th of the highest rate and falls to nearly 0, both along
    a cosine.
    """
    rise = max(1, round(0.3 * n_steps))
    fall = max(1, n_steps - rise)
    steps = np.arange(n_steps)
    up = _cosine(1 / 25, 1.0, steps / rise)
    down = _cosine(1.0, 1e-5, (steps - rise) / fall)
    rates: list[float] = (highest * np.where(steps < rise, up, down)).tolist()
    return rates


def _cosine(start: float, stop: float, progress: NDArray[np.float64]) -> NDArray[np.float64]:
    """Go from `start` to `stop` along half a cosine as `progress` goes from 0 to 1."""
    return np.asarray(stop + (start - stop) * (1 + np.cos(np.pi * progress)) / 2)


def as_one_tensor(parameters: list[nn.Parameter]) -> Tensor:
    """Make parameters views of one tensor of shape (n_weights,), and return it."""
    values = torch.cat([parameter.detach().reshape(-1) for parameter in parameters])
    for parameter, value in zip(parameters, views_of(values, parameters), strict=True):
        parameter.data = value
    return values


def views_of(values: Tensor, parameters: list[nn.Parameter]) -> list[Tensor]:
    """Return parts of a tensor of shape (n_weights,) in the shapes of parameters."""
    parts = torch.split(values, [parameter.numel() for parameter in parameters])
    return [part.view_as(like) for part, like in zip(parts, parameters, strict=True)]
