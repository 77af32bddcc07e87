"""What the base class adds to a model, on the example of the developers' guide."""

import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from docs.developers.half_uniform import HalfUniformLM
from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    MixtureLM,
    NeuralBigramLM,
    NGramCountLM,
    WordCounts,
)
from sklearn_makemore._core import models, sampling
from sklearn_makemore._core.context_table import ContextTable
from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._estimators import collecting, scoring
from sklearn_makemore._estimators import sampling as estimators_sampling
from sklearn_makemore._estimators.symbols_frame import contexts_shown
from sklearn_makemore._text import flat_text
from sklearn_makemore._text.symbols import CHARACTERS
from sklearn_makemore.exceptions import SamplingError
from sklearn_makemore.metrics import rank_estimate
from sklearn_makemore.utils.estimator_checks import parametrize_with_checks
from tests.coded import coded
from tests.instances import nameable


@parametrize_with_checks([HalfUniformLM(), HalfUniformLM(block_size=4)])
def test_a_new_estimator_keeps_every_convention(estimator, check):
    check(estimator)


def test_contexts_are_shown_with_boundaries():
    rows = HalfUniformLM(block_size=3).fit(["emma"]).score_symbols(["emma", ""])
    assert rows["context"].tolist() == ["...", "..e", ".em", "emm", "mma", "..."]
    assert rows["symbol"].tolist() == ["e", "m", "m", "a", ".", "."]
    assert rows["position"].tolist() == [0, 1, 2, 3, 4, 0]
    assert rows["word"].tolist() == [0, 0, 0, 0, 0, 1]


def test_scoring_in_pieces_changes_nothing(monkeypatch):
    words = ["emma", "", "olivia", "ava"] * 5
    model = HalfUniformLM().fit(words)
    whole = [model.score_samples(words), model.transform(words), model.predict_proba(words)]
    rows, score = model.score_symbols(words), model.score(words)
    monkeypatch.setattr(scoring, "SCORED_AT_ONCE", 6)
    pieces = [model.score_samples(words), model.transform(words), model.predict_proba(words)]
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-14)
    pd.testing.assert_frame_equal(model.score_symbols(words), rows)
    assert model.score(words) == pytest.approx(score, abs=1e-14)


def test_set_output_polars():
    frame = BigramCountLM().set_output(transform="polars").fit_transform(["ab", "b"])
    assert frame.columns[0] == "log_likelihood"
    assert frame.shape == (2, 5)


def test_rejections_are_counted_by_constraint():
    model = BigramCountLM(smoothing=0).fit(["ab", "ac", "abab"])
    with pytest.raises(SamplingError) as error:
        model.sample(5, random_state=0, unique=True, max_length=2, exclude=["ac"])
    message = str(error.value)
    assert message.startswith("Found 1 of the 5 words asked for among 10500 candidates.")
    for reason in ("by unique=True", "by max_length=2", "by exclude"):
        assert reason in message


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"unique": True}, {"ab", "ac", "bb"}),
        ({"unique": True, "exclude": ["ac"]}, {"ab", "bb"}),
        ({"unique": True, "predicate": lambda word: word.endswith("b")}, {"ab", "bb"}),
        ({"unique": True, "pattern": "a."}, {"ab", "ac"}),
        ({"unique": True, "max_length": 1}, set()),
        ({"exclude": ["ab", "ac", "bb"]}, set()),
    ],
    ids=nameable,
)
def test_words_that_were_found_are_kept(options, found):
    model = NGramCountLM(order=3, smoothing=0).fit(["ab", "ac", "bb"])
    of_two = CharLMClassifier(model).fit(["ab", "ac", "bb", "xx"], [0, 0, 0, 1])
    ask = {"random_state": 0, **options}
    for sample in (model.sample, lambda n, **ask: of_two.sample(n, 0, **ask)):
        with pytest.raises(SamplingError) as error:
            sample(4, **ask)
        assert set(error.value.words) == found
        assert f"Found {len(found)} of the 4 words" in str(error.value)
        if found:
            assert error.value.words == sample(len(found), **ask).tolist()
        again = pickle.loads(pickle.dumps(error.value))
        assert (again.words, str(again)) == (error.value.words, str(error.value))


def test_words_of_tokens_that_were_found_are_kept():
    model = NGramCountLM(order=2, smoothing=0, symbols="token").fit([["ab", "c"], ["c"]])
    mixed = MixtureLM([("a", model)], symbols="token").fit([["ab", "c"], ["c"]])
    for each in (model, mixed):
        with pytest.raises(SamplingError) as error:
            each.sample(3, unique=True, random_state=0)
        assert set(error.value.words) == {("ab", "c"), ("c",)}


def test_min_length_beyond_every_word_is_named():
    model = BigramCountLM(smoothing=0).fit(["ab"])
    with pytest.raises(SamplingError, match=r"by min_length=3 \(no longer word is possible\)"):
        model.sample(1, min_length=3)


def test_constraints_reject_candidates_in_their_order():
    model = BigramCountLM().fit(["emma", "olivia", "ava"])
    free = model.sample(3_000, random_state=5).tolist()

    def accept(word):
        return "a" in word

    assert (
        model.sample(50, random_state=5, predicate=accept).tolist()
        == [word for word in free if accept(word)][:50]
    )
    seen = list(dict.fromkeys(free))
    assert model.sample(50, random_state=5, unique=True).tolist() == seen[:50]
    short = [word for word in free if len(word) <= 3]
    assert model.sample(50, random_state=5, max_length=3).tolist() == short[:50]


def test_the_prefix_may_hold_an_unknown_character():
    model = BigramCountLM(handle_unknown="unknown").fit(["ab", "ba"])
    words, log_proba = model.sample(20, prefix="añ", random_state=0, return_log_proba=True)
    assert all(word.startswith("añ") and "\ufffd" not in word for word in words)
    np.testing.assert_allclose(log_proba, model.score_samples(words))
    likely, log_proba = model.most_likely(3, prefix="ñ")
    assert all(word.startswith("ñ") for word in likely)
    np.testing.assert_allclose(log_proba, model.score_samples(likely))


def test_without_any_seed_samples_follow_numpys_global_state():
    model = BigramCountLM().fit(["emma", "olivia", "ava"])
    np.random.seed(0)
    first = model.sample(20).tolist()
    assert model.sample(20).tolist() != first
    np.random.seed(0)
    assert model.sample(20).tolist() == first


def test_torch_generators_draw_one_symbol_at_a_time():
    torch = pytest.importorskip("torch")
    model = BigramCountLM().fit(["emma", "olivia", "ava"])
    generator = torch.Generator().manual_seed(0)
    words = [model.sample(1, random_state=generator)[0] for _ in range(5)]
    again = model.sample(5, random_state=torch.Generator().manual_seed(0))
    assert again.tolist() == words
    proba = torch.tensor(model.transition_proba_, dtype=torch.float32)
    generator, expected = torch.Generator().manual_seed(0), []
    for _ in range(5):
        word, code = "", 0
        while code or not word:
            code = torch.multinomial(proba[code], 1, True, generator=generator).item()
            if code == 0:
                break
            word += model.symbols_[code]
        expected.append(word)
    assert words == expected


def test_numpy_integers_of_any_width():
    model = BigramCountLM().fit(["emma", "olivia", "ava"])
    expected = model.sample(3, random_state=0, min_length=2, max_length=100).tolist()
    for kind in (np.int8, np.uint8, np.int16):
        words = model.sample(kind(3), random_state=0, min_length=kind(2), max_length=kind(100))
        assert words.tolist() == expected
        assert len(model.most_likely(kind(5), max_length=kind(100))[0]) == 5


def test_endless_words_of_great_length_end_in_bounded_memory(monkeypatch):
    monkeypatch.setattr(sampling, "CODES_AT_ONCE", 1_000)
    monkeypatch.setattr(collecting, "CANDIDATES", 20)
    monkeypatch.setattr(collecting, "CANDIDATES_PER_WORD", 1)
    model = BigramCountLM(smoothing=0).fit(["a" * 10])
    tracemalloc.start()
    with pytest.raises(SamplingError, match="21 by max_length=500"):
        model.sample(1, top_k=1, max_length=500)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


def test_the_reason_for_a_dead_end_without_min_length():
    model = BigramCountLM(smoothing=0, alphabet="a", handle_unknown="unknown").fit(["ab"])
    with pytest.raises(SamplingError, match="10100 by having no possible next symbol"):
        model.sample(1)


@pytest.mark.parametrize(
    ("exclude", "message"),
    [("abc", "exclude must be a sequence"), ({"a", None}, "exclude has missing values")],
)
def test_errors_of_exclude_speak_of_exclude(exclude, message):
    model = BigramCountLM().fit(["emma"])
    with pytest.raises((TypeError, ValueError), match=message):
        model.sample(1, exclude=exclude)


def test_what_exclude_may_be():
    model = BigramCountLM(smoothing=0).fit(["ab", "b"])
    for exclude in (["b"], {"b"}, {"b": 1}.keys(), iter(["b"]), pd.Series(["b"]), frozenset("b")):
        assert set(model.sample(20, exclude=exclude, random_state=0)) == {"ab"}


@pytest.mark.parametrize(
    "alphabet",
    [["ab"], [1], b"ab", np.array("ab"), pd.DataFrame({"a": ["b"], "c": ["d"]}), iter("ab"), 5],
    ids=nameable,
)
def test_bad_alphabets_are_named(alphabet):
    with pytest.raises(InvalidParameterError, match="'alphabet'"):
        BigramCountLM(alphabet=alphabet).fit(["ab"])


def test_alphabets_of_every_kind():
    for alphabet in ("abz", list("abz"), set("abz"), pd.Series(list("zab")), pa.array(list("zab"))):
        model = BigramCountLM(alphabet=alphabet).fit(["ab"])
        assert model.symbols_.tolist() == [".", "a", "b", "z"]


def test_prefixes_are_data_and_not_metadata():
    requests = BigramCountLM().get_metadata_routing()
    for method in ("predict", "predict_proba", "predict_log_proba"):
        assert getattr(requests, method).requests == {}
        assert not hasattr(BigramCountLM(), f"set_{method}_request")


def test_the_unknown_symbol_is_never_predicted_even_where_it_is_likeliest():
    model = BigramCountLM(alphabet="a", handle_unknown="unknown").fit(["zz", "zzz"])
    assert model.predict_proba([""])[0].argmax() == 2
    assert model.predict(["", "z"]).tolist() == [".", "."]


def test_infinite_weights_are_refused():
    with pytest.raises(ValueError, match="sample_weight must be finite"):
        BigramCountLM().fit(["a", "b"], sample_weight=[1, np.inf])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (["x", 1], "sample_weight must hold one real number a word: could not convert"),
        ([None, pd.NA], "sample_weight must hold one real number a word"),
        ([10**400, 1], "sample_weight has a number beyond float64"),
        (np.array([1j, 1]), "got an array of complex128"),
        (np.array(["2020", "2021"], "M8[Y]"), "got an array of datetime64"),
        (np.array([1e300, 1], np.longdouble) ** 2, "sample_weight must be finite"),
        ([[1], [2, 3]], "sample_weight must hold one real number a word"),
        (iter([1, 2]), "sample_weight must hold one real number a word"),
    ],
    ids=lambda value: "" if isinstance(value, str) else nameable(value)[:30],
)
def test_what_is_no_weight_is_refused_by_name(weights, message):
    with pytest.raises((ValueError, TypeError), match=message):
        BigramCountLM().fit(["a", "b"], sample_weight=weights)


@pytest.mark.parametrize("answer", [pd.NA, np.array([True, False])], ids=repr)
def test_predicates_without_a_truth_value_are_named(answer):
    model = BigramCountLM().fit(["ab"])
    with pytest.raises(TypeError, match=r"predicate must return True or False, got .* for '"):
        model.sample(1, predicate=lambda word: answer, random_state=0)


def test_predicates_are_taken_by_their_truth_value():
    model = BigramCountLM().fit(["ab"])
    expected = model.sample(5, predicate=lambda word: len(word) > 0, random_state=0)
    for predicate in (len, lambda word: np.array([len(word)]), lambda word: word or None):
        words = model.sample(5, predicate=predicate, random_state=0)
        assert words.tolist() == expected.tolist()


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "a"])
def test_bad_seeds_of_samples_are_named(seed):
    with pytest.raises(ValueError, match=f"random_state={seed!r}: "):
        BigramCountLM().fit(["ab"]).sample(1, random_state=seed)


def test_numbers_beyond_float64_are_named():
    model = BigramCountLM().fit(["ab"])
    with pytest.raises(InvalidParameterError, match=r"'temperature' .* within float64"):
        model.sample(1, temperature=10**400)
    for estimator, name in (
        (BigramCountLM(smoothing=10**400), "smoothing"),
        (NGramCountLM(smoothing=10**400), "smoothing"),
        (NGramCountLM(min_count=10**400), "min_count"),
        (NeuralBigramLM(alpha=10**400), "alpha"),
    ):
        with pytest.raises(InvalidParameterError, match=f"'{name}' parameter of .* float64"):
            estimator.fit(["ab"])


def test_weights_belong_to_their_words_in_every_piece(monkeypatch):
    words, weights = ["ab", "b", "ba", "", "bb"], [1, 0, 3, 2, 5]
    model = BigramCountLM().fit(["ab", "ba"])
    expected = model.score(words, sample_weight=weights)
    monkeypatch.setattr(flat_text, "WORDS_PER_PIECE", 2)
    assert model.score(words, sample_weight=weights) == pytest.approx(expected, abs=1e-14)
    with pytest.raises(ValueError, match="'z' in the word 'z' at position 3"):
        model.set_params(handle_unknown="error").fit(words).score(["a", "b", "a", "z"])
    with pytest.raises(ValueError, match="'z' in the word 'z' at position 4"):
        BigramCountLM(alphabet="ab").fit(["a", "b", "z", "a", "z"], sample_weight=[1, 1, 0, 1, 1])


def test_contexts_of_models_that_look_at_the_whole_word():
    words = coded([[1, 2], [1] * 20])
    shown = contexts_shown(words, None, np.array([".", "a", "b"], object), CHARACTERS)
    assert shown[:5].tolist() == [".", ".a", ".ab", ".", ".a"]
    assert shown[-1] == "a" * 16


def test_models_without_context():
    model = HalfUniformLM(block_size=1).fit(["ab", "b"])
    table = ContextTable.from_words(coded([[1, 2], [2]]), 0)
    unigram = type(model._model)(table)
    np.testing.assert_allclose(
        np.exp(unigram.next_log_probs(coded([[1], []]))), [[0.325, 0.225, 0.325, 0.125]] * 2
    )
    assert unigram.log_probs(coded([[1, 2]])).shape == (3,)
    state = unigram.init_state(2)
    log_probs, rows, state = unigram.step(state, np.array([0, 1], np.uint8))
    np.testing.assert_allclose(np.exp(log_probs[rows]), [[0.325, 0.225, 0.325, 0.125]] * 2)


def test_pickles_hold_attributes_and_no_model():
    model = BigramCountLM().fit(["ab"])
    state = model.__getstate__()
    assert not any(isinstance(value, NextSymbolModel) for value in state.values())
    assert {"counts_", "transition_proba_", "symbols_"} <= state.keys()


def test_seeds_give_different_words():
    model = BigramCountLM().fit(["emma", "olivia", "ava"])
    firsts = {tuple(model.sample(8, random_state=seed)) for seed in range(300)}
    assert len(firsts) == 300


def test_a_table_that_cannot_be_made_leaves_the_symbols(monkeypatch):
    model = BigramCountLM().fit(["ab"])
    monkeypatch.setattr(models, "LARGEST_TABLE_BYTES", 100)
    with pytest.raises(ValueError, match="V=6"):
        model.fit(["vwxyz"])
    assert model.sample(1, random_state=0)[0].strip("ab") == ""
    np.testing.assert_array_equal(model.score_samples(["ab"]), model.score_samples(["ab"]))


def test_words_of_a_thousand_symbols_may_be_drawn():
    model = BigramCountLM(smoothing=0).fit(["a" * 5_000])
    lengths = [len(word) for word in model.sample(60, random_state=0)]
    assert 900 < max(lengths) <= 1_000
    with pytest.raises(ValueError, match="more than max_length=1000"):
        model.sample(1, prefix="a" * 1_001)
    with pytest.raises(ValueError, match="more than max_length=1048576") as raised:
        model.sample(1, prefix="a" * (2**20 + 1), max_length=2**21)
    assert len(str(raised.value)) < 200


def test_objects_that_are_arrays_in_disguise():
    class Disguised:
        def __array__(self, dtype=None, copy=None):
            return np.array(["ab", "b"], dtype=object)

    assert BigramCountLM().fit(Disguised()).symbols_.tolist() == [".", "a", "b"]


def test_no_word_is_longer_than_the_longest(monkeypatch):
    monkeypatch.setattr(estimators_sampling, "LONGEST_WORD", 3_000)
    monkeypatch.setattr(collecting, "CANDIDATES", 20)
    monkeypatch.setattr(collecting, "CANDIDATES_PER_WORD", 1)
    model = BigramCountLM(smoothing=0).fit(["a" * 10])
    with pytest.raises(SamplingError, match="by max_length=3000"):
        model.sample(1, temperature=0, max_length=10**400)
    with pytest.raises(ValueError, match="min_length=4000 is more than max_length=3000"):
        model.sample(1, min_length=4_000, max_length=10**400)


def test_candidates_that_never_end_use_up_their_symbols(monkeypatch):
    monkeypatch.setattr(collecting, "SYMBOLS_PER_CANDIDATE", 1)
    model = BigramCountLM(smoothing=0).fit(["a" * 10])
    with pytest.raises(SamplingError, match="by max_length=5000"):
        model.sample(1, temperature=0, max_length=5_000)


def test_distributions_of_many_prefixes_are_made_in_bounded_arrays(monkeypatch):
    model = BigramCountLM().fit(["emma", "olivia", "ava"])
    prefixes = ["", "emma", "o", "a"] * 5
    expected, sizes = model.predict_proba(prefixes), []
    next_log_probs = model._model.next_log_probs

    def recorded(words):
        sizes.append(words.n_words)
        return next_log_probs(words)

    monkeypatch.setattr(model._model, "next_log_probs", recorded)
    monkeypatch.setattr(scoring, "CELLS_PER_BATCH", 3 * model.n_symbols_)
    np.testing.assert_array_equal(model.predict_proba(prefixes), expected)
    assert sizes == [3] * 6 + [2]


def test_certainty_has_no_sign():
    bits = BigramCountLM(smoothing=0).fit(["a"]).bits_per_symbol(["a"])
    assert str(bits) == "0.0"


def test_clone_of_a_fitted_model_is_unfitted():
    model = BigramCountLM(smoothing=0.5).fit(["a"])
    assert not clone(model).__sklearn_is_fitted__()


LARGE = [
    (np.arange(10**5), r"ndarray of shape \(100000,\)"),
    (np.zeros((4, 9)), r"ndarray of shape \(4, 9\)"),
    (pd.DataFrame({"a": range(50)}), r"DataFrame of shape \(50, 1\)"),
    (list(range(10**5)), r"\[0, 1, 2, 3, 4, 5, \.\.\.\]"),
    ({str(i): i for i in range(10**4)}, r"\{'0': 0, .*\.\.\.\}"),
    ("x" * 10**5, r"'x+\.\.\.x+'"),
    (pa.array(range(10**4)), r"<pyarrow\.lib\.Int64Array (?s:.*)"),
]
TAKES_NUMBERS = {
    "min_length": lambda given: BigramCountLM().fit(["ab"]).sample(min_length=given),
    "temperature": lambda given: BigramCountLM().fit(["ab"]).sample(temperature=given),
    "n_words": lambda given: BigramCountLM().fit(["ab"]).most_likely(given),
    "n_samples": lambda given: rank_estimate(BigramCountLM().fit(["ab"]), ["a"], given),
    "smoothing": lambda given: BigramCountLM(smoothing=given).fit(["ab"]),
    "order": lambda given: WordCounts.count(["ab"], order=given),
    "n_jobs": lambda given: CharLMClassifier(n_jobs=given).fit(["ab", "b"], [0, 1]),
    "contamination": lambda given: CharLMOutlierDetector(contamination=given).fit(["ab"]),
    "cv": lambda given: CrossFitTransformer(BigramCountLM(), cv=given).fit(["ab"]),
    "estimator": lambda given: CharLMClassifier(given).fit(["ab", "b"], [0, 1]),
    "estimators": lambda given: MixtureLM(given).fit(["ab"]),
}


@pytest.mark.parametrize("name", TAKES_NUMBERS)
def test_large_values_of_arguments_are_shown_short(name):
    for value, shown in LARGE:
        with pytest.raises(
            InvalidParameterError, match=f"^The '{name}' .*(?i:got) {shown}"
        ) as error:
            TAKES_NUMBERS[name](value)
        assert len(str(error.value)) < 400


def test_small_values_of_arguments_are_shown_whole():
    model = BigramCountLM().fit(["ab"])
    for value in (-1, 1.5, "2", None, [1, 2], np.array([1, 2]), {"a": 1}, BigramCountLM(), int):
        with pytest.raises(InvalidParameterError) as error:
            model.sample(min_length=value)
        assert str(error.value) == (
            "The 'min_length' parameter of BigramCountLM must be an int in the range [0, inf). Got "
            f"{value!r} instead."
        )


def test_large_seeds_and_answers_are_shown_short():
    model = BigramCountLM().fit(["ab"])
    with pytest.raises(ValueError, match=r"random_state=\[0, .*\.\.\.\]: cannot") as error:
        model.sample(random_state=list(range(10**5)))
    assert len(str(error.value)) < 200
    with pytest.raises(TypeError, match=r"predicate must return True or False") as error:
        model.sample(prefix="a" * 500, predicate=lambda word: np.arange(10**4))
    assert len(str(error.value)) < 200
