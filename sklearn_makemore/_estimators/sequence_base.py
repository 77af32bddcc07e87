"""What networks that read a word from its start have in common."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._estimators.neural_base import require_known
from sklearn_makemore._estimators.trained import FEWEST_STEPS, BaseTrainedCharLM
from sklearn_makemore._text.coded_words import CodedWords

if TYPE_CHECKING:
    from sklearn_makemore._neural.data import TrainingData
    from sklearn_makemore._neural.modules import SequenceModule

Module = TypeVar("Module", bound="SequenceModule")

LONGEST_WORD = 8_192  # predictions: attention needs their square
LARGEST_WORD = 2**27  # logits of a word: 512 MiB in float32


class BaseSequenceCharLM(BaseTrainedCharLM[Module]):
    """A language model trained on distinct words; a subclass says for how many epochs."""

    _largest_gradient = 1.0
    _epochs: ClassVar[int]
    _most_steps: ClassVar[int]

    def _data(self, words: CodedWords, module: Module) -> "TrainingData":
        from sklearn_makemore._neural.sequence_data import SequenceData

        check_longest(int(words.predictions_per_word.max()), module.n_targets)
        data = SequenceData.from_words(words)
        require_known(data.n_words)
        return data.to(next(module.parameters()).device)

    def _default_steps(self, words: CodedWords) -> int:
        n_distinct = int(words.numbered().max()) + 1
        n_steps = -(-self._epochs * n_distinct // self._rows_per_step())
        return max(FEWEST_STEPS, min(self._most_steps, n_steps))

    @classmethod
    def _make_model(cls, attributes: Mapping[str, Any]) -> NextSymbolModel:
        from sklearn_makemore._neural.device import device_or_cpu
        from sklearn_makemore._neural.scoring import TorchSequenceModel

        device = device_or_cpu(attributes["device_"])
        module = cls._make_module(attributes)
        return TorchSequenceModel(module, device, attributes["n_predictions_"])


def check_longest(n_predictions: int, n_targets: int) -> None:
    """Refuse a word too long to be trained on at once."""
    most = min(LONGEST_WORD, LARGEST_WORD // n_targets)
    if n_predictions > most:
        raise ValueError(
            f"A word has {n_predictions - 1} symbols; networks that read words from their start "
            f"learn from at most {most - 1}, with {n_targets} symbols to predict. Leave it out or "
            "cut it, or use NGramCountLM or MLPCharLM, which look at a few symbols only."
        )
