"""What all displays share."""

import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_makemore import BigramCountLM, MLPCharLM, inspection
from sklearn_makemore.inspection._drawing import font_size, shown, text_colors

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia"]
ARGUMENTS = {
    "CoverageDisplay": (WORDS,),
    "EmbeddingDisplay": (),
    "LearningRateDisplay": (WORDS,),
    "LossCurveDisplay": (),
    "ScoreDistributionDisplay": (WORDS,),
    "SurprisalDisplay": (WORDS,),
    "TransitionDisplay": (),
}
OF_FITTED = sorted(ARGUMENTS.keys() - {"LearningRateDisplay"})


@pytest.fixture(scope="module")
def mlp():
    return MLPCharLM(max_steps=60, hidden_size=8, random_state=0).fit(WORDS)


def draw(name, estimator, ax=None):
    return getattr(inspection, name).from_estimator(estimator, *ARGUMENTS[name], ax=ax)


def test_every_display_is_tested():
    displays = [name for name in inspection.__all__ if name.endswith("Display")]
    assert sorted(ARGUMENTS) == sorted(displays)


@pytest.mark.filterwarnings("ignore:The loss is least at")
@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_displays_follow_the_pattern(name, mlp):
    rc_before = dict(mpl.rcParams)
    ax = Figure().subplots()
    display = draw(name, mlp, ax)
    assert (display.ax_, display.figure_) == (ax, ax.figure)
    assert not plt.get_fignums()
    display.figure_.draw_without_rendering()

    assert display.plot() is display
    assert display.ax_ is not ax
    assert plt.get_fignums() == [display.figure_.number]
    assert display.ax_.get_xlabel()
    display.figure_.draw_without_rendering()
    assert dict(mpl.rcParams) == rc_before


@pytest.mark.parametrize("name", OF_FITTED)
def test_displays_refuse_what_they_cannot_show(name, mlp):
    with pytest.raises(NotFittedError):
        draw(name, MLPCharLM())
    for other, remedy in ((make_pipeline(mlp), r"pipeline\[-1\]"), (MLPCharLM, "Fit an instance")):
        with pytest.raises(TypeError, match=f"{name} needs a fitted language model.*{remedy}"):
            draw(name, other)
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("EmbeddingDisplay", "MLPCharLM"),
        ("LossCurveDisplay", "MLPCharLM"),
        ("LearningRateDisplay", "neural language model"),
    ],
)
def test_displays_of_training_refuse_counts(name, remedy):
    with pytest.raises(TypeError, match=f"BigramCountLM has no .*{remedy}"):
        draw(name, BigramCountLM().fit(WORDS))


@pytest.mark.filterwarnings("ignore:The loss is least at")
@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_a_missing_matplotlib_is_said(name, mlp, monkeypatch):
    display = draw(name, mlp)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=rf"{name}.plot requires matplotlib"):
        display.plot()
    with pytest.raises(ImportError, match=rf"{name}.from_estimator requires matplotlib.*pip"):
        draw(name, mlp)


def test_symbols_that_cannot_be_seen_or_drawn_are_named():
    symbols = ["a", "é", " ", "\n", "\0", "\u200b", "\ud800", "\u0301", "🦄", "", "<s>", "$"]
    assert shown(symbols) == [
        *["a", "é", "␣", "\\n", "\\x00", "\\u200b", "\\ud800", "U+0301", "U+1F984"],
        *["", "<s>", "$"],
    ]


def test_fonts_that_are_configured_are_asked():
    with mpl.rc_context({"font.family": ["No Such Font", "DejaVu Sans"]}):
        assert shown(["a"]) == ["a"]
    with mpl.rc_context({"font.family": ["No Such Font"]}):
        assert shown(["a", " "]) == ["U+0061", "' '"]


def test_text_contrasts():
    colors = text_colors(np.array([[0, 0, 0, 1], [1, 1, 1, 1], [1, 1, 0, 1], [0, 0, 1, 1.0]]))
    assert colors.tolist() == ["white", "black", "black", "white"]


def test_text_fits_or_is_left_out():
    assert font_size(1000, 1000, 2) == 10
    assert 5 <= font_size(30, 30, 4, 2) < 30 / 4 / 0.6
    assert font_size(5, 1000, 4) == 0
