"""Valid model files, small ones of every estimator, and files put together from changed parts."""

import json
import struct
from pathlib import Path

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    MixtureLM,
    NGramCountLM,
)
from sklearn_makemore.io import save
from tests.fuzz.properties import FOLDER
from tests.io.model_files import assembled

FROZEN = Path(__file__).parents[1] / "io" / "data"
WORDS = ["emma", "olivia", "ava", "mia"]
FRESH = [
    BigramCountLM(alphabet={"a", "e", "i", "l", "m", "o", "v", "\udc00"}),
    NGramCountLM(order=4, smoothing="witten_bell", min_count=[0, 1, 2]),
    MixtureLM([("a", BigramCountLM()), ("b", NGramCountLM(order=2)), ("c", "drop")], weights=None),
    CharLMClassifier(BigramCountLM()),
    CharLMOutlierDetector(NGramCountLM(order=2), contamination=0.2),
    CrossFitTransformer(NGramCountLM(order=2, handle_unknown="unknown"), cv=2),
]


def bytes_of(estimator):
    path = Path(FOLDER, "seed.safetensors")
    save(estimator.fit(WORDS, [0, 1, 0, 1]), path)
    return path.read_bytes()


def valid_files():
    """Return the bytes of the files by name."""
    frozen = {path.stem: path.read_bytes() for path in sorted(FROZEN.glob("*.safetensors"))}
    return frozen | {type(estimator).__name__: bytes_of(estimator) for estimator in FRESH}


def rebuilt(outer, header, arrays):
    """Return the file of any parts, with the right checksum if they have one at all."""
    try:
        return assembled(outer, header, arrays)
    except Exception:  # the parts are no longer those of a model
        text = json.dumps(outer | {"__metadata__": {"sklearn_makemore": json.dumps(header)}})
        data = text.encode("ascii")
        return struct.pack("<Q", len(data)) + data + arrays
