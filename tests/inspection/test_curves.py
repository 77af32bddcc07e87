"""Loss curves and range tests of learning rates."""

import numpy as np
import pytest

from sklearn_makemore import MLPCharLM, NeuralBigramLM
from sklearn_makemore.datasets import load_names
from sklearn_makemore.inspection import LearningRateDisplay, LossCurveDisplay
from sklearn_makemore.inspection._loss_curve import _centred_means
from sklearn_makemore.model_selection import LearningRateRangeTest, learning_rate_range_test

WORDS = load_names().data[::20]


def small(**parameters):
    return MLPCharLM(hidden_size=8, embedding_dim=2, random_state=0, **parameters)


def test_centred_means_by_hand():
    values = np.array([8.0, 0.0, 1.0, 2.0, 6.0])
    np.testing.assert_allclose(_centred_means(values, 3), [8, 3, 1, 3, 4])
    np.testing.assert_allclose(_centred_means(values, 0), values)
    np.testing.assert_allclose(_centred_means(values, 100), [8, 3, 3.4, 3.4, 3.4])
    np.testing.assert_allclose(_centred_means(np.array([3.0]), 1), [3])


def test_curves_of_an_early_stop():
    model = small(max_steps=180, early_stopping=True).fit(WORDS)
    display = LossCurveDisplay.from_estimator(model)
    np.testing.assert_array_equal(
        display.loss_line_.get_data(), [np.arange(180), model.loss_curve_]
    )
    smoothed = _centred_means(model.loss_curve_, 9)
    np.testing.assert_array_equal(display.smoothed_line_.get_ydata(), smoothed)
    steps, losses = display.validation_line_.get_data()
    assert steps.tolist() == [50, 100, 150, 180]
    np.testing.assert_array_equal(losses, model.validation_curve_)
    best = steps[losses.argmin()]
    assert display.best_line_.get_xdata() == [best, best]
    assert display.ax_.get_yscale() == "linear"


def test_the_weights_kept_are_those_of_the_best_look():
    loss = np.linspace(3, 1, 150)
    looks = {"validation_steps": np.array([50, 100, 150]), "validation_loss": [2.5, 2.0, 2.2]}
    display = LossCurveDisplay(loss, loss, **looks).plot(name="mlp")
    assert display.best_line_.get_xdata() == [100, 100]
    assert display.best_line_.get_label() == "mlp, weights kept (step 100)"


def test_sgd_looks_every_thousand_steps():
    model = small(solver="sgd", max_steps=2_100, early_stopping=True, batch_size=4).fit(WORDS)
    display = LossCurveDisplay.from_estimator(model, window=7)
    assert display.validation_line_.get_xdata().tolist() == [1_000, 2_000, 2_100]
    np.testing.assert_allclose(display.smoothed_loss[3], model.loss_curve_[:7].mean())


def test_a_model_of_an_older_file_is_drawn_with_even_looks():
    model = small(max_steps=170, early_stopping=True).fit(WORDS)
    del model.validation_steps_
    display = LossCurveDisplay.from_estimator(model)
    assert display.validation_line_.get_xdata().tolist() == [43, 86, 129, 170]


def test_a_model_says_itself_when_it_looked():
    model = small(max_steps=180, early_stopping=True).fit(WORDS)
    model.validation_steps_ = np.array([7, 100, 120, 180])
    display = LossCurveDisplay.from_estimator(model)
    assert display.validation_line_.get_xdata().tolist() == [7, 100, 120, 180]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_curve_of_one_step():
    model = small(max_steps=1, early_stopping=True).fit(WORDS)
    display = LossCurveDisplay.from_estimator(model)
    assert display.loss_line_.get_xdata().tolist() == [0]
    assert display.loss_line_.get_marker() == "o"
    assert display.validation_line_.get_xdata().tolist() == [1]


def test_the_scale_of_a_steep_loss():
    loss = np.geomspace(30, 2.5, 100)
    display = LossCurveDisplay(loss, loss).plot()
    assert display.ax_.get_yscale() == "log"
    assert "log scale" in display.ax_.get_ylabel()
    display.figure_.draw_without_rendering()
    assert display.plot(yscale="linear").ax_.get_yscale() == "linear"
    assert display.validation_line_ is None


def test_curves_of_several_models_share_axes():
    gd = NeuralBigramLM(solver="gd", max_steps=30, random_state=0).fit(WORDS)
    first = LossCurveDisplay.from_estimator(gd, name="gd", loss_kw={"lw": 3})
    second = LossCurveDisplay.from_estimator(
        NeuralBigramLM().fit(WORDS), name="lbfgs", ax=first.ax_
    )
    texts = [text.get_text() for text in second.ax_.get_legend().get_texts()]
    assert texts == ["gd, smoothed", "gd, each step", "lbfgs, smoothed", "lbfgs, each step"]
    assert first.loss_line_.get_linewidth() == 3
    with pytest.raises(ValueError, match="window"):
        LossCurveDisplay.from_estimator(gd, window=0)
    with pytest.raises(ValueError, match="yscale"):
        first.plot(yscale="sqrt")


def test_learning_rates():
    weights = np.arange(len(WORDS)) % 3 + 1.0
    settings = {"sample_weight": weights, "lowest": 1e-3, "highest": 10, "n_steps": 200}
    test = learning_rate_range_test(small(), WORDS, **settings)
    display = LearningRateDisplay.from_estimator(small(), WORDS, **settings)
    np.testing.assert_array_equal(display.smoothed_losses, test.smoothed_losses)
    display = LearningRateDisplay.from_range_test(test, suggestion_kw={"c": "red"})
    np.testing.assert_array_equal(display.loss_line_.get_data(), [test.learning_rates, test.losses])
    np.testing.assert_array_equal(display.smoothed_line_.get_ydata(), test.smoothed_losses)
    assert display.suggestion_line_.get_xdata() == [test.suggestion] * 2
    assert display.suggestion_line_.get_color() == "red"
    assert display.ax_.get_xscale() == "log"


def test_a_training_that_blows_up_does_not_flatten_the_rest():
    losses = np.array([4.0, 3.0, 2.0, 5.0, 1e6])
    test = LearningRateRangeTest(np.geomspace(0.01, 100, 5), losses, losses, 1.0)
    display = LearningRateDisplay.from_range_test(test)
    low, high = display.ax_.get_ylim()
    assert low < 2 < 4 < high < 6
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels[-1] == "suggestion: 1"
    flat = LearningRateRangeTest(np.array([1.0, 150.4]), np.ones(2), np.ones(2), 150.4)
    display = LearningRateDisplay.from_range_test(flat)
    assert display.suggestion_line_.get_label() == "suggestion: 150"
