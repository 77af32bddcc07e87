"""
11. All models side by side
===========================

Where the lectures lead, and where else one can go: names of every model so far, their losses, and
an old count model that beats the network.
"""

# %%
import random

from sklearn_makemore.datasets import fetch_names

words = list(fetch_names().data)
random.Random(42).shuffle(words)
n_train, n_dev = int(0.8 * len(words)), int(0.9 * len(words))
train, dev = words[:n_train], words[n_train:n_dev]

# %%
# One interface
# -------------
# Each model is fitted, scored and sampled in the same way. The recurrent network gets few of its
# steps, so that this page stays quick.
import pandas as pd

from sklearn_makemore import BigramCountLM, MLPCharLM, NeuralBigramLM, NGramCountLM, RNNCharLM

models = {
    "no training": BigramCountLM(smoothing=1e12),
    "bigram counts": BigramCountLM(),
    "neural bigram": NeuralBigramLM(),
    "MLP": MLPCharLM(random_state=0),
    "GRU, 100 steps": RNNCharLM(cell="gru", max_steps=100, random_state=0),
    "n-grams": NGramCountLM(),
}
dev_losses = pd.Series({name: -model.fit(train).score(dev) for name, model in models.items()})
dev_losses.round(3).to_frame("dev loss")

# %%
# Their names
# -----------
samples = {
    name: model.sample(8, min_length=2, max_length=12, random_state=1)
    for name, model in models.items()
}
pd.DataFrame(samples)

# %%
# Counting, done well
# -------------------
# The lecture leaves counts behind because longer contexts are seldom seen twice. An answer is
# older than the lectures: use the long context where there is one, and what a shorter one says for
# the rest (Kneser-Ney smoothing; Chen & Goodman, 1999).
# :class:`~sklearn_makemore.NGramCountLM` looks at four letters and fits in a moment. The dotted
# lines are the lectures' own losses: on dev, but that of bigrams on all names.
import matplotlib.pyplot as plt

figure, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
labels = [f"{name}  {loss:.3f}" for name, loss in dev_losses.items()]
(dots,) = ax.plot(dev_losses, labels, "o", markersize=9)
for name, loss, style in (("bigrams", 2.454, ":"), ("MLP", 2.170, "--"), ("WaveNet", 1.993, "-.")):
    ax.axvline(loss, color="tab:red", linestyle=style, label=f"lectures' {name}: {loss:.3f}")
ax.set(xlabel="Dev loss (nats per symbol), further left is better")
ax.grid(axis="y", alpha=0.3)
ax.invert_yaxis()
_ = ax.legend(loc="lower right")

# %%
# Is the difference of two models more than chance?
# :func:`~sklearn_makemore.metrics.compare` gives it with its standard error over the words.
from sklearn_makemore.metrics import compare

difference = compare(models["n-grams"], models["MLP"], dev)
print(f"{difference.difference:.3f} +- {difference.standard_error:.3f} nats per symbol")

# %%
# Where to go on
# --------------
# The lectures go on to a convolution and, in makemore, to recurrent networks and a transformer.
# They are here as :class:`~sklearn_makemore.ConvCharLM`, :class:`~sklearn_makemore.RNNCharLM` and
# :class:`~sklearn_makemore.TransformerCharLM`; fitted in full they take from seconds to a minute
# or two. On the lecture's split the LSTM reaches 1.92 and, mixed with n-grams by
# :class:`~sklearn_makemore.MixtureLM`, 1.90: models that err in different ways are better
# together. The guide on :doc:`choosing a model </user_guide/tune>` has the table.
