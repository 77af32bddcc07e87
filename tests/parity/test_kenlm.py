"""Scores of KenLM: models that lmplz estimated from the lectures' split, and KenLM on our files."""

import csv

import numpy as np
import pytest

from sklearn_makemore import NGramCountLM
from sklearn_makemore.io import read_arpa, write_arpa
from tests.conftest import data_file
from tests.parity.test_lecture import lecture_split

LN_10 = np.log(10)


@pytest.fixture(scope="module")
def scores():
    """Words and log10 of their probabilities by order, from ``lmplz --discount_fallback``."""
    with data_file("kenlm_scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    words = [row["word"] for row in rows]
    return words, {n: [float(row[f"order{n}"]) for row in rows] for n in range(2, 7)}


@pytest.mark.parametrize("order", range(2, 7))
def test_lmplz_estimates_the_same(names, scores, order):
    words, expected = scores
    model = NGramCountLM(order=order, handle_unknown="unknown").fit(lecture_split(names)[0])
    log10 = model.score_samples(words) / LN_10
    assert len(words) == 400
    np.testing.assert_allclose(log10, expected[order], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("order", "loss"), [(4, 2.0564), (5, 1.9841), (6, 1.9746)])
def test_dev_losses(names, order, loss):
    train, dev, _ = lecture_split(names)
    assert -NGramCountLM(order=order).fit(train).score(dev) == pytest.approx(loss, abs=1e-4)


def test_a_file_of_lmplz_is_read(names, scores):
    words, expected = scores
    model = read_arpa(data_file("kenlm_order3.arpa.gz"))
    log10 = model.score_samples(words) / LN_10
    np.testing.assert_allclose(log10, expected[3], rtol=0, atol=1e-5)
    fitted = NGramCountLM(order=3, handle_unknown="unknown").fit(lecture_split(names)[0])
    assert model.symbols_.tolist() == fitted.symbols_.tolist()
    np.testing.assert_array_equal(model.ngram_contexts_, fitted.ngram_contexts_)
    np.testing.assert_allclose(model.ngram_log_proba_, fitted.ngram_log_proba_, atol=1e-5)
    np.testing.assert_allclose(model.ngram_log_backoff_, fitted.ngram_log_backoff_, atol=1e-5)
    assert model.sample(5, random_state=0).shape == (5,)


@pytest.mark.parametrize(
    "parameters",
    [
        {"order": 6, "handle_unknown": "unknown"},
        {"order": 3, "smoothing": "witten_bell", "min_count": 3},
        {"order": 2, "smoothing": 0.5},
    ],
)
def test_kenlm_reads_our_files(tmp_path, parameters):
    kenlm = pytest.importorskip("kenlm")
    words = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "emma"]
    model = NGramCountLM(**parameters).fit(words)
    write_arpa(model, tmp_path / "model.arpa")
    theirs = kenlm.Model(str(tmp_path / "model.arpa"))
    drawn = model.sample(200, random_state=0).tolist()
    log10 = [theirs.score(" ".join(word)) for word in drawn]
    np.testing.assert_allclose(model.score_samples(drawn) / LN_10, log10, atol=1e-4)
