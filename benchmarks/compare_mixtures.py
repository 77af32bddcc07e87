"""A mixture of n-grams and a network beside each of the two.

Run from the root of the repository: ``python -m benchmarks.compare_mixtures``.
"""

import time

from benchmarks.common import lecture_names, lecture_split, print_table, save
from sklearn_makemore import MixtureLM, MLPCharLM, NGramCountLM

NGRAMS = NGramCountLM(order=6, alphabet="abcdefghijklmnopqrstuvwxyz")
MLP = MLPCharLM(
    block_size=8, embedding_dim=24, hidden_size=384, n_layers=2, activation="gelu", dropout=0.3,
    learning_rate=4e-3, batch_size=512, max_steps=2_500, random_state=0, device="cpu",
)  # fmt: skip


def without_repeats(train, dev):
    """Return the distinct training words, and the distinct words of dev that are not in train."""
    return sorted(set(train)), sorted(set(dev) - set(train))


def main():
    train, dev, _ = lecture_split(lecture_names())
    models = {
        "NGramCountLM(order=6)": NGRAMS,
        "MLPCharLM, 2 x 384 GELU, block 8": MLP,
        "MixtureLM of both, weights by EM": MixtureLM(
            [("ngrams", NGRAMS), ("mlp", MLP)], random_state=0
        ),
    }
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
            print(rows[-1], flush=True)
        print("weights", models["MixtureLM of both, weights by EM"].weights_.round(3))
    print_table(rows)
    save("compare_mixtures", rows, split="lecture's; dev loss in nats per symbol")


if __name__ == "__main__":
    main()
