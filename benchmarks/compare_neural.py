"""The neural models beside the lectures' loops: time to the same loss, in one run.

Run from the root of the repository: ``python -m benchmarks.compare_neural``.
"""

import argparse
import time

import numpy as np
import torch
from torch.nn.functional import cross_entropy, one_hot

from benchmarks.common import lecture_names, lecture_split, print_table, rows_of, save, side_by_side
from sklearn_makemore import MLPCharLM, NeuralBigramLM

OURS = "sklearn_makemore"
SEED = 2147483647
LECTURE_MLP_STEPS = 200_000
MEASURED_STEPS = 5_000


def codes_of(words, block_size):
    """Return contexts and targets of single predictions, as the lectures build them."""
    code = {c: i + 1 for i, c in enumerate("abcdefghijklmnopqrstuvwxyz")} | {".": 0}
    contexts, targets = [], []
    for word in words:
        context = [0] * block_size
        for character in [*word, "."]:
            contexts.append(context)
            targets.append(code[character])
            context = [*context[1:], code[character]]
    return torch.tensor(contexts), torch.tensor(targets)


def lecture_bigram(last, targets, steps=300):
    """Full-batch gradient descent on one-hot rows of single predictions."""
    generator = torch.Generator().manual_seed(SEED)
    W = torch.randn((27, 27), generator=generator, requires_grad=True)
    encoded = one_hot(last, 27).float()
    n = len(last)
    for _ in range(steps):
        counts = (encoded @ W).exp()
        probs = counts / counts.sum(1, keepdim=True)
        loss = -probs[torch.arange(n), targets].log().mean() + 0.01 * (W**2).mean()
        W.grad = None
        loss.backward()
        W.data += -50 * W.grad
    return loss.item()


def lecture_mlp(contexts, targets, steps):
    """The loop of the MLP lecture: batches of 32 single predictions, plain gradient descent.

    As there, it keeps the logarithm of every loss.
    """
    g = torch.Generator().manual_seed(SEED)
    C = torch.randn((27, 10), generator=g)
    W1, b1 = torch.randn((30, 200), generator=g), torch.randn(200, generator=g)
    W2, b2 = torch.randn((200, 27), generator=g), torch.randn(27, generator=g)
    parameters = [C, W1, b1, W2, b2]
    for p in parameters:
        p.requires_grad = True
    losses = []
    for _ in range(steps):
        ix = torch.randint(0, len(contexts), (32,), generator=g)
        h = torch.tanh(C[contexts[ix]].view(-1, 30) @ W1 + b1)
        loss = cross_entropy(h @ W2 + b2, targets[ix])
        for p in parameters:
            p.grad = None
        loss.backward()
        for p in parameters:
            p.data += -0.1 * p.grad
        losses.append(loss.log10().item())


def compare_bigram(words, repeats):
    contexts, targets = codes_of(words, 1)
    last = contexts[:, 0]
    model = NeuralBigramLM(solver="gd", random_state=SEED, device="cpu")
    timings = side_by_side(
        {
            OURS: lambda: model.fit(words),
            "lecture's 300 steps": lambda: lecture_bigram(last, targets),
        },
        repeats,
    )
    rows = rows_of("neural bigram, 300 steps, all words", timings, OURS, 1e-3, "ms")
    difference = abs(model.loss_curve_[-1] - lecture_bigram(last, targets))
    print(f"losses at step 299 differ by {difference:.1e}")
    return rows


def compare_mlp(train, dev, repeats):
    """Our fits beside the time that the lecture's 200,000 steps take (measured on 5,000)."""
    contexts, targets = codes_of(train, 3)
    fits = {
        f"{OURS}, 270 steps at 0.03": {"max_steps": 270, "learning_rate": 0.03},
        f"{OURS}, default": {},
        f"{OURS}, 1,500 steps": {"max_steps": 1_500},
    }
    jobs = {
        name: lambda parameters=parameters: MLPCharLM(device="cpu", **parameters).fit(train)
        for name, parameters in fits.items()
    }
    jobs["lecture's 200,000 steps"] = lambda: lecture_mlp(contexts, targets, MEASURED_STEPS)
    timings = side_by_side(jobs, repeats)
    lecture = timings["lecture's 200,000 steps"]
    timings["lecture's 200,000 steps"] = [t * LECTURE_MLP_STEPS / MEASURED_STEPS for t in lecture]
    rows = []
    for name, parameters in fits.items():
        pair = {k: timings[k] for k in (name, "lecture's 200,000 steps")}
        models = [
            MLPCharLM(device="cpu", random_state=seed, **parameters).fit(train) for seed in range(3)
        ]
        losses = [-model.score(dev) for model in models]
        print(f"{name}: dev {np.mean(losses):.4f} (three seeds: {np.round(losses, 4)})")
        rows += rows_of(f"MLP to dev {np.mean(losses):.3f}", pair, name)
    return rows


def throughput(train):
    model = MLPCharLM(device="cpu", random_state=0).fit(train)
    rows = []
    start = time.perf_counter()
    words = model.sample(200_000, random_state=0)
    rate = len(words) / (time.perf_counter() - start)
    rows.append({"job": "sample 200,000 words", "median": rate / 1e3, "unit": "thousand words/s"})
    n_symbols = sum(map(len, words)) + len(words)
    seconds = side_by_side({OURS: lambda: model.score_samples(words)}, 3)[OURS]
    rate = n_symbols / float(np.median(seconds))
    rows.append({"job": "score them", "median": rate / 1e6, "unit": "million symbols/s"})
    return [{"who": OURS, "times_ours": None, **row} for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    words = lecture_names()
    train, dev, _ = lecture_split(words)
    rows = [*compare_bigram(words, repeats), *compare_mlp(train, dev, repeats), *throughput(train)]
    print_table(rows)
    save("compare_neural", rows, split="lecture's, repeats kept; dev loss in nats per symbol")


if __name__ == "__main__":
    main()
