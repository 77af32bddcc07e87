"""Write the files of this format version that later versions must go on reading.

Run it once for a new estimator, ``python -m tests.io.freeze NAME``, or for a new format version;
never again for a file that is already there.
"""

import json
import sys
from pathlib import Path

from sklearn_makemore.io import save
from sklearn_makemore.io._header import FORMAT_VERSION
from tests.instances import instances

DATA = Path(__file__).parent / "data"
TRAIN = ["emma", "olivia", "ava", "isabella", "sophia", "zoë", "\ud800\udc00"]
SCORED = ["eva", "zoë", "", "\udc00a", "漢"]
SMALL = {
    "hidden_size": 4,
    "embedding_dim": 2,
    "n_heads": 1,
    "block_size": 2,
    "max_steps": 20,
    "device": "cpu",
}


def freeze(estimator):
    path = DATA / f"{type(estimator).__name__}-format{FORMAT_VERSION}.safetensors"
    if path.exists():
        raise FileExistsError(path)
    names = estimator.get_params().keys() & SMALL.keys()
    model = estimator.set_params(
        **{name: SMALL[name] for name in names},
        boundary="\ud800|",
        handle_unknown="unknown",
        random_state=3,
    ).fit(TRAIN)
    save(model, path)
    expected = {
        "parameters": repr(model),
        "score_samples": model.score_samples(SCORED).tolist(),
        "sample": [list(word) for word in model.sample(3, random_state=0)],
    }
    path.with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    for estimator in instances():
        if type(estimator).__name__ in sys.argv[1:]:
            freeze(estimator)
