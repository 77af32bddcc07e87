"""Counts of words: parts add up to the whole, and models learn from them as from words."""

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from sklearn_makemore import (
    BagOfCharsLM,
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    MixtureLM,
    MLPCharLM,
    NeuralBigramLM,
    NGramCountLM,
    WordCounts,
    io,
)
from sklearn_makemore._estimators import ngram_count
from sklearn_makemore.datasets import load_names
from tests.io.model_files import assembled, parts

WORDS = ["emma", "olivia", "ava", "", "isabella", "sophia", "mia", "ava"]
A_TO_Z = set("".join(load_names().data))
LETTERS = st.text("abñ", max_size=6)
COUNTED = [
    BigramCountLM(),
    BigramCountLM(smoothing=0),
    *(NGramCountLM(order=order) for order in (1, 2, 4, 9)),
    NGramCountLM(order=3, smoothing="witten_bell", min_count=2),
    NGramCountLM(order=3, smoothing=0.5),
]
NETWORKS = [
    MLPCharLM(block_size=2, hidden_size=4, embedding_dim=2, max_steps=20, random_state=0),
    MLPCharLM(block_size=12, hidden_size=4, embedding_dim=2, max_steps=20, random_state=0),
    NeuralBigramLM(),
    NeuralBigramLM(solver="gd", max_steps=20, random_state=0),
]

PREFIT = MixtureLM([("a", BigramCountLM().fit(WORDS))], prefit=True)


def same_attributes(one, another):
    """Tell whether two fitted models have learnt the same, to the bit."""
    (own, learnt), (theirs, of_other) = one._stored_state(), another._stored_state()
    assert own.symbols.tolist() == theirs.symbols.tolist()
    assert learnt.attributes.keys() == of_other.attributes.keys()
    for name, value in learnt.attributes.items():
        other = of_other.attributes[name]
        pairs = zip(value, other, strict=True) if isinstance(value, list) else [(value, other)]
        for a, b in pairs:
            np.testing.assert_array_equal(a, b, name)


@given(st.lists(st.lists(LETTERS, min_size=1, max_size=5), min_size=1, max_size=4), st.data())
@settings(max_examples=40)
def test_a_model_of_counted_parts_is_that_of_all_words(chunks, data):
    model = clone(data.draw(st.sampled_from(COUNTED)))
    weights = [
        data.draw(st.lists(st.integers(1, 5), min_size=len(chunk), max_size=len(chunk)))
        for chunk in chunks
    ]
    counted = [
        WordCounts.count(chunk, weight, order=9)
        for chunk, weight in zip(chunks, weights, strict=True)
    ]
    order = data.draw(st.permutations(range(len(counted))))
    merged = WordCounts.merge(counted[i] for i in order)
    assert sum(counted[i] for i in order).n_predictions == merged.n_predictions
    words = list(itertools.chain(*chunks))
    assert merged.n_words == sum(itertools.chain(*weights))
    whole = clone(model).fit(words, sample_weight=list(itertools.chain(*weights)))
    same_attributes(model.fit(merged), whole)


@pytest.mark.parametrize("model", [*COUNTED, *NETWORKS], ids=repr)
@pytest.mark.parametrize("handle_unknown", ["error", "unknown"])
def test_counts_are_learnt_from_as_words(model, handle_unknown):
    model = clone(model).set_params(handle_unknown=handle_unknown)
    counts = WordCounts.count(WORDS, order=13, handle_unknown=handle_unknown)
    one, other = clone(model).fit(counts), clone(model).fit(WORDS)
    same_attributes(one, other)
    assert one.sample(5, random_state=1).tolist() == other.sample(5, random_state=1).tolist()
    assert one.n_symbols_ == len(counts.symbols_)


@pytest.mark.parametrize("model", [NGramCountLM(order=3), BigramCountLM(), NETWORKS[0]], ids=repr)
def test_chunks_may_be_counts(model):
    model = clone(model).set_params(alphabet="abemilopshv")
    counts = WordCounts.count(["ava", "mia"], order=3)
    one = clone(model).fit(WORDS).partial_fit(counts)
    other = clone(model).fit(WORDS).partial_fit(["ava", "mia"])
    np.testing.assert_array_equal(one.score_samples(WORDS), other.score_samples(WORDS))


def test_characters_that_a_model_does_not_know_count_as_unknown_or_are_refused():
    model = NGramCountLM(order=2, alphabet="ab", handle_unknown="unknown")
    words, others = ["ab", "ba"], ["añb", "bé", "ñ"]
    counts = WordCounts.count(others, order=2)
    same_attributes(clone(model).fit(counts), clone(model).fit(others))
    one, other = clone(model).fit(words).partial_fit(counts), clone(model).fit(words + others)
    same_attributes(one, other)
    with pytest.raises(ValueError, match=r"'é', 'ñ'.*alphabet="):
        clone(model).set_params(handle_unknown="error").fit(counts)
    with pytest.raises(ValueError, match="handle_unknown='unknown'"):
        NGramCountLM(order=2).fit(WordCounts.count(others, order=2, handle_unknown="unknown"))


def test_of_different_orders_the_lower_one_is_left():
    low, high = WordCounts.count(WORDS, order=2), WordCounts.count(WORDS, order=5)
    both = low + high
    assert both.order == 2
    same_attributes(NGramCountLM(order=2).fit(both), NGramCountLM(order=2).fit(WORDS * 2))
    short = WordCounts.count(["a", "b"], order=5) + WordCounts.count(["abababab"], order=5)
    same_attributes(
        NGramCountLM(order=5).fit(short), NGramCountLM(order=5).fit(["a", "b", "abababab"])
    )


def test_what_is_counted():
    counts = WordCounts.count(["ab", "", "ab", "c"], [1, 2, 3, 0], order=2)
    assert counts.symbols_.tolist() == [".", "a", "b"]
    assert counts.n_words == 6
    assert counts.n_predictions == 3 * 4 + 2
    assert counts.length_counts.tolist() == [2, 0, 4]
    assert counts.n_windows == 4
    assert counts.nbytes > 0
    assert repr(counts) == "WordCounts(order=2, n_words=6, n_windows=4, n_symbols=3)"


def test_no_words_add_nothing_and_cannot_be_learnt_from():
    nothing = WordCounts.count([], order=3)
    assert nothing.n_words == nothing.n_predictions == nothing.n_windows == 0
    same_attributes(
        NGramCountLM(order=3).fit(nothing + WordCounts.count(WORDS, order=3)),
        NGramCountLM(order=3).fit(WORDS),
    )
    with pytest.raises(ValueError, match="at least one word"):
        NGramCountLM(order=3).fit(nothing)


@pytest.mark.parametrize(
    ("fit", "error", "message"),
    [
        (lambda c: NGramCountLM(order=4).fit(c), ValueError, "order 4; these have order 3"),
        (lambda c: MLPCharLM(block_size=3).fit(c), ValueError, r"WordCounts.count\(..., order=4"),
        (lambda c: MLPCharLM(block_size=2, early_stopping=True).fit(c), ValueError, "whole words"),
        (lambda c: MLPCharLM(block_size=2, solver="sgd", max_steps=3).fit(c), ValueError, "adamw"),
        (lambda c: BagOfCharsLM().fit(c), TypeError, "BagOfCharsLM learns from whole words"),
        (lambda c: MixtureLM([("a", BigramCountLM())]).fit(c), TypeError, "MixtureLM learns from"),
        (lambda c: PREFIT.fit(c), TypeError, "MixtureLM learns from"),
        (lambda c: CharLMOutlierDetector().fit(c), TypeError, "WordCounts"),
        (lambda c: CharLMClassifier().fit(c, ["x"]), TypeError, "WordCounts"),
        (lambda c: BigramCountLM().fit(c, sample_weight=[1]), ValueError, "hold the weights"),
        (lambda c: WordCounts.merge([]), ValueError, "at least one"),
        (lambda c: WordCounts.merge([c, "ab"]), TypeError, "got a str"),
        (lambda c: c + 3, TypeError, "unsupported operand"),
        (lambda c: WordCounts.count("ab"), TypeError, "single str"),
        (lambda c: WordCounts.count(["ab"], order=0), ValueError, "'order'"),
        (lambda c: WordCounts.count(["ab"], alphabet="a"), ValueError, "'b' in the word"),
        (lambda c: WordCounts.count(["ab"] * 2, [1e308] * 2), ValueError, "overflow"),
    ],
)
def test_what_cannot_be_done_says_what_can(fit, error, message):
    with pytest.raises(error, match=message):
        fit(WordCounts.count(WORDS, order=3))


def test_counts_are_kept(tmp_path):
    counts = WordCounts.count(["ab", "\ud800", "bña"], [0.5, 2, 3], order=4)
    io.save(counts, tmp_path / "counts")
    for again in (io.load(tmp_path / "counts"), pickle.loads(pickle.dumps(counts))):
        assert repr(again) == repr(counts)
        assert again.symbols_.tolist() == counts.symbols_.tolist()
        np.testing.assert_array_equal(again.length_counts, counts.length_counts)
        same_attributes(NGramCountLM(order=4).fit(again), NGramCountLM(order=4).fit(counts))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.update(order=2), "longer than the order"),
        (lambda a: a.update(order="3"), "order is not of type int"),
        (lambda a: a.pop("order"), "missing|required"),
        (lambda a: a.update(more=3), "more"),
    ],
)
def test_counts_that_words_could_not_have_are_refused(change, message, tmp_path):
    path = tmp_path / "counts"
    io.save(WordCounts.count(WORDS, order=3), path)
    outer, header, arrays = parts(path.read_bytes())
    change(header["estimator"]["attributes"])
    path.write_bytes(assembled(outer, header, arrays))
    with pytest.raises(ValueError, match=message):
        io.load(path)


@pytest.mark.parametrize(
    ("name", "dtype", "value", "message"),
    [
        ("windows", "u1", 99, "symbols that there are not"),
        ("windows", "u1", 5, "not in order|symbols"),
        ("weights", "f8", -1.0, "not positive"),
        ("weights", "f8", np.nan, "not finite"),
        ("length_counts", "f8", -1.0, "not positive"),
    ],
)
def test_numbers_that_words_could_not_have_are_refused(name, dtype, value, message, tmp_path):
    path = tmp_path / "counts"
    io.save(WordCounts.count(WORDS, order=3), path)
    outer, header, arrays = parts(path.read_bytes())
    start = outer[name]["data_offsets"][0]
    number = np.array(value, dtype).tobytes()
    path.write_bytes(
        assembled(outer, header, arrays[:start] + number + arrays[start + len(number) :])
    )
    with pytest.raises(ValueError, match=message):
        io.load(path)


def test_many_chunks_are_estimated_once(monkeypatch):
    """Chunks are only counted; who asks first has the estimate made, by the parameters of then."""
    made = []
    estimate = NGramCountLM._estimate

    def counting(self, table, vocabulary):
        made.append(table.n_entries)
        return estimate(self, table, vocabulary)

    monkeypatch.setattr(NGramCountLM, "_estimate", counting)
    words = load_names().data[:400]
    model = NGramCountLM(order=3, alphabet=set("".join(words)))
    for start in range(0, 400, 20):
        model.partial_fit(words[start : start + 20])
    assert len(made) == 1  # of the first chunk
    model.set_params(order=2, smoothing="witten_bell")
    assert hasattr(model, "discounts_")
    assert len(made) == 2
    whole = NGramCountLM(order=3, alphabet=set("".join(words))).fit(words)
    np.testing.assert_array_equal(model.score_samples(words), whole.score_samples(words))
    model.score(words), model.sample(3), pickle.dumps(model)
    assert len(made) == 3  # that of `whole`


@pytest.mark.parametrize(
    ("holder", "y"),
    [
        (MixtureLM([("one", NGramCountLM(order=3))], alphabet=A_TO_Z), None),
        (CharLMClassifier(NGramCountLM(order=3, alphabet=A_TO_Z)), ["one", "two"] * 10),
    ],
)
def test_holders_of_chunks_estimate_once(holder, y, monkeypatch):
    made = []
    estimate = NGramCountLM._estimate
    monkeypatch.setattr(
        NGramCountLM, "_estimate", lambda *given: made.append(given) or estimate(*given)
    )
    words = load_names().data[:100]
    holder.fit(words[:20], y)
    for start in range(20, 100, 20):
        holder.partial_fit(words[start : start + 20], y)
    before = len(made)
    assert before == len(holder.estimators_)  # of the first chunk
    scored = holder.estimators_[0].score_samples(words)
    assert len(made) == before + 1
    whole = NGramCountLM(order=3, alphabet=A_TO_Z).fit(words)
    if y is None:
        np.testing.assert_array_equal(scored, whole.score_samples(words))


def test_counts_that_cannot_be_estimated_from_are_refused_at_once(monkeypatch):
    words = load_names().data
    model = NGramCountLM(order=3, alphabet=A_TO_Z).fit(words[:50])
    monkeypatch.setattr(ngram_count, "LARGEST_TABLE_BYTES", 2**10)
    with pytest.raises(ValueError, match="lower order"):
        model.partial_fit(words[:2000])
    monkeypatch.undo()
    whole = NGramCountLM(order=3, alphabet=A_TO_Z).fit(words[:50])
    np.testing.assert_array_equal(model.score_samples(words), whole.score_samples(words))


def test_a_pickle_a_copy_and_a_file_of_chunks_are_complete(tmp_path):
    model = BigramCountLM(alphabet="ab").partial_fit(["ab"]).partial_fit(["ba"])
    again = pickle.loads(pickle.dumps(model))
    assert "counts_" in vars(again)
    model = BigramCountLM(alphabet="ab").partial_fit(["ab"]).partial_fit(["ba"])
    io.save(model, tmp_path / "model")
    same_attributes(io.load(tmp_path / "model"), again)
    assert not hasattr(model, "nothing_")


def test_counts_of_no_words_are_kept(tmp_path):
    io.save(WordCounts.count([]), tmp_path / "counts")
    assert io.load(tmp_path / "counts").n_words == 0


def test_parameters_changed_within_do_not_change_the_estimate():
    thresholds = [0, 0]
    model = NGramCountLM(order=2, min_count=thresholds, alphabet=A_TO_Z).fit(["anna"])
    model.partial_fit(["emma"])
    thresholds[1] = 50
    whole = NGramCountLM(order=2, alphabet=A_TO_Z).fit(["anna", "emma"])
    assert model.score(["emma"]) == whole.score(["emma"])


def test_an_estimate_takes_no_place_of_what_was_learnt_meanwhile(monkeypatch):
    """As if another thread had gone on learning while the estimate was made."""
    model = NGramCountLM(order=2, alphabet=A_TO_Z).fit(["anna"]).partial_fit(["emma"])
    estimate, meanwhile = NGramCountLM._estimate, [lambda: model.partial_fit(["olivia"])]

    def slow(*given):
        while meanwhile:
            meanwhile.pop()()
        return estimate(*given)

    monkeypatch.setattr(NGramCountLM, "_estimate", slow)
    whole = NGramCountLM(order=2, alphabet=A_TO_Z).fit(["anna", "emma", "olivia"])
    assert model.score(["emma"]) == whole.score(["emma"])
    meanwhile.append(lambda: model.fit(["ada"]))
    model.partial_fit(["emma"])
    assert model.score(["ada"]) == NGramCountLM(order=2, alphabet=A_TO_Z).fit(["ada"]).score(
        ["ada"]
    )
