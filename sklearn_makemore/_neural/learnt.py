"""A trained network as arrays, and how it was trained."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.learnt import Learnt, check_array, check_type
from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._neural.making import (
    device_or_cpu,
    load_weights,
    new_module,
    shapes_of_new,
    weights_of,
)
from sklearn_makemore._neural.modules import CharModule, SequenceModule, WindowModule
from sklearn_makemore._neural.scoring import TorchSequenceModel, TorchWindowModel
from sklearn_makemore._neural.training import TrainingResult
from sklearn_makemore._text.vocabulary import Vocabulary


@dataclass(frozen=True)
class LearntNetwork(Learnt):
    """A trained network, and how it was trained.

    Parameters
    ----------
    kind : type
        Class of the network.
    network : dict of str to object
        The fitted attributes that hold it, as its class makes them of its weights.
    loss_curve_, n_steps_, n_predictions_, device_, validation_curve_, validation_steps_
        As the estimators document them.
    """

    kind: type[CharModule]
    network: Mapping[str, Any]
    loss_curve_: NDArray[np.float64]
    n_steps_: int
    n_predictions_: float
    device_: str
    validation_curve_: NDArray[np.float64] | None = None
    validation_steps_: NDArray[np.int64] | None = None

    @classmethod
    def of_training(
        cls,
        module: CharModule,
        architecture: dict[str, Any],
        result: TrainingResult,
        n_predictions: float,
    ) -> Self:
        """Return what a training has left, copied."""
        curve, steps = result.validation_curve, result.validation_steps
        return cls(
            type(module),
            module.to_attributes(architecture, weights_of(module)),
            np.array(result.loss_curve, np.float64),
            result.n_steps,
            n_predictions,
            str(next(module.parameters()).device),
            np.array(curve, np.float64) if curve else None,
            np.array(steps, np.int64) if steps else None,
        )

    @classmethod
    def from_attributes(cls, kind: type[CharModule], attributes: Mapping[str, Any]) -> Self:
        """Return what fitted attributes hold; the inverse of `attributes`."""
        names = {each.name for each in fields(cls)}
        network = {name: value for name, value in attributes.items() if name not in names}
        record = {name: value for name, value in attributes.items() if name in names}
        return cls.of({"kind": kind, "network": network, **record})

    @property
    def attributes(self) -> dict[str, Any]:
        record = super().attributes
        del record["kind"], record["network"]
        return {**self.network, **record}

    def module(self, vocabulary: Vocabulary) -> CharModule:
        """Return the network, on the CPU."""
        architecture, _ = self.kind.from_attributes(self.network)
        return self.fill(self._new(vocabulary, architecture))

    def fill(self, module: CharModule) -> CharModule:
        """Give a module of this shape what was learnt, and return it."""
        return load_weights(self.kind.from_attributes(self.network)[1], module)

    def _new(self, vocabulary: Vocabulary, architecture: dict[str, Any]) -> CharModule:
        """Return a network of some shape that leaves nothing out, weights without values."""
        plain = {"dropout": 0.0} if "dropout" in self.kind.parameter_names() else {}
        return new_module(self.kind, vocabulary, architecture | plain)

    def model(self, vocabulary: Vocabulary) -> NextSymbolModel:
        module, device = self.module(vocabulary), device_or_cpu(self.device_)
        if isinstance(module, WindowModule):
            return TorchWindowModel(module, device, self.n_predictions_)
        assert isinstance(module, SequenceModule)
        return TorchSequenceModel(module, device, self.n_predictions_)

    def checked(self, vocabulary: Vocabulary) -> Self:
        check_type("n_steps_", self.n_steps_, int)
        check_type("n_predictions_", self.n_predictions_, float)
        check_type("device_", self.device_, str)
        check_array("loss_curve_", self.loss_curve_, (self.n_steps_,), finite=False)
        if self.validation_curve_ is not None:
            check_array("validation_curve_", self.validation_curve_, (None,), finite=False)
        if self.validation_steps_ is not None:  # files of format 1 have none
            n_looks = 0 if self.validation_curve_ is None else len(self.validation_curve_)
            check_array("validation_steps_", self.validation_steps_, (n_looks,), "int64")
        architecture, weights = self.kind.from_attributes(self.network)
        names = self.kind.to_attributes(architecture, weights).keys()
        if self.network.keys() != names:
            raise ValueError(f"the attributes are not {', '.join(sorted(names))}")
        wanted = [name for name in self.kind.parameter_names() if name != "dropout"]
        if sorted(architecture) != sorted(wanted):
            raise ValueError(f"the architecture does not have {', '.join(wanted)}")
        if architecture.get("n_layers", 1) > len(weights):
            raise ValueError(f"the architecture has more layers than the {len(weights)} weights")
        shapes = shapes_of_new(lambda: self._new(vocabulary, architecture))
        if len(weights) != len(shapes):
            raise ValueError(f"there are {len(weights)} weights instead of {len(shapes)}")
        for array, shape in zip(weights, shapes, strict=True):
            check_array(self._name_of(array), array, shape, "float32")
        return self

    def _name_of(self, weights: Any) -> str:
        """Return which attribute holds an array of weights, maybe transposed."""
        for name, value in self.network.items():
            for i, held in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(held, np.ndarray) and np.may_share_memory(held, weights):
                    return f"{name}[{i}]" if isinstance(value, list) else name
        return "a weight"
