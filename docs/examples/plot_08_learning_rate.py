"""
8. Find a learning rate
=======================

Which rate? The lecture lets it grow from 0.001 to 1 over 1,000 steps of one training, draws the
loss, and takes a rate from the bottom of the valley: 0.1.
"""

# %%
# The lecture's sweep
# -------------------
# :class:`~sklearn_makemore.inspection.LearningRateDisplay` runs it, on the lecture's solver here.
# Where the rate is too low the loss hardly falls; where it is too high the loss leaps about.
import random

from sklearn_makemore import MLPCharLM
from sklearn_makemore.datasets import fetch_names
from sklearn_makemore.inspection import LearningRateDisplay

words = list(fetch_names().data)
random.Random(42).shuffle(words)
n_train, n_dev = int(0.8 * len(words)), int(0.9 * len(words))
train, dev = words[:n_train], words[n_train:n_dev]

lecture = MLPCharLM(solver="sgd", random_state=2147483647)
sweep = LearningRateDisplay.from_estimator(lecture, train, lowest=1e-3, highest=1, n_steps=1_000)
print(f"suggestion {sweep.suggestion:.2f}")

# %%
# The suggestion is the rate of the least loss, and each step of the sweep stands on those before
# it: it is a place to begin from. The lecture reads the valley by eye, and takes 0.1.
#
# The default solver
# ------------------
# Its rate means something else, so its valley is elsewhere.
default = MLPCharLM(random_state=0)
sweep_default = LearningRateDisplay.from_estimator(
    default, train, lowest=1e-4, highest=1, n_steps=300
)
print(f"suggestion {sweep_default.suggestion:.3f}")

# %%
# What whole fits say
# -------------------
# The sweep costs less than one fit. Some short fits to check it:
from sklearn.base import clone

dev_losses = {}
for rate in (0.0003, 0.003, 0.02, 0.1):
    fitted = clone(default).set_params(learning_rate=rate, max_steps=300).fit(train)
    dev_losses[rate] = -fitted.score(dev)
    print(f"rate {rate:6}: dev {dev_losses[rate]:.3f}")

# %%
# Why it matters
# --------------
# The rate is the one setting that can spoil everything else. A sweep finds its order of magnitude
# for any neural model of the library, in seconds;
# :func:`~sklearn_makemore.model_selection.learning_rate_range_test` gives the numbers without the
# picture.
