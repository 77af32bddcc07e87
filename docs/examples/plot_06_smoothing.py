"""
6. Smoothing and the penalty
============================

The lecture points out that the two corrections are one: the counts added to the table and the
penalty on the weights both pull every distribution towards the uniform one. Here are both, from
hardly any to overwhelming.
"""

# %%
import numpy as np

from sklearn_makemore import BigramCountLM, NeuralBigramLM
from sklearn_makemore.datasets import fetch_names

words = fetch_names().data
smoothings = np.geomspace(0.1, 1e7, 9)
alphas = np.geomspace(1e-4, 1e4, 9)
counted = [BigramCountLM(smoothing=value).fit(words) for value in smoothings]
neural = [NeuralBigramLM(alpha=value).fit(words) for value in alphas]

# %%
# Left the loss: the stronger the pull, the nearer to the logarithm of the number of symbols, the
# loss of who guesses blindly. Right what a name begins with, flatter and flatter.
import matplotlib.pyplot as plt

uniform = np.log(counted[0].n_symbols_)
figure, axes = plt.subplots(2, 2, figsize=(10, 7), layout="constrained", width_ratios=(1, 1.6))
rows = [("smoothing", smoothings, counted), ("alpha", alphas, neural)]
losses = {}
for (loss_ax, ax), (name, values, models) in zip(axes, rows, strict=True):
    losses[name] = [-model.score(words) for model in models]
    loss_ax.plot(values, losses[name], "o-")
    loss_ax.axhline(uniform, color="black", linestyle="--", label="uniform")
    loss_ax.set(xscale="log", xlabel=name, ylabel="Loss (nats per symbol)")
    loss_ax.legend(loc="center left")
    for i in (0, 4, 5, 8):
        label = f"{name} {values[i]:g}"
        ax.plot(models[i].predict_proba([""])[0], label=label, color=plt.cm.viridis(i / 9))
    ax.set_xticks(range(models[0].n_symbols_), models[0].symbols_)
    ax.set(ylabel="Probability", title=f"First symbol, {type(models[0]).__name__}")
    ax.tick_params(axis="x", labelsize=9 if models[0].n_symbols_ < 40 else 5)
    ax.legend()

# %%
# Held-out words
# --------------
# On the words that were counted, the loss can only grow. What smoothing is for shows on words that
# were *not*: without any, one unseen pair makes the loss infinite. Of few words, more is needed.
# Any scikit-learn search finds how much.
from sklearn.model_selection import GridSearchCV, KFold

few = words[:: len(words) // 500]
search = GridSearchCV(
    BigramCountLM(),
    {"smoothing": [0.01, 0.1, 0.3, 1, 3, 10]},
    cv=KFold(5, shuffle=True, random_state=0),
).fit(few)
for smoothing, score in zip(
    search.cv_results_["param_smoothing"], search.cv_results_["mean_test_score"], strict=True
):
    print(f"smoothing {smoothing:5}: held-out loss {-score:.4f}")

# %%
# Why it matters
# --------------
# "Add a count" and "decay the weights" are one idea, told once to a statistician and once to a
# network: do not trust a few examples too far. Every later model has such a knob
# (``weight_decay``, ``dropout``, the discounts of Kneser-Ney), and all are chosen in this way.
