"""Embeddings of symbols in the plane, as in the lecture on the MLP (Karpathy, 2022)."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from sklearn_makemore.inspection._drawing import SMALLEST_FONT, Display, font_size, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
FIGSIZE = (7.0, 6.7)
MARGIN = 1.15  # sides of the axes, in those of the points


class EmbeddingDisplay(Display):
    """Labelled scatter of the embeddings of symbols.

    Symbols that a model treats alike tend to be near each other; a plane shows a part of that only.

    Parameters
    ----------
    points : ndarray of shape (n_symbols, 2)
        Where each symbol is.
    symbols : array-like of str of shape (n_symbols,)
        How each symbol is shown.
    explained_variance_ratio : array-like of shape (2,), default=None
        Share of the variance along the two principal components; None means that the points are
        the embedding itself.

    Attributes
    ----------
    scatter_ : matplotlib PathCollection
        The points.
    text_ : list of matplotlib Text
        Their labels.
    ax_ : matplotlib Axes
        Axes with the scatter.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    TransitionDisplay : Which symbol follows which.

    Examples
    --------
    >>> from sklearn_makemore import MLPCharLM
    >>> from sklearn_makemore.inspection import EmbeddingDisplay
    >>> mlp = MLPCharLM(max_steps=50, random_state=0).fit(["emma", "olivia", "ava"])
    >>> display = EmbeddingDisplay.from_estimator(mlp)
    >>> display.points.shape
    (8, 2)
    """

    def __init__(self, points: Any, symbols: Any, *, explained_variance_ratio: Any = None) -> None:
        self.points = np.asarray(points, dtype=np.float64)
        self.symbols = np.asarray(symbols, dtype=object)
        self.explained_variance_ratio = explained_variance_ratio
        if self.points.shape != (len(self.symbols), 2):
            raise ValueError(
                f"points must have shape ({len(self.symbols)}, 2), a row a symbol, got "
                f"{self.points.shape}."
            )

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: "Axes | None" = None, **plot_params: Any
    ) -> Self:
        """Draw the embedding of a fitted model.

        Parameters
        ----------
        estimator : fitted language model
            With an `embedding_`, such as :class:`~sklearn_makemore.MLPCharLM`. Of more than two
            dimensions the first two principal components are drawn.
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        **plot_params : dict
            Arguments of `plot`.

        Returns
        -------
        display : EmbeddingDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If it is no language model with an embedding.
        ValueError
            If the embedding has one dimension.
        NotFittedError
            If it is not fitted.
        """
        cls._require_language_model(estimator)
        if not hasattr(estimator, "embedding_"):
            raise TypeError(
                f"{type(estimator).__name__} has no embedding_: fit a model that learns one, such "
                "as MLPCharLM."
            )
        points, ratio = _in_the_plane(np.asarray(estimator.embedding_, dtype=np.float64))
        display = cls(points, estimator.symbols_, explained_variance_ratio=ratio)
        return display.plot(ax=ax, **plot_params)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        scatter_kw: dict[str, Any] | None = None,
        text_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the scatter.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        scatter_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.scatter`.
        text_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.text`.

        Returns
        -------
        display : EmbeddingDisplay
            The display itself.
        """
        canvas = self._open(ax, FIGSIZE)
        ax = canvas.ax
        # So that all circles together cover the same share of the axes, whatever their number.
        diameter = (0.04 * canvas.width * canvas.height / len(self.symbols)) ** 0.5
        diameter = float(np.clip(diameter, 12, 18))
        style: dict[str, Any] = {"s": diameter**2, "c": "#9ecae1", "alpha": 0.6, "linewidths": 0}
        self.scatter_ = ax.scatter(*self.points.T, **style | (scatter_kw or {}))
        self.text_ = []
        for (x, y), label in zip(self.points, shown(self.symbols), strict=True):
            size = font_size(diameter, diameter, min(len(label), 2)) or SMALLEST_FONT
            self.text_.append(canvas.write((x, y), label, size, "black", text_kw))
        ax.set(xlabel=self._axis_label(0), ylabel=self._axis_label(1))
        self._set_limits(ax)
        ax.grid(alpha=0.3)
        ax.set_axisbelow(True)
        return self

    def _set_limits(self, ax: "Axes") -> None:
        """Make the axes square, because distances mean something, with room for labels."""
        lowest, highest = self.points.min(axis=0), self.points.max(axis=0)
        half = MARGIN * (highest - lowest).max() / 2 or 1
        (x, y) = (lowest + highest) / 2
        ax.set(xlim=(x - half, x + half), ylim=(y - half, y + half), aspect="equal")

    def _axis_label(self, component: int) -> str:
        if self.explained_variance_ratio is None:
            return f"Embedding dimension {component + 1}"
        share = self.explained_variance_ratio[component]
        return f"Principal component {component + 1} ({share:.0%} of the variance)"


def _in_the_plane(embedding: FloatArray) -> tuple[FloatArray, FloatArray | None]:
    """Return two coordinates for each symbol, and the variance they explain if they are components.

    Raises
    ------
    ValueError
        If there is one dimension.
    """
    if embedding.shape[1] < 2:
        raise ValueError(
            "The embedding has one dimension, a scatter needs two: fit with embedding_dim of 2 or "
            "more."
        )
    if embedding.shape[1] == 2:
        return embedding, None
    if (embedding == embedding[0]).all():  # one symbol, say: there is no variance to explain
        return np.zeros((len(embedding), 2)), np.zeros(2)
    pca = PCA(n_components=2, svd_solver="full")
    return pca.fit_transform(embedding), pca.explained_variance_ratio_
