"""Words whose symbols are coloured by how likely a model finds them."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sklearn_makemore.inspection._drawing import Canvas, Display, font_size, shown, text_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.text import Text

CELL = 0.32  # inches
BAR = 10  # points, thickness of the colour bar
LONGEST_LABEL = 24  # symbols of a word beside its row
SMALLEST_RULED = 4  # points; lines around smaller cells would cover them
IMPOSSIBLE = "black"


class SurprisalDisplay(Display):
    """Words, a row each, whose symbols are coloured by log-probability.

    Dark symbols are those that the model did not expect; the last of each row is the boundary. A
    symbol that the model holds for impossible (a log-probability of minus infinity) is black.
    Beside each word is its log-likelihood, the sum of the row.

    Parameters
    ----------
    symbols : ndarray of shape (n_words, n_positions), dtype object
        Symbols of each word, its closing boundary as shown, then empty strings.
    log_proba : ndarray of shape (n_words, n_positions)
        Log-probability of each symbol, in nats; NaN where there is none.
    words : list of str, default=None
        How the rows are named; None puts the symbols together.

    Attributes
    ----------
    mesh_ : matplotlib QuadMesh
        The coloured cells.
    text_ : list of matplotlib Text
        The symbols, word after word; empty where they could not be read.
    ax_ : matplotlib Axes
        Axes with the words.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    sklearn_makemore.BigramCountLM.score_symbols : The same as a table.
    ScoreDistributionDisplay : Scores of many words.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.inspection import SurprisalDisplay
    >>> model = BigramCountLM().fit(load_names().data)
    >>> display = SurprisalDisplay.from_estimator(model, ["giovanna", "qxz"])
    >>> display.log_proba[1].round(1)
    array([-5.8, -5. , -5.5, -2.2,  nan,  nan,  nan,  nan,  nan])
    """

    def __init__(self, symbols: Any, log_proba: Any, words: Any = None) -> None:
        self.symbols = np.asarray(symbols, dtype=object)
        self.log_proba = np.asarray(log_proba, dtype=np.float64)
        self.words = words
        if self.symbols.ndim != 2 or self.symbols.shape != self.log_proba.shape:
            raise ValueError(
                "symbols and log_proba must have the same shape (n_words, n_positions), got "
                f"{self.symbols.shape} and {self.log_proba.shape}."
            )

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, ax: "Axes | None" = None, **plot_params: Any
    ) -> Self:
        """Draw what a model thinks of each symbol of some words.

        Parameters
        ----------
        estimator : fitted language model
            It scores the symbols.
        X : container of words of shape (n,)
            The words, at least one; some tens can be read.
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        **plot_params : dict
            Arguments of `plot`.

        Returns
        -------
        display : SurprisalDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If it is no language model.
        ValueError
            If there are no words, or a symbol is unknown and ``handle_unknown="error"``.
        NotFittedError
            If it is not fitted.
        """
        cls._require_language_model(estimator)
        table = estimator.score_symbols(X)
        if not len(table):
            raise ValueError("SurprisalDisplay needs at least one word, got none.")
        row, column = (table["position"] == 0).cumsum() - 1, table["position"]
        shape = row.max() + 1, column.max() + 1
        symbols, log_proba = np.full(shape, "", dtype=object), np.full(shape, np.nan)
        symbols[row, column] = table["symbol"]
        log_proba[row, column] = table["log_proba"]
        texts = table["text"][table["position"] == 0]
        words = [text if isinstance(text, str) else " ".join(text) for text in texts]
        return cls(symbols, log_proba, words).plot(ax=ax, **plot_params)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        cmap: Any = "viridis",
        colorbar: bool = True,
        vmin: float | None = None,
        vmax: float = 0.0,
        text_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the words.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        cmap : str or matplotlib Colormap, default="viridis"
            Colours of the log-probabilities.
        colorbar : bool, default=True
            Whether to add a colour bar.
        vmin : float, default=None
            Log-probability of the first colour, which all less likely symbols have, too; None means
            the least finite one.
        vmax : float, default=0.0
            Log-probability of the last colour.
        text_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.text`.

        Returns
        -------
        display : SurprisalDisplay
            The display itself.
        """
        n_words, n_positions = self.symbols.shape
        width, height = CELL * n_positions + 2.5, CELL * n_words + 1.4
        canvas = self._open(ax, (float(np.clip(width, 5, 20)), float(min(height, 16))))
        self.mesh_ = self._draw_cells(canvas, cmap, vmin, vmax)
        self._label_axes(canvas)
        if colorbar:
            self._add_colorbar(canvas)
        canvas = canvas.measured()
        if min(canvas.width / n_positions, canvas.height / n_words) < SMALLEST_RULED:
            self.mesh_.set_linewidth(0)
        self.text_ = self._write(canvas, text_kw)
        return self

    def _draw_cells(self, canvas: Canvas, cmap: Any, vmin: float | None, vmax: float) -> "QuadMesh":
        """Colour a cell for each symbol."""
        import matplotlib as mpl

        colors = mpl.colormaps.get_cmap(cmap).with_extremes(under=IMPOSSIBLE, bad=(0, 0, 0, 0))
        if vmin is None:
            finite = self.log_proba[np.isfinite(self.log_proba)]
            vmin = min(float(finite.min(initial=vmax)), vmax - 1e-9)
        # Infinity would not be drawn, and only it has the colour below the least.
        drawn = np.where(np.isneginf(self.log_proba), vmin - 1, np.maximum(self.log_proba, vmin))
        edges = (np.arange(length + 1) - 0.5 for length in reversed(self.symbols.shape))
        style: dict[str, Any] = {"edgecolors": "white", "linewidth": 0.5}
        return canvas.ax.pcolormesh(*edges, drawn, cmap=colors, vmin=vmin, vmax=vmax, **style)

    def _add_colorbar(self, canvas: Canvas) -> None:
        """Add it below, because words make wide pictures that are not high."""
        some_impossible = bool(np.isneginf(self.log_proba).any())
        # A figure of the caller's may have no layout that keeps it clear of the labels.
        close: dict[str, Any] = {"pad": 0.02} if canvas.made else {}
        bar = canvas.figure.colorbar(
            self.mesh_,
            ax=canvas.ax,
            location="bottom",
            aspect=canvas.width / BAR,
            extend="min" if some_impossible else "neither",
            **close,
        )
        bar.set_label("Log-probability (nats)" + "; black is impossible" * some_impossible)

    def _write(self, canvas: Canvas, text_kw: dict[str, Any] | None) -> list["Text"]:
        """Write each symbol in its cell."""
        n_words, n_positions = self.symbols.shape
        cell = canvas.width / n_positions, canvas.height / n_words
        colors = text_colors(
            np.asarray(self.mesh_.to_rgba(np.ma.asarray(self.mesh_.get_array())))
        ).tolist()
        texts = []
        cells = np.argwhere(~np.isnan(self.log_proba)).tolist()
        labels = shown(self.symbols[row, column] for row, column in cells)
        for (row, column), label in zip(cells, labels, strict=True):
            if size := font_size(*cell, len(label)):
                color = colors[row][column]
                texts.append(canvas.write((column, row), label, size, color, text_kw))
        return texts

    def _label_axes(self, canvas: Canvas) -> None:
        """Name each row by its word and log-likelihood, and count the positions."""
        from matplotlib.ticker import MaxNLocator

        ax, n_words = canvas.ax, len(self.symbols)
        totals = np.nansum(self.log_proba, axis=1)
        words = self.words
        if words is None:
            words = ["".join(word[: (word != "").sum() - 1]) for word in self.symbols]
        rows = zip(shown(words), totals, strict=True)
        labels = [f"{_cut(word)}  {_in_nats(total)}" for word, total in rows]
        size = font_size(canvas.width, canvas.height / n_words, 1)
        if size:
            ax.set_yticks(range(n_words), labels, fontsize=size, parse_math=False)
        else:
            ax.set_yticks([])
        ax.set_xlabel("Position")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.tick_params(length=0)
        ax.invert_yaxis()
        for side in ax.spines.values():
            side.set_visible(False)


def _in_nats(total: float) -> str:
    return "−∞" if np.isneginf(total) else f"{total:.1f} nats".replace("-", "−")


def _cut(word: str) -> str:
    if not word:
        return "''"
    return word if len(word) <= LONGEST_LABEL else word[: LONGEST_LABEL - 1] + "…"
