"""The conventions of scikit-learn's outlier detectors, carried over to words."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

import numpy as np
from sklearn.base import clone, is_outlier_detector
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore.utils._checks.common import assert_close, raises, spelling_of, tolerance

SYLLABLES = ("ma", "li", "no", "ra", "ta", "ne", "so")
NORMAL = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES][::2]
ODD = ["xzqw", "bbbbbb", "qqkkq"]
COLUMN = [*NORMAL, *ODD]


def check_predictions_agree(name: str, estimator: Any) -> None:
    """Predict is the sign of decision_function, which is score_samples less offset_."""
    column = spelling_of(estimator).all(COLUMN)
    assert is_outlier_detector(estimator)
    estimator.fit(column)
    predicted = estimator.predict(column)
    assert predicted.shape == (len(column),)
    assert predicted.dtype.kind == "i"
    assert set(predicted.tolist()) <= {-1, 1}
    decision, scores = estimator.decision_function(column), estimator.score_samples(column)
    assert decision.dtype == scores.dtype == np.float64
    assert (predicted == np.where(decision < 0, -1, 1)).all()
    assert_close(scores - estimator.offset_, decision, 1e-12, "offset_")
    again = clone(estimator).fit_predict(column)
    assert (again == predicted).all(), "fit_predict and predict after fit differ"


def check_odd_words_score_low(name: str, estimator: Any) -> None:
    """Words of other letters in other orders score lower than nine tenths of the column."""
    spell = spelling_of(estimator)
    column, odd = spell.all(COLUMN), spell.all(ODD)
    estimator.fit(column)
    limit = np.quantile(estimator.score_samples(column), 0.1)
    for word, score in zip(odd, estimator.score_samples(odd), strict=True):
        assert score < limit, f"{word!r} is not odd among words like {column[0]!r}"


def check_contamination_is_the_share_of_outliers(name: str, estimator: Any) -> None:
    """That share of the words in fit is called outliers, up to ties."""
    column = spelling_of(estimator).all(COLUMN)
    for contamination in (0.02, 0.1, 0.5):
        model = clone(estimator).set_params(contamination=contamination).fit(column)
        scores = model.score_samples(column)
        n_below, n_at = (scores < model.offset_).sum(), (scores == model.offset_).sum()
        assert n_below <= contamination * len(column) + 1e-9 < n_below + n_at
        assert (model.predict(column) == -1).sum() == n_below
    for wrong in (0.0, 0.6, "few", None):
        refused = clone(estimator).set_params(contamination=wrong).fit
        raises(InvalidParameterError, "'contamination'", refused, column)


def check_words_in_fit_are_judged_by_other_words(name: str, estimator: Any) -> None:
    """However often an odd word is repeated, its score does not improve."""
    spell = spelling_of(estimator)
    column, odd = spell.all(COLUMN), spell.all(ODD)
    once = clone(estimator).set_params(statistic="total").fit(column).score_samples(odd[:1])
    repeated = [*column, *odd[:1] * 50]
    often = estimator.set_params(statistic="total").fit(repeated).score_samples(odd[:1])
    assert_close(often, once, 20 * tolerance(estimator), "a word that was repeated in fit")
    scores = estimator.score_samples(repeated)
    assert_close(estimator.cross_fitted_scores_, scores, 1e-12, "cross_fitted_scores_")


def check_y_is_ignored(name: str, estimator: Any) -> None:
    """A target changes nothing."""
    column = spelling_of(estimator).all(COLUMN)
    expected = clone(estimator).fit(column).score_samples(column)
    with_y = estimator.fit(column, np.arange(len(column))).score_samples(column)
    assert_close(with_y, expected, 0, "fit with y")


def check_explanations_add_up(name: str, estimator: Any) -> None:
    """Log-probabilities of symbols sum to the total, and the odd letter is the most surprising."""
    spell = spelling_of(estimator)
    column = spell.all(COLUMN)
    estimator.set_params(statistic="total").fit(column)
    words = spell.all(["maqine", "linora", ""])
    rows = estimator.explain(words)
    sums = rows.groupby("word")["log_proba"].sum()
    assert_close(sums, estimator.score_samples(words), 20 * tolerance(estimator), "explain")
    difference = rows["expected"] - rows["log_proba"]
    assert_close(rows["surprise"], difference, 1e-12, "surprise")
    assert (rows["expected"] <= 0).all()
    first = rows[rows["word"] == 0]
    assert first.loc[first["surprise"].idxmax(), "symbol"] == spell.symbol("q")
