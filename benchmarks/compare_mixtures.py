"""Mixtures of n-grams and networks beside each of them.

Run from the root of the repository: ``python -m benchmarks.compare_mixtures``.
"""

import argparse
import time

from benchmarks.common import lecture_names, lecture_split, print_table, save
from sklearn_makemore import MixtureLM, MLPCharLM, NGramCountLM, RNNCharLM

NGRAMS = NGramCountLM(order=6, alphabet="abcdefghijklmnopqrstuvwxyz")
MLP = MLPCharLM(
    block_size=8, embedding_dim=24, hidden_size=384, n_layers=2, activation="gelu", dropout=0.3,
    learning_rate=4e-3, batch_size=512, max_steps=2_500, random_state=0, device="cpu",
)  # fmt: skip
LSTM = RNNCharLM(cell="lstm", random_state=0, device="cpu")


def without_repeats(train, dev):
    """Return the distinct training words, and the distinct words of dev that are not in train."""
    return sorted(set(train)), sorted(set(dev) - set(train))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a part of the names of models")
    with_names = parser.parse_args().only
    train, dev, _ = lecture_split(lecture_names())
    models = {
        "NGramCountLM(order=6)": NGRAMS,
        "MLPCharLM, 2 x 384 GELU, block 8": MLP,
        "RNNCharLM(cell='lstm')": LSTM,
        "MixtureLM of n-grams and MLP": MixtureLM(
            [("ngrams", NGRAMS), ("mlp", MLP)], random_state=0
        ),
        "MixtureLM of n-grams and LSTM": MixtureLM(
            [("ngrams", NGRAMS), ("lstm", LSTM)], random_state=0
        ),
        "MixtureLM of all three": MixtureLM(
            [("ngrams", NGRAMS), ("mlp", MLP), ("lstm", LSTM)], random_state=0
        ),
    }
    if with_names:
        models = {name: model for name, model in models.items() if with_names in name}
    rows = []
    for split, (words, held_out) in {
        "lecture's": (train, dev),
        "lecture's, repeats removed": without_repeats(train, dev),
    }.items():
        for name, model in models.items():
            start = time.perf_counter()
            model.fit(words)
            elapsed = time.perf_counter() - start
            rows.append(
                {
                    "job": f"dev loss, split: {split}", "who": name,
                    "median": round(-model.score(held_out), 4), "unit": "nats",
                    "fit_seconds": round(elapsed, 2),
                }
            )  # fmt: skip
            if hasattr(model, "weights_") and not isinstance(model, RNNCharLM):
                rows[-1]["weights"] = model.weights_.round(3).tolist()
            print(rows[-1], flush=True)
    print_table(rows)
    save(
        f"compare_mixtures{'_' + with_names.lower().replace(' ', '_') if with_names else ''}",
        rows,
        split="lecture's; dev loss in nats per symbol",
    )


if __name__ == "__main__":
    main()
