"""Words symbol by symbol, and distributions of scores."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from sklearn_makemore import BigramCountLM
from sklearn_makemore.datasets import load_names
from sklearn_makemore.inspection import ScoreDistributionDisplay, SurprisalDisplay

WORDS = load_names().data[::20]


@pytest.fixture(scope="module")
def model():
    return BigramCountLM(handle_unknown="unknown", random_state=0).fit(WORDS)


def test_symbols_and_their_colours(model):
    words = pd.Series(["ava", "", "a🦄\n x"], index=[7, 7, 7])
    display = SurprisalDisplay.from_estimator(model, words)
    expected = model.score_symbols(words)["log_proba"]
    drawn = display.mesh_.get_array()
    np.testing.assert_array_equal(drawn.compressed(), expected)
    assert drawn.mask.sum(axis=1).tolist() == [2, 5, 0]
    assert "".join(text.get_text() for text in display.text_) == "ava..aU+1F984\\n␣x."
    assert [text.get_position() for text in display.text_[3:6]] == [(3, 0), (0, 1), (0, 2)]
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    totals = model.score_samples(words)
    assert labels == [
        f"{word}  −{-total:.1f} nats"
        for word, total in zip(["ava", "''", "aU+1F984\\n␣x"], totals, strict=True)
    ]
    assert display.figure_.axes[1].get_xlabel() == "Log-probability (nats)"
    assert display.mesh_.get_clim() == (expected.min(), 0)


def test_impossible_symbols_are_black():
    model = BigramCountLM(smoothing=0, alphabet="q").fit(["q"])
    display = SurprisalDisplay.from_estimator(model, ["qq", "q"])
    np.testing.assert_array_equal(display.log_proba, [[0, -np.inf, 0], [0, 0, np.nan]])
    colors = display.mesh_.to_rgba(display.mesh_.get_array())
    assert colors[0, 1].tolist() == [0, 0, 0, 1]
    assert colors[1, 2].tolist() == [0, 0, 0, 0]
    assert display.text_[1].get_color() == "white"
    assert "impossible" in display.figure_.axes[1].get_xlabel()
    assert display.ax_.get_yticklabels()[0].get_text() == "qq  −∞"
    display.figure_.draw_without_rendering()


def test_long_words_and_many_words(model):
    display = SurprisalDisplay.from_estimator(model, ["anna" * 15, "a"])
    assert len(display.text_) == 63
    assert min(text.get_fontsize() for text in display.text_) >= 8
    assert display.ax_.get_yticklabels()[0].get_text().startswith("anna" * 5 + "ann…  ")
    display = SurprisalDisplay.from_estimator(model, ["anna" * 500] * 2)
    assert display.text_ == []
    display = SurprisalDisplay.from_estimator(model, WORDS[:500], colorbar=False)
    assert not display.ax_.get_yticks().size
    assert len(display.figure_.axes) == 1


def test_lines_between_cells_leave_the_colours_of_many_words_to_be_seen(model):
    for n_words, has_lines in ((20, True), (1000, False)):
        display = SurprisalDisplay.from_estimator(model, ["anna"] * n_words)
        assert bool(display.mesh_.get_linewidth().any()) is has_lines
    display.figure_.canvas.draw()
    pixels = np.asarray(display.figure_.canvas.buffer_rgba())
    box = display.ax_.get_window_extent()
    middle = pixels[pixels.shape[0] - int((box.y0 + box.y1) / 2), int(box.x0 + 5)]
    expected = display.mesh_.to_rgba(display.mesh_.get_array(), bytes=True)[0, 0]
    np.testing.assert_allclose(middle, expected, atol=2)


def test_the_colour_bar_covers_no_label_in_a_figure_of_the_callers(model):
    _, ax = plt.subplots()
    figure = SurprisalDisplay.from_estimator(model, WORDS[:12], ax=ax).figure_
    figure.draw_without_rendering()
    bar = figure.axes[1].get_window_extent()
    for label in (ax.xaxis.label, *ax.get_xticklabels()):
        assert not label.get_window_extent().overlaps(bar)


def test_surprisal_options_and_errors(model):
    display = SurprisalDisplay.from_estimator(
        model, ["avxq"], vmin=-3, vmax=-1, cmap="cividis", text_kw={"fontweight": "bold"}
    )
    assert display.mesh_.get_clim() == (-3, -1)
    drawn = display.mesh_.get_array()
    assert drawn.min() == -3  # not the colour of the impossible
    assert display.text_[0].get_weight() == "bold"
    with pytest.raises(ValueError, match="at least one word"):
        SurprisalDisplay.from_estimator(model, [])
    with pytest.raises(ValueError, match="same shape"):
        SurprisalDisplay([["a"]], [[1, 2]])


def test_histograms_share_bins(model):
    sets = {"train": WORDS, "_held out": ["ava", "emma"]}
    display = ScoreDistributionDisplay.from_estimator(model, sets, n_samples=50, random_state=1)
    assert list(display.artists_) == ["train", "_held out", "samples"]
    samples = model.sample(50, random_state=1)
    np.testing.assert_array_equal(display.scores["samples"], model.transform(samples)[:, 1])
    edges = display.artists_["train"].get_data().edges
    for name, artist in display.artists_.items():
        heights, here, _ = artist.get_data()
        np.testing.assert_array_equal(here, edges)
        counts = np.histogram(display.scores[name], edges)[0]
        np.testing.assert_allclose(heights, counts / len(display.scores[name]))
        assert heights.sum() == pytest.approx(1)
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["train (585 words)", "_held out (2 words)", "samples (50 words)"]


def test_cumulative_shares():
    display = ScoreDistributionDisplay({"a": [-1.0, -3.0], "b": [-np.inf, -2.0, -2.0, -np.inf]})
    display.plot(kind="ecdf", line_kw={"lw": 4})
    x, y = display.artists_["a"].get_data()
    assert x.tolist() == [-3, -3, -1]
    assert y.tolist() == [0, 0.5, 1]
    x, y = display.artists_["b"].get_data()
    assert x.tolist() == [-3, -2, -2]
    assert y.tolist() == [0.5, 0.75, 1]
    assert display.artists_["b"].get_linewidth() == 4


def test_impossible_words_are_counted_and_said():
    display = ScoreDistributionDisplay({"a": [-1.0, -np.inf], "b": [-np.inf]}).plot(bins=4)
    heights, edges, _ = display.artists_["a"].get_data()
    assert heights.sum() == 0.5
    assert len(edges) == 5
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["a (2 words, 1 impossible: −∞)", "b (1 word, 1 impossible: −∞)"]
    ScoreDistributionDisplay({"b": [-np.inf]}).plot(kind="ecdf")


def test_score_errors(model):
    with pytest.raises(ValueError, match="'samples' is the name"):
        ScoreDistributionDisplay.from_estimator(model, {"samples": WORDS})
    display = ScoreDistributionDisplay.from_estimator(model, WORDS, n_samples=0)
    assert list(display.scores) == ["words"]
    with pytest.raises(ValueError, match="kind"):
        display.plot(kind="kde")
    with pytest.raises(ValueError, match="'a' must"):
        ScoreDistributionDisplay({"a": []})
    with pytest.raises(ValueError, match="'a' must"):
        ScoreDistributionDisplay({"a": [np.nan]})
    with pytest.raises(ValueError, match="at least one set"):
        ScoreDistributionDisplay({})
