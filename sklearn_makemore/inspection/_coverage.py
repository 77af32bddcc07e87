"""Which share of some words is among the likeliest words of a model, by how many these are."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sklearn_makemore.inspection._drawing import Display, merged
from sklearn_makemore.metrics import coverage_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIGSIZE = (7.0, 4.5)
ERRORS_SHOWN = 2  # standard errors to each side


class CoverageDisplay(Display):
    """Share of words among the likeliest words of a model, by how many these are.

    The higher the curve, the sooner somebody meets the words who goes through those of the model
    from the likeliest on. Where shares are estimated, a band around the curve shows two standard
    errors to each side.

    Parameters
    ----------
    n_words : ndarray of shape (n_points,)
        How many of the likeliest words, ascending.
    shares : ndarray of shape (n_points,)
        Share of the words that is among them.
    standard_errors : ndarray of shape (n_points,), default=None
        Standard errors of the shares; None where they are exact.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    band_ : matplotlib FillBetweenPolyCollection or None
        What the standard errors leave open.
    ax_ : matplotlib Axes
        Axes with the curve.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    sklearn_makemore.metrics.coverage_curve : Computes it.
    ScoreDistributionDisplay : The scores of the words themselves.

    Examples
    --------
    >>> from sklearn_makemore import NGramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.inspection import CoverageDisplay
    >>> names = load_names()
    >>> words = names.data[names.target == "Italian"]
    >>> display = CoverageDisplay.from_estimator(
    ...     NGramCountLM().fit(words[::2]), words[1::2], n_words=[10, 1_000, 100_000])
    >>> display.shares.round(2)
    array([0.  , 0.1 , 0.62])
    """

    def __init__(self, n_words: Any, shares: Any, *, standard_errors: Any = None) -> None:
        self.n_words = n_words
        self.shares = shares
        self.standard_errors = standard_errors

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        n_words: Any = None,
        n_exact: int = 100_000,
        n_samples: int = 10_000,
        random_state: Any = None,
        ax: "Axes | None" = None,
        **plot_params: Any,
    ) -> Self:
        """Find the words among the likeliest of a model, and draw their shares.

        Parameters
        ----------
        estimator : fitted language model
            Whose likeliest words they are sought among.
        X : container of words of shape (n,)
            The words, at least one; repeats count once.
        n_words : array-like of int of shape (n_points,), default=None
            How many of the likeliest words. None means 1, 2, 5, 10, 20, ... 10,000,000.
        n_exact : int, default=100_000
            How many of the likeliest words to search for. Shares are exact up to there, and
            estimated beyond.
        n_samples : int, default=10_000
            Words to draw for the estimates, at least 2.
        random_state : int, RandomState instance or None, default=None
            Seed of the samples; None falls back to the estimator's own.
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        **plot_params : dict
            Arguments of `plot`.

        Returns
        -------
        display : CoverageDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If it is no language model.
        ValueError, SamplingError
            As :func:`~sklearn_makemore.metrics.coverage_curve`.
        NotFittedError
            If it is not fitted.
        """
        cls._require_language_model(estimator)
        curve = coverage_curve(
            estimator, X, n_words, n_exact=n_exact, n_samples=n_samples, random_state=random_state
        )
        numbers, shares, errors = (curve[name].to_numpy() for name in curve.columns)
        return cls(numbers, shares, standard_errors=errors).plot(ax=ax, **plot_params)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        name: str | None = None,
        line_kw: dict[str, Any] | None = None,
        band_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure. Several models can be drawn in the same axes.
        name : str, default=None
            What to call the model in the legend.
        line_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.plot` for the curve.
        band_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.fill_between` for the band.

        Returns
        -------
        display : CoverageDisplay
            The display itself.
        """
        ax = self._open(ax, FIGSIZE).ax
        from matplotlib.collections import PolyCollection
        from matplotlib.lines import Line2D

        shares = np.asarray(self.shares, np.float64)
        style: dict[str, Any] = {"marker": ".", "label": name, "zorder": 3}
        (self.line_,) = ax.plot(self.n_words, shares, **merged(Line2D, style, line_kw))
        self.band_ = None
        if self.standard_errors is not None:
            margins = ERRORS_SHOWN * np.asarray(self.standard_errors, np.float64)
            low, high = np.clip([shares - margins, shares + margins], 0, 1)
            style = {"color": self.line_.get_color(), "alpha": 0.25, "linewidth": 0}
            style = merged(PolyCollection, style, band_kw)
            self.band_ = ax.fill_between(self.n_words, low, high, **style)
        ax.set_xscale("log")
        ax.set_ylim(-0.02, 1.02)
        ax.yaxis.set_major_formatter("{x:.0%}")
        ax.grid(alpha=0.3)
        ax.set(
            xlabel="Likeliest words of the model (log scale)",
            ylabel="Share of the words that is among them",
        )
        if name is not None:
            ax.legend()
        return self
