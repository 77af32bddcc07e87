"""
1. Count bigrams
================

The first lecture counts which letter follows which: a dictionary of pairs, then a table of 27 x 27
that a double loop fills, letters on both sides and one symbol, ".", for the start and the end of a
word. Here the loops are one line.
"""

# %%
# The words
# ---------
# The lecture reads ``names.txt``: 32,033 names of 2 to 15 letters.
# :func:`~sklearn_makemore.datasets.fetch_names` downloads the file once and checks that it is the
# lecture's.
from sklearn_makemore.datasets import fetch_names

words = fetch_names().data
lengths = [len(word) for word in words]
print(len(words), "words of", min(lengths), "to", max(lengths), "letters:", *words[:5])

# %%
# The table
# ---------
# ``fit`` counts. The codes of the symbols, which the lecture keeps in ``stoi`` and ``itos``, are
# the positions in ``symbols_``; the boundary has code 0, as there.
from sklearn_makemore import BigramCountLM

lm = BigramCountLM().fit(words)
print(lm.n_symbols_, "symbols,", int(lm.counts_.sum()), "bigrams")

# %%
# The lecture sorts its dictionary: a name ends in "n" 6,763 times, in "a" 6,640 times, and "a" is
# followed by "n" 5,438 times.
import pandas as pd

table = pd.DataFrame(lm.counts_, index=lm.symbols_, columns=lm.symbols_)
top = table.stack().sort_values(ascending=False).astype(int).head(10)
top.index = top.index.map("".join)
print(top.to_string())

# %%
# The picture
# -----------
# The lecture draws the table with each pair and its count in a cell.
# :class:`~sklearn_makemore.inspection.TransitionDisplay` does this for a fitted model; with an
# alphabet too large for labels it leaves the cells empty. The first row says what words begin
# with, the first column what they end with. Colours grow with the square root of the count, so that
# a rare pair can be told from one that never occurs.
from sklearn_makemore.inspection import TransitionDisplay

heat_map = TransitionDisplay.from_estimator(lm, cmap="Blues")

# %%
# Why it matters
# --------------
# This table is the whole model: a row, divided by its sum, is the distribution of what comes next.
# The likeliest first letters, for example:
first = pd.Series(lm.predict_proba([""])[0], index=lm.symbols_)
print(first.sort_values(ascending=False).head(5).round(4).to_string())

# %%
# Nothing was lost on the way. Words come as a list, an array or a column of a data frame, in any
# script, and a missing value is an error that says where it is, never the word "nan".
try:
    BigramCountLM().fit(["emma", None, "ava"])
except (TypeError, ValueError) as error:
    print(error)
