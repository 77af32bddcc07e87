"""What all displays share: checks, axes, symbols as labels, sizes and colours of text.

matplotlib is imported within the functions, so that a display can be made without it.
"""

# SPDX-License-Identifier: BSD-3-Clause

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._meta.within import kind_given, what_to_give

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

FloatArray = NDArray[np.float64]

POINTS_PER_INCH = 72
LARGEST_FONT, SMALLEST_FONT = 10.0, 5.0  # points; what would be smaller is left out
ADVANCE, LINE_HEIGHT = 0.68, 1.25  # width of a wide letter and height of a line, in font sizes
LUMINANCE_OF_EQUAL_CONTRAST = 0.179  # with black as with white (WCAG 2)


class Canvas(NamedTuple):
    """Where a display is drawn, and how large the axes are."""

    figure: "Figure | SubFigure"
    ax: "Axes"
    made: "Figure | None"  # the figure, if it was made for them
    width: float = 0.0  # points
    height: float = 0.0

    def measured(self) -> Self:
        """Return the canvas with the size that its axes have, labels and colour bars considered."""
        if self.made is not None and self.ax.has_data():
            self.made.draw_without_rendering()  # lays them out
        box = self.ax.get_window_extent()
        to_points = POINTS_PER_INCH / self.figure.dpi
        return self._replace(width=box.width * to_points, height=box.height * to_points)

    def write(
        self,
        place: tuple[float, float],
        text: str,
        size: float,
        color: str,
        text_kw: dict[str, Any] | None,
    ) -> "Text":
        """Write a text around a place of the axes, as it is: "$" begins no formula."""
        from matplotlib.text import Text

        style = {"ha": "center", "va": "center", "fontsize": size, "color": color}
        style |= {"parse_math": False, "clip_on": True}
        return self.ax.text(*place, text, **merged(Text, style, text_kw))


class Display:
    """What all displays do before they compute and before they draw."""

    ax_: "Axes"
    figure_: "Figure | SubFigure"

    @classmethod
    def _require_matplotlib(cls) -> None:
        """Raise scikit-learn's ImportError, before anything is computed, where there is none."""
        check_matplotlib_support(f"{cls.__name__}.from_estimator")

    @classmethod
    def _require_language_model(cls, estimator: Any) -> None:
        """Refuse what is not a fitted language model, once there is matplotlib.

        Raises
        ------
        TypeError
            If it is no language model.
        NotFittedError
            If it is not fitted.
        """
        cls._require_matplotlib()
        if isinstance(estimator, type) or not hasattr(estimator, "score_symbols"):
            raise TypeError(
                f"{cls.__name__} needs a fitted language model, got {kind_given(estimator)}. "
                f"{what_to_give(estimator)}"
            )
        check_is_fitted(estimator)

    def _open(
        self, ax: "Axes | None", figsize: tuple[float, float], *, square: bool = False
    ) -> Canvas:
        """Take the axes to draw in: `ax`, or those of a new figure of `figsize` inches.

        `square` is for axes that keep their aspect, as images do.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        made = None
        if ax is None:
            import matplotlib.pyplot as plt

            layout: Literal["compressed", "constrained"] = "compressed" if square else "constrained"
            made, ax = plt.subplots(figsize=figsize, layout=layout)
        self.ax_, self.figure_ = ax, ax.figure
        return Canvas(ax.figure, ax, made).measured()


def draw_losses(
    ax: "Axes",
    steps: Any,
    smoothed: Any,
    losses: Any,
    *,
    of: str = "",
    smoothed_kw: dict[str, Any] | None,
    loss_kw: dict[str, Any] | None,
) -> tuple["Line2D", "Line2D"]:
    """Draw smoothed losses and, fainter, those of each step; return the lines in this order."""
    from matplotlib.lines import Line2D

    marker = "o" if len(steps) == 1 else ""  # a line of one point is not seen
    style: dict[str, Any] = {"marker": marker, "label": f"{of}smoothed", "zorder": 3}
    (line,) = ax.plot(steps, smoothed, **merged(Line2D, style, smoothed_kw))
    style = {"marker": marker, "label": f"{of}each step", "color": line.get_color()}
    style |= {"alpha": 0.4, "linewidth": 0.7}
    (faint,) = ax.plot(steps, losses, **merged(Line2D, style, loss_kw))
    return line, faint


def merged(artist: type, defaults: dict[str, Any], given: dict[str, Any] | None) -> dict[str, Any]:
    """Return the properties of an artist: defaults, overruled by what a caller gave.

    Both may use matplotlib's aliases, such as `lw` for `linewidth`.
    """
    from matplotlib.cbook import normalize_kwargs

    return {**normalize_kwargs(defaults, artist), **normalize_kwargs(given or {}, artist)}


def font_size(width: float, height: float, n_characters: int, n_lines: int = 1) -> float:
    """Return the font size that fits in a box of points; 0 where it could not be read."""
    size = min(width / (ADVANCE * max(n_characters, 1)), height / (LINE_HEIGHT * n_lines))
    return min(size, LARGEST_FONT) if size >= SMALLEST_FONT else 0.0


def shown(symbols: Iterable[str]) -> list[str]:
    r"""Return each string as it can be read in a picture.

    A space becomes "␣", other invisible characters escapes such as ``\n``, and what the font
    lacks, or what would be drawn over its neighbour, a code point such as "U+1F600".
    """
    known = _characters_of_fonts()
    return ["".join(_shown(character, known) for character in symbol) for symbol in symbols]


def _shown(character: str, known: set[int]) -> str:
    if character == " ":
        return "␣" if ord("␣") in known else "' '"
    if not character.isprintable():
        return character.encode("unicode_escape").decode("ascii")
    combines = unicodedata.category(character).startswith("M")
    return f"U+{ord(character):04X}" if combines or ord(character) not in known else character


def _characters_of_fonts() -> set[int]:
    """Return the code points that the fonts of labels have."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    characters: set[int] = set()
    for family in FontProperties().get_family():
        try:
            font = findfont(FontProperties(family=[family]), fallback_to_default=False)
        except ValueError:  # matplotlib goes on to the next family, too
            continue
        characters.update(get_font(font).get_charmap())
    return characters


def text_colors(backgrounds: FloatArray) -> NDArray[np.object_]:
    """Return "black" or "white", whichever contrasts more with each background.

    Parameters
    ----------
    backgrounds : ndarray of shape (..., 4)
        Red, green, blue and alpha, from 0 to 1.
    """
    rgb = backgrounds[..., :3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance > LUMINANCE_OF_EQUAL_CONTRAST, "black", "white").astype(object)
