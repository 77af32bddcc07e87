"""Scores of KenLM: models that lmplz and IRSTLM estimated, and KenLM on our files."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from sklearn_makemore import NGramCountLM
from sklearn_makemore.io import read_arpa, write_arpa
from tests.conftest import data_file
from tests.io.test_arpa_quirks import BASE, MENDED, SAME, WORDS, Reference
from tests.parity.test_lecture import lecture_split

LN_10 = np.log(10)
OF_WORDS = Path(__file__).parents[1] / "io" / "data"  # from the text of this project's README


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


@pytest.fixture(scope="module")
def sentences():
    """Sentences, some with words that the models do not know, and KenLM's scores by file."""
    return json.loads((OF_WORDS / "kenlm_words.json").read_text(encoding="utf-8"))


def of_symbols(model, words):
    """Return log10 of the probabilities of the symbols of all words, end to end."""
    return model.score_symbols(words)["log_proba"].to_numpy() / LN_10


@pytest.mark.parametrize("name", ["lmplz_words_3.arpa.xz", "lmplz_words_4.arpa.bz2"])
def test_files_of_words_of_lmplz_are_read(sentences, name):
    model = read_arpa(OF_WORDS / name, strict=True)
    assert model.symbols == "token"
    assert model.n_symbols_ == 1079
    log10 = of_symbols(model, sentences["sentences"])
    np.testing.assert_allclose(log10, np.concatenate(sentences[name]), rtol=0, atol=1e-5)


def test_a_file_of_words_of_irstlm_is_mended(sentences):
    """It says `<s> <s>`, and what that had is what is missing after the start."""
    with pytest.warns(UserWarning, match="2 x an n-gram with <s> or </s> inside"):
        model = read_arpa(OF_WORDS / "irstlm_words_3.arpa.gz")
    known = set(model.symbols_.tolist())
    rows = zip(sentences["sentences"], sentences["irstlm_words_3.arpa.gz"], strict=True)
    kept = [(words, theirs) for words, theirs in rows if known.issuperset(words)]
    assert len(kept) > 20
    log10 = of_symbols(model, [words for words, _ in kept])
    with gzip.open(OF_WORDS / "irstlm_words_3.arpa.gz", "rt", encoding="utf-8") as file:
        reference = Reference(file.read())
    sums = np.concatenate([reference.of_symbols(words)[:, 1] for words, _ in kept])
    assert np.abs(sums).max() > 1e-3
    expected = np.concatenate([theirs for _, theirs in kept]) - sums
    np.testing.assert_allclose(log10, expected, rtol=0, atol=1e-5)


def theirs_of(tmp_path, text):
    kenlm = pytest.importorskip("kenlm")
    (tmp_path / "model.arpa").write_text(text, encoding="utf-8", newline="")
    return kenlm.Model(str(tmp_path / "model.arpa"))


REFUSED_BY_KENLM = {
    "text before", "a byte order mark", "spaces", "several spaces", "spaces around",
    "spaces in counts", "spaces after headings", "more after the end", "a weight of -inf",
}  # fmt: skip


@pytest.mark.parametrize("name", [*SAME, *MENDED])
def test_quirks_score_as_in_kenlm_but_for_the_sums(tmp_path, name):
    pytest.importorskip("kenlm")
    text = (SAME | {n: text for n, (text, _) in MENDED.items()})[name]
    if name in REFUSED_BY_KENLM:
        with pytest.raises(OSError, match="Cannot read model"):
            theirs_of(tmp_path, text)
        return
    theirs = theirs_of(tmp_path, text)
    reference = Reference(BASE if name in SAME else text)
    (tmp_path / "model.arpa").write_text(text, encoding="utf-8", newline="")
    if name in SAME:
        model = read_arpa(tmp_path / "model.arpa", strict=True)
    else:
        with pytest.warns(UserWarning, match="was mended"):
            model = read_arpa(tmp_path / "model.arpa")
    with np.errstate(divide="ignore"):
        sums = np.array([reference.score(word)[1] for word in WORDS])
    expected = np.array([theirs.score(" ".join(word)) for word in WORDS]) - sums
    log10 = model.score_samples(WORDS) / LN_10
    possible = np.isfinite(log10)
    assert (expected[~possible] < -90).all()
    np.testing.assert_allclose(log10[possible], expected[possible], rtol=0, atol=1e-5)


@pytest.mark.parametrize("symbols", ["token", "split"])
def test_kenlm_reads_our_files_of_words(tmp_path, sentences, symbols):
    kenlm = pytest.importorskip("kenlm")
    rng = np.random.default_rng(0)
    vocabulary = np.array([f"w{i}" for i in range(4000)])
    lines = [vocabulary[rng.zipf(1.3, size) % 4000].tolist() for size in rng.integers(1, 9, 4000)]
    words = lines if symbols == "token" else list(map(" ".join, lines))
    model = NGramCountLM(order=3, symbols=symbols, handle_unknown="unknown").fit(words)
    write_arpa(model, tmp_path / "model.arpa")
    theirs = kenlm.Model(str(tmp_path / "model.arpa"))
    again = read_arpa(tmp_path / "model.arpa", strict=True)
    shown = [" ".join(line) for line in lines[:200]]
    expected = [score for line in shown for score, *_ in theirs.full_scores(line)]
    np.testing.assert_allclose(of_symbols(model, words[:200]), expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(of_symbols(again, lines[:200]), expected, rtol=0, atol=1e-5)
