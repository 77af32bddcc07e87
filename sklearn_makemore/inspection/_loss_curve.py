"""The loss of a training from step to step."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore.inspection._drawing import Display, draw_losses, merged

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
FIGSIZE = (7.0, 4.5)
LONGEST_WINDOW = 1_000  # steps, as in the lecture
STEEP = 3  # times the last loss that the first one is


class LossCurveDisplay(Display):
    """Loss of a training from step to step, raw and smoothed, beside that of held-out words.

    The loss is that of each step's batch, with the penalty on the weights if the model has one.
    Where it still falls at the end, more steps may help; where that of the held-out words rises,
    the words are being learnt by heart.

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
        window: int | None = None,
        ax: "Axes | None" = None,
        **plot_params: Any,
    ) -> Self:
        """Draw the losses of a fitted model's training.

        Parameters
        ----------
        estimator : fitted language model
            With a `loss_curve_`, and a `validation_curve_` if it stopped early.
        window : int, default=None
            Steps to average over, half of them before and half after; None means a twentieth of
            all, at most 1,000.
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
            If `window` is less than 1.
        NotFittedError
            If it is not fitted.
        """
        cls._require_language_model(estimator)
        if not hasattr(estimator, "loss_curve_"):
            raise TypeError(
                f"{type(estimator).__name__} has no loss_curve_, because it is not trained step by "
                "step: give a neural language model, such as MLPCharLM."
            )
        if window is not None and window < 1:
            raise ValueError(f"window must be at least 1, got {window!r}.")
        loss = np.asarray(estimator.loss_curve_, dtype=np.float64)
        looks = getattr(estimator, "validation_curve_", None)
        steps = getattr(estimator, "validation_steps_", None)
        if looks is not None and steps is None:  # of a file of format 1: about evenly spaced
            places = np.arange(1, len(looks) + 1)
            steps = np.minimum(-(-len(loss) // len(looks)) * places, len(loss))
        display = cls(
            loss,
            _centred_means(loss, window or min(len(loss) // 20, LONGEST_WINDOW)),
            validation_loss=looks,
            validation_steps=steps,
        )
        return display.plot(ax=ax, **plot_params)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        name: str | None = None,
        yscale: str | None = None,
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
        yscale : {"linear", "log"}, default=None
            Scale of the loss; None means "log" where the first losses, as those of the lecture's
            weights, are far above the last.
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
        if yscale not in (None, "linear", "log"):
            raise ValueError(f"yscale must be 'linear', 'log' or None, got {yscale!r}.")
        ax = self._open(ax, FIGSIZE).ax
        of = "" if name is None else f"{name}, "
        steps = np.arange(len(self.loss))
        self.smoothed_line_, self.loss_line_ = draw_losses(
            ax,
            steps,
            self.smoothed_loss,
            self.loss,
            of=of,
            smoothed_kw=smoothed_kw,
            loss_kw=loss_kw,
        )
        self._plot_validation(ax, of, validation_kw)
        ax.set(xlabel="Steps taken", ylabel="Loss (nats per symbol)")
        if yscale == "log" or (yscale is None and self._is_steep()):
            ax.set_yscale("log", subs=[1.5, 2, 3, 4, 6])
            ax.yaxis.set_major_formatter("{x:g}")
            ax.yaxis.set_minor_formatter("{x:g}")
            ax.set_ylabel("Loss (nats per symbol, log scale)")
        ax.legend()
        return self

    def _is_steep(self) -> bool:
        first, last = self.smoothed_loss[0], self.smoothed_loss[-1]
        return bool(last > 0 and first > STEEP * last)

    def _plot_validation(self, ax: "Axes", of: str, validation_kw: dict[str, Any] | None) -> None:
        self.validation_line_ = self.best_line_ = None
        if self.validation_loss is None:
            return
        from matplotlib.lines import Line2D

        style = {"marker": ".", "label": f"{of}held-out words", "zorder": 4}
        line_kw = merged(Line2D, style, validation_kw)
        (line,) = ax.plot(self.validation_steps, self.validation_loss, **line_kw)
        best = int(self.validation_steps[np.argmin(self.validation_loss)])
        label = f"{of}weights kept (step {best:,})"
        self.best_line_ = ax.axvline(best, color=line.get_color(), linestyle=":", label=label)
        self.validation_line_ = line


def _centred_means(values: FloatArray, window: int) -> FloatArray:
    """Average over `window` neighbours, so that the means do not lag behind.

    At the start it is over as many before as after; at the end, where that would be as noisy as
    the values, over those that there are.
    """
    at = np.arange(len(values))
    before = np.minimum(at, window // 2)
    stop = np.minimum(at + before + 1, len(values))
    with np.errstate(invalid="ignore"):  # of a training that blew up
        sums = np.concatenate([[0], np.cumsum(values)])
        return np.asarray((sums[stop] - sums[at - before]) / (stop - (at - before)))
