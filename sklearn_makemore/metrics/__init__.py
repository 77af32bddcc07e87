"""How well models predict words, what they know of all words, whether they generate and leak."""

# SPDX-License-Identifier: BSD-3-Clause

from sklearn_makemore.metrics._comparison import Comparison, compare
from sklearn_makemore.metrics._coverage import coverage_curve
from sklearn_makemore.metrics._generation import generation_report
from sklearn_makemore.metrics._memorisation import memorisation
from sklearn_makemore.metrics._ranks import RankEstimator, rank_estimate
from sklearn_makemore.metrics._scorers import (
    mean_log_likelihood_scorer,
    neg_bits_per_symbol_scorer,
    neg_perplexity_scorer,
)
from sklearn_makemore.metrics._statistics import word_statistics

__all__ = [
    "Comparison",
    "RankEstimator",
    "compare",
    "coverage_curve",
    "generation_report",
    "mean_log_likelihood_scorer",
    "memorisation",
    "neg_bits_per_symbol_scorer",
    "neg_perplexity_scorer",
    "rank_estimate",
    "word_statistics",
]
