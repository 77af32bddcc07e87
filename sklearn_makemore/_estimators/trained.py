"""What language models trained step by step have in common."""

# SPDX-License-Identifier: BSD-3-Clause

import functools
import math
from abc import abstractmethod
from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np
from sklearn.utils._param_validation import Interval

from sklearn_makemore._core.splitting import hold_out
from sklearn_makemore._estimators.checks import check_working_memory
from sklearn_makemore._estimators.layout import ArrayLayout
from sklearn_makemore._estimators.neural_base import (
    BaseNeuralCharLM,
    BlockObserver,
    blocks_of,
    check_loss,
    fitting_device,
    heed_interruption,
    predictions_seen,
    torch_generator,
)
from sklearn_makemore._neural.schedules import STEPS_PER_BLOCK
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

    from sklearn_makemore._neural.data import TrainingData
    from sklearn_makemore._neural.modules import CharModule
    from sklearn_makemore._neural.training import Patience, Steps, TrainingResult

Module = TypeVar("Module", bound="CharModule")

FEWEST_STEPS = 50
MOST_COUNTED = 2**63
BYTES_PER_WEIGHT = 16  # float32: itself, its gradient, the two means of AdamW


class BaseTrainedCharLM(BaseNeuralCharLM, Generic[Module]):
    """A language model trained by AdamW, the rate going through one cycle.

    A subclass has the parameters below and those of its architecture. Its hooks are `_new_module`,
    `_weights_of` and `_make_module`, the inverse of the latter (:class:`StoredNetworkMixin` has all
    three), `_data` and `_make_model` (:class:`BaseWindowCharLM` and :class:`BaseSequenceCharLM`
    have both), and how long it trains where `max_steps` is None: `_default_steps`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseNeuralCharLM._parameter_constraints,
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_steps": [Interval(Integral, 1, None, closed="left"), None],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
    }

    _largest_gradient: ClassVar[float | None] = None

    learning_rate: Any
    batch_size: Any
    max_steps: int | None
    weight_decay: float
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    warm_start: bool

    @abstractmethod
    def _new_module(self, n_inputs: int, n_targets: int) -> Module:
        """Return a network of the parameters' shape, weights without values, on the CPU."""

    @abstractmethod
    def _data(self, words: CodedWords, module: Module) -> "TrainingData":
        """Return words to train on, on the device of a network.

        Raises
        ------
        ValueError
            If every prediction involves unknown characters.
        """

    @abstractmethod
    def _default_steps(self, words: CodedWords) -> int:
        """Return the number of steps where `max_steps` is None."""

    @staticmethod
    @abstractmethod
    def _weights_of(module: Module) -> dict[str, Any]:
        """Return the fitted attributes that hold copies of a network's weights."""

    @classmethod
    @abstractmethod
    def _make_module(cls, attributes: Mapping[str, Any]) -> Module:
        """Return the network that fitted attributes describe, on the CPU."""

    def _learn(self, words: CodedWords, vocabulary: Vocabulary, *, partial: bool) -> dict[str, Any]:
        from sklearn_makemore._neural.modules import permutation
        from sklearn_makemore._neural.training import train

        device = fitting_device(self.device)
        generator = torch_generator(self.random_state)
        goes_on = partial or (self.warm_start and self.__sklearn_is_fitted__())
        start = self._fitted_module(vocabulary) if goes_on else None
        held_out = None
        n_predictions = predictions_seen(words, self.n_predictions_ if partial else 0.0)
        if self.early_stopping and not partial:
            in_random_order = functools.partial(permutation, generator=generator)
            words, held_out = hold_out(
                words, self.validation_fraction, in_random_order, begin_known=True
            )
        module = (self._first_module(words, generator) if start is None else start).to(device)
        patience = None if held_out is None else self._patience(held_out, module)
        rates = self._rates(words, partial)
        steps = self._steps(words, module, rates, generator)
        extra = {"n_predictions_": n_predictions, "device_": str(device)}
        observer = BlockObserver(
            self.verbose,
            self._fit_tasks,
            lambda result, learnt: self._fitted_state(
                vocabulary, self._attributes(learnt, result, extra)
            ),
        )
        result = train(module, steps, len(rates), patience, observer)
        if result.interrupted:
            heed_interruption(self, result.n_steps)
        if result.loss_curve:
            check_loss(float(np.mean(result.loss_curve[-STEPS_PER_BLOCK:])), module.n_targets)
        attributes = self._attributes(module, result, extra)
        # Losses are those before each step: what the last step did shows in predictions alone.
        some = words.words(0, min(words.n_words, 64))
        if np.isnan(self._make_model(attributes).log_probs(some)).any():
            raise FloatingPointError("The weights are too large to predict: lower learning_rate.")
        return attributes

    def _train_at_rates(self, words: CodedWords, rates: list[float]) -> "TrainingResult":
        from sklearn_makemore._neural.training import train

        generator = torch_generator(self.random_state)
        module = self._first_module(words, generator).to(fitting_device(self.device))
        steps = self._steps(words, module, rates, generator)
        return train(module, steps, len(rates))

    def _max_blocks(self, words: CodedWords, *, partial: bool) -> int:
        return blocks_of(self._n_steps(words))

    def _highest_rate(self) -> float:
        return float(self.learning_rate)

    def _rows_per_step(self) -> int:
        return int(self.batch_size)

    def _n_steps(self, words: CodedWords) -> int:
        return self._default_steps(words) if self.max_steps is None else int(self.max_steps)

    def _rates(self, words: CodedWords, partial: bool) -> list[float]:
        """Return the learning rate of every step."""
        from sklearn_makemore._neural.schedules import constant, one_cycle

        schedule = constant if partial else one_cycle
        return schedule(self._n_steps(words), self._highest_rate())

    def _fitted_module(self, vocabulary: Vocabulary) -> Module:
        """Return a new network with the fitted weights, on the CPU; refuse one that differs."""
        from sklearn_makemore._neural.modules import load_weights

        if not vocabulary.same_symbols(self._vocabulary):
            raise ValueError(
                "warm_start needs words over the symbols of the last fit. Give alphabet=, or fit "
                "with warm_start=False."
            )
        fitted = self._make_module(vars(self))
        self._require_same_network(fitted)
        return load_weights(
            fitted.parameters(), self._new_module(fitted.n_inputs, fitted.n_targets)
        )

    def _require_same_network(self, module: Module) -> None:
        """Refuse a fitted network if the parameters make one of another shape."""
        from sklearn_makemore._neural.modules import shapes_of

        fitted, wanted = shapes_of(module), self._checked_shapes(module.n_inputs, module.n_targets)
        if fitted != wanted:
            raise ValueError(
                f"The fitted network has weights of shapes {fitted}, the parameters say "
                f"{wanted}. Set them back, or fit anew with warm_start=False."
            )

    def _first_module(self, words: CodedWords, generator: "torch.Generator") -> Module:
        """Return a network of random weights, on the CPU."""
        self._checked_shapes(words.n_symbols, words.n_known)
        module = self._new_module(words.n_symbols, words.n_known)
        self._initialise(module, generator)
        return module

    def _checked_shapes(self, n_inputs: int, n_targets: int) -> list[tuple[int, ...]]:
        """Return the shapes of a new network's weights; refuse what does not fit in memory."""
        from sklearn_makemore._neural.modules import shapes_of_new

        try:
            shapes = shapes_of_new(lambda: self._new_module(n_inputs, n_targets))
        except (RuntimeError, TypeError) as error:
            if "overflow" not in str(error).lower():
                raise
            shapes = [(MOST_COUNTED,)]  # torch itself counts no further
        n_weights = sum(map(math.prod, shapes))
        check_working_memory(
            n_weights * BYTES_PER_WEIGHT,
            f"{type(self).__name__} over V={n_inputs} symbols has {n_weights:.3g} weights or more, "
            "which",
            "Lower the sizes of the layers (embedding_dim, hidden_size, block_size, n_layers), or "
            "give alphabet= with fewer characters and handle_unknown='unknown'.",
        )
        return shapes

    def _initialise(self, module: Module, generator: "torch.Generator") -> None:
        from sklearn_makemore._neural.modules import initialise

        initialise(module, generator)

    def _steps(
        self, words: CodedWords, module: Module, rates: list[float], generator: "torch.Generator"
    ) -> "Steps":
        from sklearn_makemore._neural.adamw import adamw_steps
        from sklearn_makemore._neural.modules import seed_dropout

        seed_dropout(module, generator)
        return adamw_steps(
            module,
            self._data(words, module),
            rates,
            self._rows_per_step(),
            self.weight_decay,
            generator,
            self._largest_gradient,
        )

    def _patience(self, held_out: CodedWords, module: Module) -> "Patience":
        from sklearn_makemore._neural.training import Patience

        return Patience(self._data(held_out, module), self.n_iter_no_change)

    def _attributes(
        self, module: Module, result: "TrainingResult", extra: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the fitted attributes; `extra` are those that do not depend on the training."""
        attributes = {
            **self._weights_of(module),
            "loss_curve_": np.array(result.loss_curve, np.float64),
            "n_steps_": result.n_steps,
            **extra,
        }
        if result.validation_curve:
            attributes["validation_curve_"] = np.array(result.validation_curve, np.float64)
        return attributes


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
