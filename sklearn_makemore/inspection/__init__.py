"""A look at columns of words, and pictures of models: what they learn, how, what they think."""

# SPDX-License-Identifier: BSD-3-Clause

from sklearn_makemore.inspection._coverage import CoverageDisplay
from sklearn_makemore.inspection._embedding import EmbeddingDisplay
from sklearn_makemore.inspection._learning_rate import LearningRateDisplay
from sklearn_makemore.inspection._loss_curve import LossCurveDisplay
from sklearn_makemore.inspection._profile import profile
from sklearn_makemore.inspection._score_distribution import ScoreDistributionDisplay
from sklearn_makemore.inspection._surprisal import SurprisalDisplay
from sklearn_makemore.inspection._transition import TransitionDisplay

__all__ = [
    "CoverageDisplay",
    "EmbeddingDisplay",
    "LearningRateDisplay",
    "LossCurveDisplay",
    "ScoreDistributionDisplay",
    "SurprisalDisplay",
    "TransitionDisplay",
    "profile",
]
