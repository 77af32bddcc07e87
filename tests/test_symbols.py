"""Symbols of every kind, and symbols that a model does not know, through whole estimators."""

import enum
import io as streams
import itertools
import pickle
import re
import sys
import threading
import time
import unicodedata
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, learning_curve
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    MixtureLM,
    MLPCharLM,
    NeuralBigramLM,
    NGramCountLM,
    WordCounts,
    io,
)
from sklearn_makemore._meta.word_folds import bytes_of
from sklearn_makemore.datasets import load_names
from sklearn_makemore.exceptions import SamplingError
from sklearn_makemore.inspection import SurprisalDisplay, TransitionDisplay
from sklearn_makemore.metrics import compare, rank_estimate
from tests.instances import COUNTS, instances, nameable

pytest.importorskip("regex")

WORDS = ["anna", "hannah", "ann", "", "nana", "bob", "b.b", "abba"]
OTHERS = ["hanna", "x", "nab", "baxb"]
SMILES = re.compile(r"Cl|Br|\[[^\]]+\]|.")
DEVANAGARI = ["कमल", "किरण", "गीता", "सीता", "मीरा", "नीता", "राम", "रवि", "विजय", "लक्ष्मी"]


def tokens(words):
    return [tuple(word) for word in words]


@pytest.mark.filterwarnings("ignore:The loss of")
@pytest.mark.parametrize("estimator", list(instances()), ids=lambda e: type(e).__name__)
def test_tokens_are_to_a_model_what_characters_are(estimator):
    characters = estimator.set_params(random_state=0).fit(WORDS)
    model = pickle.loads(pickle.dumps(estimator)).set_params(symbols="token").fit(tokens(WORDS))
    assert model.symbols_.tolist() == characters.symbols_.tolist()
    np.testing.assert_array_equal(
        model.score_samples(tokens(OTHERS)), characters.score_samples(OTHERS)
    )
    prefixes = ["", "an", "x", "axn"]
    np.testing.assert_array_equal(
        model.predict_proba(tokens(prefixes)), characters.predict_proba(prefixes)
    )
    options = {"random_state": 3, "max_length": 12, "return_log_proba": True}
    drawn, of_drawn = characters.sample(50, prefix="a", **options)
    words, log_proba = model.sample(50, prefix=("a",), **options)
    assert words.tolist() == tokens(drawn)
    assert words.shape == (50,)
    np.testing.assert_array_equal(log_proba, of_drawn)
    likely, of_likely = characters.most_likely(4, max_length=5)
    words, log_proba = model.most_likely(4, max_length=5)
    assert words.tolist() == tokens(likely)
    np.testing.assert_array_equal(log_proba, of_likely)
    table, of_characters = model.score_symbols(tokens(OTHERS)), characters.score_symbols(OTHERS)
    assert table["context"].tolist() == tokens(of_characters["context"])
    assert table["text"].tolist() == tokens(of_characters["text"])
    same = ["word", "position", "symbol", "log_proba"]
    pd.testing.assert_frame_equal(table[same], of_characters[same])


def test_tokens_in_what_holds_models():
    names = load_names()
    X, y = names.data[::40], names.target[::40]
    of_tokens = NGramCountLM(symbols="token")
    classifier, other = CharLMClassifier().fit(X, y), CharLMClassifier(of_tokens)
    other.fit(tokens(X), y)
    np.testing.assert_array_equal(
        other.predict_proba(tokens(OTHERS)), classifier.predict_proba(OTHERS)
    )
    assert other.explain(tokens(OTHERS))["log_odds"].equals(classifier.explain(OTHERS)["log_odds"])
    detector = CharLMOutlierDetector().fit(X)
    other = CharLMOutlierDetector(of_tokens).fit(pd.Series(tokens(X)))
    np.testing.assert_array_equal(
        other.score_samples(tokens(OTHERS)), detector.score_samples(OTHERS)
    )
    assert other.explain(tokens(["hxn"]))["symbol"].tolist() == ["h", "x", "n", "."]
    features = CrossFitTransformer(NGramCountLM(), random_state=0).fit_transform(X)
    other = CrossFitTransformer(of_tokens, random_state=0).fit_transform(tokens(X))
    np.testing.assert_array_equal(other, features)
    spaced = ["a b", "a  b", "b a", "b"] * 2
    split = CrossFitTransformer(NGramCountLM(symbols="split", order=2), cv=3, random_state=0)
    features = split.fit_transform(spaced)
    np.testing.assert_array_equal(features[0], features[1])
    with pytest.raises(ValueError, match=r"cv=4 folds need as many different words, got 3"):
        split.set_params(cv=4).fit_transform(spaced)
    with pytest.raises(TypeError, match="symbols='token' to the language model"):
        CharLMClassifier().fit(tokens(X), y)
    with pytest.raises(InvalidParameterError, match="give it to MixtureLM"):
        MixtureLM([("a", NGramCountLM(symbols="token")), ("b", BigramCountLM())]).fit(["ab", "ba"])


def test_the_natural_search_is_finite():
    names = load_names()
    words = names.data[names.target == "Italian"]
    for column in (words, np.sort(words)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            search = GridSearchCV(
                MLPCharLM(max_steps=50, random_state=0),
                {"block_size": [2, 3], "hidden_size": [20, 50]},
                cv=3,
            ).fit(column)
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    folds = KFold(3)
    with_alphabet = MLPCharLM(max_steps=50, random_state=0, alphabet=set("".join(words)))
    known = GridSearchCV(
        with_alphabet, {"block_size": [2, 3], "hidden_size": [20, 50]}, cv=folds
    ).fit(words)
    search = GridSearchCV(with_alphabet.set_params(alphabet=None), known.param_grid, cv=folds).fit(
        words
    )
    order = [np.argsort(each.cv_results_["mean_test_score"]).tolist() for each in (known, search)]
    assert order[0][-1] == order[1][-1]
    scores = cross_val_score(NGramCountLM(), np.sort(words), cv=4)
    assert np.isfinite(scores).all()
    assert np.isfinite(learning_curve(BigramCountLM(), np.sort(words), None, cv=3)[2]).all()


@pytest.mark.parametrize(
    "model",
    [
        BigramCountLM(),
        NGramCountLM(order=1),
        NGramCountLM(order=4),
        NGramCountLM(order=3, smoothing="witten_bell"),
        NGramCountLM(order=3, smoothing=0.5),
        MixtureLM(COUNTS, weights=None),
    ],
    ids=str,
)
def test_after_an_unknown_symbol_stands_the_longest_known_suffix(model):
    model.fit(WORDS)
    proba = model.predict_proba(["x", "ax", "xan", "anxan", "xxnan"])
    np.testing.assert_array_equal(proba[0], proba[1])
    np.testing.assert_allclose(proba[2], proba[3], rtol=1e-12)
    if isinstance(model, NGramCountLM) and isinstance(model.smoothing, str):
        # A model of lower order is not the same: compare with what a long word ends in.
        shorter = model.predict_proba(["bobbbobban"]) if model.order <= 3 else proba[2:3]
        np.testing.assert_allclose(proba[2:3], shorter, rtol=1e-12)
    elif isinstance(model, (BigramCountLM, NGramCountLM)):
        n = model.n_symbols_
        np.testing.assert_allclose(proba[0], np.full(n, 1 / n), rtol=1e-12)
    table = model.score_symbols(["anxan"])
    after = model.predict_log_proba(["an" + "x", "anxa", "anxan"])
    places = [model.symbols_.tolist().index(symbol) for symbol in ("a", "n", ".")[:2]] + [0]
    np.testing.assert_allclose(table["log_proba"][3:], after[range(3), places], rtol=1e-12)


def test_a_table_of_situations_gives_the_same_with_unknown_symbols(monkeypatch):
    from sklearn_makemore._core import ngram

    model = NGramCountLM(order=4).fit(WORDS)
    words = ["xan", "anxxan", "x", "anna", "xbxaxnx"] * 20
    scores, proba = model.score_samples(words), model.predict_proba(words)
    assert "_automaton" in vars(model._model)
    monkeypatch.setattr(ngram, "CELLS_PER_BATCH", 0)
    model = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(model.score_samples(words), scores, rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(words), proba, rtol=1e-12)
    assert "_automaton" not in vars(model._model)


def test_networks_read_an_unknown_symbol_as_the_mean():
    model = MLPCharLM(max_steps=20, block_size=2, random_state=0).fit(WORDS)
    module = model.to_torch()
    import torch

    embedding = module.embedding(torch.tensor([0, 1]))
    embedding[1] = module.embedding.weight.mean(0)
    with torch.no_grad():
        hidden = module.hidden if hasattr(module, "hidden") else None
        del hidden
        whole = torch.nn.Sequential(*list(module.children())[1:])
        logits = whole(embedding.flatten()[None])
    expected = torch.softmax(logits.double(), 1).numpy()
    np.testing.assert_allclose(model.predict_proba(["x"]), expected, rtol=1e-5)


def test_the_price_counts_all_words_of_a_fit():
    weighted = BigramCountLM().fit(["ab", "b"], sample_weight=[3, 0.5])
    assert weighted.score_symbols(["z"])["log_proba"][0] == pytest.approx(-np.log(3 * 3 + 1 + 1))
    large = BigramCountLM(alphabet=map_to_set(1000)).fit(["a"])
    assert large.score_symbols(["\n"])["log_proba"][0] == pytest.approx(-np.log(1001 + 1))
    model = NGramCountLM(order=2).fit(["ab"]).partial_fit(["ba", "ab"])
    assert model.score_symbols(["z"])["log_proba"][0] == pytest.approx(-np.log(9 + 1))
    counts = WordCounts.count(["ab"]) + WordCounts.count(["ba", "ab"])
    assert NGramCountLM().fit(counts)._vocabulary.n_predictions == 9
    assert BigramCountLM().fit(counts).partial_fit(counts)._vocabulary.n_predictions == 18
    stopped = MLPCharLM(max_steps=20, early_stopping=True).fit(["ab", "ba", "aa", "bb"])
    assert stopped.score_symbols(["z"])["log_proba"][0] == pytest.approx(-np.log(12 + 1))


def map_to_set(n):
    return {chr(ord("a") + i) for i in range(n)}


def test_an_unknown_symbol_costs_every_member_the_same():
    words, labels = ["anna", "hanna", "bob", "rob"], ["a", "a", "b", "b"]
    classifier = CharLMClassifier().fit(words, labels)
    rows = classifier.explain(["zan"])
    assert rows["symbol"].tolist() == ["z", "a", "n", "."]
    assert rows["log_odds"][0] == 0
    costs = {model.score_symbols(["z"])["log_proba"][0] for model in classifier.estimators_}
    assert costs == {-np.log(sum(map(len, words)) + 4 + 1)}
    more = CharLMClassifier().partial_fit(words[:2], labels[:2], classes=["a", "b"])
    more.partial_fit(words[2:], labels[2:])
    np.testing.assert_allclose(
        more.predict_log_proba(["zan", "rab"]), classifier.predict_log_proba(["zan", "rab"]),
        rtol=1e-12,
    )  # fmt: skip
    fixed = CharLMClassifier(NGramCountLM(alphabet="anhbor")).partial_fit(
        words[:2], labels[:2], classes=["a", "b"]
    )
    with pytest.raises(ValueError, match="'z' in the word 'zoe'"):
        fixed.partial_fit(["zoe"], ["b"])
    with pytest.raises(ValueError, match="'z' in the word 'zan'"):
        CharLMClassifier(NGramCountLM(handle_unknown="error")).fit(words, labels).predict(["zan"])


@pytest.mark.filterwarnings("ignore:The loss of")
@pytest.mark.parametrize(
    "model",
    [
        BigramCountLM(),
        NGramCountLM(order=4),
        NGramCountLM(smoothing=1),
        MixtureLM(COUNTS, weights=None),
    ],
    ids=str,
)
def test_symbols_grow_with_the_words(model):
    whole = pickle.loads(pickle.dumps(model)).fit([*WORDS, "zoe", "eva"])
    model.fit(["zoe"]).partial_fit(WORDS[4:])
    _ = model.predict([""])  # once estimated, once not
    model.partial_fit(WORDS[:3]).partial_fit([*WORDS[3:4], "eva"])
    assert model.symbols_.tolist() == whole.symbols_.tolist()
    np.testing.assert_allclose(model.score_samples(OTHERS), whole.score_samples(OTHERS), rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(["zo"]), whole.predict_proba(["zo"]), rtol=1e-12)
    state = pickle.dumps(model)
    with pytest.raises(TypeError):
        model.partial_fit(["q", 3])
    assert pickle.loads(state).symbols_.tolist() == model.symbols_.tolist()
    fixed = NGramCountLM(alphabet="anb").fit(["ann"])
    with pytest.raises(ValueError, match=r"'z' in the word 'zoe' at position 0.*alphabet="):
        fixed.partial_fit(["zoe"])
    for network in (MLPCharLM(max_steps=9), NeuralBigramLM(solver="gd", max_steps=9)):
        with pytest.raises(ValueError, match="'z' in the word 'z'"):
            network.fit(["ab", "b"]).partial_fit(["z"])


def test_no_two_symbols_are_shown_alike():
    model = NGramCountLM(order=3).fit(["google.com", "bbc.co.uk", "mail.ru"])
    assert model.predict(["google", "google.com"]).tolist() == [".", "|"]
    frame = pd.DataFrame(model.predict_proba(["mail"]), columns=model.symbols_)
    assert frame["."].shape == (1,)
    assert frame.columns.is_unique
    assert model.score_symbols(["a"])["context"].tolist() == ["||", "|a"]
    with pytest.warns(UserWarning, match="boundary='a' is a symbol of the words"):
        shown = BigramCountLM(boundary="a").fit(["ab"])
    assert shown.symbols_.tolist() == ["a", "a", "b"]
    with pytest.raises(ValueError, match="how the unknown symbol is shown"):
        BigramCountLM(boundary="\ufffd", handle_unknown="unknown").fit(["a"])
    both = BigramCountLM(handle_unknown="unknown").fit(["a\ufffd."])
    assert both.symbols_.tolist() == ["|", ".", "a", "\ufffd", "<unk>"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(st.sampled_from("ab\u0301\u0308न\u093fक\u094d🇩🇪👩\u200d👧\r\n"), max_size=6),
        min_size=1,
    )
)
def test_sampled_graphemes_are_those_that_were_drawn(words):
    model = NGramCountLM(order=2, symbols="grapheme").fit(words)
    kind = model._vocabulary.kind
    begin_with_mark = {word[:1] for word in words if is_mark(word[:1])}
    try:
        drawn, log_proba = model.sample(30, random_state=0, max_length=8, return_log_proba=True)
    except SamplingError:
        return
    after_control = {"\r", "\n"} & set("".join(words))
    for word in drawn:
        assert set(kind.split(word)) <= set(model.symbols_[1:])
        if not after_control:
            assert not is_mark(word[:1]) or word[:1] in begin_with_mark
    np.testing.assert_array_equal(model.score_samples(drawn), log_proba)


def is_mark(character):
    return bool(character) and unicodedata.category(character).startswith("M")


def test_letters_of_devanagari_stay_whole():
    words = pd.Series(DEVANAGARI * 3)
    begins = [
        is_mark(word[0]) for word in BigramCountLM().fit(words).sample(300, random_state=0) if word
    ]
    assert any(begins)
    whole = BigramCountLM(symbols="grapheme").fit(words).sample(300, random_state=0)
    assert not any(is_mark(word[0]) for word in whole if word)


def test_symbols_that_would_merge_are_not_drawn():
    words = ["CCl", "CC", "Cl", "ClCl", "lC", "Br", "CBr"]
    pattern = re.compile("Cl|Br|C|l|r")
    model = BigramCountLM(symbols=pattern, smoothing=0.5).fit(words)
    symbols = model.symbols_.tolist()
    drawn, log_proba = model.sample(500, random_state=0, max_length=6, return_log_proba=True)
    np.testing.assert_allclose(model.score_samples(drawn), log_proba, rtol=1e-12)
    found, of_found = model.most_likely(30, max_length=2)
    by_hand = {}
    for n in range(3):
        for word in itertools.product(symbols[1:], repeat=n):
            if pattern.findall("".join(word)) == list(word):
                path = [0, *map(symbols.index, word), 0]
                by_hand["".join(word)] = np.prod(
                    [model.transition_proba_[pair] for pair in itertools.pairwise(path)]
                )
    best = sorted(by_hand, key=by_hand.get, reverse=True)[:30]
    assert len(best) < 31
    assert set(found) == set(best)
    np.testing.assert_allclose(np.exp(of_found), [by_hand[word] for word in found], rtol=1e-12)
    with pytest.raises(SamplingError, match=r"by symbols \(which side by side are others\)"):
        model.sample(1, prefix="C", min_length=2, max_length=2, exclude=["CC", "CBr", "CCl", "Cr"])


def test_prefix_exclude_and_lengths_are_of_words():
    model = NGramCountLM(symbols="split", order=2, random_state=0).fit(
        ["the cat sat", "a cat", "the mat"]
    )
    assert all(word.startswith("the ") or word == "the" for word in model.sample(20, prefix="the"))
    every = model.sample(50, max_length=2)
    assert max(len(word.split()) for word in every) == 2
    left = set(model.sample(50, max_length=2, exclude=["the  cat "]))
    assert "the cat" not in left
    tokens_model = NGramCountLM(symbols="token", order=2, random_state=0).fit([["a", "b"], ["b"]])
    assert ("b",) not in set(tokens_model.sample(60, exclude=[["b"]]))
    assert ("b",) not in set(tokens_model.sample(60, exclude={("b",)}))
    assert tokens_model.sample(5, predicate=lambda word: word[:1] == ("a",)).shape == (5,)
    assert tokens_model.sample(3, prefix=["a"])[0][0] == "a"
    assert tokens_model.sample(3, prefix=()).shape == (3,)
    with pytest.raises(TypeError, match="prefix must hold lists of symbols"):
        tokens_model.sample(1, prefix="a")
    with pytest.raises(TypeError, match="exclude must hold lists"):
        tokens_model.sample(1, exclude=["a"])
    with pytest.raises(ValueError, match=r"prefix=\['z'\]"):
        tokens_model.sample(1, prefix=["z"])


@pytest.mark.parametrize(
    ("symbols", "alphabet", "message"),
    [
        ("token", "ab", "must be a list of tokens"),
        ("token", ["a", ""], "'' at position 1"),
        ("token", ["a", "b", "a"], "has 'a' 2 times, again at position 2"),
        ("token", ["a", 3], "int"),
        ("token", [["a"]], "list"),
        ("split", ["a b"], "'a b' at position 0"),
        ("grapheme", ["a", "bc"], "'bc' at position 1"),
        (SMILES, ["C", "CC"], "'CC' at position 1"),
        ("char", ["ab"], "'ab' at position 0"),
        ("token", iter(["a"]), "iterator"),
    ],
    ids=nameable,
)
def test_alphabets_that_hold_other_things(symbols, alphabet, message):
    with pytest.raises(InvalidParameterError, match=message):
        BigramCountLM(symbols=symbols, alphabet=alphabet).fit(
            [["a"]] if symbols == "token" else ["a"]
        )


def test_alphabets_are_of_symbols():
    model = BigramCountLM(symbols="token", alphabet={"Cl", "C", "O"}).fit([["C"]])
    assert model.symbols_.tolist() == [".", "C", "Cl", "O"]
    assert BigramCountLM(symbols="split", alphabet="b a").fit(["a"]).symbols_.tolist() == [
        ".",
        "a",
        "b",
    ]
    assert BigramCountLM(symbols=SMILES, alphabet="ClC").fit(["C"]).symbols_.tolist() == [
        ".",
        "C",
        "Cl",
    ]


def test_counts_of_tokens():
    words = [["a", "Cl"], ["Cl"], ["b"]]
    parts = [
        WordCounts.count(words[:1], symbols="token"),
        WordCounts.count(words[1:], symbols="token"),
    ]
    counts = WordCounts.merge(parts)
    model = NGramCountLM(symbols="token").fit(counts)
    np.testing.assert_array_equal(
        model.score_samples(words), NGramCountLM(symbols="token").fit(words).score_samples(words)
    )
    with pytest.raises(ValueError, match=r"The counts have symbols='token'.*symbols='char'"):
        NGramCountLM().fit(counts)
    with pytest.raises(ValueError, match="symbols='token'"):
        WordCounts.count(["ab"]) + counts
    with pytest.raises(ValueError, match="symbols='char'"):
        model.partial_fit(WordCounts.count(["ab"]))


@pytest.mark.parametrize("symbols", ["char", "grapheme", "split", SMILES, "token"], ids=str)
def test_files_hold_symbols_of_every_kind(symbols, tmp_path):
    words = ["a b", "b", "\ud800 z"] if symbols != "grapheme" else ["e\u0301b", "🇩🇪"]
    words = [word.split() for word in words] if symbols == "token" else words
    for model in (
        NGramCountLM(order=2, symbols=symbols, boundary="<s>").fit(words),
        MLPCharLM(max_steps=9, block_size=1, symbols=symbols).fit(words),
        CharLMOutlierDetector(NGramCountLM(symbols=symbols), cv=2).fit(words),
        WordCounts.count(words, symbols=symbols),
    ):
        file = streams.BytesIO()
        io.save(model, file)
        io.save(model, tmp_path / "model")
        assert file.getvalue() == (tmp_path / "model").read_bytes()
        file.seek(0)
        for again in (
            io.load(file),
            io.load(tmp_path / "model"),
            pickle.loads(pickle.dumps(model)),
        ):
            if isinstance(model, WordCounts):
                assert again.symbols_.tolist() == model.symbols_.tolist()
                continue
            assert again.get_params().keys() == model.get_params().keys()
            unknown = [["q"]] if symbols == "token" else ["q"]
            np.testing.assert_array_equal(
                again.score_samples([*words, *unknown]), model.score_samples([*words, *unknown])
            )
    skops = pytest.importorskip("skops.io")
    model = BigramCountLM(symbols=symbols).fit(words)
    dumped = skops.dumps(model)
    again = skops.loads(dumped, trusted=skops.get_untrusted_types(data=dumped))
    assert again.symbols == symbols
    np.testing.assert_array_equal(again.score_samples(words), model.score_samples(words))


def test_what_is_no_binary_file():
    model = BigramCountLM().fit(["a"])
    for call in (lambda file: io.save(model, file), io.load):
        with pytest.raises(TypeError, match="open in binary mode"):
            call(streams.StringIO())
        with pytest.raises(TypeError, match="got int"):
            call(3)
    with pytest.raises(ValueError, match=r"read to its end: seek\(0\) first"):
        io.load(streams.BytesIO())
    with pytest.raises(ValueError, match="cut short or no safetensors file"):
        io.load(streams.BytesIO(b"abc"))


def test_ranks_and_comparisons_with_unknown_symbols():
    model = NGramCountLM(order=3).fit(["ab", "ac"] * 5)
    ranks = rank_estimate(model, ["ab", "az"], n_samples=100, random_state=0)
    assert np.isfinite(ranks["rank"][0])
    assert np.isinf(ranks["rank"][1])
    of_tokens = NGramCountLM(order=3, symbols="token").fit([["ab"], ["ac"]] * 5)
    assert np.isfinite(rank_estimate(of_tokens, [["ab"]], n_samples=50, random_state=0)["rank"][0])
    with pytest.warns(UserWarning, match="do not know the same"):
        compare(model, NGramCountLM().fit(["abz", "ac"]), ["abz", "ac"])


def test_displays_of_tokens():
    model = BigramCountLM(symbols="token").fit([["a", "Cl"], ["Cl"]])
    display = SurprisalDisplay.from_estimator(model, [["Cl", "x"], []])
    assert [label.get_text()[:4] for label in display.ax_.get_yticklabels()] == ["Cl␣x", "''  "]
    assert display.symbols.tolist() == [["Cl", "x", "."], [".", "", ""]]
    display = TransitionDisplay.from_estimator(model, kind="proba")
    np.testing.assert_allclose(display.transitions, model.transition_proba_, rtol=1e-12)
    TransitionDisplay.from_words([["a", "Cl"]], symbols="token")


def test_detectors_tell_words_apart_that_read_alike():
    detector = CharLMOutlierDetector(NGramCountLM(symbols="token", order=2))
    assert detector.fit([["a", "b"], ["ab"]]).predict([["ab"]]).shape == (1,)
    assert len({bytes_of(word) for word in [("a", "b"), ("ab",), ("a", "", "b"), "ab\xff"]}) == 4
    assert bytes_of(("a", "b")) == bytes_of("ab")
    strict = CharLMOutlierDetector(NGramCountLM(order=2, handle_unknown="error"))
    strict.fit(["ab", "ba", "aa", "bb", "zz"], sample_weight=[1, 1, 1, 1, 0])
    with pytest.raises(ValueError, match="'z' in the word 'z'"):
        strict.predict(["z"])


def test_many_tokens_grow_quickly():
    model = BigramCountLM(symbols="token").fit([["0"]])
    for start in range(0, 1500, 100):
        model.partial_fit([[f"{i}"] for i in range(start, start + 100)])
    assert model.n_symbols_ == 1501
    assert model.counts_.sum() == 2 + 2 * 1500


def test_scores_belong_to_one_state_while_symbols_grow():
    states, words = set(), ["ab", "zz"]
    model = NGramCountLM(order=2).fit(["ab"])
    chunks = [["b" + chr(ord("a") + i)] for i in range(25)]
    alone = NGramCountLM(order=2).fit(["ab"])
    states.add(tuple(alone.score_samples(words)))
    for chunk in chunks:
        states.add(tuple(alone.partial_fit(chunk).score_samples(words)))
    seen, going_on = set(), [True]

    def look():
        while going_on:
            seen.add(tuple(model.score_samples(words)))

    thread = threading.Thread(target=look)
    thread.start()
    for chunk in chunks:
        model.partial_fit(chunk)
        time.sleep(0.002)
    going_on.clear()
    thread.join()
    assert seen <= states


def test_models_that_are_fitted_already_must_agree():
    words = ["ab", "ba"]
    models = [
        ("e", BigramCountLM(handle_unknown="error").fit(words)),
        ("p", BigramCountLM().fit(words)),
    ]
    with pytest.raises(ValueError, match="with the same alphabet= and handle_unknown="):
        MixtureLM(models, prefit=True, weights=None).fit(words)
    few, many = BigramCountLM().fit(words), BigramCountLM().fit(words * 50)
    for both in ([("f", few), ("m", many)], [("m", many), ("f", few)]):
        mixture = MixtureLM(both, prefit=True, weights=None).fit(words)
        assert mixture.score_symbols(["z"])["log_proba"][0] == pytest.approx(-np.log(300 + 1))


def test_patterns_that_look_around():
    words = ["ab", "abc", "cb", "bab", "cc", "bc"]
    base = BigramCountLM(symbols=re.compile("a(?=b)|b|c"))
    assert CrossFitTransformer(base, cv=2, random_state=0).fit_transform(words).shape == (6, 5)
    model = NGramCountLM(order=2, symbols=re.compile("a|b"), handle_unknown="unknown").fit(
        ["ab", "ba"]
    )
    rows = TransitionDisplay.from_estimator(model, kind="proba").transitions
    np.testing.assert_allclose(rows[:3], model.predict_proba(["", "a", "b"]), rtol=1e-12)
    np.testing.assert_allclose(rows.sum(axis=1), 1)
    debugged = BigramCountLM(symbols=re.compile("a|b", re.IGNORECASE)).fit(["aB"])
    file = streams.BytesIO()
    io.save(debugged, file)
    file.seek(0)
    assert io.load(file).symbols.flags & re.IGNORECASE


def test_what_becomes_of_parameters_that_change():
    classifier = CharLMClassifier(NGramCountLM(symbols="token"))
    classifier.partial_fit([["a"], ["b"]], [0, 1], classes=[0, 1])
    classifier.set_params(estimator__symbols="char")
    with pytest.raises(ValueError, match="have symbols='token', the estimator now says"):
        classifier.partial_fit(["a", "b"], [0, 1])
    with pytest.warns(UserWarning, match="boundary='x' is a symbol"):
        BigramCountLM(boundary="x").fit(["ab"]).partial_fit(["xy"])


class Reluctant:
    """Takes and gives a few bytes at a time."""

    def __init__(self, takes=7):
        self.data, self.takes, self.place = b"", takes, 0

    def write(self, data):
        self.data += bytes(data[: self.takes])
        return min(len(data), self.takes)

    def read(self, size=-1):
        piece = self.data[self.place : self.place + min(size, 100)]
        self.place += len(piece)
        return piece


def test_files_that_take_a_little_at_a_time():
    model, file = NGramCountLM(order=2).fit(["ab"]), Reluctant()
    io.save(model, file)
    np.testing.assert_array_equal(io.load(file).score_samples(["ab"]), model.score_samples(["ab"]))
    with pytest.raises(OSError, match="took 0 of"):
        io.save(model, Reluctant(takes=0))
    file = Reluctant()
    io.write_arpa(model, file)
    np.testing.assert_allclose(
        io.read_arpa(file).score_samples(["ab"]), model.score_samples(["ab"]), rtol=1e-9
    )


def test_symbols_of_other_types_of_string():
    class Colour(enum.StrEnum):
        RED = "red"

    model = BigramCountLM(symbols="token").fit([[Colour.RED, np.str_("x")], ["red"]])
    assert model.symbols_.tolist() == [".", "red", "x"]
    assert {type(symbol) for symbol in model.symbols_} == {str}
    with pytest.raises(TypeError, match=r"got ndarray \(array\('a'"):
        BigramCountLM(symbols="token").fit([np.array("a"), ["b"]])
    with pytest.raises(TypeError, match="got DataFrame"):
        BigramCountLM(symbols="token").fit([pd.DataFrame({"a": [1]})])


def test_grapheme_clusters_need_a_library(monkeypatch):
    from sklearn_makemore._text import symbols

    monkeypatch.setitem(sys.modules, "regex", None)
    symbols._cluster.cache_clear()
    with pytest.raises(ImportError, match=r"pip install sklearn-makemore\[grapheme\]"):
        BigramCountLM(symbols="grapheme").fit(["ab"])
    monkeypatch.undo()
    assert BigramCountLM(symbols="grapheme").fit(["ab"]).n_symbols_ == 3
