"""How likely a model finds words it has seen, words it has not, and words of its own."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore.inspection._drawing import Display, merged

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
FIGSIZE = (7.0, 4.5)
LINE_STYLES = ("-", "--", ":", "-.")  # beside colours, for those who cannot tell these apart
PER_SYMBOL = 1  # column of the model's `transform`
SAMPLES = "samples"


class ScoreDistributionDisplay(Display):
    """Distributions of the log-likelihood per symbol of several sets of words.

    Held-out words much less likely than those of the fit tell of overfitting; samples much likelier
    than words tell of a sampling that is too tame. Words that a model holds for impossible have
    minus infinity: they are counted in the shares and named in the legend.

    Parameters
    ----------
    scores : dict of str to array-like of shape (n_words,)
        Log-likelihood per symbol of each word, in nats, by the name of the set. Minus infinity is
        allowed.

    Attributes
    ----------
    artists_ : dict of str to matplotlib StepPatch or Line2D
        The histogram or the curve of each set.
    ax_ : matplotlib Axes
        Axes with the distributions.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    SurprisalDisplay : The symbols of some words.
    sklearn_makemore.metrics.compare : The difference of two models, with its standard error.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.inspection import ScoreDistributionDisplay
    >>> words = load_names().data
    >>> model = BigramCountLM().fit(words[::2])
    >>> display = ScoreDistributionDisplay.from_estimator(
    ...     model, {"train": words[::2], "held out": words[1::2]}, random_state=0)
    >>> {name: float(scores.mean().round(2)) for name, scores in display.scores.items()}
    {'train': -2.62, 'held out': -2.63, 'samples': -2.67}
    """

    def __init__(self, scores: Mapping[str, Any]) -> None:
        self.scores = {name: np.asarray(of_set, np.float64) for name, of_set in scores.items()}
        for name, of_set in self.scores.items():
            if of_set.ndim != 1 or not len(of_set) or np.isnan(of_set).any():
                raise ValueError(
                    f"The scores of {name!r} must be one number a word, at least one, none of them "
                    "NaN."
                )
        if not self.scores:
            raise ValueError("ScoreDistributionDisplay needs at least one set of words, got none.")

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        n_samples: int = 1_000,
        random_state: Any = None,
        ax: "Axes | None" = None,
        **plot_params: Any,
    ) -> Self:
        """Score words and samples, and draw the distributions.

        Parameters
        ----------
        estimator : fitted language model
            It scores the words and makes the samples.
        X : container of words of shape (n,), or dict of str to such containers
            The words, or sets of them by name, such as ``{"train": ..., "held out": ...}``.
        n_samples : int, default=1000
            How many words to sample from the model for comparison; 0 for none.
        random_state : int, RandomState instance or None, default=None
            Seed of the samples; None means that of the estimator.
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        **plot_params : dict
            Arguments of `plot`.

        Returns
        -------
        display : ScoreDistributionDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If it is no language model.
        ValueError
            If a set has no words or is called "samples", or a symbol is unknown and
            ``handle_unknown="error"``.
        NotFittedError
            If it is not fitted.
        """
        cls._require_language_model(estimator)
        sets = dict(X) if isinstance(X, Mapping) else {"words": X}
        if n_samples:
            if SAMPLES in sets:
                raise ValueError(
                    f"{SAMPLES!r} is the name of the model's own: call the set otherwise, or give "
                    "n_samples=0."
                )
            sets[SAMPLES] = estimator.sample(n_samples, random_state=random_state)
        scores = {
            name: np.asarray(estimator.transform(words))[:, PER_SYMBOL]
            for name, words in sets.items()
        }
        return cls(scores).plot(ax=ax, **plot_params)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        kind: str = "hist",
        bins: Any = 50,
        line_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the distributions.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        kind : {"hist", "ecdf"}, default="hist"
            Share of the words in each bin, or share of the words up to each score.
        bins : int, str or array-like, default=50
            Bins that all histograms share, as `numpy.histogram_bin_edges` takes them.
        line_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.stairs` or `matplotlib.axes.Axes.step`.

        Returns
        -------
        display : ScoreDistributionDisplay
            The display itself.
        """
        if kind not in ("hist", "ecdf"):
            raise ValueError(f"kind must be 'hist' or 'ecdf', got {kind!r}.")
        ax = self._open(ax, FIGSIZE).ax
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        finite = {name: np.sort(of[np.isfinite(of)]) for name, of in self.scores.items()}
        edges = np.histogram_bin_edges(np.concatenate([*finite.values()]), bins)
        self.artists_: dict[str, Any] = {}
        for number, (name, scores) in enumerate(finite.items()):
            n_words = len(self.scores[name])
            style: dict[str, Any] = {
                "color": f"C{number}",
                "linewidth": 1.5,
                "linestyle": LINE_STYLES[number % len(LINE_STYLES)],
            }
            style = merged(Patch if kind == "hist" else Line2D, style, line_kw)
            if kind == "hist":
                heights = np.histogram(scores, edges)[0] / n_words
                self.artists_[name] = ax.stairs(heights, edges, **style)
            else:
                shares = np.arange(n_words - len(scores), n_words + 1) / n_words
                at = np.concatenate([edges[:1], scores])
                (self.artists_[name],) = ax.step(at, shares, where="post", **style)
        of = "in each bin" if kind == "hist" else "up to this score"
        ax.set(xlabel="Log-likelihood per symbol (nats)", ylabel=f"Share of the words {of}")
        # Handles and labels, because matplotlib leaves labels out that begin with "_".
        labels = [self._label(name) for name in self.artists_]
        artists = list(self.artists_.values())
        ax.legend(artists, labels, loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
        return self

    def _label(self, name: str) -> str:
        n_impossible = int(np.isneginf(self.scores[name]).sum())
        n_words = len(self.scores[name])
        said = f"{name} ({n_words:,} word" + "s" * (n_words != 1)
        return said + (f", {n_impossible:,} impossible: −∞)" if n_impossible else ")")
