"""
10. Draw the embedding
======================

With an embedding of two dimensions the lecture can draw it: each letter where the network has put
it. Nobody told the network what a vowel is, yet in the lecture's picture the vowels stand together.
"""

# %%
# Two dimensions
# --------------
from sklearn_makemore import MLPCharLM
from sklearn_makemore.datasets import fetch_names
from sklearn_makemore.inspection import EmbeddingDisplay

words = fetch_names().data
plane = MLPCharLM(embedding_dim=2, random_state=0).fit(words)
display = EmbeddingDisplay.from_estimator(plane)

vowels = [symbol in "aeiou" for symbol in plane.symbols_]
display.scatter_.set_array(vowels)  # red, for the eye: the network does not know of it
_ = display.scatter_.set(cmap="coolwarm", alpha=0.4)

# %%
# How near is near? The mean distance of two vowels, as a share of that of any two letters:
import numpy as np
from scipy.spatial.distance import pdist

letters = np.array([symbol.isascii() and symbol.isalpha() for symbol in plane.symbols_])
share = pdist(plane.embedding_[vowels]).mean() / pdist(plane.embedding_[letters]).mean()
print(f"{share:.2f}")

# %%
# Ten dimensions
# --------------
# The default network has more room, and a picture can show only the two directions along which the
# letters differ most; the axes say how much of the variance that is. Letters apart in it are
# different; neighbours need not be alike.
ten = MLPCharLM(random_state=0).fit(words)
principal = EmbeddingDisplay.from_estimator(ten)

# %%
# Why it matters
# --------------
# The embedding is how the network shares what it learns: what it finds out about names in "a" it
# knows about "o", too, as far as the two are near. And it is an array of the fitted estimator,
# ``embedding_``, for any other use.
print(ten.embedding_.shape, ten.embedding_.dtype)
