"""Every published check on every estimator of the library."""

import re

import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils import estimator_html_repr
from sklearn.utils.estimator_checks import check_estimator

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    MixtureLM,
    MLPCharLM,
    NeuralBigramLM,
    NGramCountLM,
    RNNCharLM,
    TransformerCharLM,
)
from sklearn_makemore.utils.discovery import all_estimators
from sklearn_makemore.utils.estimator_checks import check_char_lm, parametrize_with_checks
from tests.instances import COUNTS, FEW, SIZES, instances, predictors


@parametrize_with_checks([*instances(), *predictors()])
def test_conventions(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [
        BigramCountLM(smoothing=0),
        BigramCountLM(smoothing=50),
        NGramCountLM(order=1),
        NGramCountLM(order=30, min_count=2),
        NGramCountLM(smoothing="witten_bell"),
        NGramCountLM(order=3, smoothing=0.5),
        NGramCountLM(order=2, smoothing=0),
    ]
)
def test_conventions_hold_for_extreme_parameters(estimator, check):
    check(estimator)


SMALL = {**FEW, "hidden_size": 20}
BY_INDEX = "the lecture draws single predictions by their place among the words"


@pytest.mark.filterwarnings("ignore:The loss of")  # the lecture's rate on a handful of words
@parametrize_with_checks(
    [
        MLPCharLM(**SMALL, n_layers=2, block_size=2, activation="gelu", dropout=0.2),
        MLPCharLM(**SMALL, early_stopping=True, n_iter_no_change=1),
        NeuralBigramLM(solver="gd", max_steps=30),
        NeuralBigramLM(alpha=0, tol=0.01),
        RNNCharLM(**SIZES["RNNCharLM"], cell="lstm", n_layers=2),
        TransformerCharLM(**SIZES["TransformerCharLM"], block_size=3),
    ]
)
def test_conventions_hold_for_other_solvers(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [
        MixtureLM([*COUNTS[:1], ("mlp", MLPCharLM(**SMALL))], weights=[1, 2]),
        MixtureLM([*COUNTS[:1], ("rnn", RNNCharLM(**SIZES["RNNCharLM"]))], weights=[1, 2]),
    ]
)
def test_conventions_hold_for_mixtures(estimator, check):
    check(estimator)


TOKENS = {"symbols": "token"}


@parametrize_with_checks(
    [
        BigramCountLM(**TOKENS),
        NGramCountLM(order=3, **TOKENS),
        MixtureLM(COUNTS, weights=[1, 2], **TOKENS),
        MLPCharLM(**SMALL, **TOKENS),
        RNNCharLM(**SIZES["RNNCharLM"] | {"max_steps": 4}, **TOKENS),
        CharLMClassifier(NGramCountLM(order=3, **TOKENS)),
        CharLMOutlierDetector(NGramCountLM(order=3, **TOKENS)),
    ]
)
def test_conventions_hold_for_tokens(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [
        kind(symbols=symbols)
        for kind in (BigramCountLM, NGramCountLM)
        for symbols in ("grapheme", "split", re.compile(".", re.DOTALL))
    ]
)
def test_conventions_hold_for_other_symbols(estimator, check):
    check(estimator)


def test_conventions_hold_for_mixtures_with_weights_that_are_found():
    weights_of_the_first_chunk = {"check_chunks_add_up": "partial_fit keeps the weights"}
    check_char_lm(MixtureLM(COUNTS), expected_failed_checks=weights_of_the_first_chunk)


@pytest.mark.filterwarnings("ignore:The loss of")
def test_conventions_hold_for_the_lecture_s_loop():
    not_for_it = ("check_weight_is_repetition", "check_order_of_words_does_not_matter")
    estimator = MLPCharLM(solver="sgd", learning_rate=0.5, max_steps=40, hidden_size=20)
    check_char_lm(estimator, expected_failed_checks=dict.fromkeys(not_for_it, BY_INDEX))


def test_scikit_learns_own_checks():
    for estimator in [*instances(), *predictors()]:
        with pytest.warns(SkipTestWarning, match="one_d_array=True"):
            check_estimator(estimator)


def test_every_html_representation_links_to_the_reference():
    for _, kind in all_estimators(None):
        held = {MixtureLM: [COUNTS], CrossFitTransformer: [BigramCountLM()]}
        estimator = kind(*held.get(kind, []))
        page = f"/reference/sklearn_makemore.{kind.__name__}.html"
        assert page in estimator_html_repr(estimator)
