"""
Count bigrams
=============

The lecture counts which symbol follows which.
"""

# %%
# The names of the lecture:
from sklearn_makemore import BigramCountLM
from sklearn_makemore.datasets import fetch_names
from sklearn_makemore.inspection import TransitionDisplay

words = fetch_names().data
lm = BigramCountLM().fit(words)
TransitionDisplay.from_estimator(lm)
