"""Networks kept as a list of arrays and the numbers that give their shape."""

# SPDX-License-Identifier: BSD-3-Clause

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sklearn.utils._param_validation import validate_parameter_constraints

from sklearn_makemore._estimators.layout import ArrayLayout
from sklearn_makemore._estimators.trained import BaseTrainedCharLM, training_layout
from sklearn_makemore._text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sklearn_makemore._neural.modules import CharModule
    from sklearn_makemore._neural.training import TrainingResult

Module = TypeVar("Module", bound="CharModule")


class StoredNetworkMixin(BaseTrainedCharLM[Module]):
    """Fitted attributes `weights_` and `architecture_` from which the network is made again.

    A subclass names its torch module, and which of its parameters decide the shape of it. The
    module takes those and `dropout` by keyword. Its first weights are `embedding`, a row for each
    symbol that may be read; its last have a row for each that may be predicted.
    """

    _shape_parameters: ClassVar[tuple[str, ...]]

    dropout: float
    architecture_: dict[str, Any]

    @staticmethod
    @abstractmethod
    def _module_class() -> type[Module]:
        """Return the class of the torch module."""

    @classmethod
    def _build(
        cls, n_inputs: int, n_targets: int, architecture: dict[str, Any], dropout: float
    ) -> Module:
        """Return a network, weights without values, on the CPU."""
        from sklearn_makemore._neural.modules import without_initialisation

        kind = cls._module_class()
        return without_initialisation(kind, n_inputs, n_targets, dropout=dropout, **architecture)

    def _new_module(self, n_inputs: int, n_targets: int) -> Module:
        module = self._build(n_inputs, n_targets, self._architecture(), self.dropout)
        check_weights(module)
        return module

    def _architecture(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._shape_parameters}

    def _require_same_network(self, module: Module) -> None:
        super()._require_same_network(module)
        fitted, wanted = self.architecture_, self._architecture()
        if fitted != wanted:
            raise ValueError(
                f"The fitted network has {fitted}, the parameters say {wanted}. Set them back, or "
                "fit anew with warm_start=False."
            )

    def _attributes(
        self, module: Module, result: "TrainingResult", extra: dict[str, Any]
    ) -> dict[str, Any]:
        attributes = super()._attributes(module, result, extra)
        return {"architecture_": self._architecture(), **attributes}

    @staticmethod
    def _weights_of(module: Module) -> dict[str, Any]:
        from sklearn_makemore._neural.modules import weights_of

        return {"weights_": weights_of(module)}

    @classmethod
    def _make_module(cls, attributes: Mapping[str, Any]) -> Module:
        from sklearn_makemore._neural.modules import load_weights

        weights = attributes["weights_"]
        sizes = len(weights[0]), len(weights[-1])
        return load_weights(weights, cls._build(*sizes, attributes["architecture_"], dropout=0.0))

    @classmethod
    def _layout(cls, attributes: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
        from sklearn_makemore._neural.modules import shapes_of_new

        architecture, weights = attributes["architecture_"], attributes["weights_"]
        if sorted(architecture) != sorted(cls._shape_parameters):
            raise ValueError(f"architecture_ does not have {', '.join(cls._shape_parameters)}")
        validate_parameter_constraints(cls._parameter_constraints, architecture, cls.__name__)
        if architecture.get("n_layers", 1) > len(weights):
            raise ValueError(f"architecture_ has more layers than the {len(weights)} weights_")
        sizes = vocabulary.n_symbols, vocabulary.n_known
        shapes = shapes_of_new(lambda: cls._build(*sizes, architecture, dropout=0.0))
        return {
            "architecture_": dict,
            "weights_": [ArrayLayout(shape, "float32") for shape in shapes],
            **training_layout(attributes),
        }


def check_weights(module: "CharModule") -> None:
    """Refuse a network that could not be made again from the list of its weights."""
    from sklearn_makemore._neural.modules import shapes_of

    weights = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    if buffers := sorted(module.state_dict().keys() - weights):
        raise TypeError(
            f"{type(module).__name__} has buffers that are not kept: {', '.join(buffers)}. Use "
            "layers that learn weights alone, such as LayerNorm, and register constants with "
            "persistent=False."
        )
    shapes = shapes_of(module)
    rows = [shape[:1] for shape in (*shapes[:1], *shapes[-1:])]
    if rows != [(module.n_inputs,), (module.n_targets,)]:
        raise TypeError(
            f"{type(module).__name__} has weights of shapes {shapes}. The first must have a row "
            f"for each of {module.n_inputs} symbols to read, the last one for each of "
            f"{module.n_targets} to predict: make the embedding first and the output last. An "
            "nn.Parameter of the module itself comes before its layers, so put it into one."
        )
