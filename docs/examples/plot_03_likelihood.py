"""
3. Measure the model
====================

How good is the table? The lecture multiplies the probabilities of all bigrams: the likelihood of
the names. As the product is far too small for a computer, it adds logarithms, and divides by their
number: the mean log-likelihood per symbol. Its negative is the loss.
"""

# %%
# All names
# ---------
# ``score`` is that mean, in nats. The lecture prints a loss of 2.4543561935; summed in double
# precision instead of single it is 2.4540144892 without smoothing, 2.4545768201 with.
import numpy as np

from sklearn_makemore import BigramCountLM
from sklearn_makemore.datasets import fetch_names

words = fetch_names().data
unsmoothed = BigramCountLM(smoothing=0).fit(words)
score = unsmoothed.score(words)
print(f"mean log-likelihood {score:.10f}, loss {-score:.10f}")

# %%
# Perplexity is the same number as a choice: the model is as unsure as if it had to guess among so
# many symbols of equal chance.
perplexity = unsmoothed.perplexity(words)
print(f"{perplexity:.2f} symbols instead of {unsmoothed.n_symbols_}")

# %%
# One word
# --------
# The lecture prints each bigram of a word with its probability. ``score_symbols`` gives a table,
# here with one count added to each pair (the default, ``smoothing=1``).
lm = BigramCountLM().fit(words)
emma = lm.score_symbols(["emma"])
emma.assign(probability=np.exp(emma["log_proba"])).round(4)

# %%
# The impossible word
# -------------------
# In the lecture "andrejq" has an infinite loss: no name has a "q" after a "j", so that its
# probability is zero. One count added to each pair makes it merely unlikely.
print("without smoothing", unsmoothed.score_samples(["andrejq"])[0])
print("with smoothing   ", round(lm.score_samples(["andrejq"])[0], 4))
print("per symbol       ", round(lm.score(["andrejq"]), 4))

# %%
# :class:`~sklearn_makemore.inspection.SurprisalDisplay` shows where the surprise sits: a cell is
# dark if the model did not expect the symbol, black if it holds it for impossible.
from sklearn_makemore.inspection import SurprisalDisplay

some = ["emma", "olivia", "andre", "andrej", "andrejq"]
without = SurprisalDisplay.from_estimator(unsmoothed, some)
_ = without.ax_.set_title("Without smoothing")

# %%
smoothed = SurprisalDisplay.from_estimator(lm, some)
_ = smoothed.ax_.set_title("With smoothing")

# %%
# Why it matters
# --------------
# One number that says how well a model predicts, the same for all models, is what makes them
# comparable: from here on every model of the lectures is judged by it. And the terms of the sum say
# which symbols make a word odd, which is of use far from names: for typing errors in a column, say,
# or generated domains.
