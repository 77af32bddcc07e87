"""An instance of every estimator of the library."""

import re

from sklearn_makemore import BigramCountLM, NGramCountLM
from sklearn_makemore.utils.discovery import all_estimators

COUNTS = [("bigrams", BigramCountLM(smoothing=0.1)), ("ngrams", NGramCountLM(order=3))]

# Checks fit hundreds of times, which takes networks of the default size and training minutes.
FEW = {"max_steps": 8, "learning_rate": 0.08}
SMALL = {"hidden_size": 16, "embedding_dim": 8, **FEW}
SIZES = {
    "BagOfCharsLM": {**SMALL, "max_steps": 20},
    "ConvCharLM": {**SMALL, "block_size": 4},
    "MLPCharLM": {"max_steps": 20},
    "NeuralBigramLM": {"tol": 0.01},
    "RNNCharLM": SMALL,
    "TorchCharLM": {"module_params": {"hidden_size": 16, "embedding_dim": 8}, **FEW},
    "TransformerCharLM": {"embedding_dim": 16, "n_heads": 2, "n_layers": 1, **FEW},
}


def instances():
    """Yield an unfitted estimator of each class, models that hold others with two of them."""
    for name, kind in all_estimators():
        holds_others = "estimators" in kind._parameter_constraints
        yield kind(COUNTS, weights=None) if holds_others else kind(**SIZES.get(name, {}))


def predictors():
    """Yield an unfitted classifier or outlier detector of each class."""
    for _, kind in all_estimators(["classifier", "outlier_detector"]):
        yield kind()


def nameable(value):
    """Return what names a value in every run: its representation without addresses."""
    return re.sub("0x[0-9a-f]+", "", repr(value))
