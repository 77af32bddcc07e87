"""What docs/migration.md says of other tools: the same numbers by their code and by ours."""

import numpy as np
import pytest

from sklearn_makemore import BigramCountLM, NGramCountLM
from sklearn_makemore.datasets import load_names
from sklearn_makemore.io import write_arpa

NAMES = load_names()
WORDS = NAMES.data[NAMES.target == "Italian"].tolist()
SOME = ["luca", "giovanna", "bianca"]
LN_2, LN_10 = np.log(2), np.log(10)


def nltk_fit(nltk_model, order):
    preprocessing = pytest.importorskip("nltk.lm.preprocessing")
    nltk_model.fit(*preprocessing.padded_everygram_pipeline(order, WORDS))
    return nltk_model


def nltk_ngrams(word, order):
    """N-grams that end in a symbol of the word or in its end, predicted once."""
    util = pytest.importorskip("nltk.util")
    return list(util.ngrams(["<s>"] * (order - 1) + list(word) + ["</s>"], order))


def nltk_log2(nltk_model, word, order):
    grams = nltk_ngrams(word, order)
    return sum(nltk_model.logscore(gram[-1], gram[:-1]) for gram in grams)


@pytest.mark.parametrize("order", [2, 3])
def test_nltk_s_maximum_likelihood(order):
    lm = pytest.importorskip("nltk.lm")
    theirs = nltk_fit(lm.MLE(order), order)
    ours = NGramCountLM(order=order, smoothing=0).fit(WORDS)
    log2 = [nltk_log2(theirs, word, order) for word in SOME]
    np.testing.assert_allclose(ours.score_samples(SOME), np.multiply(log2, LN_2), atol=1e-9)
    grams = [gram for word in SOME for gram in nltk_ngrams(word, order)]
    assert ours.perplexity(SOME) == pytest.approx(theirs.perplexity(grams))


@pytest.mark.parametrize("order", [2, 3])
def test_nltk_s_additive_smoothing_counts_two_symbols_more(order):
    lm = pytest.importorskip("nltk.lm")
    theirs = nltk_fit(lm.Lidstone(0.5, order), order)
    plain = NGramCountLM(order=order, smoothing=0.5).fit(WORDS)
    assert len(theirs.vocab) == plain.n_symbols_ + 2
    two_more = NGramCountLM(order=order, smoothing=0.5, alphabet={*"".join(WORDS), "0", "1"})
    log2 = [nltk_log2(theirs, word, order) for word in SOME]
    np.testing.assert_allclose(
        two_more.fit(WORDS).score_samples(SOME), np.multiply(log2, LN_2), atol=1e-9
    )


def test_kenlm_s_scores_and_perplexity(tmp_path):
    kenlm = pytest.importorskip("kenlm")
    ours = NGramCountLM(order=3, handle_unknown="unknown").fit(WORDS)
    write_arpa(ours, tmp_path / "model.arpa")
    theirs = kenlm.Model(str(tmp_path / "model.arpa"))
    for word in [*SOME, "ßa"]:
        spaced = " ".join(word)
        log10 = [step[0] for step in theirs.full_scores(spaced)]
        np.testing.assert_allclose(
            ours.score_symbols([word])["log_proba"], np.multiply(log10, LN_10), atol=1e-4
        )
        assert theirs.score(spaced) == pytest.approx(sum(log10), abs=1e-4)
        assert ours.perplexity([word]) == pytest.approx(theirs.perplexity(spaced), rel=1e-4)


@pytest.mark.parametrize("state_size", [1, 2, 3])
def test_markovify_s_chain_has_the_counts(state_size):
    markovify = pytest.importorskip("markovify")
    chain = markovify.Chain(map(list, WORDS), state_size)
    ours = NGramCountLM(order=state_size + 1, smoothing=0).fit(WORDS)
    for prefix in ["", "g", "gi", "gio", "bian"]:
        padded = ["___BEGIN__"] * state_size + list(prefix)
        following = chain.model[tuple(padded[-state_size:])]
        total = sum(following.values())
        expected = [
            following.get("___END__" if code == 0 else symbol, 0) / total
            for code, symbol in enumerate(ours.symbols_)
        ]
        np.testing.assert_allclose(ours.predict_proba([prefix])[0], expected, atol=1e-12)


def test_markovify_s_first_symbols_are_the_first_row_of_counts():
    markovify = pytest.importorskip("markovify")
    chain = markovify.Chain(map(list, WORDS), 1)
    ours = BigramCountLM().fit(WORDS)
    first = chain.model[("___BEGIN__",)]
    counts = {s: n for s, n in zip(ours.symbols_[1:], ours.counts_[0, 1:], strict=True) if n}
    assert counts == first
