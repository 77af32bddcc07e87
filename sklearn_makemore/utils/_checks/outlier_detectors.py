"""The conventions of scikit-learn's outlier detectors, carried over to words."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
from sklearn.base import clone, is_outlier_detector
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore.utils._checks.common import assert_close, raises, tolerance

SYLLABLES = ("ma", "li", "no", "ra", "ta", "ne", "so")
NORMAL = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES][::2]
ODD = ["xzqw", "bbbbbb", "qqkkq"]
COLUMN = [*NORMAL, *ODD]


def check_predictions_agree(name: str, estimator: Any) -> None:
    """Predict is the sign of decision_function, which is score_samples less offset_."""
    assert is_outlier_detector(estimator)
    estimator.fit(COLUMN)
    predicted = estimator.predict(COLUMN)
    assert predicted.shape == (len(COLUMN),)
    assert predicted.dtype.kind == "i"
    assert set(predicted.tolist()) <= {-1, 1}
    decision, scores = estimator.decision_function(COLUMN), estimator.score_samples(COLUMN)
    assert decision.dtype == scores.dtype == np.float64
    assert (predicted == np.where(decision < 0, -1, 1)).all()
    assert_close(scores - estimator.offset_, decision, 1e-12, "offset_")
    again = clone(estimator).fit_predict(COLUMN)
    assert (again == predicted).all(), "fit_predict and predict after fit differ"


def check_odd_words_score_low(name: str, estimator: Any) -> None:
    """Words of other letters in other orders score lower than nine tenths of the column."""
    estimator.fit(COLUMN)
    limit = np.quantile(estimator.score_samples(COLUMN), 0.1)
    for word, score in zip(ODD, estimator.score_samples(ODD), strict=True):
        assert score < limit, f"{word!r} is not odd among words like {NORMAL[0]!r}"


def check_contamination_is_the_share_of_outliers(name: str, estimator: Any) -> None:
    """That share of the words in fit is called outliers, up to ties."""
    for contamination in (0.02, 0.1, 0.5):
        model = clone(estimator).set_params(contamination=contamination).fit(COLUMN)
        scores = model.score_samples(COLUMN)
        n_below, n_at = (scores < model.offset_).sum(), (scores == model.offset_).sum()
        assert n_below <= contamination * len(COLUMN) + 1e-9 < n_below + n_at
        assert (model.predict(COLUMN) == -1).sum() == n_below
    for wrong in (0.0, 0.6, "few", None):
        refused = clone(estimator).set_params(contamination=wrong).fit
        raises(InvalidParameterError, "'contamination'", refused, COLUMN)


def check_words_in_fit_are_judged_by_other_words(name: str, estimator: Any) -> None:
    """However often an odd word is repeated, its score does not improve."""
    once = clone(estimator).set_params(statistic="total").fit(COLUMN).score_samples(ODD[:1])
    repeated = [*COLUMN, *ODD[:1] * 50]
    often = estimator.set_params(statistic="total").fit(repeated).score_samples(ODD[:1])
    assert_close(often, once, 20 * tolerance(estimator), "a word that was repeated in fit")
    scores = estimator.score_samples(repeated)
    assert_close(estimator.cross_fitted_scores_, scores, 1e-12, "cross_fitted_scores_")


def check_y_is_ignored(name: str, estimator: Any) -> None:
    """A target changes nothing."""
    expected = clone(estimator).fit(COLUMN).score_samples(COLUMN)
    with_y = estimator.fit(COLUMN, np.arange(len(COLUMN))).score_samples(COLUMN)
    assert_close(with_y, expected, 0, "fit with y")


def check_explanations_add_up(name: str, estimator: Any) -> None:
    """Log-probabilities of symbols sum to the total, and the odd letter is the most surprising."""
    estimator.set_params(statistic="total").fit(COLUMN)
    words = ["maqine", "linora", ""]
    rows = estimator.explain(words)
    sums = rows.groupby("word")["log_proba"].sum()
    assert_close(sums, estimator.score_samples(words), 20 * tolerance(estimator), "explain")
    difference = rows["expected"] - rows["log_proba"]
    assert_close(rows["surprise"], difference, 1e-12, "surprise")
    assert (rows["expected"] <= 0).all()
    first = rows[rows["word"] == 0]
    assert first.loc[first["surprise"].idxmax(), "symbol"] == "q"
