"""Character-level language models over words, from bigrams up, as scikit-learn estimators."""

# SPDX-License-Identifier: BSD-3-Clause

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn_makemore._estimators.bag_of_chars import BagOfCharsLM
    from sklearn_makemore._estimators.bigram_count import BigramCountLM
    from sklearn_makemore._estimators.convolution import ConvCharLM
    from sklearn_makemore._estimators.mlp import MLPCharLM
    from sklearn_makemore._estimators.neural_bigram import NeuralBigramLM
    from sklearn_makemore._estimators.ngram_count import NGramCountLM
    from sklearn_makemore._estimators.rnn import RNNCharLM
    from sklearn_makemore._estimators.transformer import TransformerCharLM
    from sklearn_makemore._meta.classifier import CharLMClassifier
    from sklearn_makemore._meta.outlier_detector import CharLMOutlierDetector

__version__ = "0.1.0.dev0"

_MODULE_OF = {
    "BagOfCharsLM": "sklearn_makemore._estimators.bag_of_chars",
    "BigramCountLM": "sklearn_makemore._estimators.bigram_count",
    "CharLMClassifier": "sklearn_makemore._meta.classifier",
    "CharLMOutlierDetector": "sklearn_makemore._meta.outlier_detector",
    "ConvCharLM": "sklearn_makemore._estimators.convolution",
    "CrossFitTransformer": "sklearn_makemore._meta.cross_fit",
    "MLPCharLM": "sklearn_makemore._estimators.mlp",
    "MixtureLM": "sklearn_makemore._meta.mixture",
    "NGramCountLM": "sklearn_makemore._estimators.ngram_count",
    "NeuralBigramLM": "sklearn_makemore._estimators.neural_bigram",
    "RNNCharLM": "sklearn_makemore._estimators.rnn",
    "TransformerCharLM": "sklearn_makemore._estimators.transformer",
}
_SUBMODULES = (
    "callbacks",
    "datasets",
    "exceptions",
    "inspection",
    "io",
    "metrics",
    "model_selection",
    "utils",
)

__all__ = [
    "BagOfCharsLM",
    "BigramCountLM",
    "CharLMClassifier",
    "CharLMOutlierDetector",
    "ConvCharLM",
    "CrossFitTransformer",
    "MLPCharLM",
    "MixtureLM",
    "NGramCountLM",
    "NeuralBigramLM",
    "RNNCharLM",
    "TransformerCharLM",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(importlib.import_module(_MODULE_OF[name]), name)
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULE_OF, *_SUBMODULES])
