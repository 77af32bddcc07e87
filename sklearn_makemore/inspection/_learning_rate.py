"""The range test of learning rates (Smith, 2017), as in the lecture on the MLP (Karpathy, 2022)."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore.inspection._drawing import Display, draw_losses, merged
from sklearn_makemore.model_selection import LearningRateRangeTest, learning_rate_range_test

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
FIGSIZE = (7.0, 4.5)


class LearningRateDisplay(Display):
    """Loss of a training whose learning rate grows from step to step.

    The vertical axis ends above the losses up to the suggestion: a training that blows up leaves it
    at the top.

    Parameters
    ----------
    learning_rates : ndarray of shape (n_steps,)
        Rate of each step, growing.
    losses : ndarray of shape (n_steps,)
        Loss before each step, in nats.
    smoothed_losses : ndarray of shape (n_steps,)
        Running means of the losses.
    suggestion : float
        The rate to mark.

    Attributes
    ----------
    loss_line_ : matplotlib Line2D
        The loss of each step.
    smoothed_line_ : matplotlib Line2D
        The smoothed loss.
    suggestion_line_ : matplotlib Line2D
        Vertical line at the suggestion.
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    sklearn_makemore.model_selection.learning_rate_range_test : Computes it.
    LossCurveDisplay : The loss of a fitted model's training.

    Examples
    --------
    >>> from sklearn_makemore import MLPCharLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.inspection import LearningRateDisplay
    >>> display = LearningRateDisplay.from_estimator(
    ...     MLPCharLM(random_state=0), load_names().data[::4], lowest=1e-4, n_steps=300)
    >>> 0.003 < display.suggestion < 0.1
    True
    """

    def __init__(
        self, learning_rates: Any, losses: Any, smoothed_losses: Any, suggestion: float
    ) -> None:
        self.learning_rates = learning_rates
        self.losses = losses
        self.smoothed_losses = smoothed_losses
        self.suggestion = suggestion

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        sample_weight: Any = None,
        lowest: float = 1e-3,
        highest: float = 1.0,
        n_steps: int = 1_000,
        ax: "Axes | None" = None,
        **plot_params: Any,
    ) -> Self:
        """Run the range test and draw it.

        Parameters
        ----------
        estimator : neural language model
            Unfitted or fitted; it is not changed.
        X : container of words of shape (n,)
            The words to train on.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word.
        lowest : float, default=1e-3
            Rate of the first step.
        highest : float, default=1.0
            Rate of the last step.
        n_steps : int, default=1000
            Steps, at least 2.
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        **plot_params : dict
            Arguments of `plot`.

        Returns
        -------
        display : LearningRateDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError, FloatingPointError
            As :func:`~sklearn_makemore.model_selection.learning_rate_range_test`.
        """
        cls._require_matplotlib()
        result = learning_rate_range_test(
            estimator,
            X,
            sample_weight=sample_weight,
            lowest=lowest,
            highest=highest,
            n_steps=n_steps,
        )
        return cls.from_range_test(result, ax=ax, **plot_params)

    @classmethod
    def from_range_test(
        cls, result: LearningRateRangeTest, *, ax: "Axes | None" = None, **plot_params: Any
    ) -> Self:
        """Draw a range test.

        Parameters
        ----------
        result : LearningRateRangeTest
            From :func:`~sklearn_makemore.model_selection.learning_rate_range_test`.
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        **plot_params : dict
            Arguments of `plot`.

        Returns
        -------
        display : LearningRateDisplay
            The display, drawn.
        """
        display = cls(
            result.learning_rates, result.losses, result.smoothed_losses, result.suggestion
        )
        return display.plot(ax=ax, **plot_params)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        loss_kw: dict[str, Any] | None = None,
        smoothed_kw: dict[str, Any] | None = None,
        suggestion_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        loss_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.plot` for the loss of each step.
        smoothed_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.plot` for the smoothed loss.
        suggestion_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.axvline`.

        Returns
        -------
        display : LearningRateDisplay
            The display itself.
        """
        ax = self._open(ax, FIGSIZE).ax
        from matplotlib.lines import Line2D

        self.smoothed_line_, self.loss_line_ = draw_losses(
            ax,
            self.learning_rates,
            self.smoothed_losses,
            self.losses,
            smoothed_kw=smoothed_kw,
            loss_kw=loss_kw,
        )
        suggestion = np.format_float_positional(self.suggestion, 2, fractional=False, trim="-")
        mark = {"color": "black", "linestyle": "--", "label": f"suggestion: {suggestion}"}
        self.suggestion_line_ = ax.axvline(self.suggestion, **merged(Line2D, mark, suggestion_kw))
        ax.set_xscale("log")
        ax.set_ylim(*self._y_limits())
        ax.set(xlabel="Learning rate (log scale)", ylabel="Loss (nats per symbol)")
        ax.legend()
        return self

    def _y_limits(self) -> tuple[float, float]:
        """Return limits within which the losses up to the suggestion can be told apart."""
        losses = np.asarray(self.losses)
        top = losses[np.asarray(self.learning_rates) <= self.suggestion].max()
        margin = 0.1 * (top - losses.min()) or 0.1
        return float(losses.min() - margin), float(min(top + 2 * margin, losses.max() + margin))
