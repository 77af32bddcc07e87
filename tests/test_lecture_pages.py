"""The pages of docs/examples run, and compute the lectures' figures from the lectures' names.

Each page is run once on the names of the lectures and once on some of the bundled ones, which have
other letters and other figures, with shorter trainings.
"""

import csv
import functools
import re
import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import sklearn_makemore
from sklearn_makemore import MLPCharLM, datasets
from tests.conftest import data_file

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
PAGES = {path.stem: path for path in sorted(EXAMPLES.glob("plot_*.py"))}
LECTURE_WORDS = "cexze momasurailezitynn konimittain llayn ka"


def run(page, fetch_names):
    """Run a page as a script and return its variables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "fetch_names", fetch_names)
        return runpy.run_path(str(PAGES[page]))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return a function from a page's name to its variables, on the names of the lectures."""
    home = tmp_path_factory.mktemp("data")
    (home / datasets._fetch.FILE_NAME).write_bytes(data_file("names.txt").read_bytes())
    fetch_names = functools.partial(datasets.fetch_names, data_home=home)
    return functools.cache(lambda name: run(name, fetch_names))


class BriefMLP(MLPCharLM):
    """Trains for 60 steps at most: its figures do not matter."""

    def fit(self, X, y=None, sample_weight=None):
        max_steps = self.max_steps
        self.max_steps = min(max_steps or 60, 60)
        try:
            return super().fit(X, y, sample_weight=sample_weight)
        finally:
            self.max_steps = max_steps


@pytest.mark.filterwarnings("ignore:The loss of")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_on_the_bundled_names(name, capsys, monkeypatch):
    monkeypatch.setattr(sklearn_makemore, "MLPCharLM", BriefMLP)
    names = datasets.load_names()
    names.data = names.data[::4]
    run(name, lambda: names)
    assert plt.get_fignums()
    assert capsys.readouterr().out


def test_bigrams(page):
    p = page("plot_01_bigrams")
    assert (len(p["words"]), min(p["lengths"]), max(p["lengths"])) == (32_033, 2, 15)
    assert p["lm"].counts_.sum() == 228_146
    assert p["top"].head(4).to_dict() == {"n.": 6763, "a.": 6640, "an": 5438, ".a": 4410}
    written = [text.get_text() for text in p["heat_map"].text_[0, :5]]
    assert written == ["..\n0", ".a\n4410", ".b\n1306", ".c\n1542", ".d\n1690"]
    np.testing.assert_array_equal(p["heat_map"].im_.get_array(), p["lm"].counts_)


def test_sampling(page):
    p = page("plot_02_sampling")
    assert " ".join(p["lecture_words"]) == LECTURE_WORDS
    known = set(p["words"])
    for word in p["constrained"]:
        assert word.startswith("ma")
        assert 5 <= len(word) <= 8
        assert word not in known
    means = [p["scores"].scores[f"temperature {t}"].mean() for t in (0.5, 1, 2)]
    assert means == sorted(means, reverse=True)
    assert set(p["scores"].artists_) == {"names", *(f"temperature {t}" for t in (0.5, 1, 2))}


def test_likelihood(page):
    p = page("plot_03_likelihood")
    assert p["score"] == pytest.approx(-2.4540144891548743, abs=1e-12)
    assert p["perplexity"] == pytest.approx(np.exp(2.4540144891548743), abs=1e-9)
    expected = [-3.0410, -3.2793, -3.6753, -0.9454, -1.6305]
    np.testing.assert_allclose(p["emma"]["log_proba"], expected, atol=5e-5)
    expected = [-1.9835, -1.8302, -3.2594, -2.5646, -2.0143, -5.9004, -7.9817, -2.3331]
    np.testing.assert_allclose(p["smoothed"].log_proba[-1], expected, atol=5e-5)
    assert np.isneginf(p["without"].log_proba).sum() == 1
    colours = p["without"].mesh_.to_rgba(p["without"].mesh_.get_array())
    assert colours[4, 6].tolist() == [0, 0, 0, 1]  # the q of andrejq is black


def test_broadcasting(page):
    p = page("plot_04_broadcasting")
    assert p["wrong"][0].sum() == pytest.approx(7, abs=0.1)
    np.testing.assert_allclose(p["wrong"].sum(axis=0), 1)
    np.testing.assert_allclose([bar.get_height() for bar in p["bars"]], p["wrong"].sum(axis=1))
    np.testing.assert_allclose(p["row_sums"], 1, atol=1e-9)
    assert p["losses"] == pytest.approx([2.454576820115704] * 2, abs=1e-12)
    assert p["likelihoods"] == pytest.approx([-12.57164] * 2, abs=5e-6)


def test_neural_bigram(page):
    p = page("plot_05_neural_bigram")
    losses = p["neural"].loss_curve_
    assert losses[[0, 1]] == pytest.approx([3.768618583679199, 3.3788068294525146], abs=1e-5)
    assert losses[299] == pytest.approx(2.481507, abs=2e-6)
    assert p["best"] == pytest.approx(2.4803990490142924, abs=1e-9)
    assert " ".join(p["drawn"]) == LECTURE_WORDS.replace("tynn", "tyha")
    np.testing.assert_allclose(p["curve"].smoothed_line_.get_ydata(), losses)
    assert len(p["dots"].get_offsets()) == 627


def test_smoothing(page):
    p = page("plot_06_smoothing")
    for losses in p["losses"].values():
        assert losses == sorted(losses)
        assert losses[0] == pytest.approx(2.454, abs=1e-3)
        assert losses[-1] == pytest.approx(np.log(27), abs=1e-3)
    assert -p["search"].best_score_ < 2.6
    assert p["search"].best_params_["smoothing"] < 1


def test_mlp(page):
    p = page("plot_07_mlp")
    assert p["predictions"] == [182_625, 22_655, 22_866]
    assert p["n_parameters"] == 11_897
    assert p["dev_loss"] <= 2.11
    sgd, mlp = (curve.loss_line_.get_ydata() for curve in p["curves"])
    assert (len(sgd), len(mlp)) == (5_000, 1_000)
    assert sgd[0] > 20  # the lecture's weights are sure of themselves
    assert mlp[0] < 3.6


def test_learning_rate(page):
    p = page("plot_08_learning_rate")
    sweep = p["sweep"]
    assert len(sweep.losses) == 1_000
    assert 0.1 <= sweep.suggestion < 0.5
    assert set(sweep.suggestion_line_.get_xdata()) == {sweep.suggestion}
    assert min(p["dev_losses"], key=p["dev_losses"].get) == 0.02


def test_splits(page):
    p = page("plot_09_splits")
    assert p["repeats"] == pytest.approx(0.132, abs=5e-4)
    gaps = p["losses"]["dev"] - p["losses"]["own words"]
    assert abs(gaps.iloc[0]) < 0.02
    assert 0.03 < gaps.iloc[1] < 0.1
    assert gaps.iloc[2] > 1
    with data_file("mlp_tuning.csv").open(encoding="ascii", newline="") as file:
        notes = {
            (int(row["block_size"]), int(row["hidden_size"]), int(row["embedding_dim"])): row
            for row in csv.DictReader(file)
        }
    for row in p["tuned"].itertuples():
        note = notes[row.block_size, row.hidden_size, row.embedding_dim]
        assert row.lecture == float(note["test_loss"])
        assert row.here < row.lecture + 0.02
    assert p["tuned"]["here"].min() < 2.15
    np.testing.assert_allclose(p["dots"].get_offsets(), p["tuned"][["lecture", "here"]])
    validation = p["stopped"].validation_curve_
    assert 0 < validation.argmin() < len(validation) - 1
    assert p["overfit"].best_line_.get_xdata()[0] == 50 * (validation.argmin() + 1)


def test_embedding(page):
    p = page("plot_10_embedding")
    assert p["share"] < 0.7
    display = p["display"]
    np.testing.assert_allclose(display.scatter_.get_offsets(), p["plane"].embedding_)
    np.testing.assert_array_equal(display.scatter_.get_array(), p["vowels"])
    assert p["principal"].explained_variance_ratio is not None


def test_models(page):
    p = page("plot_11_models")
    dev = p["dev_losses"]
    assert dev["no training"] == pytest.approx(np.log(27), abs=1e-6)
    assert dev["n-grams"] == pytest.approx(1.9841, abs=5e-4)
    assert dev["MLP"] <= 2.11
    assert p["difference"].difference > 10 * p["difference"].standard_error
    np.testing.assert_allclose(p["dots"].get_xdata(), dev)


# What the last column of the overview says, as the pages compute it.
FIGURES = {
    "plot_01_bigrams": lambda p: [p["top"]["n."]],
    "plot_03_likelihood": lambda p: [-p["score"], -p["lm"].score(p["words"])],
    "plot_04_broadcasting": lambda p: [p["wrong"][0].sum()],
    "plot_05_neural_bigram": lambda p: [p["neural"].loss_curve_[299], p["best"]],
    "plot_06_smoothing": lambda p: [p["uniform"]],
    "plot_07_mlp": lambda p: [p["dev_loss"], p["mlp"].n_steps_],
    "plot_09_splits": lambda p: [p["tuned"]["here"].min()],
    "plot_11_models": lambda p: [p["dev_losses"]["n-grams"]],
}
ROUNDING = 0.006  # of two digits, and of a training on another machine


@pytest.mark.parametrize("name", FIGURES)
def test_the_overview_has_the_pages_figures(page, name):
    rows = (EXAMPLES / "README.rst").read_text(encoding="utf-8").split("   * - ")
    (row,) = (row for row in rows if f"/{name}>" in row)
    found = re.findall(r"\d[\d,.]*\d", row.split("     - ")[-1])
    said = [float(number.replace(",", "")) for number in found]
    assert said == pytest.approx(FIGURES[name](page(name)), abs=ROUNDING)


def test_the_overview_names_every_page():
    overview = (EXAMPLES / "README.rst").read_text(encoding="utf-8")
    for name, path in PAGES.items():
        title = path.read_text(encoding="utf-8").splitlines()[1]
        assert f":doc:`{title} </auto_examples/{name}>`" in overview
