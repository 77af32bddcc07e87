"""Steps of AdamW (Loshchilov & Hutter 2019) on batches drawn from weighted rows."""

# SPDX-License-Identifier: BSD-3-Clause

import contextlib
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

from sklearn_makemore._neural.data import Part, TrainingData, predictions_at_once
from sklearn_makemore._neural.losses import mean_loss_and_gradient
from sklearn_makemore._neural.modules import CharModule, SeededDropout

MOST_RECORDED = 64  # lengths of batches


def adamw_steps(
    module: CharModule,
    data: TrainingData,
    rates: list[float],
    batch_size: int,
    weight_decay: float,
    generator: torch.Generator,
    largest_gradient: float | None = None,
) -> "AdamWSteps":
    """Return the steps of AdamW, recorded as graphs where the device is CUDA.

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
    kind = RecordedAdamWSteps if data.device.type == "cuda" else AdamWSteps
    return kind(module, data, rates, batch_size, weight_decay, generator, largest_gradient)


class AdamWSteps:
    """Steps of AdamW.

    On the CPU the parameters become views of one tensor, so that a step is few calls. Elsewhere
    they stay apart: one kernel updates them all, and recurrent layers keep their weights together.
    See :func:`adamw_steps` for the parameters.
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
        self._batches = data.batches(batch_size, generator)
        self._largest_gradient = largest_gradient
        self._parameters = [values for values in module.parameters() if values.requires_grad]
        is_one_tensor = data.device.type == "cpu"
        if is_one_tensor:
            self._values = [as_one_tensor(self._parameters)]
        else:
            self._values = [parameter.detach() for parameter in self._parameters]
        self._gradients = [torch.zeros_like(values) for values in self._values]
        self._means = [torch.zeros_like(values) for values in self._values]
        self._squares = [torch.zeros_like(values) for values in self._values]
        self._n_taken = [torch.zeros((), device=data.device) for _ in self._values]
        self._parts = (
            views_of(self._gradients[0], self._parameters) if is_one_tensor else self._gradients
        )

    def take(self, steps: range, losses: list[Tensor]) -> None:
        for step in steps:
            parts = self._data.parts(next(self._batches), self._at_once)
            losses.append(self._step(parts, self._rates[step]))

    def _step(self, parts: Sequence[Part], rate: Tensor) -> Tensor:
        n_rows = sum(len(rows) for rows, _ in parts)
        found = [self._find_gradient(*part, n_rows, i > 0) for i, part in enumerate(parts)]
        loss = found[0][0]
        if len(found) > 1:
            loss = torch.stack([loss * share for loss, share in found]).sum()
            loss /= sum(share for _, share in found)
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
        return loss

    def _find_gradient(
        self, rows: Tensor, length: int, n_rows: int, add: bool
    ) -> tuple[Tensor, Tensor | float]:
        """Find the gradient of a part of a batch, in place of that so far or added to it.

        Returns
        -------
        loss : Tensor, a scalar
        share : Tensor or float
            Of the part in the loss of the batch, up to a common factor.
        """
        inputs, targets, weights = self._data.batch(rows, length)
        with self._precision():
            logits = self._module(inputs)
        loss, gradient = mean_loss_and_gradient(logits.detach().float(), targets, weights)
        share: Tensor | float = len(rows) / n_rows
        if len(rows) < n_rows:
            gradient *= share
            share = share if weights is None else share * weights.sum()
        parts = torch.autograd.grad(
            logits, self._parameters, gradient.to(logits.dtype), materialize_grads=True
        )
        (torch._foreach_add_ if add else torch._foreach_copy_)(self._parts, parts)
        return loss, share

    def _precision(self) -> contextlib.AbstractContextManager[object]:
        """Return what a forward pass runs in: bfloat16 for matrix products on CUDA, if allowed."""
        device = self._data.device
        # Older devices have no such products, and imitate them slowly.
        if device.type == "cuda" and self._module.mixed_precision and has_bfloat16(device):
            # Weights cast once would be those of the recording for ever.
            return torch.autocast("cuda", torch.bfloat16, cache_enabled=False)
        return contextlib.nullcontext()


class Recording(NamedTuple):
    """A step recorded as a CUDA graph, and what it reads and writes."""

    graph: torch.cuda.CUDAGraph
    rows: Tensor
    rate: Tensor
    loss: Tensor


class RecordedAdamWSteps(AdamWSteps):
    """The same steps, each length of a batch recorded once as a CUDA graph.

    A step is then three launches and no wait.
    """

    def __init__(self, *arguments: Any, **parameters: Any) -> None:
        super().__init__(*arguments, **parameters)
        self._rates = self._rates.to(self._data.device)
        self._recordings: dict[int, Recording] = {}
        self._most_recorded = MOST_RECORDED

    def _step(self, parts: Sequence[Part], rate: Tensor) -> Tensor:
        rows, length = parts[0]
        is_whole = len(parts) == 1
        is_new = length not in self._recordings
        if is_whole and is_new and len(self._recordings) < self._most_recorded:
            self._record_if_possible(len(rows), length)
        recording = self._recordings.get(length)
        if recording is None or not is_whole:
            return super()._step(parts, rate)
        recording.rows.copy_(rows)
        recording.rate.copy_(rate)
        recording.graph.replay()
        return recording.loss.clone()

    def _record_if_possible(self, n_rows: int, length: int) -> None:
        """Record a step, or warn that there will be no more recordings; no weight is changed."""
        state = [*self._values, *self._means, *self._squares, *self._n_taken]
        before = [tensor.clone() for tensor in state]
        try:
            self._recordings[length] = self._record(n_rows, length)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            self._most_recorded = 0
            warnings.warn(
                f"A step could not be recorded as a CUDA graph; steps are slower for it: {error}",
                RuntimeWarning,
                stacklevel=2,
            )
        finally:
            for tensor, value in zip(state, before, strict=True):
                tensor.copy_(value)

    def _record(self, n_rows: int, length: int) -> Recording:
        """Record a step on rows and a rate that later steps overwrite."""
        device = self._data.device
        rows = torch.zeros(n_rows, dtype=torch.int64, device=device)
        rate = torch.zeros((), device=device)
        graph = torch.cuda.CUDAGraph()
        for layer in self._module.modules():
            if isinstance(layer, SeededDropout) and layer.generator is not None:
                graph.register_generator_state(layer.generator)
        # Warm-up on a stream of its own, as the recording of graphs asks for.
        stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(stream):
            for _ in range(3):
                super()._step([(rows, length)], rate)
        torch.cuda.current_stream(device).wait_stream(stream)
        # Recordings share their memory: one is replayed at a time, and its loss copied at once.
        pool = next((other.graph.pool() for other in self._recordings.values()), None)
        # The default stream is that of the device recorded on first; other threads may allocate.
        recording = torch.cuda.graph(
            graph, pool=pool, stream=stream, capture_error_mode="thread_local"
        )
        with torch.cuda.device(device), recording:
            loss = super()._step([(rows, length)], rate)
        return Recording(graph, rows, rate, loss)


def has_bfloat16(device: torch.device) -> bool:
    """Tell whether a CUDA device computes in bfloat16 itself (compute capability 8 and above)."""
    return torch.cuda.get_device_capability(device)[0] >= 8


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
