"""The site: sphinx-build -W docs docs/_build/html."""

import inspect
import os
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

import sklearn_makemore
from sklearn_makemore import datasets

project = "sklearn-makemore"
author = "the sklearn-makemore developers"
project_copyright = "2026, " + author
release = version = sklearn_makemore.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples", "_templates"]
templates_path = ["_templates"]
suppress_warnings = ["config.cache"]  # functions below stand in the configuration

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_logo = html_favicon = "_static/logo.svg"
html_title = "sklearn-makemore"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_css_files = ["site.css"]
ALONE = ("getting_started", "migration", "limits")  # pages with no others beside them
html_sidebars = {name: [] for name in ALONE}
html_theme_options = {
    "logo": {"text": "sklearn-makemore"},
    "show_prev_next": False,
    "header_links_before_dropdown": 7,
    # The pages of the lectures have none: their code and pictures need the width.
    "secondary_sidebar_items": {
        pages: ["page-toc"] for pages in ("user_guide/*", "reference/*", "developers/*", *ALONE)
    },
    "footer_start": ["copyright"],
    "footer_end": [],
}

myst_heading_anchors = 3
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False


def is_own(class_name: str, member: str) -> bool:
    """Return whether a class's method is this library's, not inherited from scikit-learn."""
    module, _, name = class_name.rpartition(".")
    owner = getattr(__import__(module, fromlist=[name]), name)
    method = inspect.unwrap(getattr(owner, member))
    return getattr(method, "__module__", "").startswith("sklearn_makemore")


# The pages that a page of the API reference names at its head, by its public name.
GUIDES = {
    "user_guide/generate": "SamplingError",
    "user_guide/score": "rank_estimate",
    "user_guide/judge": (
        "RankEstimator coverage_curve generation_report memorisation word_statistics "
        "CoverageDisplay"
    ),
    "user_guide/tune": (
        "BigramCountLM NeuralBigramLM MLPCharLM BagOfCharsLM ConvCharLM RNNCharLM "
        "TransformerCharLM compare Comparison mean_log_likelihood_scorer "
        "neg_bits_per_symbol_scorer neg_perplexity_scorer learning_rate_range_test "
        "LearningRateRangeTest"
    ),
    "user_guide/ngrams_and_mixtures": "NGramCountLM MixtureLM WordCounts read_arpa write_arpa",
    "user_guide/monitor": "ScoreMonitor",
    "user_guide/pandas": "CrossFitTransformer",
    "user_guide/classify": "CharLMClassifier",
    "user_guide/outliers": "CharLMOutlierDetector profile",
    "user_guide/look": (
        "TransitionDisplay EmbeddingDisplay LossCurveDisplay LearningRateDisplay SurprisalDisplay "
        "ScoreDistributionDisplay"
    ),
    "user_guide/save_and_load": "save load",
    "limits": "load_names fetch_names",
    "developers/add_an_architecture": (
        "TorchCharLM BaseCharLM BaseCountLM NetworkLM parameter Learnt LearntCounts check_array "
        "ContextTable NextSymbolModel WindowModel WindowModule SequenceModule SeededDropout AdamW "
        "all_estimators check_char_lm check_word_classifier check_word_outlier_detector "
        "parametrize_with_checks"
    ),
}
guide_of = {name: page for page, names in GUIDES.items() for name in names.split()}
autosummary_context = {"is_own": is_own, "guide_of": guide_of}
autodoc_typehints = "none"

sphinx_gallery_conf = {
    "doc_module": ("sklearn_makemore",),
    "reference_url": {"sklearn_makemore": None},
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "image_srcset": ["2x"],
    "download_all_examples": False,
    "plot_gallery": True,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 60,
    "write_computation_times": False,
}


def _strip_code(_app: object, tree: nodes.document) -> None:
    """Drop the empty line that an output, to be checked by pytest, ends with."""
    for block in tree.findall(nodes.literal_block):
        if block.rawsource == block.astext():  # what is not so is no code, and not coloured
            block.rawsource = block.rawsource.rstrip("\n")
            block[:] = [nodes.Text(block.rawsource)]


def setup(app: Sphinx) -> None:
    """Register what changes pages as they are read."""
    app.connect("doctree-read", _strip_code)


def _offer_the_lectures_names() -> None:
    """Let the pages of the lectures read names.txt, or say that they were built without it."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    given = Path(os.environ.get("SKLEARN_MAKEMORE_TEST_DATA", beside)) / "names.txt"
    if given.exists():
        home = Path(__file__).parent / "_build" / "data"
        home.mkdir(parents=True, exist_ok=True)
        (home / datasets._fetch.FILE_NAME).write_bytes(given.read_bytes())
        os.environ["SCIKIT_LEARN_DATA"] = str(home)
    try:
        datasets.fetch_names(n_retries=0)
    except OSError:
        datasets.fetch_names = datasets.load_names
        html_theme_options["announcement"] = (
            "Built without a network: the pages of the lectures were run on the bundled names, "
            "so their figures are not the lectures'."
        )


_offer_the_lectures_names()
