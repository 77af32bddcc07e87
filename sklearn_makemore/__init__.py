"""Character-level language models over words, from bigrams up, as scikit-learn estimators."""

# SPDX-License-Identifier: BSD-3-Clause

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn_makemore._estimators.bag_of_chars import BagOfCharsLM as BagOfCharsLM
    from sklearn_makemore._estimators.bigram_count import BigramCountLM as BigramCountLM
    from sklearn_makemore._estimators.convolution import ConvCharLM as ConvCharLM
    from sklearn_makemore._estimators.mlp import MLPCharLM as MLPCharLM
    from sklearn_makemore._estimators.neural_bigram import NeuralBigramLM as NeuralBigramLM
    from sklearn_makemore._estimators.ngram_count import NGramCountLM as NGramCountLM
    from sklearn_makemore._estimators.rnn import RNNCharLM as RNNCharLM
    from sklearn_makemore._estimators.torch_module import TorchCharLM as TorchCharLM
    from sklearn_makemore._estimators.transformer import TransformerCharLM as TransformerCharLM
    from sklearn_makemore._estimators.word_counts import WordCounts as WordCounts
    from sklearn_makemore._meta.classifier import CharLMClassifier as CharLMClassifier
    from sklearn_makemore._meta.cross_fit import CrossFitTransformer as CrossFitTransformer
    from sklearn_makemore._meta.mixture import MixtureLM as MixtureLM
    from sklearn_makemore._meta.outlier_detector import (
        CharLMOutlierDetector as CharLMOutlierDetector,
    )

__version__ = "0.1.0.dev0"

# The one table of public names: what is imported when it is first asked for, listed by `dir`, found
# by `all_estimators`, and looked up by name when a file is read. The types above repeat it for
# editors and type checkers, which do not run this; a test holds the two equal.
_PLACES = {
    "BagOfCharsLM": "_estimators.bag_of_chars",
    "BigramCountLM": "_estimators.bigram_count",
    "CharLMClassifier": "_meta.classifier",
    "CharLMOutlierDetector": "_meta.outlier_detector",
    "ConvCharLM": "_estimators.convolution",
    "CrossFitTransformer": "_meta.cross_fit",
    "MLPCharLM": "_estimators.mlp",
    "MixtureLM": "_meta.mixture",
    "NGramCountLM": "_estimators.ngram_count",
    "NeuralBigramLM": "_estimators.neural_bigram",
    "RNNCharLM": "_estimators.rnn",
    "TorchCharLM": "_estimators.torch_module",
    "TransformerCharLM": "_estimators.transformer",
    "WordCounts": "_estimators.word_counts",
}
_SUBMODULES = (
    "base",
    "callbacks",
    "datasets",
    "exceptions",
    "inspection",
    "io",
    "metrics",
    "model_selection",
    "utils",
)

__all__ = [*_PLACES]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PLACES, *_SUBMODULES])
