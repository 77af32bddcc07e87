"""What networks over a fixed number of symbols have in common."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sklearn.utils._param_validation import Interval

from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._estimators.checks import check_working_memory
from sklearn_makemore._estimators.neural_base import known_table, predictions_seen
from sklearn_makemore._estimators.trained import FEWEST_STEPS, BaseTrainedCharLM
from sklearn_makemore._text.coded_words import CodedWords

if TYPE_CHECKING:
    from sklearn_makemore._neural.data import TrainingData
    from sklearn_makemore._neural.modules import WindowModule

Module = TypeVar("Module", bound="WindowModule")

BYTES_PER_PLACE = 2  # of a context before it is counted, at least: a code, and its copy
PASSES = 8  # over the predictions, at most, so that few words are not learnt by heart


class BaseWindowCharLM(BaseTrainedCharLM[Module]):
    """A language model trained on the table of contexts; a subclass has `block_size`."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseTrainedCharLM._parameter_constraints,
        "block_size": [Interval(Integral, 1, None, closed="left")],
    }

    _most_steps: ClassVar[int] = 1_000

    block_size: int

    def _data(self, words: CodedWords, module: Module) -> "TrainingData":
        from sklearn_makemore._neural.window_data import WindowData

        check_working_memory(
            words.n_predictions * int(self.block_size) * BYTES_PER_PLACE,
            f"The contexts of block_size={self.block_size} symbols before each of "
            f"{words.n_predictions} predictions",
            "Lower block_size.",
        )
        data = WindowData.from_table(known_table(words, self.block_size), module.n_targets)
        return data.to(next(module.parameters()).device)

    def _default_steps(self, words: CodedWords) -> int:
        passes = PASSES * predictions_seen(words) / self._rows_per_step()
        return max(FEWEST_STEPS, round(min(self._most_steps, passes)))

    @classmethod
    def _make_model(cls, attributes: Mapping[str, Any]) -> NextSymbolModel:
        from sklearn_makemore._neural.device import device_or_cpu
        from sklearn_makemore._neural.scoring import TorchWindowModel

        device = device_or_cpu(attributes["device_"])
        return TorchWindowModel(cls._make_module(attributes), device, attributes["n_predictions_"])
