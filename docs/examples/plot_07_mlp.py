"""
7. Three letters and a hidden layer
===================================

The second lecture follows Bengio et al. (2003): each of the last three symbols gets a vector of 10
numbers, the 30 numbers go through 200 tanh units, and these give the logits of the next symbol.
"""

# %%
# The lecture's split
# -------------------
# 80 % of the names to train on, 10 % to choose by (dev), 10 % to be looked at once (test).
import random

from sklearn_makemore.datasets import fetch_names

words = list(fetch_names().data)
random.Random(42).shuffle(words)
n_train, n_dev = int(0.8 * len(words)), int(0.9 * len(words))
train, dev, test = words[:n_train], words[n_train:n_dev], words[n_dev:]
predictions = [sum(len(word) + 1 for word in part) for part in (train, dev, test)]
print("predictions in train, dev and test:", predictions)

# %%
# The network
# -----------
# Its defaults are the lecture's sizes.
from sklearn_makemore import MLPCharLM

mlp = MLPCharLM(random_state=0).fit(train)
n_parameters = sum(weights.size for weights in [mlp.embedding_, *mlp.coefs_, *mlp.intercepts_])
print(f"{n_parameters:,} parameters")

# %%
# The lecture counts 11,897 and reaches a loss of 2.17 on dev, after 200,000 steps.
train_loss, dev_loss = -mlp.score(train), -mlp.score(dev)
print(f"{mlp.n_steps_:,} steps: train {train_loss:.3f}, dev {dev_loss:.3f}")

# %%
# Why so few steps do
# -------------------
# The lecture draws 32 single predictions, and its rate is 0.1, then 0.01: ``solver="sgd"`` follows
# this to the letter, weights and batches included, with 200,000 steps as its default. The default
# solver, "adamw", draws distinct contexts as often as they occur and learns the whole distribution
# of what follows them, which tells more than one letter drawn from it; its rate rises and falls in
# one cycle. Here are 5,000 steps of the one beside 1,000 of the other.
import matplotlib.pyplot as plt

from sklearn_makemore.inspection import LossCurveDisplay

sgd = MLPCharLM(solver="sgd", max_steps=5_000, random_state=2147483647)
sgd.fit(train)
figure, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
curves = [
    LossCurveDisplay.from_estimator(model, ax=ax, name=name)
    for model, name in ((sgd, "sgd"), (mlp, "adamw"))
]
print(f"dev after {sgd.n_steps_:,} steps of sgd: {-sgd.score(dev):.3f}")

# %%
# The lecture's first loss is far above that of a blind guess, because weights from ``torch.randn``
# are too large for the last layer: the network begins sure of itself, and wrong. A later lecture
# mends this (dev 2.103) and adds batch normalisation (2.105).
#
# New names
# ---------
# The lecture finds the samples of this network much more name-like than those of bigrams.
print(*mlp.sample(10, random_state=0))

# %%
# Why it matters
# --------------
# A table for three letters has 27 x 27 x 27 rows, most of them empty. The network shares what it
# learns: contexts that look alike to it, *emm* and *amm*, say, predict alike.
