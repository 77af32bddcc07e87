"""
4. The broadcasting trap
========================

Counts become probabilities when each row is divided by its sum. The lecture stops here to warn: one
argument forgotten, ``keepdims=True``, and the columns are divided instead, without any error.
"""

# %%
# The right way and the wrong one
# -------------------------------
import numpy as np

from sklearn_makemore import BigramCountLM
from sklearn_makemore.datasets import fetch_names

lm = BigramCountLM().fit(fetch_names().data)
counts = lm.counts_ + 1

right = counts / counts.sum(axis=1, keepdims=True)  # (V, V) / (V, 1)
wrong = counts / counts.sum(axis=1)  # (V, V) / (V,), taken for (1, V)
print("the first row sums to", right[0].sum().round(6), "and", wrong[0].sum().round(6))

# %%
# V is the number of symbols. Shapes are aligned at the right: the sums of the rows, a column, are
# taken for a row, and entry *j* divides column *j*. In the lecture the first row then sums to about
# 7.
#
# What makes the mistake hard to see: in a table of bigrams each symbol is left as often as it is
# reached, so the sums of the columns *are* those of the rows.
print("sums agree:", np.array_equal(lm.counts_.sum(axis=0), lm.counts_.sum(axis=1)))

# %%
import matplotlib.pyplot as plt

figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
symbols = np.arange(lm.n_symbols_)
bars = ax.bar(symbols, wrong.sum(axis=1), color="tab:red", label="without keepdims")
line = ax.axhline(1, color="black", linestyle="--", label="with keepdims")
ax.set_xticks(symbols, lm.symbols_, fontsize=10 if lm.n_symbols_ < 40 else 6)
ax.set(xlabel="Symbol", ylabel="Sum of its row", title="Rows that should be distributions")
_ = ax.legend()

# %%
# The loss does not tell
# ----------------------
# A word is a round trip from the boundary to the boundary: it leaves each symbol as often as it
# reaches it. So dividing by the sums of the symbols reached, instead of those left, changes the
# factors but not their product, and the wrong table gives *every* word the right likelihood.
code = {symbol: i for i, symbol in enumerate(lm.symbols_)}
path = [code[symbol] for symbol in ".emma."]
likelihoods = [np.log(table[path[:-1], path[1:]]).sum() for table in (right, wrong)]
losses = [-(np.log(table) * lm.counts_).sum() / lm.counts_.sum() for table in (right, wrong)]
print("log-likelihood of emma, right and wrong:", np.round(likelihoods, 6))
print("loss of all names, right and wrong:     ", np.round(losses, 6))

# %%
# Only the next symbol gives it away. To draw from a row one divides by its sum once more, and what
# comes out of the wrong table is not what names begin with, but what is seldom found elsewhere:
for name, table in (("right", right), ("wrong", wrong)):
    likeliest = np.argsort(table[0])[::-1][:8]
    print(name, "first letters:", *lm.symbols_[likeliest])

# %%
# Why it matters
# --------------
# A check of the loss would have passed. With the library nobody divides by hand: ``predict_proba``
# and ``transition_proba_`` are distributions, whichever the model. Their rows sum to 1 within 1e-9,
# and :func:`~sklearn_makemore.utils.estimator_checks.check_char_lm` tests it, for an estimator of
# your own, too.
row_sums = lm.transition_proba_.sum(axis=1)
print("largest error of a row:", abs(row_sums - 1).max())
print("the same table:", np.allclose(lm.transition_proba_, right, rtol=1e-12))
