"""Draw the pictures of the README from the bundled names: python docs/readme_pictures.py."""

from pathlib import Path

import matplotlib as mpl

from sklearn_makemore import NGramCountLM
from sklearn_makemore.datasets import load_names
from sklearn_makemore.inspection import SurprisalDisplay, TransitionDisplay

STATIC = Path(__file__).parent / "_static"
WORDS = ["giovanna", "francesco", "giovxnna", "krysia", "wolfgang"]
WIDTH, DPI = 7.5, 130  # inches, and pixels an inch


def draw_surprisal(names):
    """Draw which symbols of some words a model of names did not expect."""
    import matplotlib.pyplot as plt

    model = NGramCountLM(order=3).fit(names)
    figure, ax = plt.subplots(figsize=(WIDTH, 3.6), layout="constrained")
    display = SurprisalDisplay.from_estimator(model, WORDS, ax=ax)
    display.ax_.set(xlabel="", xticks=[], title="Which symbols are odd in an Italian name?")
    return figure


def draw_bigrams(names):
    """Draw which symbol follows which."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(WIDTH, 6.6), layout="compressed")
    display = TransitionDisplay.from_words(names, ax=ax, include_values=False, cmap="Blues")
    display.ax_.set_title("Which symbol follows which in Italian names")
    return figure


def main():
    """Write the pictures."""
    mpl.use("Agg")
    names = load_names()
    italian = names.data[names.target == "Italian"]
    for name, draw in {"surprisal": draw_surprisal, "bigrams": draw_bigrams}.items():
        draw(italian).savefig(STATIC / f"readme_{name}.png", dpi=DPI, metadata={"Software": None})


if __name__ == "__main__":
    main()
