"""Steps of AdamW (Loshchilov & Hutter 2019) on batches drawn from weighted rows."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

from sklearn_makemore._neural.data import TrainingData, predictions_at_once
from sklearn_makemore._neural.losses import mean_loss_and_gradient
from sklearn_makemore._neural.modules import CharModule, SeededDropout


def adamw_steps(
    module: CharModule,
    data: TrainingData,
    rates: list[float],
    batch_size: int,
    weight_decay: float,
    generator: torch.Generator,
    largest_gradient: float | None = None,
) -> "AdamWSteps":
    """Return the steps of AdamW, recorded as a graph where the device is CUDA and shapes are fixed.

    Parameters
    ----------
    module : CharModule
        On the device of `data`; its parameters become views of one tensor.
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
    recorded = data.device.type == "cuda" and data.same_shapes
    kind = RecordedAdamWSteps if recorded else AdamWSteps
    return kind(module, data, rates, batch_size, weight_decay, generator, largest_gradient)


class AdamWSteps:
    """Steps of AdamW; the parameters as one tensor, so that a step is few calls.

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
        self._batch_size = batch_size
        self._at_once = predictions_at_once(module.n_targets)
        self._weight_decay = weight_decay
        self._batches = data.batches(batch_size, generator)
        self._largest_gradient = largest_gradient
        self._values, self._gradients = as_one_tensor(module)
        self._means = torch.zeros_like(self._values)
        self._squares = torch.zeros_like(self._values)
        self._n_taken = torch.zeros((), device=self._values.device)

    def take(self, steps: range, losses: list[Tensor]) -> None:
        for step in steps:
            losses.append(self._step(next(self._batches), self._rates[step]))

    def _step(self, rows: Tensor, rate: Tensor) -> Tensor:
        self._gradients.zero_()
        parts = self._data.parts(rows, self._at_once)
        losses, masses = zip(*(self._backward(part, len(rows)) for part in parts), strict=True)
        loss: Tensor = sum(losses) / sum(masses)
        if self._largest_gradient is not None:
            self._gradients *= (self._largest_gradient / self._gradients.norm()).clamp(max=1)
        # The function rather than the class of the same name, which imports torch's compiler.
        with torch.no_grad():
            adamw(
                [self._values],
                [self._gradients],
                [self._means],
                [self._squares],
                [],
                [self._n_taken],
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

    def _backward(self, rows: Tensor, batch_size: int) -> tuple[Tensor, Tensor | float]:
        """Add the gradient of a part of a batch; return its loss times its mass, and the mass."""
        inputs, targets, weights = self._data.batch(rows)
        logits = self._module(inputs)
        loss, gradient = mean_loss_and_gradient(logits.detach(), targets, weights)
        share = len(rows) / batch_size
        logits.backward(gradient.mul_(share))
        mass = share if weights is None else share * weights.sum()
        return loss * mass, mass


class RecordedAdamWSteps(AdamWSteps):
    """The same steps, recorded once as a CUDA graph: a step is then three launches and no wait."""

    _graph: torch.cuda.CUDAGraph | None = None
    _is_new = True

    def take(self, steps: range, losses: list[Tensor]) -> None:
        if self._is_new:
            self._is_new = False
            self._rates = self._rates.to(self._values.device)
            self._record_if_possible()
        super().take(steps, losses)

    def _step(self, rows: Tensor, rate: Tensor) -> Tensor:
        if self._graph is None:
            return super()._step(rows, rate)
        self._static_rows.copy_(rows)
        self._static_rate.copy_(rate)
        self._graph.replay()
        return self._static_loss.clone()

    def _record_if_possible(self) -> None:
        """Record a step, or warn that there is none; no weight is changed."""
        state = [self._values, self._means, self._squares, self._n_taken]
        before = [tensor.clone() for tensor in state]
        try:
            self._record()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            warnings.warn(
                f"A step could not be recorded as a CUDA graph; steps are slower for it: {error}",
                RuntimeWarning,
                stacklevel=2,
            )
        finally:
            for tensor, value in zip(state, before, strict=True):
                tensor.copy_(value)

    def _record(self) -> None:
        """Record a step on rows and a rate that later steps overwrite."""
        device = self._values.device
        self._static_rows = torch.zeros(self._batch_size, dtype=torch.int64, device=device)
        self._static_rate = torch.zeros((), device=device)
        graph = torch.cuda.CUDAGraph()
        for layer in self._module.modules():
            if isinstance(layer, SeededDropout) and layer.generator is not None:
                graph.register_generator_state(layer.generator)
        # Warm-up on a stream of its own, as the recording of graphs asks for.
        stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(stream):
            for _ in range(3):
                super()._step(self._static_rows, self._static_rate)
        torch.cuda.current_stream(device).wait_stream(stream)
        # The default stream is that of the device recorded on first; other threads may allocate.
        recording = torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local")
        with torch.cuda.device(device), recording:
            self._static_loss = super()._step(self._static_rows, self._static_rate)
        self._graph = graph


def as_one_tensor(module: nn.Module) -> tuple[Tensor, Tensor]:
    """Make the parameters of a module, and their gradients, views of one tensor each.

    Returns
    -------
    values : Tensor of shape (n_weights,)
    gradients : Tensor of shape (n_weights,)
        All 0.
    """
    parameters = list(module.parameters())
    sizes = [parameter.numel() for parameter in parameters]
    values = torch.cat([parameter.detach().reshape(-1) for parameter in parameters])
    gradients = torch.zeros_like(values)
    parts = (torch.split(values, sizes), torch.split(gradients, sizes))
    for parameter, value, gradient in zip(parameters, *parts, strict=True):
        parameter.data = value.view_as(parameter)
        parameter.grad = gradient.view_as(parameter)
    return values, gradients
