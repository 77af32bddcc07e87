"""
2. Draw new words
=================

A row of the table says what may come next. The lecture draws a symbol with ``torch.multinomial``,
goes to the row of that symbol, draws again, and stops at the boundary.
"""

# %%
from sklearn_makemore import BigramCountLM
from sklearn_makemore.datasets import fetch_names

words = fetch_names().data
lm = BigramCountLM().fit(words)

# %%
# The lecture's own words
# -----------------------
# Given a ``torch.Generator``, ``sample`` draws one symbol at a time from it, as the lecture does.
# With the lecture's seed and names, a recent torch makes the words *cexze*, *momasurailezitynn*,
# *konimittain*, *llayn* and *ka*.
import torch

generator = torch.Generator().manual_seed(2147483647)
lecture_words = lm.sample(5, random_state=generator)
print(*lecture_words)

# %%
# Is that any good? The lecture compares it with a model that has learnt nothing, in which all
# symbols are equally likely. Smoothing without end makes one:
untrained = BigramCountLM(smoothing=1e12).fit(words)
for word in untrained.sample(3, random_state=2):
    print(word)

# %%
# Bigrams are poor names, but they are better than that.
#
# Beyond the lecture
# ------------------
# Any other seed takes the fast way, in which word *i* depends on the seed and *i* alone, so that
# the first words stay when more are asked for.
print(*lm.sample(3, random_state=0))
print(*lm.sample(6, random_state=0))

# %%
# A low temperature keeps to what is likely, a high one goes astray; ``top_k`` leaves only the *k*
# likeliest symbols at each step.
draws = {
    "temperature 0.5": {"temperature": 0.5},
    "temperature 1": {},
    "temperature 2": {"temperature": 2.0},
    "top_k 5": {"top_k": 5},
}
samples = {name: lm.sample(1_000, random_state=0, **draw) for name, draw in draws.items()}
for name, made in samples.items():
    print(f"{name:16}", *made[:5])

# %%
# The log-likelihood per symbol that the model itself gives these words, beside that of names:
from sklearn_makemore.inspection import ScoreDistributionDisplay

shown = {"names": words} | {name: samples[name] for name in list(draws)[:3]}
scores = ScoreDistributionDisplay.from_estimator(lm, shown, n_samples=0)

# %%
# Constraints hold for every word that comes back: how it begins, how long it is, that it is new and
# not drawn twice. If that cannot be had, an error says which constraint rejected how many words.
constrained = lm.sample(
    6, prefix="ma", min_length=5, max_length=8, exclude=words, unique=True, random_state=0
)
print(*constrained)
