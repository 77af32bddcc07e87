"""The table of bigrams as a heat map, as in the lecture on bigrams (Karpathy, 2022)."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._estimators.bigram_count import BigramCountLM
from sklearn_makemore.inspection._drawing import (
    LARGEST_FONT,
    LINE_HEIGHT,
    SMALLEST_FONT,
    Canvas,
    Display,
    font_size,
    shown,
    text_colors,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
KINDS = ("count", "proba")
SMALLEST_CELL = 18  # points, for a bigram and a count that can be read


class TransitionDisplay(Display):
    r"""Heat map of which symbol follows which.

    A row for each symbol, a column for the symbol after it; the first of both is the boundary,
    which starts and ends a word. Each cell has its bigram and its value, where there is room.
    Characters that cannot be seen or drawn are shown as escapes (``\n``) or code points (U+1F600).

    Parameters
    ----------
    transitions : ndarray of shape (n_symbols, n_symbols)
        Weighted counts or probabilities of symbol j after symbol i.
    symbols : array-like of str of shape (n_symbols,)
        How each symbol is shown, the boundary first.
    kind : {"count", "proba"}, default="count"
        What the values are.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The heat map.
    text_ : ndarray of shape (n_symbols, n_symbols), dtype matplotlib Text, or None
        What is written in the cells; None where nothing is.
    ax_ : matplotlib Axes
        Axes with the heat map.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    SurprisalDisplay : What a model thinks of the symbols of some words.

    Examples
    --------
    >>> from sklearn_makemore.datasets import load_names
    >>> from sklearn_makemore.inspection import TransitionDisplay
    >>> display = TransitionDisplay.from_words(load_names().data)
    >>> display.symbols[:4], display.transitions[0, 1:4]
    (array(['.', 'a', 'b', 'c'], dtype=object), array([1089.,  429.,  472.]))
    """

    def __init__(self, transitions: Any, symbols: Any, *, kind: str = "count") -> None:
        self.transitions = np.asarray(transitions, dtype=np.float64)
        self.symbols = np.asarray(symbols, dtype=object)
        self.kind = kind
        if self.transitions.shape != (len(self.symbols),) * 2:
            raise ValueError(
                f"transitions must have shape ({len(self.symbols)}, {len(self.symbols)}), a row "
                f"and a column a symbol, got {self.transitions.shape}."
            )
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}, got {kind!r}.")

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, kind: str = "auto", ax: "Axes | None" = None, **plot_params: Any
    ) -> Self:
        """Draw what a model predicts after each symbol.

        Parameters
        ----------
        estimator : fitted language model
            Of models that look at more than one symbol it is the distribution after a word's first
            symbol.
        kind : {"auto", "count", "proba"}, default="auto"
            Counts, without smoothing, or probabilities; "auto" takes counts where the model has a
            table of them.
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        **plot_params : dict
            Arguments of `plot`.

        Returns
        -------
        display : TransitionDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If it is no language model, or ``kind="count"`` and it has no table of counts.
        NotFittedError
            If it is not fitted.
        """
        cls._require_language_model(estimator)
        if kind not in ("auto", *KINDS):
            raise ValueError(f"kind must be 'auto', 'count' or 'proba', got {kind!r}.")
        has_counts = np.ndim(getattr(estimator, "counts_", 0)) == 2
        if kind == "count" and not has_counts:
            raise TypeError(
                f"{type(estimator).__name__} has no table of bigram counts: give kind='proba', or "
                "use TransitionDisplay.from_words."
            )
        if kind != "proba" and has_counts:
            values, kind = estimator.counts_, "count"
        else:
            values, kind = np.exp(estimator._after_each_symbol()), "proba"
        return cls(values, estimator.symbols_, kind=kind).plot(ax=ax, **plot_params)

    @classmethod
    def from_words(
        cls,
        X: Any,
        *,
        sample_weight: Any = None,
        kind: str = "count",
        symbols: Any = "char",
        boundary: str | None = None,
        ax: "Axes | None" = None,
        **plot_params: Any,
    ) -> Self:
        """Draw how often each symbol follows each other one in words.

        Parameters
        ----------
        X : container of words of shape (n,)
            The words: list, array, pandas, polars or Arrow column, or a frame of one column.
        sample_weight : array-like of shape (n,), default=None
            Non-negative weight of each word: k counts as k repetitions, 0 as absence.
        kind : {"count", "proba"}, default="count"
            Counts, or their share of the row.
        symbols : {"char", "grapheme", "split", "token"} or re.Pattern, default="char"
            What a symbol is, as the language models know it.
        boundary : str, default=None
            How the start and end of a word are shown; None takes what no symbol is.
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        **plot_params : dict
            Arguments of `plot`.

        Returns
        -------
        display : TransitionDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            As `fit` of :class:`~sklearn_makemore.BigramCountLM`.
        """
        cls._require_matplotlib()
        model = BigramCountLM(smoothing=0, symbols=symbols, boundary=boundary)
        model.fit(X, sample_weight=sample_weight)
        return cls.from_estimator(model, kind=kind, ax=ax, **plot_params)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        include_values: bool | str = "auto",
        values_format: str | None = None,
        cmap: Any = "viridis",
        colorbar: bool = True,
        im_kw: dict[str, Any] | None = None,
        text_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the heat map.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw in; None makes a new figure.
        include_values : bool or "auto", default="auto"
            Whether to write bigrams and values in the cells; "auto" does where they can be read.
        values_format : str, default=None
            Format of the values; None means whole numbers for whole counts, else two digits.
        cmap : str or matplotlib Colormap, default="viridis"
            Colours of the values; the lecture has "Blues".
        colorbar : bool, default=True
            Whether to add a colour bar.
        im_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.imshow`, such as a `norm`; without one, or limits,
            colours grow with the square root of the value.
        text_kw : dict, default=None
            Arguments of `matplotlib.axes.Axes.text`.

        Returns
        -------
        display : TransitionDisplay
            The display itself.
        """
        side = float(np.clip(0.42 * len(self.symbols) + 1, 4, 14))
        canvas = self._open(ax, (side + 1 if colorbar else side, side), square=True)
        from matplotlib.colors import PowerNorm

        im_kw = {"cmap": cmap, **(im_kw or {})}
        if not im_kw.keys() & {"norm", "vmin", "vmax"}:
            im_kw["norm"] = PowerNorm(0.5, vmin=0)  # else all but a few cells are alike
        self.im_ = canvas.ax.imshow(self.transitions, **im_kw)
        labels = shown(self.symbols)
        _label_axes(canvas, labels)
        if colorbar:
            name = "Count" if self.kind == "count" else "Probability"
            canvas.figure.colorbar(self.im_, ax=canvas.ax, label=name, fraction=0.046, pad=0.02)
        canvas = canvas.measured()
        cell = min(canvas.width, canvas.height) / len(labels)
        self.text_ = None
        if include_values is True or (include_values and cell >= SMALLEST_CELL):
            self.text_ = self._write(canvas, labels, cell, values_format, text_kw)
        return self

    def _write(
        self,
        canvas: Canvas,
        labels: list[str],
        cell: float,
        values_format: str | None,
        text_kw: dict[str, Any] | None,
    ) -> NDArray[np.object_]:
        """Write the bigram and its value in each cell."""
        colors = text_colors(np.asarray(self.im_.to_rgba(self.transitions))).tolist()
        texts = np.empty(self.transitions.shape, dtype=object)
        values = self._values_shown(values_format)
        for i, j in np.ndindex(*texts.shape):
            lines = [labels[i] + labels[j], values[i][j]]
            size = font_size(cell, cell, max(map(len, lines)), 2)
            if not size:  # a bigram of escapes: the axes name it, too
                lines = lines[1:]
                size = font_size(cell, cell, len(lines[0])) or SMALLEST_FONT
            texts[i, j] = canvas.write((j, i), "\n".join(lines), size, colors[i][j], text_kw)
        return texts

    def _values_shown(self, values_format: str | None) -> list[list[str]]:
        if values_format is None:
            whole = self.kind == "count" and (self.transitions % 1 == 0).all()
            short = self.transitions.max() < 1e6
            values_format = ".2f" if self.kind == "proba" else ".0f" if whole and short else ".3g"
        return [[format(value, values_format) for value in row] for row in self.transitions]


def _label_axes(canvas: Canvas, labels: list[str]) -> None:
    """Label rows and columns, every second or third one where there is no room for all."""
    ax, cell = canvas.ax, min(canvas.width, canvas.height) / len(labels)
    every = math.ceil(SMALLEST_FONT * LINE_HEIGHT / cell)
    ticks, labels = range(0, len(labels), every), labels[::every]
    size = min(LARGEST_FONT, every * cell / LINE_HEIGHT)
    ax.set_xticks(ticks, labels, fontsize=size, parse_math=False)
    ax.set_yticks(ticks, labels, fontsize=size, parse_math=False)
    for tick, label in zip(ax.get_xticklabels(), labels, strict=True):
        if font_size(every * cell, size * LINE_HEIGHT, len(label)) < size:
            tick.set_rotation(90)
    ax.tick_params(length=0)
    ax.set(xlabel="Next symbol", ylabel="Symbol")
