"""Coverage of words by the likeliest words of a model, as a picture."""

import numpy as np
import pytest

from sklearn_makemore import BigramCountLM, NGramCountLM
from sklearn_makemore.datasets import load_names
from sklearn_makemore.inspection import CoverageDisplay
from sklearn_makemore.metrics import coverage_curve

NAMES = load_names()
ITALIAN = NAMES.data[NAMES.target == "Italian"]
TRAIN, TEST = ITALIAN[::2], ITALIAN[1::2]


def test_the_curve_and_its_band():
    fitted = NGramCountLM(order=3).fit(TRAIN)
    options = {"n_words": [10, 1_000, 100_000], "n_exact": 100, "n_samples": 500, "random_state": 0}
    curve = coverage_curve(fitted, TEST, **options)
    display = CoverageDisplay.from_estimator(fitted, TEST, **options)
    np.testing.assert_array_equal(display.n_words, curve["n_words"])
    np.testing.assert_array_equal(display.line_.get_data(), [curve["n_words"], curve["share"]])
    np.testing.assert_array_equal(display.standard_errors, curve["standard_error"])
    heights = display.band_.get_paths()[0].vertices[:, 1]
    widest = (curve["share"] + 2 * curve["standard_error"]).max()
    assert heights.max() == pytest.approx(widest)
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.get_legend() is None
    display.figure_.draw_without_rendering()
    assert "80%" in [label.get_text() for label in display.ax_.get_yticklabels()]


def test_models_share_axes():
    first = CoverageDisplay.from_estimator(
        NGramCountLM(order=4).fit(TRAIN), TEST, name="order 4", line_kw={"lw": 3}, n_exact=100
    )
    second = CoverageDisplay.from_estimator(
        BigramCountLM().fit(TRAIN), TEST, name="bigrams", ax=first.ax_, band_kw={"alpha": 0.5}
    )
    assert [text.get_text() for text in first.ax_.get_legend().get_texts()] == [
        "order 4",
        "bigrams",
    ]
    assert first.line_.get_linewidth() == 3
    assert second.band_.get_alpha() == 0.5
    assert len(first.ax_.lines) == 2


def test_exact_shares_need_no_band():
    display = CoverageDisplay([1, 10, 100], [0, 0.1, 0.4]).plot()
    assert display.band_ is None
    assert display.line_.get_ydata().tolist() == [0, 0.1, 0.4]
    low, high = display.ax_.get_ylim()
    assert low < 0 < 1 < high
    shown = CoverageDisplay([1, 10], [0, 0.99], standard_errors=[0, 0.1]).plot()
    assert shown.band_.get_paths()[0].vertices[:, 1].max() == 1
