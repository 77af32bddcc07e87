"""What language models trained step by step on a table of contexts have in common."""

# SPDX-License-Identifier: BSD-3-Clause

import functools
from abc import abstractmethod
from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._core.splitting import hold_out
from sklearn_makemore._estimators.layout import ArrayLayout
from sklearn_makemore._estimators.neural_base import (
    BaseNeuralCharLM,
    BlockObserver,
    blocks_of,
    check_loss,
    fitting_device,
    known_table,
    require_known,
    torch_generator,
    warn_of_interruption,
)
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

    from sklearn_makemore._neural.modules import WindowModule
    from sklearn_makemore._neural.training import Patience, Steps
    from sklearn_makemore._neural.window_data import WindowData

Module = TypeVar("Module", bound="WindowModule")

ADAMW_LEARNING_RATE, ADAMW_BATCH, ADAMW_STEPS = 0.02, 256, 1_000
ADAMW_PASSES, ADAMW_FEWEST_STEPS = 8, 50  # so that few words are not learnt by heart
SGD_LEARNING_RATE, SGD_BATCH, SGD_STEPS = 0.1, 32, 200_000
SGD_BLOCKS_PER_LOOK = 20  # its steps are small, and the losses of few of them noisy


class BaseTrainedCharLM(BaseNeuralCharLM, Generic[Module]):
    """A language model trained by "adamw" on the table of contexts or by the lecture's "sgd".

    A subclass has the parameters below, those of its architecture, and three hooks: `_new_module`,
    `_weights_of`, and `_make_module`, the inverse of the latter.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseNeuralCharLM._parameter_constraints,
        "block_size": [Interval(Integral, 1, None, closed="left")],
        "solver": [StrOptions({"adamw", "sgd"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "max_steps": [Interval(Integral, 1, None, closed="left"), None],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
    }

    block_size: int
    solver: str
    learning_rate: float | None
    batch_size: int | None
    max_steps: int | None
    weight_decay: float
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    warm_start: bool

    @abstractmethod
    def _new_module(self, n_inputs: int, n_targets: int) -> Module:
        """Return a network of the parameters' shape, weights without values, on the CPU."""

    @staticmethod
    @abstractmethod
    def _weights_of(module: Module) -> dict[str, Any]:
        """Return the fitted attributes that hold copies of a network's weights."""

    @staticmethod
    @abstractmethod
    def _make_module(attributes: Mapping[str, Any]) -> Module:
        """Return the network that fitted attributes describe, on the CPU."""

    def _learn(self, words: CodedWords, vocabulary: Vocabulary, *, partial: bool) -> dict[str, Any]:
        from sklearn_makemore._neural.modules import permutation
        from sklearn_makemore._neural.training import train

        device = fitting_device(self.device)
        generator = torch_generator(self.random_state)
        if partial or (self.warm_start and self.__sklearn_is_fitted__()):
            self._require_same_network(vocabulary)
            start = self._make_module(vars(self))
        else:
            start = None
        held_out = None
        if self.early_stopping:
            words, held_out = hold_out(
                words, self.validation_fraction, functools.partial(permutation, generator=generator)
            )
        module = self._first_module(words, generator, start).to(device)
        patience = None if held_out is None else self._patience(held_out, module)
        rates = self._rates(words, partial)
        steps = self._steps(words, module, rates, generator)
        extra = {"n_predictions_": self._n_predictions(words, partial), "device_": str(device)}
        observer = BlockObserver(
            self.verbose,
            self._fit_tasks,
            lambda losses, learnt: self._fitted_state(
                vocabulary, self._attributes(learnt, losses, extra)
            ),
        )
        result = train(module, steps, len(rates), patience, observer)
        if result.interrupted:
            warn_of_interruption(result.n_steps)
        if result.loss_curve:
            check_loss(float(np.mean(result.loss_curve[-50:])), module.n_targets)
        if result.validation_curve:
            extra["validation_curve_"] = np.array(result.validation_curve, np.float64)
        return self._attributes(module, result.loss_curve, extra)

    def _losses_at_rates(self, words: CodedWords, rates: list[float]) -> list[float]:
        from sklearn_makemore._neural.training import train

        generator = torch_generator(self.random_state)
        module = self._first_module(words, generator, None).to(fitting_device(self.device))
        steps = self._steps(words, module, rates, generator)
        return train(module, steps, len(rates)).loss_curve

    def _max_blocks(self, words: CodedWords) -> int:
        return blocks_of(self._n_steps(words))

    def _n_steps(self, words: CodedWords) -> int:
        if self.max_steps is not None:
            return int(self.max_steps)
        if self.solver == "sgd":
            return SGD_STEPS
        passes = round(ADAMW_PASSES * words.n_predictions / (self.batch_size or ADAMW_BATCH))
        return max(ADAMW_FEWEST_STEPS, min(ADAMW_STEPS, passes))

    def _rates(self, words: CodedWords, partial: bool) -> list[float]:
        """Return the learning rate of every step."""
        from sklearn_makemore._neural.schedules import constant, drop_at_half, one_cycle

        n_steps = self._n_steps(words)
        rate = self.learning_rate or (
            ADAMW_LEARNING_RATE if self.solver == "adamw" else SGD_LEARNING_RATE
        )
        if partial:
            return constant(n_steps, rate)
        return one_cycle(n_steps, rate) if self.solver == "adamw" else drop_at_half(n_steps, rate)

    def _require_same_network(self, vocabulary: Vocabulary) -> None:
        if vocabulary.symbols.tolist() != self.symbols_.tolist():
            raise ValueError(
                "warm_start needs words over the symbols of the last fit. Give alphabet=, or fit "
                "with warm_start=False."
            )
        fitted = self._make_module(vars(self))
        wanted = self._new_module(fitted.n_inputs, fitted.n_targets)
        shapes, wanted_shapes = (
            [tuple(parameter.shape) for parameter in module.parameters()]
            for module in (fitted, wanted)
        )
        if shapes != wanted_shapes:
            raise ValueError(
                f"The fitted network has weights of shapes {shapes}, the parameters say "
                f"{wanted_shapes}. Set them back, or fit with warm_start=False."
            )

    def _first_module(
        self, words: CodedWords, generator: "torch.Generator", start: Module | None
    ) -> Module:
        """Return the network to begin with, on the CPU: `start`, or one of random weights."""
        from sklearn_makemore._neural.lecture import initialise_as_lecture
        from sklearn_makemore._neural.modules import copy_weights, initialise

        n_targets = words.n_symbols - (words.unknown_code is not None)
        module = self._new_module(words.n_symbols, n_targets)
        if start is not None:
            copy_weights(start, module)
        elif self.solver == "adamw":
            initialise(module, generator)
        else:
            initialise_as_lecture(module, generator)
        return module

    def _steps(
        self, words: CodedWords, module: Module, rates: list[float], generator: "torch.Generator"
    ) -> "Steps":
        from sklearn_makemore._neural.adamw import adamw_steps
        from sklearn_makemore._neural.lecture import SinglePredictionSteps
        from sklearn_makemore._neural.modules import seed_dropout

        seed_dropout(module, generator)
        if self.solver == "adamw":
            return adamw_steps(
                module,
                self._rows(words, module),
                rates,
                self.batch_size or ADAMW_BATCH,
                self.weight_decay,
                generator,
            )
        windows, targets, weights = known_predictions(words, self.block_size)
        batch_size = self.batch_size or SGD_BATCH
        return SinglePredictionSteps(
            module, windows, targets, weights, rates, batch_size, generator
        )

    def _rows(self, words: CodedWords, module: Module) -> "WindowData":
        """Return the table of contexts of `words` on the device of a network."""
        from sklearn_makemore._neural.window_data import WindowData

        data = WindowData.from_table(known_table(words, self.block_size), module.n_targets)
        return data.to(next(module.parameters()).device)

    def _patience(self, held_out: CodedWords, module: Module) -> "Patience":
        from sklearn_makemore._neural.training import Patience

        blocks_per_look = 1 if self.solver == "adamw" else SGD_BLOCKS_PER_LOOK
        return Patience(self._rows(held_out, module), self.n_iter_no_change, blocks_per_look)

    def _n_predictions(self, words: CodedWords, partial: bool) -> float:
        weights = words.prediction_weights()
        here = words.n_predictions if weights is None else weights.sum()
        return float(here + (self.n_predictions_ if partial else 0))

    def _attributes(
        self, module: Module, losses: list[float], extra: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the fitted attributes; `extra` are those that do not depend on the steps taken."""
        return {
            **self._weights_of(module),
            "loss_curve_": np.array(losses, np.float64),
            "n_steps_": len(losses),
            **extra,
        }

    @classmethod
    def _make_model(cls, attributes: Mapping[str, Any]) -> NextSymbolModel:
        from sklearn_makemore._neural.device import device_or_cpu
        from sklearn_makemore._neural.scoring import TorchWindowModel

        device = device_or_cpu(attributes["device_"])
        return TorchWindowModel(cls._make_module(attributes), device, attributes["n_predictions_"])


def training_layout(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layout of the attributes that do not depend on the architecture."""
    layout: dict[str, Any] = {
        "loss_curve_": ArrayLayout((attributes["n_steps_"],), finite=False),
        "n_steps_": int,
        "n_predictions_": float,
        "device_": str,
    }
    if "validation_curve_" in attributes:
        layout["validation_curve_"] = ArrayLayout((None,), finite=False)
    return layout


def known_predictions(
    words: CodedWords, block_size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64] | None]:
    """Return contexts, next symbols and weights of the predictions without unknown characters."""
    windows = np.stack(words.context_columns(block_size), axis=1).astype(np.int64)
    targets = words.targets.astype(np.int64)
    weights = words.prediction_weights()
    if words.unknown_code is None:
        return windows, targets, weights
    known = (windows != words.unknown_code).all(axis=1) & (targets != words.unknown_code)
    require_known(int(known.sum()))
    return windows[known], targets[known], None if weights is None else weights[known]
