"""The loss of a training from step to step."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.running_means import running_means
from sklearn_makemore.inspection._drawing import (
    open_canvas,
    require_language_model,
    require_matplotlib,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
FIGSIZE = (7.0, 4.5)
STEPS_PER_LOOK = {"adamw": 50, "sgd": 1_000}  # at held-out words


class LossCurveDisplay:
    """Loss of a training from step to step, raw and smoothed, beside that of held-out words.

    Parameters
    ----------
    loss : ndarray of shape (n_steps,)
        Loss before each step, in nats: ``loss[i]`` is that after i steps.
    smoothed_loss : ndarray of shape (n_steps,)
        Its running means.
    validation_steps : ndarray of shape (n_looks,), default=None
        Steps taken before each look at the held-out words.
    validation_loss : ndarray of shape (n_looks,), default=None
        Loss of the held-out words at each look, in nats.

    Attributes
    ----------
    loss_line_ : matplotlib Line2D
        The raw loss.
    smoothed_line_ : matplotlib Line2D
        The smoothed loss.
    validation_line_ : matplotlib Line2D or None
        The loss of the held-out words.
    best_line_ : matplotlib Line2D or None
        Vertical line where the held-out words are predicted best, whose weights are kept.
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    LearningRateDisplay : The loss of a training whose learning rate grows.

    Examples
    --------
    >>> from sklearn_makemore import MLPCharLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.inspection import LossCurveDisplay
    >>> mlp = MLPCharLM(max_steps=150, early_stopping=True, random_state=0)
    >>> display = LossCurveDisplay.from_estimator(mlp.fit(load_names().data[::10]))
    >>> display.loss.shape, display.validation_steps
    ((150,), array([ 50, 100, 150]))
    """

    def __init__(
        self,
        loss: Any,
        smoothed_loss: Any,
        *,
        validation_steps: Any = None,
        validation_loss: Any = None,
    ) -> None:
        self.loss = loss
        self.smoothed_loss = smoothed_loss
        self.validation_steps = validation_steps
        self.validation_loss = validation_loss

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        span: float | None = None,
        ax: "Axes | None" = None,
        **plot_params: Any,
    ) -> Self:
        """Draw the losses of a fitted model's training.

        Parameters
        ----------
        estimator : fitted language model
            With a `loss_curve_`, and a `validation_curve_` if it stopped early.
        span : float, default=None
            Steps to average over, exponentially; None means a twentieth of all.
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        **plot_params : dict
            Arguments of `plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If it is no language model that is trained step by step.
        ValueError
            If `span` is not positive.
        NotFittedError
            If it is not fitted.
        """
        require_matplotlib(cls)
        require_language_model(cls, estimator)
        if not hasattr(estimator, "loss_curve_"):
            raise TypeError(
                f"{type(estimator).__name__} has no loss_curve_, because it is not trained step by "
                "step: give a neural language model, such as MLPCharLM."
            )
        if span is not None and not span > 0:
            raise ValueError(f"span must be positive, got {span!r}.")
        loss = np.asarray(estimator.loss_curve_, dtype=np.float64)
        looks = getattr(estimator, "validation_curve_", None)
        display = cls(
            loss,
            running_means(loss, len(loss) / 20 if span is None else span),
            validation_loss=looks,
            validation_steps=None if looks is None else _steps_of_looks(estimator, len(looks)),
        )
        return display.plot(ax=ax, **plot_params)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        name: str | None = None,
        loss_kw: dict[str, Any] | None = None,
        smoothed_kw: dict[str, Any] | None = None,
        validation_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure. Several models can be drawn in the same axes.
        name : str, default=None
            What to call the model in the legend.
        loss_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.plot` for the raw loss.
        smoothed_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.plot` for the smoothed loss.
        validation_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.plot` for the held-out words.

        Returns
        -------
        display : LossCurveDisplay
            The display itself.
        """
        canvas = open_canvas(self, ax, FIGSIZE)
        ax = canvas.ax
        steps = np.arange(len(self.loss))
        of = "" if name is None else f"{name}, "
        marker = "o" if len(steps) == 1 else ""  # a line of one point is not seen
        (line,) = ax.plot(
            steps, self.smoothed_loss, **{"marker": marker, "label": f"{of}smoothed", "zorder": 3}
            | (smoothed_kw or {}),
        )  # fmt: skip
        faint = {"color": line.get_color(), "alpha": 0.3, "linewidth": 0.7, "marker": marker}
        (self.loss_line_,) = ax.plot(
            steps, self.loss, **faint | {"label": f"{of}each step"} | (loss_kw or {})
        )
        self.smoothed_line_ = line
        self._plot_validation(ax, of, validation_kw or {})
        ax.set(xlabel="Steps taken", ylabel="Loss (nats per symbol)")
        ax.legend()
        self.ax_, self.figure_ = ax, canvas.figure
        return self

    def _plot_validation(self, ax: "Axes", of: str, validation_kw: dict[str, Any]) -> None:
        self.validation_line_ = self.best_line_ = None
        if self.validation_loss is None:
            return
        style = {"marker": ".", "label": f"{of}held-out words", "zorder": 4} | validation_kw
        (line,) = ax.plot(self.validation_steps, self.validation_loss, **style)
        best = int(self.validation_steps[np.argmin(self.validation_loss)])
        self.best_line_ = ax.axvline(
            best,
            color=line.get_color(),
            linestyle=":",
            label=f"{of}weights kept (step {best:,})",
        )
        self.validation_line_ = line


def _steps_of_looks(estimator: Any, n_looks: int) -> IntArray:
    """Return how many steps were taken before each look at the held-out words.

    The looks are evenly spaced, but that the end of the training makes the last one come earlier.
    Parameters may have been changed since the fit, so the spacing must agree with the looks taken.
    """
    n_steps = len(estimator.loss_curve_)
    own = STEPS_PER_LOOK.get(getattr(estimator, "solver", ""))
    for spacing in filter(None, (own, *STEPS_PER_LOOK.values())):
        if n_looks in (n_steps // spacing, -(-n_steps // spacing)):
            break
    else:
        spacing = -(-n_steps // n_looks)
    return np.minimum(spacing * np.arange(1, n_looks + 1), n_steps)
