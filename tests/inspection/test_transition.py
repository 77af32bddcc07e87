"""Heat maps of bigrams."""

import numpy as np
import pytest
from matplotlib.colors import LogNorm

from sklearn_makemore import BigramCountLM, MLPCharLM, NeuralBigramLM, NGramCountLM
from sklearn_makemore.inspection import TransitionDisplay


def labels_of(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_the_counts_of_the_lecture(names, lecture_counts):
    display = TransitionDisplay.from_words(names)
    assert labels_of(display) == list(".abcdefghijklmnopqrstuvwxyz")
    for (first, second), count in lecture_counts.items():
        i, j = (display.symbols.tolist().index(symbol) for symbol in (first, second))
        assert display.im_.get_array()[i, j] == count
        assert display.text_[i, j].get_text() == f"{first}{second}\n{count}"
        assert display.text_[i, j].get_position() == (j, i)
    assert display.figure_.axes[1].get_ylabel() == "Count"


def test_values_of_estimators():
    words, weights = ["emma", "ava"], [2, 0.5]
    counted = BigramCountLM(smoothing=0).fit(words, sample_weight=weights)
    display = TransitionDisplay.from_estimator(counted)
    np.testing.assert_array_equal(display.im_.get_array(), counted.counts_)
    again = TransitionDisplay.from_words(words, sample_weight=weights, boundary="#")
    np.testing.assert_array_equal(again.transitions, counted.counts_)
    assert again.symbols[0] == "#"
    assert again.text_[0, 1].get_text() == "#a\n0.5"
    shares = TransitionDisplay.from_words(words, sample_weight=weights, kind="proba")
    np.testing.assert_allclose(shares.transitions, counted.transition_proba_)
    assert shares.figure_.axes[1].get_ylabel() == "Probability"


@pytest.mark.parametrize(
    "estimator",
    [NeuralBigramLM(), NGramCountLM(order=2), MLPCharLM(max_steps=5, learning_rate=1e-3)],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_probabilities_after_single_characters(estimator):
    estimator.set_params(handle_unknown="unknown").fit(["emma", "ava", "\ufffda"])
    display = TransitionDisplay.from_estimator(estimator, colorbar=False)
    assert display.kind == "proba"
    np.testing.assert_allclose(display.transitions.sum(axis=1), 1)
    rows = estimator.predict_proba(["", "a", "\ufffd", "n"])
    np.testing.assert_allclose(display.transitions[[0, 1, -2, -1]], rows, atol=1e-6)
    with pytest.raises(TypeError, match="from_words"):
        TransitionDisplay.from_estimator(estimator, kind="count")


def test_eighty_symbols_are_labelled_but_not_written_in():
    alphabet = "".join(map(chr, range(0x41, 0x41 + 79)))
    display = TransitionDisplay.from_words([alphabet])
    assert display.text_ is None
    assert len(labels_of(display)) == 80
    assert display.ax_.get_yticklabels()[0].get_fontsize() >= 6
    small = display.plot(display.figure_.add_axes((0, 0, 0.1, 0.1)))
    assert len(labels_of(small)) < 40  # every second or third


def test_values_are_written_where_they_are_asked_for():
    display = TransitionDisplay.from_words(["abcdefghijklmnopqrstuvwxyz"])
    assert display.text_[1, 2].get_fontsize() >= 6
    ax = display.figure_.add_axes((0, 0, 0.1, 0.1))
    assert display.plot(ax).text_ is None
    assert display.plot(ax, include_values=True).text_[1, 2].get_text() == "1"


def test_one_symbol_and_strange_symbols():
    display = TransitionDisplay.from_words(["", ""])
    assert display.text_[0, 0].get_text() == "..\n2"
    display = TransitionDisplay.from_words(["\n 🦄", "$$"])
    display.figure_.draw_without_rendering()
    assert labels_of(display) == [".", "\\n", "␣", "$", "U+1F984"]
    assert [label.get_rotation() for label in display.ax_.get_xticklabels()] == [0, 0, 0, 0, 90]
    assert display.text_[3, 3].get_text() == "$$\n1"
    assert not display.text_[3, 3].get_parse_math()


def test_text_is_seen_on_its_cell():
    display = TransitionDisplay([[0, 1], [100, 10_000]], [".", "a"]).plot()
    assert display.text_[0, 0].get_color() == "white"  # on the dark end
    assert display.text_[1, 1].get_color() == "black"


def test_options():
    display = TransitionDisplay([[0.25, 0.75], [1, 0]], [".", "a"], kind="proba")
    display.plot(
        values_format=".1%",
        cmap="Blues",
        colorbar=False,
        im_kw={"vmin": 0.5, "vmax": 2},
        text_kw={"horizontalalignment": "right", "color": "red"},
    )
    assert display.text_[0, 1].get_text() == ".a\n75.0%"
    assert display.text_[0, 1].get_horizontalalignment() == "right"
    assert display.text_[0, 1].get_color() == "red"
    assert display.im_.get_clim() == (0.5, 2)
    assert display.im_.get_cmap().name == "Blues"
    assert len(display.figure_.axes) == 1
    display.plot(include_values=False, im_kw={"norm": LogNorm(0.1, 1)})
    assert display.text_ is None
    assert isinstance(display.im_.norm, LogNorm)


def test_errors():
    with pytest.raises(ValueError, match=r"shape \(1, 1\)"):
        TransitionDisplay([[1, 2]], ["."])
    with pytest.raises(ValueError, match="kind"):
        TransitionDisplay([[1]], ["."], kind="counts")
    with pytest.raises(ValueError, match="kind"):
        TransitionDisplay.from_words(["a"], kind="counts")
