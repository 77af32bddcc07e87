"""The figures of "The spelled-out intro to language modeling: building makemore"."""

import random

import numpy as np
import pytest
import torch

from sklearn_makemore import BigramCountLM

LECTURE_SEED = 2147483647


def test_counts(names, lecture_counts):
    model = BigramCountLM().fit(names)
    assert model.counts_[0, :5].tolist() == [0, 4410, 1306, 1542, 1690]
    code = {symbol: i for i, symbol in enumerate(model.symbols_)}
    for (first, second), count in lecture_counts.items():
        assert model.counts_[code[first], code[second]] == count
    assert (model.counts_ > 0).sum() == len(lecture_counts) == 627
    assert model.counts_.sum() == 228_146


def test_the_table_alone_gives_the_lecture_s_model(lecture_words, lecture_counts):
    model = BigramCountLM().fit(lecture_words)
    code = {symbol: i for i, symbol in enumerate(model.symbols_)}
    for (first, second), count in lecture_counts.items():
        assert model.counts_[code[first], code[second]] == count
    assert len(lecture_words) == 32_033
    assert model.score(lecture_words) == pytest.approx(-2.454576820115704, abs=1e-12)
    unsmoothed = BigramCountLM(smoothing=0).fit(lecture_words)
    assert unsmoothed.score(lecture_words) == pytest.approx(-2.4540144891548743, abs=1e-12)


def test_mean_log_likelihood(names):
    smoothed = BigramCountLM().fit(names)
    assert smoothed.score(names) == pytest.approx(-2.454576820115704, abs=1e-12)
    total = smoothed.score_samples(names).sum()
    assert total == pytest.approx(-560001.8832021174, rel=1e-14)
    unsmoothed = BigramCountLM(smoothing=0).fit(names)
    assert unsmoothed.score(names) == pytest.approx(-2.4540144891548743, abs=1e-12)


@pytest.mark.parametrize(
    ("word", "log_probas", "mean"),
    [
        ("emma", [-3.0410, -3.2793, -3.6753, -0.9454, -1.6305], -2.514328),
        (
            "andrejq",
            [-1.9835, -1.8302, -3.2594, -2.5646, -2.0143, -5.9004, -7.9817, -2.3331],
            -3.483402,
        ),
    ],
)
def test_words_of_the_lecture(lecture_words, word, log_probas, mean):
    model = BigramCountLM().fit(lecture_words)
    rows = model.score_symbols([word])
    np.testing.assert_allclose(rows["log_proba"], log_probas, atol=5e-5)
    assert model.score([word]) == pytest.approx(mean, abs=5e-7)


def test_an_unseen_pair_is_impossible_without_smoothing(lecture_words):
    model = BigramCountLM(smoothing=0).fit(lecture_words)
    assert model.score_samples(["andrejq"])[0] == -np.inf
    assert model.perplexity(["andrejq"]) == np.inf


def test_the_lecture_s_words_come_out(lecture_words):
    model = BigramCountLM().fit(lecture_words)
    generator = torch.Generator().manual_seed(LECTURE_SEED)
    words = model.sample(5, random_state=generator)
    assert " ".join(words) == "cexze momasurailezitynn konimittain llayn ka"


def lecture_split(names):
    words = list(names)
    random.Random(42).shuffle(words)
    first, second = int(0.8 * len(words)), int(0.9 * len(words))
    return words[:first], words[first:second], words[second:]


def test_the_lecture_s_split(names):
    models = [BigramCountLM().fit(part) for part in lecture_split(names)]
    assert [int(model.counts_.sum()) for model in models] == [182_625, 22_655, 22_866]
