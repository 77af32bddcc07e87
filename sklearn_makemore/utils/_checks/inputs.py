"""Words in: containers, bad values, unknown characters."""

# SPDX-License-Identifier: BSD-3-Clause

import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from sklearn_makemore.utils._checks.common import (
    OTHER_WORDS,
    WORDS,
    assert_close,
    fitted,
    is_language_model,
    labels_of,
    methods_of,
    only_if,
    raises,
    scores_of,
    symbols_of,
    tolerance,
)

MEANS = ("score", "perplexity", "bits_per_symbol")


def containers(words: Sequence[str]) -> dict[str, Any]:
    """Return `words` in every container that is supported and installed."""
    words = list(words)
    array = np.array(words, dtype=object)
    found: dict[str, Any] = {
        "list": words,
        "tuple": tuple(words),
        "object array": array,
        "<U array": np.array(words),
        "StringDType array": np.array(words, dtype=np.dtypes.StringDType()),
        "(n, 1) array": array[:, np.newaxis],
        "object Series": pd.Series(words, dtype=object),
        "string Series": pd.Series(words, dtype="string[python]"),
        "str Series": pd.Series(words, dtype="str"),
        "categorical Series": pd.Series(words, dtype="category"),
        "Index": pd.Index(words),
        "DataFrame": pd.DataFrame({"word": words}),
    }
    if importlib.util.find_spec("pyarrow"):
        import pyarrow as pa

        half = len(words) // 2
        found |= {
            "pyarrow Series": pd.Series(words, dtype="string[pyarrow]"),
            "Arrow array": pa.array(words, pa.string()),
            "Arrow large_string array": pa.array(words, pa.large_string()),
            "sliced Arrow array": pa.array(["sliced off", *words, "é"]).slice(1, len(words)),
            "Arrow dictionary": pa.array(words).dictionary_encode(),
            "Arrow chunks": pa.chunked_array([words[:half], words[half:]], pa.string()),
        }
    if importlib.util.find_spec("polars"):
        import polars as pl

        found |= {
            "polars Series": pl.Series(words),
            "polars Categorical": pl.Series(words, dtype=pl.Categorical),
            "polars DataFrame": pl.DataFrame({"word": words}),
        }
    return found


def check_containers_agree(name: str, estimator: Any) -> None:
    """Every container of the same words gives the same fit and the same scores."""
    expected, labels = scores_of(fitted(clone(estimator))), labels_of(estimator, WORDS)
    others = containers(OTHER_WORDS)
    for kind, words in containers(WORDS).items():
        scores = scores_of(clone(estimator).fit(words, labels), others[kind])
        assert_close(scores, expected, 0, f"words in a {kind}")
    if is_language_model(estimator):
        fitted(estimator)
        for words in containers(WORDS).values():
            assert estimator.predict_proba(words).shape == (len(WORDS), estimator.n_symbols_)


def check_input_is_not_changed(name: str, estimator: Any) -> None:
    """Lists, arrays, labels and weights of the caller stay as they are."""
    words, array, labels = list(WORDS), np.array(WORDS, dtype=object), labels_of(estimator, WORDS)
    weights = np.arange(1.0, len(WORDS) + 1)
    for given in (words, array):
        estimator.fit(given, labels, sample_weight=weights)
    for method in methods_of(estimator):
        method(words)
        method(array)
    assert tuple(words) == tuple(array) == WORDS
    assert labels == labels_of(estimator, WORDS)
    assert weights.tolist() == list(range(1, len(WORDS) + 1))


def check_bad_words_are_named(name: str, estimator: Any) -> None:
    """Missing values and other things than strings are refused with their positions."""
    bad: list[tuple[type[Exception], str, Any]] = [
        (ValueError, "1", ["a", None, "b"]),
        (ValueError, "2", ["a", "b", float("nan")]),
        (ValueError, "0", [pd.NA, "b"]),
        (ValueError, "1", pd.Series(["a", None])),
        (ValueError, "1", pd.Series(["a", None], dtype="string")),
        (ValueError, "1", np.array(["a", np.nan], dtype=object)),
        (TypeError, "1", ["a", 5]),
        (TypeError, "bytes", ["a", b"b"]),
        (TypeError, "0", np.array([1.5, 2.5])),
        (TypeError, "['word']", "word"),
        (ValueError, "2 columns", np.array([["a", "b"]], dtype=object)),
        (ValueError, "2 columns", pd.DataFrame({"a": ["b"], "c": ["d"]})),
    ]
    for error, mentions, words in bad:
        raises(error, mentions, fitted, clone(estimator), words)
    for method in methods_of(fitted(estimator)):
        raises(ValueError, "1", method, ["a", None])
        raises(TypeError, "str", method, "a")


def check_any_string_is_a_word(name: str, estimator: Any) -> None:
    """Line ends, NUL, combining marks, emoji and lone surrogates are characters like others.

    To an estimator that holds language models unseen ones are, too, at a finite price.
    """
    odd = ["a.b", "\n", "\0\0", " ", "e\u0301", "\U0001f600\U0001f468\u200d", "\ud800x", "", "日本"]
    words = [*odd, *WORDS]
    fitted(estimator, words)
    if is_language_model(estimator):
        others = estimator.sample(200, random_state=0).tolist()
        assert set("".join(others)) <= set("".join(words))
    else:
        others = ["ñ", "語語語", "\ud801"]
    for some in (odd, others):
        assert np.isfinite(scores_of(estimator, some)).all()
        assert len(symbols_of(estimator, some)) == sum(len(word) + 1 for word in some)


def check_zero_words(name: str, estimator: Any) -> None:
    """No words: fit and the means raise, everything else is empty and of the right width."""
    raises(ValueError, "at least", fitted, clone(estimator), [])
    nothing: list[Any] = [[], np.array([], dtype=object), pd.Series([], dtype="str")]
    for method in methods_of(fitted(estimator)):
        for empty in nothing:
            if method.__name__ in MEANS:
                raises(ValueError, "at least one word", method, empty)
                continue
            of_none, of_one = method(empty), method(["a"])
            assert of_none.shape == (0, *of_one.shape[1:]), method
            if isinstance(of_one, pd.DataFrame):
                assert of_none.columns.tolist() == of_one.columns.tolist()


def check_words_are_scored_apart(name: str, estimator: Any) -> None:
    """The score of a word does not depend on its neighbours or their order."""
    together = scores_of(fitted(estimator), WORDS)
    apart = np.concatenate([scores_of(estimator, [word]) for word in WORDS])
    assert_close(apart, together, 20 * tolerance(estimator), "words scored one by one")
    backwards = scores_of(estimator, WORDS[::-1])[::-1]
    assert_close(backwards, together, 20 * tolerance(estimator), "words in another order")


@only_if(is_language_model)
def check_unknown_characters(name: str, estimator: Any) -> None:
    """An unknown character is an error that shows the ways out, or the last symbol."""
    strict = clone(estimator).set_params(handle_unknown="error").fit(WORDS)
    for method in methods_of(strict):
        raises(ValueError, "handle_unknown='unknown'", method, ["ann", "añb"])
    raises(ValueError, "'ñ'", strict.score, ["ann", "añb"])
    raises(ValueError, "position 1", strict.score, ["ann", "añb"])
    lenient = estimator.set_params(handle_unknown="unknown").fit(WORDS)
    assert lenient.n_symbols_ == strict.n_symbols_ + 1
    assert lenient.symbols_[-1] == "\ufffd"
    scores = lenient.score_samples(["añb", "aßb"])
    assert scores[0] == scores[1]
    assert not np.isnan(scores).any()
    assert lenient.transform(["añbñ", "ann"])[:, 4].tolist() == [2, 0]
    assert lenient.score_symbols(["ñ"])["symbol"].tolist() == ["ñ", lenient.symbols_[0]]
    proba = lenient.predict_proba(["", "ñ", "a"])
    assert_close(proba.sum(axis=1), 1, 1e-9, "rows with an unknown symbol")
    assert "\ufffd" not in "".join(lenient.sample(300, random_state=0))


@only_if(is_language_model)
def check_unknown_characters_cost(name: str, estimator: Any) -> None:
    """By default a character that is not known is scored at a price, and the model is the same."""
    strict = clone(estimator).set_params(handle_unknown="error").fit(WORDS)
    model = estimator.set_params(handle_unknown="penalty").fit(WORDS)
    assert model.symbols_.tolist() == strict.symbols_.tolist()
    known = scores_of(strict, OTHER_WORDS)
    assert_close(scores_of(model, OTHER_WORDS), known, 0, "words of known characters")
    table = model.score_symbols(["añb", "ñ"])
    assert table["symbol"].tolist()[:3] == ["a", "ñ", "b"]
    costs = -table["log_proba"][table["symbol"] == "ñ"].to_numpy()
    n_predictions = sum(len(word) + 1 for word in WORDS)
    expected = np.log(max(n_predictions, model.n_symbols_) + 1)
    assert_close(costs, expected, 1e-12, "the cost of an unknown character")
    assert np.isfinite(model.score_samples(["ñ", "añb", "ßñ"])).all()
    assert model.transform(["añbñ", "ann"])[:, 4].tolist() == [2, 0]
    proba = model.predict_proba(["ñ", "añ", "ñab", "a"])
    assert_close(proba.sum(axis=1), 1, 1e-9, "rows after an unknown character")
    following = np.exp(table["log_proba"].to_numpy())
    after = model.predict_proba(["añ", "ñ"])[:, [model.symbols_.tolist().index("b"), 0]]
    agreement = [after[0, 0], after[1, 1]]
    assert_close(following[[2, 5]], agreement, 20 * tolerance(estimator), "what follows it")
    raises(ValueError, "prefix", model.sample, prefix="ñ")


@only_if(is_language_model)
def check_alphabet_is_known_beforehand(name: str, estimator: Any) -> None:
    """Characters of `alphabet` are symbols whether or not they occur."""
    characters = sorted(set("".join(WORDS)) | set("xyzñ"))
    for alphabet in ("".join(characters), characters, set(characters)):
        model = clone(estimator).set_params(alphabet=alphabet).fit(WORDS)
        assert model.symbols_.tolist()[1 : len(characters) + 1] == characters
        assert not np.isnan(model.score_samples(["ñx"])).any()
    small = clone(estimator).set_params(alphabet="abc", handle_unknown="error")
    raises(ValueError, "alphabet=", small.fit, WORDS)


@only_if(is_language_model)
def check_boundary_is_only_shown(name: str, estimator: Any) -> None:
    """The boundary parameter changes what is shown and nothing else."""
    dot = clone(estimator).set_params(boundary="|").fit(WORDS)
    other = clone(estimator).set_params(boundary="<s>").fit(WORDS)
    assert other.symbols_[0] == "<s>"
    assert_close(
        other.score_samples(OTHER_WORDS), dot.score_samples(OTHER_WORDS), 0, "another boundary"
    )
    assert other.score_symbols(["a"])["symbol"].tolist() == ["a", "<s>"]
    before_all = other.score_symbols(["a"])["context"][0]
    assert not before_all.replace("<s>", ""), "the first context has more than boundaries"


def check_index_is_carried(name: str, estimator: Any) -> None:
    """Labels of a pandas row come back in every pandas output."""
    words = pd.Series(OTHER_WORDS, index=[f"row {i}" for i in range(len(OTHER_WORDS))])
    rows = symbols_of(fitted(estimator), words)
    assert rows.index.equals(pd.RangeIndex(len(rows)))
    lengths = [len(word) + 1 for word in OTHER_WORDS]
    assert rows["word"].tolist() == words.index.repeat(lengths).tolist()
    assert rows["symbol"].str.len().eq(1).all()
    assert symbols_of(estimator, OTHER_WORDS)["word"].max() == len(OTHER_WORDS) - 1
    if hasattr(estimator, "transform"):
        for column in (words, words.to_frame("word")):
            frame = estimator.set_output(transform="pandas").transform(column)
            assert frame.index.equals(words.index)
            assert frame.columns.tolist() == estimator.get_feature_names_out().tolist()
