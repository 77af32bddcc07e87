"""
9. Underfit, overfit, tune
==========================

The lecture splits the names in three, compares the losses of train and dev, and turns the knobs.
Alike and high: the network is too small (it underfits). Train far below dev: it learns names by
heart (it overfits).
"""

# %%
import random

from sklearn_makemore.datasets import fetch_names

words = list(fetch_names().data)
random.Random(42).shuffle(words)
n_train, n_dev = int(0.8 * len(words)), int(0.9 * len(words))
train, dev = words[:n_train], words[n_train:n_dev]

# %%
# Too small, about right, too few names
# -------------------------------------
# Three networks: one of five units, the default, and one that looks at five letters but is given a
# thousand names only.
import pandas as pd

from sklearn_makemore import MLPCharLM

few = train[:1_000]
small = MLPCharLM(hidden_size=5, embedding_dim=2, max_steps=300, random_state=0)
default = MLPCharLM(random_state=0)
large = MLPCharLM(block_size=5, max_steps=600, random_state=0)
fits = {
    "2 dimensions, 5 units": (small, train),
    "default": (default, train),
    "block of 5, 1,000 names": (large, few),
}
rows = {name: (-m.fit(own).score(own), -m.score(dev)) for name, (m, own) in fits.items()}
losses = pd.DataFrame(rows, index=["own words", "dev"]).T
losses.round(3)

# %%
# With ``early_stopping`` some of the words are held out while it learns. The loss of the batches
# goes on falling while that of the held-out words has turned: from there on it learns by heart. The
# weights of the turning point are kept. (So many looks are allowed here only for the picture.)
from sklearn_makemore.inspection import LossCurveDisplay

stopped = MLPCharLM(
    block_size=5, max_steps=600, early_stopping=True, n_iter_no_change=20, random_state=0
).fit(few)
overfit = LossCurveDisplay.from_estimator(stopped)
print(f"dev {-large.score(dev):.3f} at the end, {-stopped.score(dev):.3f} with the weights kept")

# %%
# Repeats across the split
# ------------------------
# In the lecture's file some names stand twice, once for girls and once for boys. Of its dev names
# 13.2 % are in train, too: they look easier than new ones.
known = set(train)
repeats = sum(word in known for word in dev) / len(dev)
new = [word for word in dev if word not in known]
print(f"{repeats:.1%} of dev is in train; dev {-default.score(dev):.3f}, ", end="")
print(f"its new names alone {-default.score(new):.3f}")

# %%
# ``early_stopping`` holds out distinct words for this reason; in cross-validation, group by word:
# ``cross_val_score(model, words, groups=words, cv=GroupKFold(5))``.
#
# Tune
# ----
# The notes of the lecture end with settings and a test loss for each. Here are five of them (one
# run each, of 200,000 steps, but the first of 20,000) and what scikit-learn's search finds with the
# default solver:
from sklearn.model_selection import GridSearchCV, PredefinedSplit

notes = pd.DataFrame(
    [
        (4, 10, 2, 2.5306),
        (2, 10, 4, 2.3719),
        (3, 20, 6, 2.2723),
        (3, 80, 4, 2.2322),
        (3, 100, 10, 2.1759),
    ],
    columns=["block_size", "hidden_size", "embedding_dim", "lecture"],
)
settings = [
    {name: [value] for name, value in row.items()}
    for row in notes.drop(columns="lecture").to_dict("records")
]
split = PredefinedSplit([-1] * len(train) + [0] * len(dev))  # dev is the only fold
search = GridSearchCV(MLPCharLM(random_state=0), settings, cv=split, refit=False).fit(train + dev)
tuned = notes.assign(here=-search.cv_results_["mean_test_score"])
tuned.round(4)

# %%
import matplotlib.pyplot as plt

figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
dots = ax.scatter(tuned["lecture"], tuned["here"])
for row in tuned.itertuples():
    label = f"block {row.block_size}, {row.hidden_size} units, {row.embedding_dim} dim."
    ax.annotate(label, (row.lecture, row.here), xytext=(6, -12), textcoords="offset points")
ax.axline((2.3, 2.3), slope=1, color="black", linewidth=0.8, label="equal")
ax.set(xlabel="Loss in the notes", ylabel="Dev loss here", xlim=(2.1, 2.75))
ax.margins(y=0.1)
_ = ax.legend()

# %%
# Why it matters
# --------------
# Two losses side by side say what to do next: a larger model, or more words and a tamer one. The
# guide on :doc:`tuning </user_guide/tune>` has the search that goes on from here.
