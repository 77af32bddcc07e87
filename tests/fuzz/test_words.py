"""Any container of anything, through fit, scores and samples."""

from functools import partial

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore import BigramCountLM, NGramCountLM
from sklearn_makemore.exceptions import SamplingError
from tests.fuzz.containers import CASES, WORD, weights
from tests.fuzz.properties import ABOUT_WORDS, BAD_INPUT, check_named, check_numbers

FITTED = [
    BigramCountLM().fit(["ab", "ba", "b"]),
    BigramCountLM(handle_unknown="error").fit(["ab", "ba", "b"]),
    BigramCountLM(smoothing=0, handle_unknown="unknown").fit(["ab", "\0", "\ud800"]),
    NGramCountLM(order=3, handle_unknown="unknown").fit(["ab", "ba", "b", "\n"]),
]
NUMBERS = st.sampled_from(
    [0, 1, 3, 10**400, -1, 0.5, 1e-320, 1e308, np.nan, np.inf, "3", True, None]
)
OPTION_VALUES = {
        "n_samples": st.sampled_from([1, 2, 5, np.int8(3), 0, -1, 1.5, "3", None, True]),
        "random_state": st.sampled_from([0, None, -1, 2**32, 10**400, 1.5, "a", np.nan]),
        "temperature": NUMBERS,
        "top_k": NUMBERS,
        "top_p": NUMBERS,
        "prefix": WORD | st.sampled_from(["a", "ab" * 20, None, 3, b"a", ["a"]]),
        "min_length": st.sampled_from([0, 1, 5, 30, 2000, -1, 0.5, None, 10**400]),
        "max_length": st.sampled_from([0, 1, 5, 30, None, -1, 0.5, "3", 10**400]),
        "exclude": CASES.map(lambda case: case.container),
        "unique": st.sampled_from([True, False, np.True_, 1, None, "yes", np.array([True, True])]),
        "predicate": st.sampled_from(
            [
                None, len, str.isalpha, bool, 3, "a", lambda word: None, lambda word: pd.NA,
                lambda word: np.array([True, False]), lambda word: np.array([]),
                lambda word: np.array([True]), lambda word: float("nan"), lambda word: word,
            ]
        ),
        "return_log_proba": st.sampled_from([True, False, 0, "no"]),
}  # fmt: skip
OPTIONS = st.fixed_dictionaries({}, optional=OPTION_VALUES)
NAMES_OF_OPTIONS = (
    *(f"The {name!r} parameter of " for name in OPTION_VALUES),
    "min_length=", "prefix=", "exclude ", "predicate ", "random_state=", "The model does not know",
)  # fmt: skip


def outcome(call, beginnings):
    """Return the result of a call, None where it refuses its input and names the offender."""
    try:
        return call()
    except BAD_INPUT as error:
        check_named(error, beginnings)
    return None


@given(case=CASES, data=st.data())
def test_fit_takes_words_or_names_what_is_none(case, data):
    n_words = len(case.words) if case.words is not None else 2
    weight = data.draw(weights(n_words))
    model = outcome(lambda: BigramCountLM().fit(case.container, sample_weight=weight), ABOUT_WORDS)
    if weight is None:
        assert (model is None) == (not case.words)
    if model is not None:
        by = 1 if weight is None else np.asarray(weight, np.float64)
        expected = (np.array([len(word) + 1 for word in case.words]) * by).sum()
        np.testing.assert_allclose(model.counts_.sum(), expected, rtol=1e-6)


@given(case=CASES, model=st.sampled_from(FITTED))
def test_scores_are_those_of_a_list_or_the_offender_is_named(case, model):
    known = set(model.symbols_[1:].tolist())
    takes_all = model.handle_unknown != "error" or known.issuperset("".join(case.words or []))
    for name in ("score_samples", "transform", "predict_log_proba", "predict", "score_symbols"):
        method = getattr(model, name)
        result = outcome(partial(method, case.container), ABOUT_WORDS)
        assert (result is not None) == (case.words is not None and takes_all)
        if result is None:
            continue
        expected = method(case.words)
        if name == "score_symbols":
            result, expected = result["log_proba"], expected["log_proba"]
        np.testing.assert_array_equal(result, expected)
        if name != "predict":
            check_numbers(result)


@given(case=CASES, model=st.sampled_from(FITTED), data=st.data())
def test_a_weighted_score_is_a_number_or_the_offender_is_named(case, model, data):
    sample_weight = data.draw(weights(len(case.words or "12")))
    for name in ("score", "perplexity", "bits_per_symbol"):
        call = partial(getattr(model, name), case.container, sample_weight=sample_weight)
        score = outcome(call, ABOUT_WORDS)
        if score is not None:
            assert case.words
            check_numbers(score)


@given(options=OPTIONS, model=st.sampled_from(FITTED))
def test_samples_keep_their_constraints_or_the_argument_is_named(options, model):
    try:
        result = model.sample(**{"random_state": 0} | options)
    except SamplingError as error:
        check_named(error, ["Found "])
        return
    except BAD_INPUT as error:
        check_named(error, NAMES_OF_OPTIONS)
        return
    words = result[0] if options.get("return_log_proba") else result
    assert len(words) == options.get("n_samples", 1)
    for word in words:
        assert type(word) is str
        assert word.startswith(options.get("prefix", ""))
        assert options.get("min_length", 0) <= len(word) <= (options.get("max_length") or 1000)


@given(alphabet=CASES, words=st.lists(WORD, min_size=1, max_size=3))
def test_alphabets_are_taken_or_named(alphabet, words):
    beginnings = ["'alphabet' ", "The 'alphabet' parameter ", *ABOUT_WORDS]
    model = outcome(lambda: BigramCountLM(alphabet=alphabet.container).fit(words), beginnings)
    assert model is None or set("".join(words)) <= set(model.symbols_[1:])
