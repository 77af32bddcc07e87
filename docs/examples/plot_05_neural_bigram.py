"""
5. The same model as a network
==============================

The lecture then finds the table again by gradient descent: one layer of 27 x 27 weights, a softmax,
the loss of before, and a small penalty on the weights. The weights come to be logarithms of counts.
"""

# %%
# The lecture's 300 steps
# -----------------------
# ``solver="gd"`` follows the lecture step for step: its first weights, all bigrams in every step, a
# rate of 50, and a penalty of 0.01 times the mean of the squared weights. The lecture works through
# all 228,146 bigrams of its names in each step; here each *distinct* one is read once, with its
# count, which gives the same gradient. On the lecture's names the loss goes from 3.7686 over 3.3788
# to 2.4815. (The lecture itself prints 2.4814 at the end, as its weights had been trained before.)
from sklearn_makemore import BigramCountLM, NeuralBigramLM
from sklearn_makemore.datasets import fetch_names

words = fetch_names().data
neural = NeuralBigramLM(solver="gd", random_state=2147483647).fit(words)
for step in (0, 1, 299):
    print(f"step {step:3}: loss {neural.loss_curve_[step]:.6f}")

# %%
# The optimum
# -----------
# The objective is convex, so there is one best answer, and no need to choose a rate: the default
# solver, L-BFGS, goes there. The loss of the counts is lower still: they pay no penalty.
optimum = NeuralBigramLM().fit(words)
counted = BigramCountLM(smoothing=0).fit(words)
best = optimum.loss_curve_[-1]
print(f"optimum of the objective {best:.6f}")
print(f"without its penalty      {-optimum.score(words):.6f}")
print(f"counts                   {-counted.score(words):.6f}")

# %%
from sklearn_makemore.inspection import LossCurveDisplay

curve = LossCurveDisplay.from_estimator(
    neural, window=1, yscale="linear", smoothed_kw={"label": "gradient descent"}
)
curve.loss_line_.remove()
curve.ax_.axhline(best, color="black", linestyle="--", label="optimum")
curve.ax_.axhline(-counted.score(words), color="tab:red", linestyle=":", label="counts")
curve.ax_.set_ylim(best - 0.05, best + 0.3)  # the first steps are above
_ = curve.ax_.legend()

# %%
# The same words
# --------------
# Drawn with the lecture's generator the network makes almost the words of the counts; with the
# lecture's names only the end of the second one differs.
import torch

for model in (BigramCountLM().fit(words), neural):
    drawn = model.sample(5, random_state=torch.Generator().manual_seed(2147483647))
    print(f"{type(model).__name__:15}", *drawn)

# %%
# Probability by probability: each dot is a bigram. The penalty pulls up those that hardly ever
# occur; the frequent ones agree.
import matplotlib.pyplot as plt
import numpy as np

weight = np.clip(counted.counts_ / 50, 4, 60)
figure, ax = plt.subplots(figsize=(6, 5.5), layout="constrained")
seen = counted.counts_ > 0
network = optimum.predict_proba(["", *optimum.symbols_[1:]])
dots = ax.scatter(counted.transition_proba_[seen], network[seen], s=weight[seen], alpha=0.5)
ax.axline((0.01, 0.01), (0.1, 0.1), color="black", linewidth=0.8)
ax.set(xscale="log", yscale="log", xlabel="Probability by counts", ylabel="... by the network")
_ = ax.set_title("The network finds the counts")

# %%
# Why it matters
# --------------
# For bigrams the network is a detour. But a table of counts grows 27 times with each further letter
# that is looked at, and a network need not: the next lecture gives it three letters.
