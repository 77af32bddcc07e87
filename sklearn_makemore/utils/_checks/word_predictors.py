"""What classifiers and outlier detectors over words have in common with other estimators."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore.utils._checks.api import WITHOUT_DATA, is_fitted
from sklearn_makemore.utils._checks.common import (
    OTHER_WORDS,
    WORDS,
    Counter,
    assert_close,
    checks_in,
    raises,
    tolerance,
)
from sklearn_makemore.utils._checks.inputs import containers

METHODS_OF_WORDS = (
    "decision_function",
    "explain",
    "predict",
    "predict_log_proba",
    "predict_proba",
    "score_samples",
    "transform",
)
LABELS = tuple("ends in a" if word.endswith("a") else "other" for word in WORDS)


def checks_of(estimator: Any) -> Iterator[Callable[[str, Any], None]]:
    """Yield the checks of this subject, scikit-learn's own that need no data among them."""
    yield from WITHOUT_DATA
    yield from checks_in(globals())


def methods_of(estimator: Any) -> list[str]:
    """Return the names of the methods that take words."""
    return [name for name in METHODS_OF_WORDS if hasattr(estimator, name)]


def scores_of(estimator: Any, words: Any) -> Any:
    """Return what a fitted estimator makes of each word, as numbers."""
    is_classifier = get_tags(estimator).estimator_type == "classifier"
    return estimator.transform(words) if is_classifier else estimator.score_samples(words)


def check_parameters_are_kept(name: str, estimator: Any) -> None:
    """Fitting and using an estimator change no parameter, nor the models it is given."""
    before = estimator.get_params(deep=False)
    nested = estimator.get_params()["estimator"]
    known = None if nested is None else pickle.dumps(nested)
    shown = repr(estimator)
    scores_of(estimator.fit(WORDS, LABELS), WORDS)
    for parameter, value in estimator.get_params(deep=False).items():
        assert value is before[parameter], f"{name} replaced its parameter {parameter}"
    assert repr(estimator) == shown
    assert known is None or pickle.dumps(nested) == known, "the nested model was changed"


def check_parameters_are_validated_at_fit(name: str, estimator: Any) -> None:
    """A value of a wrong type is refused by fit, which names the parameter."""
    for parameter in estimator.get_params(deep=False):
        broken = clone(estimator)
        setattr(broken, parameter, type("NotAParameter", (), {})())
        raises(InvalidParameterError, f"'{parameter}'", broken.fit, WORDS, LABELS)


def check_unfitted_methods_raise(name: str, estimator: Any) -> None:
    """Before fit every method raises NotFittedError."""
    for method in methods_of(estimator):
        raises(NotFittedError, "fit", getattr(estimator, method), WORDS)
    assert not is_fitted(estimator)


def check_fit_returns_self(name: str, estimator: Any) -> None:
    """Fit returns the estimator; a second fit forgets the first."""
    once = scores_of(clone(estimator).fit(WORDS, LABELS), OTHER_WORDS)
    backwards = [word[::-1] + "xyz" for word in WORDS]
    assert estimator.fit(backwards, LABELS) is estimator
    assert is_fitted(estimator)
    again = scores_of(estimator.fit(WORDS, LABELS), OTHER_WORDS)
    assert_close(again, once, 1e-10, "a second fit depends on the first")


def check_failed_fit_keeps_state(name: str, estimator: Any) -> None:
    """A fit that fails leaves a fitted estimator as it was."""
    estimator.fit(WORDS, LABELS)
    before, attributes = scores_of(estimator, OTHER_WORDS), set(vars(estimator))
    for words in (["good", None], ["good", 3], [], "bare", ["one"]):
        raises((TypeError, ValueError), "", estimator.fit, words, LABELS[: len(words)])
    raises(ValueError, "sample_weight", estimator.fit, WORDS, LABELS, -np.ones(len(WORDS)))
    assert set(vars(estimator)) == attributes
    assert_close(scores_of(estimator, OTHER_WORDS), before, 0, "a failed fit changed scores")


def check_methods_change_nothing(name: str, estimator: Any) -> None:
    """Using a fitted estimator leaves its attributes alone."""
    estimator.fit(WORDS, LABELS)
    before = pickle.dumps(estimator)
    for method in methods_of(estimator):
        getattr(estimator, method)(OTHER_WORDS)
    assert pickle.dumps(estimator) == before, "a method changed the fitted estimator"


def check_copies_give_the_same(name: str, estimator: Any) -> None:
    """Pickle and deepcopy of a fitted estimator say what it says, whatever is set after fit."""
    estimator.fit(WORDS, LABELS)
    expected = scores_of(estimator, OTHER_WORDS)
    for other in (pickle.loads(pickle.dumps(estimator)), copy.deepcopy(estimator)):
        assert_close(scores_of(other, OTHER_WORDS), expected, 0, "a copy")
    for parameter in set(estimator.get_params(deep=False)) - {"n_jobs"}:
        setattr(estimator, parameter, "set after fit")
    assert_close(scores_of(estimator, OTHER_WORDS), expected, 0, "after parameters were set")


def check_nested_parameters(name: str, estimator: Any) -> None:
    """Parameters of the language model are reached as ``estimator__*`` and heeded by fit."""
    if estimator.estimator is None:
        from sklearn_makemore import NGramCountLM

        estimator.set_params(estimator=NGramCountLM(order=2))
    assert "estimator__alphabet" in estimator.get_params()
    estimator.set_params(estimator__alphabet="abcdefghijklmnopqrstuvwxyzëö.").fit(WORDS, LABELS)
    for model in estimator.estimators_:
        assert "q" in model.symbols_.tolist(), "the alphabet of the language model was not used"


def check_tags(name: str, estimator: Any) -> None:
    """The tags say: a one-dimensional column of strings."""
    tags = get_tags(estimator).input_tags
    assert tags.string
    assert tags.one_d_array
    assert not tags.two_d_array


def check_sample_weight_can_be_routed(name: str, estimator: Any) -> None:
    """`sample_weight` of fit takes part in metadata routing."""
    assert "sample_weight" in estimator.get_metadata_routing().fit.requests


def check_containers_agree(name: str, estimator: Any) -> None:
    """Every container of the same words gives the same fit and the same scores."""
    expected = scores_of(clone(estimator).fit(WORDS, LABELS), OTHER_WORDS)
    others = containers(OTHER_WORDS)
    for kind, words in containers(WORDS).items():
        scores = scores_of(clone(estimator).fit(words, LABELS), others[kind])
        assert_close(scores, expected, 0, f"words in a {kind}")


def check_input_is_not_changed(name: str, estimator: Any) -> None:
    """Lists, arrays and weights of the caller stay as they are."""
    words, labels = np.array(WORDS, dtype=object), list(LABELS)
    weights = np.arange(1.0, len(WORDS) + 1)
    estimator.fit(words, labels, sample_weight=weights)
    for method in methods_of(estimator):
        getattr(estimator, method)(words)
    assert tuple(words) == WORDS
    assert tuple(labels) == LABELS
    assert weights.tolist() == list(range(1, len(WORDS) + 1))


def check_bad_words_are_named(name: str, estimator: Any) -> None:
    """Missing values and other things than strings are refused with their positions."""
    bad: list[tuple[type[Exception], str, Any]] = [
        (ValueError, "1", ["a", None, "b"]),
        (ValueError, "2", ["a", "b", float("nan")]),
        (ValueError, "1", pd.Series(["a", None, "b"], dtype="string")),
        (TypeError, "1", ["a", 5, "b"]),
        (TypeError, "['word']", "word"),
        (ValueError, "2 columns", pd.DataFrame({"a": ["b"], "c": ["d"]})),
    ]
    for error, mentions, words in bad:
        raises(error, mentions, clone(estimator).fit, words, LABELS[:3])
    estimator.fit(WORDS, LABELS)
    for method in methods_of(estimator):
        raises(ValueError, "1", getattr(estimator, method), ["a", None])
        raises(TypeError, "str", getattr(estimator, method), "a")


def check_any_string_is_a_word(name: str, estimator: Any) -> None:
    """NUL, combining marks, emoji and lone surrogates are characters like others; unseen ones too.

    A character that no word in fit had costs a finite price.
    """
    odd = ["a.b", "\n", "\0\0", " ", "e\u0301", "\U0001f600\U0001f468\u200d", "\ud800x", "", "日本"]
    estimator.fit([*odd, *WORDS], [*LABELS[: len(odd)], *LABELS])
    for words in (odd, ["ñ", "語語語", "\ud801"]):
        assert np.isfinite(scores_of(estimator, words)).all()
        assert len(estimator.explain(words)) == sum(len(word) + 1 for word in words)


def check_zero_words(name: str, estimator: Any) -> None:
    """No words: fit raises, everything else is empty."""
    raises(ValueError, "at least", clone(estimator).fit, [], [])
    estimator.fit(WORDS, LABELS)
    columns = estimator.explain(["a"]).columns.tolist()
    nothing: list[Any] = [[], np.array([], dtype=object), pd.Series([], dtype="str")]
    for empty in nothing:
        for method in methods_of(estimator):
            assert len(getattr(estimator, method)(empty)) == 0
        assert estimator.explain(empty).columns.tolist() == columns


def check_words_are_judged_apart(name: str, estimator: Any) -> None:
    """What is said of a word does not depend on its neighbours."""
    estimator.fit(WORDS, LABELS)
    together = scores_of(estimator, WORDS)
    apart = np.concatenate([scores_of(estimator, [word]) for word in WORDS])
    assert_close(apart, together, 20 * tolerance(estimator), "words one by one")


def check_weight_is_repetition(name: str, estimator: Any) -> None:
    """Weight k gives the estimator of k repetitions, and weight 0 leaves no trace."""
    weights = np.arange(len(WORDS)) % 3
    repeated = np.repeat(np.array(WORDS, dtype=object), weights)
    expected = clone(estimator).fit(repeated, np.repeat(LABELS, weights))
    weighted = estimator.fit(WORDS, LABELS, sample_weight=weights)
    atol = 100 * tolerance(estimator)
    for words in (OTHER_WORDS, ["zoë", "ñ"]):
        scores = scores_of(weighted, words)
        assert_close(scores, scores_of(expected, words), atol, "fit with weights")
    predicted = weighted.predict(OTHER_WORDS)
    assert predicted.tolist() == expected.predict(OTHER_WORDS).tolist()


def check_bad_weights_are_refused(name: str, estimator: Any) -> None:
    """Weights of a wrong shape, negative, not finite or all zero raise and are named."""
    n = len(WORDS)
    bad = [np.ones(n - 1), -np.ones(n), np.zeros(n), np.full(n, np.nan), np.ones((n, 2)), 1.0]
    for weights in bad:
        raises(ValueError, "sample_weight", clone(estimator).fit, WORDS, LABELS, weights)


def check_order_of_words_does_not_matter(name: str, estimator: Any) -> None:
    """A permutation of the words gives the same estimator."""
    order = np.random.RandomState(0).permutation(len(WORDS))
    expected = scores_of(clone(estimator).fit(WORDS, LABELS), OTHER_WORDS)
    estimator.fit([WORDS[i] for i in order], [LABELS[i] for i in order])
    permuted = scores_of(estimator, OTHER_WORDS)
    assert_close(permuted, expected, 100 * tolerance(estimator), "fit on permuted words")


def check_workers_do_not_matter(name: str, estimator: Any) -> None:
    """Two workers give what one gives."""
    expected = scores_of(clone(estimator).fit(WORDS, LABELS), OTHER_WORDS)
    beside = scores_of(estimator.set_params(n_jobs=2).fit(WORDS, LABELS), OTHER_WORDS)
    assert_close(beside, expected, 20 * tolerance(estimator), "n_jobs=2")


def check_callbacks_are_told(name: str, estimator: Any) -> None:
    """Callbacks hear of the fit and, if they ask for it, of those of the language models."""
    counter = Counter()
    if estimator.estimator is None:
        from sklearn_makemore import BigramCountLM

        estimator.set_params(estimator=BigramCountLM())
    model = type(estimator.estimator).__name__
    fitted = clone(estimator).set_callbacks(counter).fit(WORDS, LABELS)
    assert counter.estimators[0] == name
    assert counter.estimators.count(model) >= len(fitted.estimators_)
    assert not any(hasattr(held, "_skl_callbacks") for held in fitted.estimators_)
    raises(TypeError, "Register them directly", _with_callback(estimator).fit, WORDS, LABELS)


def _with_callback(estimator: Any) -> Any:
    """Return a clone whose language model has a callback that belongs to the outermost one."""
    held = clone(estimator.estimator).set_callbacks(Counter())
    return clone(estimator).set_params(estimator=held)


def check_index_is_carried(name: str, estimator: Any) -> None:
    """Labels of a pandas row come back in explain."""
    words = pd.Series(OTHER_WORDS, index=[f"row {i}" for i in range(len(OTHER_WORDS))])
    rows = estimator.fit(WORDS, LABELS).explain(words)
    assert rows.index.equals(pd.RangeIndex(len(rows)))
    lengths = [len(word) + 1 for word in OTHER_WORDS]
    assert rows["word"].tolist() == words.index.repeat(lengths).tolist()
    assert rows["symbol"].str.len().eq(1).all()
    assert estimator.explain(OTHER_WORDS)["word"].max() == len(OTHER_WORDS) - 1
